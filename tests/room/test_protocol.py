"""The door of the signalling socket: docs/signalling.md, message by message."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vberatung.room import protocol
from vberatung.room.protocol import BURST, CLOSE_CODES, ProtocolError, RateLimit, parse

HELLO: dict[str, Any] = {
    "type": "hello",
    "v": 2,
    "client": "c" * 22,
    "page": "p" * 22,
    "takeover": False,
    "media": {"audio": True, "video": False},
}
OFFER = {"type": "description", "to": "jobseeker", "description": {"type": "offer", "sdp": "v=0"}}
CANDIDATE = {"type": "candidate", "to": "guest-7.2", "candidate": {"candidate": "", "sdpMid": None}}


def refused(message: object) -> str:
    with pytest.raises(ProtocolError) as caught:
        parse(message if isinstance(message, str | bytes) else json.dumps(message))
    return caught.value.code


@pytest.mark.parametrize(
    "message",
    [
        HELLO,
        OFFER,
        CANDIDATE,
        {**OFFER, "description": {"type": "answer", "sdp": "x" * 30_000}},
        {"type": "media", "audio": False, "video": True},
        {"type": "renegotiate", "to": "counsellor", "restart": True},
        {"type": "admit", "id": "jobseeker"},
        {"type": "remove", "id": "guest-1234567890"},
        {"type": "bye"},
        {"type": "end"},
        {"type": "ping"},
    ],
)
def test_messages_of_the_protocol_pass(message: dict[str, Any]) -> None:
    assert parse(json.dumps(message)) == message


def test_unknown_fields_are_dropped() -> None:
    assert parse('{"type": "ping", "later": 1}') == {"type": "ping"}
    assert parse(json.dumps(OFFER | {"from": "counsellor"})) == OFFER


@pytest.mark.parametrize(
    "place",
    [
        "",
        "interpreter",
        "guest-",
        "guest-0",
        "guest-07",
        "guest--7",
        "guest-12345678901",
        "guest-٧",
        "guest-7.1",
        "guest-7.2.2",
        "jobseeker.3",
        "Jobseeker",
        "jobseeker\n",
        "jobseeker ",
    ],
)
def test_what_is_no_place_is_refused(place: str) -> None:
    assert refused({"type": "admit", "id": place}) == "bad-message"
    assert refused(OFFER | {"to": place}) == "bad-message"


@pytest.mark.parametrize(
    "message",
    [
        "",
        "garbage",
        b"\x00\x01",
        "[]",
        "null",
        "{}",
        '{"type": 7}',
        "[" * 30_000,
        HELLO | {"client": "too short"},
        HELLO | {"client": "ü" * 22},
        HELLO | {"client": "c" * 65},
        HELLO | {"page": None},
        HELLO | {"takeover": "yes"},
        HELLO | {"v": True},
        HELLO | {"v": "1"},
        HELLO | {"media": {"audio": True}},
        HELLO | {"media": {"audio": True, "video": 1}},
        HELLO | {"media": {"audio": True, "video": True, "more": True}},
        {"type": "media", "audio": True},
        {"type": "renegotiate"},
        {"type": "description"},
        OFFER | {"description": {"type": "pranswer", "sdp": ""}},
        OFFER | {"description": {"type": "offer"}},
        OFFER | {"description": {"type": "offer", "sdp": 1}},
        OFFER | {"description": {"type": "offer", "sdp": "x" * 30_001}},
        OFFER | {"to": None},
        CANDIDATE | {"to": ["jobseeker"]},
        CANDIDATE | {"candidate": None},
        CANDIDATE | {"candidate": {"sdpMid": "0"}},
        CANDIDATE | {"candidate": {"candidate": "a", "sdpMid": ["0"]}},
        CANDIDATE | {"candidate": {"candidate": "a" * 2_001}},
        CANDIDATE | {"candidate": {"candidate": "a", "foreign": "b"}},
        {"type": "renegotiate", "restart": True},
        {"type": "admit"},
        {"type": "remove", "id": 7},
    ],
)
def test_malformed_messages_are_refused(message: object) -> None:
    assert refused(message) == "bad-message"


def test_codes_say_what_was_wrong() -> None:
    assert refused({"type": "transfer-money"}) == "unknown-type"
    assert refused(" " * (protocol.MAX_FRAME_CHARS + 1)) == "too-large"
    assert refused(HELLO | {"v": 1}) == "version"


def test_every_code_has_a_close_code_for_applications() -> None:
    for code, close_code in CLOSE_CODES.items():
        error = ProtocolError(code, "Why.")
        assert 4000 <= error.close_code == close_code < 5000
        assert error.message() == {"type": "error", "code": code, "message": "Why."}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
)
messages = st.fixed_dictionaries(
    {"type": st.sampled_from(sorted(protocol.FIELDS)) | st.text()},
    optional={name: json_values for fields in protocol.FIELDS.values() for name in fields},
)


@given(st.text() | st.binary() | messages.map(json.dumps) | json_values.map(json.dumps))
def test_whatever_comes_is_a_message_or_a_protocol_error(frame: str | bytes) -> None:
    try:
        message = parse(frame)
    except ProtocolError:
        return
    assert set(message) == {"type", *protocol.FIELDS[message["type"]]}


def test_a_burst_passes_and_one_more_does_not() -> None:
    limit = RateLimit()
    for _ in range(BURST):
        limit.spend(100.0)
    with pytest.raises(ProtocolError, match="20 messages a second"):
        limit.spend(100.0)


def test_the_limit_recovers_with_time() -> None:
    limit = RateLimit()
    for number in range(10 * BURST):
        limit.spend(number / protocol.REFILL_PER_S)
