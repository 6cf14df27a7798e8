"""Whoever misuses the echo harms nobody: a clear error, a free place, the next one is served."""

import asyncio
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import aioice.ice
import pytest
from aioice import stun
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.jitterbuffer import JitterFrame

from tests.techcheck.caller import Caller, run, soon
from tests.techcheck.offers import CHROMIUM, OLD_CHANNEL, PRINT
from vberatung.techcheck import codecs, echo, protocol
from vberatung.techcheck.places import Places
from vberatung.techcheck.protocol import EchoError
from vberatung.techcheck.service import EchoService, Place


def ends_with(place: Place, code: str) -> bool:
    return soon(lambda: place.over) and place.error is not None and place.error.code == code


@contextmanager
def impatient(limit: str, seconds: float) -> Iterator[None]:
    """Only so long: whoever comes afterwards has time again, also on a busy machine."""
    with pytest.MonkeyPatch.context() as shorter:
        shorter.setattr(protocol, limit, seconds)
        yield


def is_well(service: EchoService) -> bool:
    """The place is free, and somebody else can take a whole test."""

    async def test() -> None:
        with service.enter(media=False, network="next") as place:
            assert place.before() is None
            async with Caller(media=False) as caller:
                await caller.connect(place)

    assert service.stats()["running"] == 0
    run(test)
    return True


def test_an_offer_that_nobody_follows_up_ends_in_time(service: EchoService) -> None:
    """ICE never comes about."""
    with impatient("CONNECTED_WITHIN_S", 0.5), service.enter(media=True, network="n") as place:
        place.begin()
        place.answer(CHROMIUM)
        assert ends_with(place, "timeout")
    assert is_well(service)


def test_a_thousand_candidates_are_never_contacted(service: EchoService) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as victim:
        victim.bind(("127.0.0.1", 0))
        victim.settimeout(0.05)
        port = victim.getsockname()[1]
        one = "a=candidate:1 1 udp 9 127.0.0.1 {} typ host\r\n"
        few = OLD_CHANNEL + one.format(port) * 300 + "a=end-of-candidates\r\n"
        with impatient("CONNECTED_WITHIN_S", 0.5), service.enter(media=False, network="n") as place:
            place.begin()
            place.answer(few)
            assert ends_with(place, "timeout")
        with pytest.raises(TimeoutError):
            victim.recv(2000)
        with service.enter(media=False, network="n") as place, pytest.raises(EchoError) as refused:
            place.answer(OLD_CHANNEL + one.format(port) * 1000)
        assert refused.value.code == "bad-offer"
    assert is_well(service)


class Knocking(asyncio.DatagramProtocol):
    """Reaches the echo by ICE, as its offer says, and then says nothing."""

    def __init__(self) -> None:
        self.answered = 0
        self.asked: list[stun.Message] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, _: object) -> None:
        try:
            message = stun.parse_message(data)
        except ValueError:
            return
        if message.message_class is stun.Class.RESPONSE:
            self.answered += 1
        else:
            self.asked.append(message)


def checks(answer: str) -> tuple[tuple[str, int], stun.Message, str]:
    """Where the answer leads to, and the connectivity check (RFC 8445) that nominates the way."""
    found = re.search(r"a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host", answer)
    username = re.search(r"a=ice-ufrag:(\S+)", answer)
    password = re.search(r"a=ice-pwd:(\S+)", answer)
    assert found
    assert username
    assert password
    request = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
    request.attributes["USERNAME"] = f"{username[1]}:F7gI"
    request.attributes["PRIORITY"] = 1
    request.attributes["ICE-CONTROLLING"] = 1
    request.attributes["USE-CANDIDATE"] = None
    return (found[1], int(found[2])), request, password[1]


async def knock(answer: str, sources: int) -> list[Knocking]:
    loop = asyncio.get_running_loop()
    address, request, password = checks(answer)
    request.add_message_integrity(password.encode())
    knocking = []
    for _ in range(sources):
        transport, protocol = await loop.create_datagram_endpoint(
            Knocking, local_addr=("127.0.0.1", 0)
        )
        transport.sendto(bytes(request), address)
        knocking.append(protocol)
    await asyncio.sleep(0.5)
    return knocking


def test_who_reaches_the_echo_but_never_encrypts_is_let_go_in_time(service: EchoService) -> None:
    """DTLS never comes about."""

    async def test() -> None:
        with service.enter(media=True, network="n") as place:
            place.begin()
            (visitor,) = await knock(await asyncio.to_thread(place.answer, CHROMIUM), 1)
            assert visitor.answered
            assert visitor.asked
            assert await asyncio.to_thread(ends_with, place, "timeout")
            visitor.transport.close()

    with impatient("CONNECTED_WITHIN_S", 1.5):
        run(test)
    assert is_well(service)


def test_the_echo_tries_only_some_of_many_addresses(service: EchoService) -> None:
    """Each is tried several times: one place must not make it knock everywhere."""

    async def test() -> None:
        with service.enter(media=True, network="n") as place:
            place.begin()
            visitors = await knock(await asyncio.to_thread(place.answer, CHROMIUM), 60)
            assert all(visitor.answered for visitor in visitors)
            assert sum(bool(visitor.asked) for visitor in visitors) <= echo.MAX_ADDRESSES
            for visitor in visitors:
                visitor.transport.close()

    run(test)
    assert is_well(service)


