"""A talk over real sockets: who comes in, what passes, and how each of them ends."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.room.conftest import Open
from tests.support.browser import Browser
from tests.support.cast import AT_TEN, Cast
from tests.support.sockets import Socket, Sockets
from vberatung import clock
from vberatung.booking.models import HELD, Appointment
from vberatung.room import presence, protocol
from vberatung.room.places import COUNSELLOR, JOBSEEKER
from vberatung.statistics import queries

OFFER = {"type": "offer", "sdp": "v=0\r\no=- Zoë\r\n"}
ANSWER = {"type": "answer", "sdp": "v=0\r\n"}
CANDIDATE = {"candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host", "sdpMid": "0"}

Talk = tuple[Socket, Socket]


def test_hello_is_answered_by_welcome(jobseeker: Open, counsellor: Open) -> None:
    assert jobseeker().hello() == {
        "type": "welcome",
        "v": 2,
        "id": "jobseeker",
        "role": "jobseeker",
        "admitted": False,
        "iceServers": [],
    }
    welcome = counsellor().hello()
    assert (welcome["id"], welcome["role"]) == ("counsellor", "counsellor")
    assert welcome["admitted"] is True


def test_from_the_waiting_room_into_the_talk(jobseeker: Open, counsellor: Open) -> None:
    aylin, berger = jobseeker(), counsellor()
    aylin.hello()
    berger.hello()
    who = {"id": "jobseeker", "role": "jobseeker", "name": "Aylin Özdemir"}
    assert berger.wait_for("waiting", people=[who])
    berger.send("admit", id="jobseeker")
    assert aylin.wait_for("admitted")
    assert aylin.wait_for("peer", id="counsellor", offerer=False)["peer"]["name"] == "Sabine Berger"
    peer = berger.wait_for("peer", id="jobseeker", offerer=True)["peer"]
    assert peer["role"] == "jobseeker"


def test_admission_on_the_days_page_reaches_who_waits(
    jobseeker: Open, berger: Browser, arrived: Appointment
) -> None:
    aylin = jobseeker()
    aylin.hello()
    berger.submit(berger.get("/team/"), "/einlassen")
    assert aylin.wait_for("admitted")


def test_descriptions_and_candidates_pass(talk: Talk) -> None:
    aylin, berger = talk
    berger.send("description", to="jobseeker", description=OFFER)
    assert aylin.wait_for("description")["description"] == OFFER
    aylin.send("description", to="counsellor", description=ANSWER)
    aylin.send("candidate", to="counsellor", candidate=CANDIDATE)
    assert berger.wait_for("description")["description"] == ANSWER
    assert berger.wait_for("candidate")["candidate"] == CANDIDATE


def test_a_description_of_the_largest_size_passes(talk: Talk) -> None:
    aylin, berger = talk
    large = {"type": "offer", "sdp": "a" * protocol.MAX_SDP_CHARS}
    berger.send("description", to="jobseeker", description=large)
    assert aylin.wait_for("description")["description"] == large


BAD_FRAMES = {
    "garbage": ("garbage", 4400, "bad-message"),
    "no object": ("[]", 4400, "bad-message"),
    "binary": (b"\x00\x01", 4400, "bad-message"),
    "unknown": ('{"type": "transfer-money"}', 4400, "unknown-type"),
    "a second hello": ('{"type": "hello"}', 4400, "bad-message"),
    "not their part": ('{"type": "end"}', 4400, "bad-state"),
    "too large": (" " * 40_000, 4400, "too-large"),
    "far too large": (" " * 300_000, 1009, ""),
}


@pytest.fixture
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server looks after its sockets more often than every 15 seconds."""
    monkeypatch.setattr(presence, "RENEW_EVERY", presence.RENEW_EVERY / 100)


@pytest.mark.parametrize(("frame", "close", "code"), BAD_FRAMES.values(), ids=BAD_FRAMES)
def test_a_bad_frame_ends_that_socket_and_the_talk_goes_on(
    impatience: None, talk: Talk, jobseeker: Open, frame: str | bytes, close: int, code: str
) -> None:
    aylin, berger = talk
    aylin.send_raw(frame)
    assert aylin.ending() == (close, code)
    assert berger.wait_for("peer", peer=None)["left"] is False
    again = jobseeker()
    assert again.hello()["admitted"] is True
    berger.wait_for("peer")
    berger.send("description", to="jobseeker", description=OFFER)
    assert again.wait_for("description")["description"] == OFFER


def test_half_a_letter_passes_and_harms_nobody(talk: Talk) -> None:
    """JSON may carry half of a surrogate pair, which no text can be encoded with."""
    aylin, berger = talk
    half = '{"type": "candidate", "to": "counsellor", "candidate": {"candidate": "\\ud800"}}'
    aylin.send_raw(half)
    assert berger.wait_for("candidate")["candidate"] == {"candidate": "\ud800"}
    aylin.send("ping")
    assert aylin.wait_for("pong")


def test_who_sends_too_fast_is_stopped(jobseeker: Open) -> None:
    aylin = jobseeker()
    aylin.hello()
    for _ in range(10 * protocol.BURST):
        aylin.send("ping")
        if aylin.next()["type"] == "error":
            break
    assert aylin.ending() == (4429, "too-fast")


