"""The echo's socket, over a real port: in words what test_echo.py and test_bad_input.py do."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from flask import Flask
from websockets.exceptions import ConnectionClosed

from tests.support.cast import AT_TEN
from tests.support.sockets import Message, Socket, Sockets
from tests.techcheck.caller import Caller, run, soon
from tests.techcheck.offers import CHROMIUM, OLD_CHANNEL
from vberatung import clock, limits
from vberatung.extensions import echoes
from vberatung.limits.rules import Rule
from vberatung.routes.techcheck_socket import RELAY_NAMES
from vberatung.techcheck import protocol
from vberatung.techcheck.service import EchoService

PATH = "/technik/socket"
Open = Callable[[], Socket]


@pytest.fixture
def service(app: Flask, loopback: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[EchoService]:
    """With one place for picture and sound."""
    service = EchoService(places=1)
    monkeypatch.setitem(app.extensions, "echoes", service)
    yield service
    service.stop()


@pytest.fixture
def visitor(service: EchoService, sockets: Sockets) -> Open:
    return lambda: sockets.open(PATH)


def begin(socket: Socket, *, media: bool) -> Message:
    socket.send("hello", media=media)
    return socket.wait_for("ready")


def test_a_whole_test_over_the_socket(
    visitor: Open, service: EchoService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "LASTS_S", 2)
    socket = visitor()

    async def test() -> None:
        assert begin(socket, media=True) == {"type": "ready", "iceServers": []}
        async with Caller() as caller:
            socket.send("offer", sdp=await caller.offer())
            await caller.take(socket.wait_for("answer")["sdp"])
            assert (await caller.picture()).width == 320
            assert socket.wait_for("over") == {"type": "over"}
            assert socket.ending() == (1000, "")

    run(test)
    assert soon(lambda: service.stats()["running"] == 0)
    assert service.stats()["done"] == 1


def test_who_comes_while_all_places_are_taken_waits_and_then_gets_one(visitor: Open) -> None:
    first, second, third = visitor(), visitor(), visitor()
    begin(first, media=True)
    second.send("hello", media=True)
    assert second.next() == {"type": "wait", "before": 0}
    third.send("hello", media=True)
    assert third.next() == {"type": "wait", "before": 1}
    first.connection.close()
    assert second.next()["type"] == "ready"
    assert third.next() == {"type": "wait", "before": 0}
    second.connection.close()
    assert third.next()["type"] == "ready"


def test_the_line_alone_needs_no_place_of_those(visitor: Open) -> None:
    begin(visitor(), media=True)
    assert begin(visitor(), media=False)


def test_a_left_page_frees_its_place_within_5_seconds(visitor: Open, service: EchoService) -> None:
    """Also in the middle of a test, and without a word."""
    socket = visitor()

    async def test() -> None:
        begin(socket, media=True)
        async with Caller() as caller:
            socket.send("offer", sdp=await caller.offer())
            await caller.take(socket.wait_for("answer")["sdp"])
            await caller.picture()
            socket.connection.socket.close()
            assert soon(lambda: service.stats()["running"] == 0, within_s=5)

    run(test)
    waiting = visitor()
    begin(visitor(), media=True)
    waiting.send("hello", media=True)
    waiting.wait_for("wait")
    waiting.connection.socket.close()
    assert soon(lambda: service.stats()["waiting"] == 0, within_s=5)


HELLO = json.dumps({"type": "hello", "media": False})
OFFER = json.dumps({"type": "offer", "sdp": OLD_CHANNEL})
WRONG = {
    "garbage": (["garbage"], 4400, "bad-message"),
    "no object": (["[1]"], 4400, "bad-message"),
    "an unhashable type": (['{"type": []}'], 4400, "bad-message"),
    "deep": (["[" * 50_000], 4400, "bad-message"),
    "binary": ([b"\x00"], 4400, "bad-message"),
    "unknown": (['{"type": "transfer-money"}'], 4400, "bad-message"),
    "an offer first": ([OFFER], 4400, "bad-state"),
    "two hellos": ([HELLO, HELLO], 4400, "bad-state"),
    "no answer to media": (['{"type": "hello"}'], 4400, "bad-message"),
    "media as a number": (['{"type": "hello", "media": 1}'], 4400, "bad-message"),
    "no sdp": ([HELLO, '{"type": "offer"}'], 4400, "bad-message"),
    "wrong sdp": ([HELLO, '{"type": "offer", "sdp": "v=0"}'], 4400, "bad-offer"),
    "half a letter": ([HELLO, '{"type": "offer", "sdp": "\\ud800"}'], 4400, "bad-offer"),
    "two offers": ([HELLO, OFFER, OFFER], 4400, "bad-state"),
    "picture against what was said": (
        [HELLO, json.dumps({"type": "offer", "sdp": CHROMIUM})],
        4400,
        "bad-offer",
    ),
    "a large frame": ([HELLO, " " * 70_000], 4400, "too-large"),
}


@pytest.mark.parametrize(("frames", "close", "code"), WRONG.values(), ids=WRONG)
def test_a_wrong_frame_ends_the_socket_and_its_place(
    visitor: Open, service: EchoService, frames: list[str | bytes], close: int, code: str
) -> None:
    socket = visitor()
    for frame in frames:
        socket.send_raw(frame)
    assert socket.ending() == (close, code)
    assert soon(lambda: service.stats()["running"] == 0)
    assert begin(visitor(), media=False)


def test_an_offer_of_ten_megabytes_ends_the_socket(visitor: Open, service: EchoService) -> None:
    socket = visitor()
    begin(socket, media=True)
    with suppress(ConnectionClosed, OSError):  # in the middle of it
        socket.send("offer", sdp="v=0\r\n" + "a" * 10_000_000)
    assert soon(lambda: service.stats()["running"] == 0)
    assert begin(visitor(), media=True)


def test_a_page_elsewhere_cannot_use_the_echo(sockets: Sockets, service: EchoService) -> None:
    for origin in (None, "https://elsewhere.example"):
        assert sockets.open(PATH, origin=origin).ending() == (4403, "forbidden")
    assert service.stats()["failed"] == 0


def test_who_says_nothing_is_closed(visitor: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HELLO_WITHIN_S", 0.1)
    monkeypatch.setattr(protocol, "OFFER_WITHIN_S", 0.3)
    assert visitor().ending() == (4408, "timeout")
    late = visitor()
    begin(late, media=True)
    assert late.ending() == (4408, "timeout")
    assert begin(visitor(), media=True)


def test_fifty_tests_a_second_are_too_many(
    visitor: Open, service: EchoService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ECHOES", Rule("echoes", 3, 10))
    endings = []
    for number in range(6):
        socket = visitor()
        socket.send_raw(HELLO)
        for _ in range(2 if number < 3 else 0):  # the others are closed without a look at it
            socket.send_raw(OFFER)
        endings.append(socket.ending())
    assert endings == [(4400, "bad-state")] * 3 + [(4429, "too-fast")] * 3
    assert soon(lambda: service.stats()["running"] == 0)
    with clock.set_to(AT_TEN.replace(minute=11)):
        assert begin(visitor(), media=True)


def test_the_relay_is_offered_for_two_minutes_only(
    app: Flask, visitor: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = {"turn_urls": ["turn:relay.example"], "turn_secret": "geheim" * 5}
    before = app.config["SETTINGS"]
    monkeypatch.setitem(app.config, "SETTINGS", before.__class__(**vars(before) | more))
    (server,) = begin(visitor(), media=False)["iceServers"]
    assert server["urls"] == ["turn:relay.example"]
    expires, name = server["username"].split(":")
    assert int(expires) == int(AT_TEN.timestamp()) + 120
    (again,) = begin(visitor(), media=False)["iceServers"]
    assert again["username"] == server["username"], "the relay's quotas are for each name"
    assert int(name.removeprefix("test")) < RELAY_NAMES


def test_the_end_of_the_process_ends_the_sockets(visitor: Open, app: Flask) -> None:
    running, waiting = visitor(), visitor()
    begin(running, media=True)
    waiting.send("hello", media=True)
    waiting.wait_for("wait")
    with app.app_context():
        echoes().close_all()
    assert running.ending()[0] == waiting.ending()[0] == 1001
