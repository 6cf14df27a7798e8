"""The data channel of a test: how long something takes there and back, and how much gets through.

docs/techcheck.md describes what the browser may say.
"""

import asyncio
import json
from collections.abc import Callable

from aiortc import RTCDataChannel

from vberatung.techcheck.protocol import EchoError

LABEL = "echo"
MAX_DOWN = 1_500_000
"""Bytes in one go."""
MAX_BYTES = 3_000_000
"""Of a test, in each direction."""
MAX_TEXT_CHARS = 200
PIECE = bytes(1200)
"""Fits into one packet."""
BUFFERED = 64 * 1024
"""Bytes that wait for the network at the most."""


class Line:
    """Answers on the channel. What is not in the protocol ends the test, by `fail`."""

    def __init__(self, channel: RTCDataChannel, fail: Callable[[EchoError], None]) -> None:
        self._channel, self._fail = channel, fail
        self._loop = asyncio.get_running_loop()
        self._all_received = self._all_sent = 0
        self._received, self._since = 0, 0.0
        self._sending: asyncio.Task[None] | None = None
        self._room = asyncio.Event()
        channel.bufferedAmountLowThreshold = BUFFERED // 2
        channel.on("bufferedamountlow", self._room.set)
        channel.on("message", self._hear)

    def close(self) -> None:
        if self._sending:
            self._sending.cancel()

    def _hear(self, message: str | bytes) -> None:
        try:
            self._answer(message)
        except EchoError as error:
            self._fail(error)

    def _answer(self, message: str | bytes) -> None:
        self._all_received += len(message)
        if self._all_received > MAX_BYTES:
            raise EchoError("too-large", f"A test has at most {MAX_BYTES} bytes each way.")
        if isinstance(message, bytes):
            self._since = self._since if self._received else self._loop.time()
            self._received += len(message)
        elif len(message) > MAX_TEXT_CHARS:
            raise EchoError("too-large", f"A text has at most {MAX_TEXT_CHARS} characters.")
        elif message.startswith("p"):
            self._send(message)
        else:
            self._do(message)

    def _do(self, text: str) -> None:
        if self._sending and not self._sending.done():
            raise EchoError("bad-state", "One task at a time.")
        match _task(text):
            case {"down": int(amount)} if 0 < amount <= MAX_DOWN:
                self._sending = self._loop.create_task(self._send_down(amount))
            case {"up": 0}:
                ms = round((self._loop.time() - self._since) * 1000) if self._received else 0
                self._send(json.dumps({"received": self._received, "ms": ms}))
                self._received = 0
            case _:
                raise EchoError("bad-message", "A task is down with its bytes, or up with 0.")

    async def _send_down(self, amount: int) -> None:
        try:
            for at in range(0, amount, len(PIECE)):
                while self._channel.bufferedAmount > BUFFERED:
                    self._room.clear()
                    await self._room.wait()
                self._send(PIECE[: amount - at])
            self._send(json.dumps({"sent": amount}))
        except EchoError as error:
            self._fail(error)

    def _send(self, data: str | bytes) -> None:
        self._all_sent += len(data)
        if self._all_sent > MAX_BYTES:
            raise EchoError("too-large", f"A test has at most {MAX_BYTES} bytes each way.")
        if self._channel.readyState == "open":
            self._channel.send(data)


def _task(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
