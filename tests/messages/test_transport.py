"""Mails against a real SMTP server."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.support.cast import MORNING
from vberatung.messages.models import OutboxMail
from vberatung.messages.transport import SmtpTransport, as_email

SENDER = "Videoberatung <termine@beratung.example>"


def a_mail(recipient: str = "aylin@example.org", subject: str = "Ihr Termin – Grüße") -> OutboxMail:
    return OutboxMail(
        recipient=recipient,
        subject=subject,
        body="Guten Tag Олена,\n\nbis bald.",
        calendar="BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
        calendar_method="REQUEST",
        created_at=MORNING,
        expires_at=MORNING + timedelta(days=1),
    )


class Mailbox:
    """Takes every mail but those to nobody@."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, EmailMessage]] = []

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if address.startswith("nobody@"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.mails.append((envelope.rcpt_tos[0], message))
        return "250 OK"


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, str]]:
    box = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, f"smtp://127.0.0.1:{port}"
    controller.stop()


def test_it_arrives_with_text_and_invitation(mailbox: tuple[Mailbox, str]) -> None:
    box, url = mailbox
    SmtpTransport(url, SENDER).send(a_mail())
    ((recipient, mail),) = box.mails
    assert recipient == "aylin@example.org"
    assert mail["Subject"] == "Ihr Termin – Grüße"
    assert mail["Auto-Submitted"] == "auto-generated"
    text, calendar = mail.iter_parts()
    assert "Олена" in text.get_content()
    assert calendar.get_content_type() == "text/calendar"
    assert calendar.get_param("method") == "REQUEST"


def test_a_refused_recipient_is_an_os_error(mailbox: tuple[Mailbox, str]) -> None:
    with pytest.raises(OSError, match="no such mailbox"):
        SmtpTransport(mailbox[1], SENDER).send(a_mail("nobody@example.org"))


def test_a_server_that_is_down_is_an_os_error() -> None:
    with pytest.raises(ConnectionRefusedError):
        SmtpTransport("smtp://127.0.0.1:1", SENDER).send(a_mail())


@pytest.mark.parametrize("url", ["mail.example", "http://mail.example", "smtp://"])
def test_a_wrong_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="SMTP_URL"):
        SmtpTransport(url, SENDER)


def test_no_subject_can_add_a_header() -> None:
    with pytest.raises(ValueError, match=r"newline|linefeed"):
        as_email(a_mail(subject="Hallo\r\nBcc: alle@example.org"), SENDER)
