"""From the button to the mailbox: booked in the browser, delivered by the job over real SMTP."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import icalendar
import pytest
from sqlalchemy.orm import Session

from tests.support.booking import book
from tests.support.browser import Browser
from tests.support.cast import AT_TEN, MORNING, Cast
from tests.support.mail_server import MailServer, mail_server
from tests.support.settings import settings
from tests.support.threads import at_once
from vberatung.jobs import work

MINUTE = timedelta(minutes=1)
Deliver = Callable[..., list[tuple[str, EmailMessage]]]


@pytest.fixture
def mailbox() -> Iterator[MailServer]:
    with mail_server() as box:
        yield box


@pytest.fixture
def deliver(session: Session, tmp_path: Path, mailbox: MailServer) -> Deliver:
    """Runs the job, some minutes later."""

    def run(minutes: int = 0, url: str = "") -> list[tuple[str, EmailMessage]]:
        session.rollback()
        now = MORNING + minutes * MINUTE
        work.deliver_mails(session, now, settings(tmp_path, SMTP_URL=url or mailbox.url))
        return mailbox.mails

    return run


def event(mail: EmailMessage) -> Any:
    (part,) = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    calendar = icalendar.Calendar.from_ical(str(part.get_content()))
    assert calendar["METHOD"] == part.get_param("method")
    (found,) = calendar.events
    return found


def text(mail: EmailMessage) -> str:
    body = mail.get_body()
    assert body is not None
    return str(body.get_content())


def test_the_confirmation_arrives_once_and_its_link_works(
    browser: Browser, cast: Cast, deliver: Deliver
) -> None:
    book(browser)
    deliver()
    ((recipient, mail),) = deliver(1)
    assert recipient == mail["To"] == "aylin@example.org"
    assert mail["From"] == "Videoberatung <termine@beratung.example>"
    link = re.search(r"https://beratung\.example\S+", text(mail))
    assert link
    assert browser.get(link[0]).h1 == "Ihr Termin"


def test_the_calendar_entry_is_the_appointment(
    browser: Browser, cast: Cast, deliver: Deliver
) -> None:
    book(browser)
    ((_, mail),) = deliver()
    entry = event(mail)
    assert entry["DTSTART"].dt == AT_TEN
    assert entry["DTEND"].dt == AT_TEN + 30 * MINUTE
    assert entry["URL"] in text(mail)


def test_a_cancellation_cancels_the_same_entry(
    browser: Browser, cast: Cast, deliver: Deliver
) -> None:
    page = book(browser)
    browser.submit(browser.get(page.path.replace("gebucht", "absagen")))
    (_, first), (_, second) = deliver()
    booked, cancelled = event(first), event(second)
    assert booked["UID"] == cancelled["UID"]
    assert (booked["SEQUENCE"], cancelled["SEQUENCE"]) == (0, 1)
    assert cancelled["STATUS"] == "CANCELLED"


def test_while_the_server_is_down_nothing_is_lost(
    browser: Browser, cast: Cast, deliver: Deliver
) -> None:
    book(browser)
    assert deliver(0, "smtp://127.0.0.1:9") == []
    assert deliver(0) == []
    assert len(deliver(1)) == 1


def test_a_refused_recipient_does_not_hold_up_the_others(
    browser: Browser, cast: Cast, deliver: Deliver
) -> None:
    book(browser, email="nobody@example.org")
    book(browser)
    assert [to for to, _ in deliver()] == ["aylin@example.org"]


def test_after_the_appointment_has_begun_its_mail_is_given_up(
    browser: Browser, cast: Cast, deliver: Deliver
) -> None:
    book(browser)
    assert deliver(120) == []


def test_two_workers_send_each_mail_once(
    browser: Browser, session: Session, cast: Cast, mailbox: MailServer, tmp_path: Path
) -> None:
    book(browser)
    book(browser, name="Thomas Müller")
    session.rollback()
    engine = session.get_bind()

    def deliver(_: int) -> None:
        with Session(engine) as own:
            work.deliver_mails(own, MORNING, settings(tmp_path, SMTP_URL=mailbox.url))

    assert at_once(4, deliver) == [None] * 4
    assert len(mailbox.mails) == 2


NAMES = ["Aylin Bcc: x", "=?utf-8?q?x?=", "A" * 200, "<Aylin>", "a,b;c:d"]


@pytest.mark.parametrize("name", NAMES)
def test_no_name_can_add_a_header_or_a_recipient(
    browser: Browser, cast: Cast, deliver: Deliver, name: str
) -> None:
    book(browser, name=name)
    ((recipient, mail),) = deliver()
    assert recipient == mail["To"] == "aylin@example.org"
    assert mail["Bcc"] is None
    assert name in text(mail)


@pytest.mark.parametrize(
    ("email", "recipient"),
    [
        ("aylin+termin@example.org", "aylin+termin@example.org"),
        ("a.b@bücher.example", "a.b@xn--bcher-kva.example"),
    ],
)
def test_unusual_addresses_are_written_to(
    browser: Browser, cast: Cast, deliver: Deliver, email: str, recipient: str
) -> None:
    book(browser, email=email)
    assert [to for to, _ in deliver()] == [recipient]
