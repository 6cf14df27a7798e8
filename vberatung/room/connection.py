"""A WebSocket that several threads may write to and that no slow reader can block."""

import json
import logging
import socket
import struct
import threading

from simple_websocket import ConnectionClosed, Server

from vberatung.room.protocol import Message

SEND_TIMEOUT_S = 5
log = logging.getLogger(__name__)


class Connection:
    """Writes to `ws` one message at a time; a dead or stalled socket is dropped, not waited for."""

    def __init__(self, ws: Server) -> None:
        self.ws = ws
        self._lock = threading.Lock()
        self.closed = False
        """Once we have closed it, nothing that still arrives counts: `ws.connected` may revive."""
        # SO_SNDTIMEO limits sending only; a Python-level timeout would limit receiving too.
        ws.sock.setsockopt(
            socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SEND_TIMEOUT_S, 0)
        )

    def deliver(self, message: Message) -> None:
        # Escaped to ASCII: half a surrogate pair, which JSON may carry, has no UTF-8.
        self.send_text(json.dumps(message, separators=(",", ":")))

    def send_text(self, text: str) -> None:
        with self._lock:
            try:
                self.ws.send(text)
            except ConnectionClosed:
                pass
            except OSError:
                self._drop()

    def close(self, code: int, reason: str | None = None) -> None:
        """Say goodbye with a close code and wake the thread that is receiving."""
        with self._lock:
            self.closed = True
            try:
                self.ws.close(code, reason)
            except ConnectionClosed:
                pass
            except OSError:
                self._drop()
        self.ws.event.set()

    def _drop(self) -> None:
        log.info("a socket could not be written to and was dropped")
        self.ws.connected = False
        self.ws.event.set()
