"""A browser that takes the test, as far as the echo can tell: a WebRTC peer of its own."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any, Self

from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
    VideoStreamTrack,
)
from aiortc.mediastreams import AudioStreamTrack
from av import VideoFrame

from vberatung.techcheck.service import Place

WITHIN_S = 10
DARK, BRIGHT = 40, 200


class Pictures(VideoStreamTrack):
    """30 a second, dark until `lit`."""

    def __init__(self, width: int, height: int) -> None:
        super().__init__()
        self.size = width, height
        self.lit = False

    async def recv(self) -> VideoFrame:
        pts, time_base = await self.next_timestamp()
        frame = VideoFrame(*self.size, "yuv420p")
        for plane, value in zip(
            frame.planes, (BRIGHT if self.lit else DARK, 128, 128), strict=True
        ):
            plane.update(bytes([value]) * plane.buffer_size)
        frame.pts, frame.time_base = pts, time_base
        return frame


class Caller:
    def __init__(self, *, media: bool = True, width: int = 640, height: int = 480) -> None:
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.channel = self.pc.createDataChannel("echo")
        self.pictures = Pictures(width, height)
        self.back: dict[str, MediaStreamTrack] = {}
        self.heard: asyncio.Queue[str | bytes] = asyncio.Queue()
        self._open, self._connected = asyncio.Event(), asyncio.Event()
        if media:
            self.pc.addTrack(self.pictures)
            self.pc.addTrack(AudioStreamTrack())
        self.pc.on("track", lambda track: self.back.update({track.kind: track}))
        self.pc.on("connectionstatechange", self._look_at_state)
        self.channel.on("open", self._open.set)
        self.channel.on("message", self.heard.put_nowait)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.pc.close()

    async def offer(self) -> str:
        await self.pc.setLocalDescription(await self.pc.createOffer())
        return str(self.pc.localDescription.sdp)

    async def take(self, answer: str) -> None:
        await self.pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def connect(self, place: Place) -> None:
        """To the echo that this place is for, up to the open channel."""
        place.begin()
        await self.take(await asyncio.to_thread(place.answer, await self.offer()))
        await asyncio.wait_for(self._connected.wait(), WITHIN_S)
        await asyncio.wait_for(self._open.wait(), WITHIN_S)

    async def picture(self) -> VideoFrame:
        frame = await asyncio.wait_for(self.back["video"].recv(), WITHIN_S)
        assert isinstance(frame, VideoFrame)
        return frame

    async def says(self) -> Any:
        """The next message in words, and how many bytes came before it."""
        received = 0
        while True:
            message = await asyncio.wait_for(self.heard.get(), WITHIN_S)
            if isinstance(message, str):
                return (json.loads(message) if message.startswith("{") else message), received
            received += len(message)

    def _look_at_state(self) -> None:
        if self.pc.connectionState == "connected":
            self._connected.set()


def brightness(frame: VideoFrame) -> int:
    plane = frame.planes[0]
    return bytes(plane)[plane.line_size * (plane.height // 2)]


def run(test: Callable[[], Awaitable[None]]) -> None:
    """In a loop of the test's own, apart from the echo's."""

    async def whole() -> None:
        await test()

    asyncio.run(whole())


def soon(condition: Callable[[], object], within_s: float = 5) -> bool:
    """Whether it comes true in time."""
    until = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True
