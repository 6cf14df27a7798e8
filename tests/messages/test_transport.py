"""Mails against a real SMTP server."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.support.cast import MORNING
from tests.support.mail_server import MailServer, mail_server
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


@pytest.fixture
def mailbox() -> Iterator[MailServer]:
    with mail_server() as box:
        yield box


def test_it_arrives_with_text_and_invitation(mailbox: MailServer) -> None:
    SmtpTransport(mailbox.url, SENDER).send(a_mail())
    ((recipient, mail),) = mailbox.mails
    assert recipient == "aylin@example.org"
    assert mail["Subject"] == "Ihr Termin – Grüße"
    assert mail["Auto-Submitted"] == "auto-generated"
    text, calendar = mail.iter_parts()
    assert "Олена" in text.get_content()
    assert calendar.get_content_type() == "text/calendar"
    assert calendar.get_param("method") == "REQUEST"


def test_a_refused_recipient_is_an_os_error(mailbox: MailServer) -> None:
    with pytest.raises(OSError, match="no such mailbox"):
        SmtpTransport(mailbox.url, SENDER).send(a_mail("nobody@example.org"))


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
