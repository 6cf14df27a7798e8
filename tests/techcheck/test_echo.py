"""Picture, sound and data come back from the echo, over real UDP."""

import asyncio
import json
import subprocess
import sys
import threading
import time
from typing import cast

import pytest
from aioice import stun
from aiortc.rtcicetransport import RTCIceGatherer
from av import AudioFrame

from tests.techcheck.caller import BRIGHT, DARK, Caller, brightness, run, soon
from tests.techcheck.offers import OLD_CHANNEL
from vberatung.techcheck import echo, line, protocol, tracks
from vberatung.techcheck.protocol import EchoError
from vberatung.techcheck.service import EchoService
from vberatung.techcheck.tracks import fitting


def test_the_picture_comes_back_small_and_a_second_later(service: EchoService) -> None:
    async def test() -> None:
        with service.enter(media=True, network="n") as place:
            async with Caller(width=640, height=480) as caller:
                await caller.connect(place)
                began = time.monotonic()
                first = await caller.picture()
                assert time.monotonic() - began < tracks.DELAY_S  # it does not wait
                assert (first.width, first.height) == (320, 240)
                assert abs(brightness(first) - DARK) < 20
                await caller.picture()
                caller.pictures.lit, lit_at, count = True, time.monotonic(), 0
                while abs(brightness(await caller.picture()) - BRIGHT) > 20:
                    count += 1
                assert 0.9 < time.monotonic() - lit_at < 2
                assert count <= tracks.MAX_PER_S * 1.5

    run(test)


def test_the_sound_comes_back(service: EchoService) -> None:
    async def test() -> None:
        with service.enter(media=True, network="n") as place:
            async with Caller() as caller:
                await caller.connect(place)
                began = time.monotonic()
                frame = await asyncio.wait_for(caller.back["audio"].recv(), 5)
                assert isinstance(frame, AudioFrame)
                assert time.monotonic() - began > 0.9

    run(test)


@pytest.mark.parametrize(
    ("size", "fits"),
    [
        ((320, 240), (320, 240)),
        ((640, 480), (320, 240)),
        ((1280, 720), (320, 180)),
        ((480, 640), (180, 240)),
        ((100, 50), (100, 50)),
        ((5000, 1), (320, 2)),
    ],
)
def test_a_picture_keeps_its_shape(size: tuple[int, int], fits: tuple[int, int]) -> None:
    assert fitting(*size) == fits


