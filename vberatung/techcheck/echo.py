"""One test: a WebRTC connection to a browser. All of it runs in the thread of service.py."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

from aioice import Connection
from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCDataChannel,
    RTCIceServer,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.rtcdtlstransport import RTCDtlsTransport
from aiortc.rtcicetransport import parse_stun_turn_uri
from OpenSSL import SSL

from vberatung.techcheck import codecs, protocol
from vberatung.techcheck.line import LABEL, Line
from vberatung.techcheck.protocol import EchoError
from vberatung.techcheck.tracks import Delayed, DelayedVideo

STUN_WITHIN_S = 2
CLOSES_WITHIN_S = 3
MAX_RECEIVED = 25_000_000
"""Bytes of a test: 5 Mbit/s for its 40 seconds."""
MAX_PACKETS_WAITING = 500
MAX_ADDRESSES = 20
"""From which a browser may try to reach us; each is tried in turn, so they must not be endless."""

CONFIGURATION = partial(RTCConfiguration, bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)

log = logging.getLogger(__name__)
for _name in ("aiortc", "aioice", "libav"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)  # addresses and descriptions are in there
codecs.use()


class Echo:
    """`ended` is told once how it ended: None for the end of its time."""

    def __init__(self, stun_urls: Iterable[str], ended: Callable[[EchoError | None], None]) -> None:
        # Without a list aiortc would ask a server elsewhere.
        servers = [RTCIceServer(urls=url) for url in stun_urls if _is_usable(url)]
        self._pc = RTCPeerConnection(CONFIGURATION(iceServers=servers))
        self._ended: Callable[[EchoError | None], None] | None = ended
        self.was_connected = False
        self._settled, self._media_came = asyncio.Event(), asyncio.Event()
        self._tracks: list[Delayed] = []
        self._line: Line | None = None
        self._watching: asyncio.Task[None] | None = None
        self._pc.on("connectionstatechange", self._look_at_state)
        self._pc.on("datachannel", self._take_channel)

    async def answer(self, sdp: str, ends_at: float) -> str:
        """To an offer as offer.py lets it pass; the test is over at `ends_at`, the loop's time."""
        try:
            await self._pc.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
            self._send_back()
        except Exception as error:
            text = f"The offer cannot be answered ({type(error).__name__})."
            raise EchoError("bad-offer", text) from None
        for transport in self._encrypted():
            self._bound(transport.transport._connection)
        await self._pc.setLocalDescription()
        self._watching = asyncio.ensure_future(self._watch(ends_at))
        return str(self._pc.localDescription.sdp)

    async def close(self) -> None:
        """Whatever state it is in; afterwards there is no socket, no thread and no task of it."""
        self._ended = None
        if self._watching:
            self._watching.cancel()
        if self._line:
            self._line.close()
        connections = [transport.transport._connection for transport in self._encrypted()]
        try:
            await asyncio.wait_for(self._pc.close(), CLOSES_WITHIN_S)
        except Exception as error:
            log.warning("an echo did not close by itself: %s", type(error).__name__)
            for connection in connections:
                await asyncio.wait_for(connection.close(), 1)
        finally:
            for track in self._tracks:
                track.stop()

    def _send_back(self) -> None:
        for transceiver in self._pc.getTransceivers():
            kind = DelayedVideo if transceiver.kind == "video" else Delayed
            track = kind(transceiver.receiver.track, self._media_came.set)
            self._tracks.append(track)
            self._pc.addTrack(track)

    async def _watch(self, ends_at: float) -> None:
        try:
            await _within(protocol.CONNECTED_WITHIN_S, self._settled, "No connection came about.")
            if not self.was_connected:
                raise EchoError("timeout", "The connection failed.")
            if self._tracks:
                text = "Neither picture nor sound came that can be sent back."
                await _within(protocol.MEDIA_WITHIN_S, self._media_came, text)
            await asyncio.sleep(ends_at - asyncio.get_running_loop().time())
        except EchoError as error:
            self._end(error)
        else:
            self._end(None)

    def _look_at_state(self) -> None:
        state = self._pc.connectionState
        if state == "connected":
            self.was_connected = True
            self._settled.set()
        elif state in ("failed", "closed"):
            self._settled.set()
            lost = EchoError("timeout", "The connection failed or was lost.")
            self._end(None if self.was_connected and self._said_farewell() else lost)

    def _take_channel(self, channel: RTCDataChannel) -> None:
        if channel.label == LABEL and self._line is None:
            self._line = Line(channel, self._end)

    def _end(self, error: EchoError | None) -> None:
        ended, self._ended = self._ended, None
        if ended:
            ended(error)

    def _encrypted(self) -> Iterator[RTCDtlsTransport]:
        """The one for all that there is; none before the offer."""
        for transceiver in self._pc.getTransceivers()[:1]:
            yield transceiver.receiver.transport
        if self._pc.sctp and not self._pc.getTransceivers():
            yield self._pc.sctp.transport

    def _said_farewell(self) -> bool:
        """Whether the browser has closed the connection itself (close_notify, RFC 8446, 6.1)."""
        sessions = [transport._ssl for transport in self._encrypted()]
        return any(ssl and ssl.get_shutdown() & SSL.RECEIVED_SHUTDOWN for ssl in sessions)

    def _bound(self, connection: Connection) -> None:
        """aioice itself takes and remembers whatever comes, from as many addresses as try."""
        flood = EchoError("too-fast", f"A test has at most {MAX_RECEIVED} bytes.")
        connection._queue = Inbox(lambda: self._end(flood))
        check = connection.check_incoming

        def check_some(message: Any, address: tuple[str, int], protocol: Any) -> None:
            known = [(remote.host, remote.port) for remote in connection._remote_candidates]
            if address in known or len(known) < MAX_ADDRESSES:
                check(message, address, protocol)

        connection.check_incoming = check_some  # type: ignore[assignment, method-assign]
        connection.get_component_candidates = partial(  # type: ignore[method-assign]
            connection.get_component_candidates, timeout=STUN_WITHIN_S
        )


class Inbox(asyncio.Queue[Any]):
    """The packets that have come in. What would be too much is dropped, as a network does."""

    def __init__(self, flooded: Callable[[], None]) -> None:
        super().__init__()
        self._flooded = flooded
        self._bytes = 0

    def put_nowait(self, item: Any) -> None:
        if item is not None:  # which says that there will be no more
            self._bytes += len(item[0])
            if self._bytes > MAX_RECEIVED:
                return self._flooded()
            if self.qsize() >= MAX_PACKETS_WAITING:
                return None
        return super().put_nowait(item)


async def _within(seconds: float, event: asyncio.Event, otherwise: str) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        raise EchoError("timeout", otherwise) from None


def _is_usable(url: str) -> bool:
    """aiortc knows only these, and asks only the first one."""
    with suppress(ValueError):
        return parse_stun_turn_uri(url)["scheme"] == "stun"  # type: ignore[no-any-return]
    return False
