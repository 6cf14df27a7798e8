"""A real SMTP server that keeps what it gets, and can be difficult."""

import asyncio
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

ARRIVES_WITHIN_S = 15.0


class MailServer:
    """Takes every mail but those to nobody@. `mails` are pairs of recipient and message."""

    def __init__(self) -> None:
        self.url = ""
        self.mails: list[tuple[str, EmailMessage]] = []
        self.connections = 0
        self._last: Any = None
        self.delay_s = 0.0
        """So long it thinks about each recipient."""
        self.later: set[str] = set()
        """For these it has no time now: 450."""
        self.loses: set[str] = set()
        """While it gets a mail to one of these, the connection breaks."""

    def link_in_newest(self, recipient: str, folder: str) -> str:
        """The personal address below this folder in the newest mail to somebody."""
        deadline = time.monotonic() + ARRIVES_WITHIN_S
        while time.monotonic() < deadline:
            texts = [_text(message) for to, message in self.mails if to == recipient]
            found = [re.search(rf"http\S*/{folder}/\S+", text) for text in texts]
            if found and found[-1]:
                return found[-1][0]
            time.sleep(0.1)
        raise AssertionError(f"no such mail to {recipient}")

    def hang_up(self) -> None:
        """End the last connection, whatever it is doing."""
        self._last.loop.call_soon_threadsafe(self._last.transport.abort)

    async def handle_EHLO(  # noqa: N802  # aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        self._last = server
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        await asyncio.sleep(self.delay_s)
        if address.startswith("nobody@"):
            return "550 no such mailbox"
        if address in self.later:
            return "450 mailbox busy"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.loses & set(envelope.rcpt_tos):
            server.transport.abort()
            return "451 lost"
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.mails.append((envelope.rcpt_tos[0], message))
        return "250 OK"


def _text(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    return str(part.get_content()) if part else ""


@contextmanager
def mail_server() -> Iterator[MailServer]:
    box = MailServer()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    box.url = f"smtp://127.0.0.1:{port}"
    try:
        yield box
    finally:
        controller.stop()