@pytest.mark.parametrize("per_s", [5, 15, 20, 25, 30, 60])
def test_no_more_pictures_a_second_than_allowed_and_no_fewer_than_possible(per_s: int) -> None:
    video = object.__new__(tracks.DelayedVideo)
    kept = sum(video._is_due(n * 90_000 // per_s) for n in range(per_s * 4))
    assert abs(kept - 4 * min(per_s, tracks.MAX_PER_S)) <= 2


def test_the_line_tells_time_and_amounts(service: EchoService) -> None:
    async def test() -> None:
        with service.enter(media=False, network="n") as place:
            async with Caller(media=False) as caller:
                await caller.connect(place)
                caller.channel.send("p1 1234")
                assert await caller.says() == ("p1 1234", 0)
                caller.channel.send(json.dumps({"down": 100_001}))
                assert await caller.says() == ({"sent": 100_001}, 100_001)
                for _ in range(50):
                    caller.channel.send(bytes(1200))
                caller.channel.send(json.dumps({"up": 0}))
                said, _ = await caller.says()
                assert said["received"] == 60_000
                assert 0 <= said["ms"] < 5000
                caller.channel.send(json.dumps({"up": 0}))
                assert (await caller.says())[0] == {"received": 0, "ms": 0}
        assert place.error is None

    run(test)


BEYOND = {
    "unknown task": (["hallo"], "bad-message"),
    "no object": (["[]"], "bad-message"),
    "too much": ([json.dumps({"down": line.MAX_DOWN + 1})], "bad-message"),
    "nothing": ([json.dumps({"down": 0})], "bad-message"),
    "negative": ([json.dumps({"down": -5})], "bad-message"),
    "two at a time": ([json.dumps({"down": 1_000_000})] * 2, "bad-state"),
    "a long text": (["p" * 1000], "too-large"),
}


@pytest.mark.parametrize(("says", "code"), BEYOND.values(), ids=BEYOND)
def test_who_asks_the_line_for_something_else_ends_the_test(
    service: EchoService, says: list[str], code: str
) -> None:
    async def test() -> None:
        with service.enter(media=False, network="n") as place:
            async with Caller(media=False) as caller:
                await caller.connect(place)
                for text in says:
                    caller.channel.send(text)
                assert await asyncio.to_thread(soon, lambda: place.over)
                assert place.error is not None
                assert place.error.code == code

    run(test)


def test_a_test_has_an_amount_of_data(
    service: EchoService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "MAX_BYTES", 50_000)

    async def test() -> None:
        with service.enter(media=False, network="n") as place:
            async with Caller(media=False) as caller:
                await caller.connect(place)
                caller.channel.send(json.dumps({"down": 60_000}))
                assert await asyncio.to_thread(soon, lambda: place.over)
                assert place.error is not None
                assert place.error.code == "too-large"

    run(test)


def test_a_test_ends_by_itself_when_its_time_is_over(
    service: EchoService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "LASTS_S", 2)

    async def test() -> None:
        with service.enter(media=False, network="n") as place:
            async with Caller(media=False) as caller:
                began = time.monotonic()
                await caller.connect(place)
                assert await asyncio.to_thread(soon, lambda: place.over)
                assert 1.9 < time.monotonic() - began < 4
                assert place.error is None

    run(test)
    assert service.stats() == {"running": 0, "waiting": 0, "done": 1, "failed": 0}


def test_nothing_is_left_of_a_test_that_was_left(service: EchoService) -> None:
    """While the other side still believes that it is connected."""

    async def test() -> None:
        with service.enter(media=True, network="n") as place:
            async with Caller() as caller:
                await caller.connect(place)
                await caller.picture()
                place.leave()
                assert service._loop is not None
                assert not [task for task in asyncio.all_tasks(service._loop) if not task.done()]

    run(test)
    assert not [each for each in threading.enumerate() if each.name.endswith("-decoder")]


def test_no_server_elsewhere_is_asked(
    service: EchoService, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(_: object) -> None:
        pytest.fail("aiortc's default would be asked")

    monkeypatch.setattr(RTCIceGatherer, "getDefaultIceServers", classmethod(ask))

    async def test() -> None:
        with service.enter(media=False, network="n") as place:
            async with Caller(media=False) as caller:
                await caller.connect(place)

    run(test)


def test_the_echo_stays_within_its_ports(loopback: None) -> None:
    service = EchoService(places=1, ports=range(50_100, 50_103), address="203.0.113.5")

    async def test() -> None:
        with service.enter(media=False, network="n") as place:
            async with Caller(media=False) as caller:
                place.begin()
                answer = await asyncio.to_thread(place.answer, await caller.offer())
        (candidate,) = [line for line in answer.splitlines() if line.startswith("a=candidate")]
        assert candidate.split(" ")[4] == "203.0.113.5"
        assert int(candidate.split(" ")[5]) in range(50_100, 50_103)

    try:
        run(test)
    finally:
        service.stop()


class Stun(asyncio.DatagramProtocol):
    """Tells everybody the same address (RFC 8489), or nothing."""

    def __init__(self, address: tuple[str, int] | None) -> None:
        self.address = address

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, source: tuple[str, int]) -> None:
        request = stun.parse_message(data)
        said = stun.Message(
            message_method=stun.Method.BINDING,
            message_class=stun.Class.RESPONSE,
            transaction_id=request.transaction_id,
        )
        said.attributes["XOR-MAPPED-ADDRESS"] = self.address
        if self.address:
            self.transport.sendto(bytes(said), source)


@pytest.mark.parametrize("address", [("203.0.113.77", 40_000), None])
def test_behind_a_router_the_public_address_is_asked_for_and_not_waited_for_long(
    loopback: None, monkeypatch: pytest.MonkeyPatch, address: tuple[str, int] | None
) -> None:
    monkeypatch.setattr(echo, "STUN_WITHIN_S", 0.3)

    async def test() -> None:
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: Stun(address), local_addr=("127.0.0.1", 0)
        )
        port = transport.get_extra_info("sockname")[1]
        service = EchoService(places=1, stun_urls=["stuns:x", "nonsense", f"stun:127.0.0.1:{port}"])
        with service.enter(media=False, network="n") as place:
            place.begin()
            answer = await asyncio.to_thread(place.answer, OLD_CHANNEL)
        assert ("203.0.113.77 40000 typ srflx" in answer) is bool(address)
        await asyncio.to_thread(service.stop)
        transport.close()
        await asyncio.sleep(0.01)

    run(test)


def test_the_libraries_are_loaded_with_the_first_test_only() -> None:
    code = "import sys, vberatung.techcheck.service; sys.exit('aiortc' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_offer_without_an_echo_ends_in_words(service: EchoService) -> None:
    with service.enter(media=False, network="n") as place, pytest.raises(EchoError) as refused:
        place.answer("v=0")
    assert refused.value.code == "bad-offer"
    assert service.stats() == {"running": 0, "waiting": 0, "done": 0, "failed": 1}