def test_nothing_passes_before_admission(jobseeker: Open, counsellor: Open) -> None:
    aylin, berger = jobseeker(), counsellor()
    aylin.hello()
    berger.hello()
    aylin.send("description", to="counsellor", description=ANSWER)
    assert aylin.ending() == (4400, "bad-state")
    berger.send("ping")
    assert berger.wait_for("pong")
    assert {message["type"] for message in berger.received} == {"welcome", "waiting", "pong"}


def test_hanging_up_is_told_apart_from_a_lost_line(talk: Talk, jobseeker: Open) -> None:
    aylin, berger = talk
    aylin.send("bye")
    aylin.connection.close()
    assert berger.wait_for("peer", peer=None)["left"] is True
    lost = jobseeker()
    lost.hello()
    berger.wait_for("peer")
    lost.connection.socket.close()
    assert berger.wait_for("peer", peer=None)["left"] is False


def test_end_is_for_everyone_and_counts_the_talk(
    talk: Talk, session: Session, cast: Cast, arrived: Appointment
) -> None:
    aylin, berger = talk
    with clock.set_to(AT_TEN.replace(minute=25)):
        berger.send("end")
        assert aylin.ending() == berger.ending() == (4410, "")
    assert aylin.received[-1] == berger.received[-1] == {"type": "ended"}
    session.rollback()
    assert arrived.status == HELD
    overview = queries.overview(session, cast.office)
    assert (overview.talks, overview.minutes) == (1, 25)


def test_who_comes_after_the_end_is_told(talk: Talk, jobseeker: Open) -> None:
    talk[1].send("end")
    talk[1].ending()
    assert jobseeker().ending() == (4410, "ended")


def test_a_second_device_is_asked_and_may_take_over(talk: Talk, jobseeker: Open) -> None:
    aylin, berger = talk
    tablet = jobseeker()
    assert tablet.hello(client="t" * 22)["code"] == "occupied"
    assert tablet.ending() == (4409, "occupied")
    tablet = jobseeker()
    assert tablet.hello(client="t" * 22, page="q" * 22, takeover=True)["type"] == "welcome"
    assert aylin.ending() == (4409, "replaced")
    assert berger.wait_for("peer")["peer"]["page"] == "q" * 22


def test_the_same_tab_comes_back_without_a_question(talk: Talk, jobseeker: Open) -> None:
    again = jobseeker()
    assert again.hello(page="n" * 22)["type"] == "welcome"
    assert talk[0].ending() == (4409, "replaced")
    assert talk[1].wait_for("peer")["peer"]["page"] == "n" * 22


def test_a_muted_microphone_is_told(talk: Talk) -> None:
    aylin, berger = talk
    aylin.send("media", audio=False, video=True)
    assert berger.wait_for("peer")["peer"]["media"] == {"audio": False, "video": True}


def test_presence_begins_with_hello_and_ends_with_the_socket(
    jobseeker: Open, counsellor: Open, session: Session, arrived: Appointment
) -> None:
    id = arrived.id
    berger = counsellor()
    berger.hello()
    session.rollback()
    assert presence.is_present(session, id, COUNSELLOR, AT_TEN)
    aylin = jobseeker()
    aylin.hello()
    aylin.connection.close()
    people = [len(berger.wait_for("waiting")["people"]) for _ in range(3)]
    assert people == [0, 1, 0]
    for _ in range(100):  # the counsellor is told before the departure is written
        session.rollback()
        if not presence.is_present(session, id, JOBSEEKER, AT_TEN):
            break
        berger.is_silent(0.02)
    assert not presence.is_present(session, id, JOBSEEKER, AT_TEN)


def test_a_silent_socket_is_closed_and_a_ping_keeps_it_open(
    impatience: None, jobseeker: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "SILENT_FOR_S", 0.6)
    aylin = jobseeker()
    aylin.hello()
    for _ in range(3):
        assert aylin.is_silent(0.25)
        aylin.send("ping")
        assert aylin.next() == {"type": "pong"}
    assert aylin.ending() == (4408, "timeout")


def test_who_never_says_hello_is_closed(jobseeker: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HELLO_WITHIN_S", 0.1)
    assert jobseeker().ending() == (4408, "timeout")


def test_an_admission_after_the_rooms_time_ends_the_socket(counsellor: Open) -> None:
    berger = counsellor()
    berger.hello()
    with clock.set_to(AT_TEN.replace(hour=12)):
        berger.send("admit", id="jobseeker")
        assert berger.ending() == (4410, "ended")


def test_the_relay_is_offered_with_credentials_for_a_while(
    sockets: Sockets,
    jobseeker: Open,
    arrived: Appointment,
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = app.config["SETTINGS"]
    monkeypatch.setitem(
        app.config,
        "SETTINGS",
        settings.__class__(
            **vars(settings) | {"turn_urls": ["turn:relay.example"], "turn_secret": "geheim"}
        ),
    )
    (server,) = jobseeker().hello()["iceServers"]
    assert server["urls"] == ["turn:relay.example"]
    expiry, user = server["username"].split(":")
    assert int(expiry) == AT_TEN.timestamp() + settings.turn_lifetime_s
    assert user == f"talk{arrived.id}-jobseeker"  # coturn counts by it
    assert "geheim" not in str(server)
    assert "Aylin" not in str(server)