def test_a_flood_of_packets_ends_the_test(
    service: EchoService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(echo, "MAX_RECEIVED", 100_000)
    with service.enter(media=True, network="n") as place:
        place.begin()
        address, _, _ = checks(place.answer(CHROMIUM))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as flood:
            for _ in range(200):
                flood.sendto(bytes(1000), address)
        assert ends_with(place, "too-fast")
    assert is_well(service)


def test_a_connection_over_which_no_picture_comes_ends_in_time(service: EchoService) -> None:
    async def test() -> None:
        with service.enter(media=True, network="n") as place:
            async with Caller() as caller:
                for sender in caller.pc.getSenders():
                    sender.replaceTrack(None)
                await caller.connect(place)
                assert await asyncio.to_thread(ends_with, place, "timeout")

    with impatient("MEDIA_WITHIN_S", 0.5):
        run(test)
    assert is_well(service)


def test_a_browser_that_vanishes_ends_the_test(service: EchoService) -> None:
    """Its network has gone: nothing comes any more, not even a farewell (RFC 7675)."""

    async def test() -> None:
        with service.enter(media=False, network="n") as place:
            async with Caller(media=False) as caller:
                await caller.connect(place)
                assert caller.pc.sctp
                await caller.pc.sctp.transport.transport._connection.close()
                assert await asyncio.to_thread(ends_with, place, "timeout")

    with pytest.MonkeyPatch.context() as shorter:
        shorter.setattr(aioice.ice, "CONSENT_INTERVAL", 0.2)
        shorter.setattr(aioice.ice, "CONSENT_FAILURES", 1)
        run(test)
    assert is_well(service)


def test_a_browser_that_says_farewell_ends_the_test_well(service: EchoService) -> None:
    async def test() -> None:
        with service.enter(media=False, network="n") as place:
            async with Caller(media=False) as caller:
                await caller.connect(place)
            assert await asyncio.to_thread(soon, lambda: place.over)
            assert place.error is None

    run(test)
    assert service.stats()["done"] == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda sdp: sdp.replace("4A:4A", "4B:4B"),
        lambda sdp: sdp.replace("a=sctp-port:5000", "a=sctp-port:1"),
        lambda sdp: sdp.replace("extmap:2 ", "extmap:1 "),
        lambda sdp: sdp.replace("3570614608", "2927301821"),
        lambda sdp: sdp.replace("actpass", "passive"),
    ],
)
def test_an_offer_that_contradicts_itself_harms_nobody(
    service: EchoService, change: Callable[[str], str]
) -> None:
    assert change(CHROMIUM) != CHROMIUM
    with impatient("CONNECTED_WITHIN_S", 0.2), service.enter(media=True, network="n") as place:
        place.begin()
        place.answer(change(CHROMIUM))
        assert ends_with(place, "timeout")
    assert is_well(service)


def test_a_wrong_certificate_is_not_talked_to(service: EchoService) -> None:
    async def test() -> None:
        with service.enter(media=False, network="n") as place:
            place.begin()
            pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
            pc.createDataChannel("echo")
            await pc.setLocalDescription(await pc.createOffer())
            offer = re.sub(r"(fingerprint:\S+) .*", rf"\1 {PRINT}", pc.localDescription.sdp)
            answer = await asyncio.to_thread(place.answer, offer)
            await pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))
            assert await asyncio.to_thread(ends_with, place, "timeout")
            await pc.close()

    run(test)
    assert is_well(service)


def test_a_picture_of_enormous_size_is_not_unpacked() -> None:
    """VP8 allows for 16,383 × 16,383 in a few bytes."""
    largest = b"\x10\x00\x00\x9d\x01\x2a\xff\x3f\xff\x3f"
    assert codecs.pixels(largest) == 16_383**2
    assert codecs.pixels(largest) > codecs.MAX_PIXELS
    assert codecs.pixels(b"\x10\x00\x00\x9d\x01\x2a\x40\x01\xf0\x00") == 320 * 240
    assert codecs.pixels(b"\x11" + largest[1:]) == 0
    frame = JitterFrame(data=largest + bytes(50), timestamp=0)
    assert codecs.EchoVp8Decoder().decode(frame) == []


def test_a_crash_of_one_echo_is_told_and_harms_no_other(
    service: EchoService, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> str:
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(echo.Echo, "answer", fail)
        with service.enter(media=False, network="n") as place, pytest.raises(ZeroDivisionError):
            place.answer(OLD_CHANNEL)
    assert is_well(service)


def test_an_echo_that_does_not_close_gives_its_place_back(
    service: EchoService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And its sockets."""
    monkeypatch.setattr(echo, "CLOSES_WITHIN_S", 0.2)

    async def hang(_: object) -> None:
        await asyncio.sleep(60)

    with service.enter(media=True, network="n") as place:
        place.begin()
        address, _, _ = checks(place.answer(CHROMIUM))
        monkeypatch.setattr(RTCPeerConnection, "close", hang)
        began = time.monotonic()
        place.leave()
        assert time.monotonic() - began < 3
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as same:
            same.bind(address)
    monkeypatch.undo()
    assert service.stats()["running"] == 0


def test_a_long_queue_is_refused() -> None:
    service = EchoService(places=1)
    service._places[True] = Places(1, most_waiting=1)
    try:
        for network in "ab":
            service.enter(media=True, network=network)
        with pytest.raises(EchoError) as refused:
            service.enter(media=True, network="c")
        assert refused.value.code == "too-fast"
    finally:
        service.stop()
