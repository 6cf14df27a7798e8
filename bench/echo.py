"""The echo of the device test: what one costs, how soon it is there, that nothing is left of it.

Against the product's own server process. The other sides are WebRTC peers in this process.
"""

import asyncio
import json
import os
import time
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from pathlib import Path
from statistics import median

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription, VideoStreamTrack
from aiortc.mediastreams import AudioStreamTrack
from av import VideoFrame
from websockets.asyncio.client import connect

from bench.memory import memory_mb, see_every_page
from bench.support import Figure, Product, arguments, at_most, percentile, report

WARM_UP = 5
CPU_OVER_S = 15
GROWS = 1.1
CORES_OF_ONE = 0.25
FIRST_FRAME_S = 1.5
WITHIN_S = 20
CLOSES_WITHIN_S = 5
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_visitors = count(1)


class Pictures(VideoStreamTrack):
    """320 × 240 that move all over, as a camera's do: noise, shifted a little each time."""

    def __init__(self) -> None:
        super().__init__()
        self._noise = os.urandom(2**18)

    async def recv(self) -> VideoFrame:
        pts, time_base = await self.next_timestamp()
        frame = VideoFrame(320, 240, "yuv420p")
        for plane in frame.planes:
            at = pts // 3000 * 7 % 2**16
            plane.update(bytes(v // 4 + 96 for v in self._noise[at : at + plane.buffer_size]))
        frame.pts, frame.time_base = pts, time_base
        return frame


@asynccontextmanager
async def test(product: Product):
    """A running test, and after how many seconds from the offer its first picture was back."""
    number = next(_visitors)
    elsewhere = {"X-Forwarded-For": f"198.19.{number // 250}.{number % 250}"}
    address = product.url.replace("http", "ws") + "/technik/socket"
    pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        async with connect(
            address, origin=product.url, additional_headers=elsewhere, proxy=None
        ) as socket:
            yield await asyncio.wait_for(_first_picture(pc, socket), WITHIN_S)
    finally:
        await pc.close()


async def _first_picture(pc: RTCPeerConnection, socket) -> float:
    back = {}
    pc.on("track", lambda track: back.update({track.kind: track}))
    pc.createDataChannel("echo")
    pc.addTrack(Pictures())
    pc.addTrack(AudioStreamTrack())
    await socket.send(json.dumps({"type": "hello", "media": True}))
    await _until(socket, "ready")
    await pc.setLocalDescription(await pc.createOffer())
    offered = time.monotonic()
    await socket.send(json.dumps({"type": "offer", "sdp": pc.localDescription.sdp}))
    answer = await _until(socket, "answer")
    await pc.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))
    await back["video"].recv()
    return time.monotonic() - offered


async def _until(socket, kind: str):
    while (message := json.loads(await socket.recv()))["type"] != kind:
        if message["type"] == "error":
            raise SystemExit(f"The server refused: {message}")
    return message


async def many(product: Product, number: int) -> list[float]:
    """One after the other, each until the first picture."""
    firsts = []
    for _ in range(number):
        async with test(product) as first:
            firsts.append(first)
    await asyncio.sleep(CLOSES_WITHIN_S)
    return firsts


async def cores(product: Product, tests: int) -> float:
    """What so many tests at once take of a core, each."""
    async with AsyncExitStack() as running:
        for _ in range(tests):
            await running.enter_async_context(test(product))
        await asyncio.sleep(2)
        before = cpu_s(product)
        await asyncio.sleep(CPU_OVER_S)
        return (cpu_s(product) - before) / CPU_OVER_S / tests


def cpu_s(product: Product) -> float:
    """User and system time of all its processes."""
    stats = [Path(f"/proc/{pid}/stat").read_text() for pid in product.processes()]
    return sum(sum(map(int, stat.rsplit(")", 1)[1].split()[11:13])) for stat in stats) / TICKS_PER_S


def threads(product: Product) -> int:
    return sum(len(os.listdir(f"/proc/{pid}/task")) for pid in product.processes())


def open_files(product: Product) -> int:
    return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in product.processes())


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--tests", type=int, default=200)
    options = parser.parse_args()
    measures = {"memory (MB)": memory_mb, "threads": threads, "open files and sockets": open_files}
    with Product() as product:
        see_every_page(product)
        without = memory_mb(product)
        one, two = (asyncio.run(cores(product, tests)) for tests in (1, 2))
        asyncio.run(many(product, WARM_UP))
        before = {what: measure(product) for what, measure in measures.items()}
        firsts = asyncio.run(many(product, options.tests))
        after = {what: measure(product) for what, measure in measures.items()}
    figures = [
        Figure("memory (MB), before the first test", f"{without:.0f}"),
        *(Figure(f"{what}, after some tests", f"{had:.0f}") for what, had in before.items()),
        *(
            at_most(f"{what}, after {options.tests} more", after[what], had * GROWS, "{:.0f}")
            for what, had in before.items()
        ),
        at_most("cores of one test", one, CORES_OF_ONE, "{:.2f}"),
        at_most("cores of each of two tests", two, CORES_OF_ONE, "{:.2f}"),
        Figure("first picture back, median", f"{median(firsts):.2f} s"),
        at_most("first picture back, p95", percentile(firsts, 95), FIRST_FRAME_S, "{:.2f} s"),
    ]
    report(figures, options)


if __name__ == "__main__":
    main()
