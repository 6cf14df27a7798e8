"""Picture and sound go back as they came, a second later, the picture small. Nothing is kept."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import cast

from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, VideoFrame
from av.video.frame import PictureType

DELAY_S = 1.0
MAX_WIDTH = 320
MAX_HEIGHT = 240
MAX_PER_S = 15
VIDEO_CLOCK = 90_000
"""Ticks a second of all video timestamps (RFC 7741)."""
AT_ONCE = 2
"""Two, because some know that a picture is whole only when the next one comes."""
MOST_WAITING = {"audio": 100, "video": 30}
"""Frames: two seconds of each. Whoever sends more loses the oldest."""


MediaFrame = AudioFrame | VideoFrame


class Delayed(MediaStreamTrack):
    """What comes from `source`, DELAY_S later. `came` is told of each frame."""

    def __init__(self, source: MediaStreamTrack, came: Callable[[], None]) -> None:
        super().__init__()
        self.kind = source.kind
        self._came = came
        self._frames: deque[tuple[float, MediaFrame]] = deque(maxlen=MOST_WAITING[self.kind])
        self._news = asyncio.Event()
        self._reading = asyncio.ensure_future(self._read(source))

    async def recv(self) -> MediaFrame:
        while not self._frames:
            if self._reading.done():
                raise MediaStreamError
            self._news.clear()
            await self._news.wait()
        due, frame = self._frames.popleft()
        await asyncio.sleep(due - _now_s())
        return frame

    def stop(self) -> None:
        super().stop()
        self._reading.cancel()
        self._frames.clear()

    async def _read(self, source: MediaStreamTrack) -> None:
        try:
            with suppress(MediaStreamError):
                while True:
                    frame = await source.recv()
                    self._came()
                    self._take(cast(MediaFrame, frame))
        finally:
            self._news.set()

    def _take(self, frame: MediaFrame) -> None:
        self._keep(frame, DELAY_S)

    def _keep(self, frame: MediaFrame, delay_s: float) -> None:
        self._frames.append((_now_s() + delay_s, frame))
        self._news.set()


class DelayedVideo(Delayed):
    """At most MAX_WIDTH × MAX_HEIGHT, MAX_PER_S of them.

    The first ones go back at once: the person sees that it works while the second passes.
    """

    _next_pts: int | None = None
    _at_once = AT_ONCE

    def _take(self, frame: MediaFrame) -> None:
        if not isinstance(frame, VideoFrame) or not self._is_due(frame.pts or 0):
            return
        small = frame.reformat(*fitting(frame.width, frame.height), format="yuv420p")
        small.pict_type = PictureType.NONE  # else each key frame would become one again
        delay_s = 0 if self._at_once else DELAY_S
        self._at_once = max(0, self._at_once - 1)
        # By the time at which they go back, or the browser would take the pause for a jam.
        small.pts = (frame.pts or 0) + int(delay_s * VIDEO_CLOCK)
        self._keep(small, delay_s)

    def _is_due(self, pts: int) -> bool:
        """As many as may be, in the mean: a late one does not push back those after it."""
        interval = VIDEO_CLOCK // MAX_PER_S
        due = pts if self._next_pts is None else self._next_pts
        if pts < due:
            return False
        self._next_pts = max(due, pts - interval) + interval
        return True


def _now_s() -> float:
    return asyncio.get_running_loop().time()


def fitting(width: int, height: int) -> tuple[int, int]:
    """The size of a picture within the largest one, of the same shape; even, as codecs want it."""
    scale = min(1, MAX_WIDTH / width, MAX_HEIGHT / height)
    return max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2)
