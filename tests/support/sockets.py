"""The browser's end of a socket: docs/signalling.md as a test speaks it."""

import json
import ssl
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

WITHIN_S = 20
CLOSES_WITHIN_S = 0.3
Message = dict[str, Any]
BOTH = {"audio": True, "video": True}


class Socket:
    """One connection. What was received is remembered, so nothing is missed while waiting."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.received: list[Message] = []

    def hello(self, client: str = "c" * 22, page: str = "p" * 22, **changes: object) -> Message:
        """Say hello, and give the welcome, or the error."""
        hello = {"v": 2, "client": client, "page": page, "takeover": False, "media": BOTH}
        self.send("hello", **hello | changes)
        return self.next()

    def send(self, kind: str, **fields: object) -> None:
        self.send_raw(json.dumps({"type": kind, **fields}))

    def send_raw(self, frame: str | bytes) -> None:
        self.connection.send(frame)

    def next(self) -> Message:
        message: Message = json.loads(self.connection.recv(WITHIN_S))
        self.received.append(message)
        return message

    def wait_for(self, kind: str, **fields: object) -> Message:
        """The next message of this type and with these fields; others may come before it."""
        while True:
            message = self.next()
            if message["type"] == kind and fields.items() <= message.items():
                return message

    def text(self) -> str:
        return str(self.connection.recv(WITHIN_S))

    def is_silent(self, seconds: float = 0.2) -> bool:
        try:
            self.connection.recv(seconds)
        except TimeoutError:
            return True
        return False

    def ending(self) -> tuple[int, str]:
        """The close code, and the code of the error before it; what comes before is remembered."""
        try:
            while True:
                self.next()
        except ConnectionClosed as closed:
            code = closed.rcvd.code if closed.rcvd else 0
        errors = [message["code"] for message in self.received if message["type"] == "error"]
        return code, errors[-1] if errors else ""


class Sockets:
    """Opens sockets to one server, and closes them all."""

    def __init__(self, host: str, tls: ssl.SSLContext | None = None) -> None:
        self.host, self.tls = host, tls
        self.opened = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.opened.close()

    def open(self, path: str, cookie: str = "", origin: str | None = "own") -> Socket:
        scheme = "ws" if self.tls is None else "wss"
        own = f"{scheme.replace('ws', 'http')}://{self.host}"
        connection = connect(
            f"{scheme}://{self.host}{path}",
            origin=own if origin == "own" else origin,  # type: ignore[arg-type]
            additional_headers={"Cookie": cookie} if cookie else {},
            open_timeout=WITHIN_S,
            close_timeout=CLOSES_WITHIN_S,
            ssl=self.tls,
            proxy=None,
        )
        return Socket(self.opened.enter_context(connection))
