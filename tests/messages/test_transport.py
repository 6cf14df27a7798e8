"""Mails against a real SMTP server."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.support.cast import MORNING
from tests.support.mail_server import MailServer, mail_server
from vberatung.messages import outbox, transport
from vberatung.messages.models import OutboxMessage
from vberatung.messages.transport import Refused, SmtpTransport, as_email

SENDER = "Videoberatung <termine@beratung.example>"


def a_mail(
    recipient: str = "aylin@example.org", subject: str = "Ihr Termin – Grüße"
) -> OutboxMessage:
    return OutboxMessage(
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


@pytest.fixture
def smtp(mailbox: MailServer) -> Iterator[SmtpTransport]:
    smtp = SmtpTransport(mailbox.url, SENDER)
    yield smtp
    smtp.close()


def recipients(mailbox: MailServer) -> list[str]:
    return [recipient for recipient, _ in mailbox.mails]


def test_it_arrives_with_text_and_invitation(mailbox: MailServer, smtp: SmtpTransport) -> None:
    smtp.send(a_mail())
    ((recipient, mail),) = mailbox.mails
    assert recipient == "aylin@example.org"
    assert mail["Subject"] == "Ihr Termin – Grüße"
    assert mail["Auto-Submitted"] == "auto-generated"
    text, calendar = mail.iter_parts()
    assert "Олена" in text.get_content()
    assert calendar.get_content_type() == "text/calendar"
    assert calendar.get_param("method") == "REQUEST"


def test_several_mails_share_one_connection(mailbox: MailServer, smtp: SmtpTransport) -> None:
    for name in ("a", "b", "c"):
        smtp.send(a_mail(f"{name}@example.org"))
    assert recipients(mailbox) == ["a@example.org", "b@example.org", "c@example.org"]
    assert mailbox.connections == 1


def test_a_refused_recipient_is_refused_for_good_and_the_next_goes_out(
    mailbox: MailServer, smtp: SmtpTransport
) -> None:
    with pytest.raises(Refused, match="550"):
        smtp.send(a_mail("nobody@example.org"))
    smtp.send(a_mail())
    assert recipients(mailbox) == ["aylin@example.org"]
    assert mailbox.connections == 1


def test_a_busy_mailbox_is_tried_again(mailbox: MailServer, smtp: SmtpTransport) -> None:
    mailbox.later = {"aylin@example.org"}
    with pytest.raises(OSError, match="450"):
        smtp.send(a_mail())
    mailbox.later = set()
    smtp.send(a_mail())
    assert recipients(mailbox) == ["aylin@example.org"]


def test_a_connection_lost_in_the_middle_is_an_os_error_and_the_next_mail_gets_a_new_one(
    mailbox: MailServer, smtp: SmtpTransport
) -> None:
    mailbox.loses = {"aylin@example.org"}
    with pytest.raises(OSError, match="closed"):
        smtp.send(a_mail())
    smtp.send(a_mail("olena@example.org"))
    assert recipients(mailbox) == ["olena@example.org"]
    assert mailbox.connections == 2


def test_a_server_that_ends_the_connection_between_two_mails_loses_none(
    mailbox: MailServer, smtp: SmtpTransport
) -> None:
    smtp.send(a_mail())
    mailbox.hang_up()
    smtp.send(a_mail("olena@example.org"))
    assert recipients(mailbox) == ["aylin@example.org", "olena@example.org"]


def test_a_slow_server_is_an_os_error(
    mailbox: MailServer, smtp: SmtpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "TIMEOUT_S", 0.1)
    mailbox.delay_s = 0.5
    with pytest.raises(OSError, match="timed out"):
        smtp.send(a_mail())
    assert mailbox.mails == []


def test_a_server_that_is_down_is_an_os_error() -> None:
    with pytest.raises(ConnectionRefusedError):
        SmtpTransport("smtp://127.0.0.1:1", SENDER).send(a_mail())


def test_no_other_worker_tries_before_the_slowest_server_has_answered() -> None:
    slowest = timedelta(seconds=outbox.RUNS_FOR_S + 10 * transport.TIMEOUT_S)
    assert slowest < outbox.LEASE


@pytest.mark.parametrize("url", ["mail.example", "http://mail.example", "smtp://"])
def test_a_wrong_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="SMTP_URL"):
        SmtpTransport(url, SENDER)


@pytest.mark.usefixtures("app")
def test_a_mail_that_is_sent_again_has_the_same_name() -> None:
    """So that a mailbox can tell what a crash has made us send twice."""
    first, other = a_mail(), a_mail()
    first.id, other.id = 1, 2
    names = [as_email(mail, SENDER)["Message-ID"] for mail in (first, first, other)]
    assert names[0] == names[1] != names[2]
    assert names[0].endswith("@beratung.example>")


def test_no_subject_can_add_a_header() -> None:
    with pytest.raises(ValueError, match=r"newline|linefeed"):
        as_email(a_mail(subject="Hallo\r\nBcc: alle@example.org"), SENDER)
