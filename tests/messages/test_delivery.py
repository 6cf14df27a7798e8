"""From the cause to the mailbox or the phone: over real SMTP and real HTTP, whatever happens."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import icalendar
import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from tests.support.booking import book
from tests.support.browser import Browser
from tests.support.cast import AT_TEN, MORNING, THOMAS, Cast, an_appointment
from tests.support.mail_server import MailServer, mail_server
from tests.support.settings import settings
from tests.support.sms_gateway import Gateway, sms_gateway
from tests.support.threads import at_once
from vberatung.booking import operations
from vberatung.booking.models import Appointment
from vberatung.jobs import work
from vberatung.messages import models, notices, outbox, transport
from vberatung.messages.models import Mail, OutboxMessage

MINUTE = timedelta(minutes=1)
Deliver = Callable[..., list[tuple[str, EmailMessage]]]


@pytest.fixture
def mailbox() -> Iterator[MailServer]:
    with mail_server() as box:
        yield box


@pytest.fixture
def gateway(app: Flask) -> Iterator[Gateway]:
    """A gateway, and an application that knows of it."""
    with sms_gateway() as gateway:
        gateway.url += "/send?to={to}&text={text}"
        object.__setattr__(app.config["SETTINGS"], "sms_url", gateway.url)
        yield gateway
        object.__setattr__(app.config["SETTINGS"], "sms_url", None)


@pytest.fixture
def deliver(
    session: Session, tmp_path: Path, mailbox: MailServer, request: pytest.FixtureRequest
) -> Deliver:
    """Runs the job, some minutes later; the mails that have arrived by then."""
    text = request.getfixturevalue("gateway").url if "gateway" in request.fixturenames else ""

    def run(minutes: float = 0, url: str = "") -> list[tuple[str, EmailMessage]]:
        session.commit()
        changes = {"SMTP_URL": url or mailbox.url, "SMS_URL": text}
        work.deliver_messages(session, MORNING + minutes * MINUTE, settings(tmp_path, **changes))
        session.rollback()
        return mailbox.mails

    return run


def put(session: Session, *recipients: str) -> None:
    for recipient in recipients:
        mail = Mail(recipient, "Betreff", "Text")
        outbox.put(session, mail, MORNING, AT_TEN, purpose="booked")


def arrived(mailbox: MailServer) -> list[str]:
    return [recipient for recipient, _ in mailbox.mails]


def outcome(session: Session) -> dict[str, str | None]:
    """By recipient: "sent", or what is wrong."""
    rows = session.scalars(select(OutboxMessage)).all()
    return {row.recipient: "sent" if row.sent_at else row.problem for row in rows}


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


# ---- The whole way


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
    app: Flask, session: Session, appointment: Appointment, deliver: Deliver
) -> None:
    with app.app_context():
        notices.booked(session, appointment, MORNING)
    ((_, mail),) = deliver()
    entry = event(mail)
    assert entry["DTSTART"].dt == AT_TEN
    assert entry["DTEND"].dt == AT_TEN + 30 * MINUTE
    assert entry["URL"] in text(mail)


def test_a_cancellation_cancels_the_same_entry(
    app: Flask, session: Session, appointment: Appointment, deliver: Deliver
) -> None:
    with app.app_context():
        notices.booked(session, appointment, MORNING)
        deliver()
        operations.cancel(session, appointment, MORNING)
        notices.cancelled(session, appointment, MORNING)
    (_, first), (_, second) = deliver()
    booked, cancelled = event(first), event(second)
    assert booked["UID"] == cancelled["UID"]
    assert (booked["SEQUENCE"], cancelled["SEQUENCE"]) == (0, 1)
    assert cancelled["STATUS"] == "CANCELLED"


def test_the_phone_gets_a_text_whose_link_works(
    app: Flask, browser: Browser, session: Session, cast: Cast, gateway: Gateway, deliver: Deliver
) -> None:
    of_thomas = an_appointment(session, cast.topic, cast.berger, person=THOMAS)
    with app.app_context():
        notices.booked(session, of_thomas, MORNING)
    assert deliver() == deliver(1) == []
    (asked,) = gateway.asked
    assert asked.fields["to"] == THOMAS.phone
    link = re.search(r"https://beratung\.example\S+", asked.fields["text"])
    assert link
    assert browser.get(link[0]).h1 == "Ihr Termin"


# ---- The mail server is in trouble


def test_while_the_server_is_down_nothing_is_lost(
    session: Session, mailbox: MailServer, deliver: Deliver
) -> None:
    put(session, "aylin@example.org", "olena@example.org")
    assert deliver(0, "smtp://127.0.0.1:9") == []
    assert deliver(0) == []
    assert len(deliver(1)) == 2


def test_a_slow_server_is_tried_again_and_nothing_is_sent_twice(
    session: Session, mailbox: MailServer, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "TIMEOUT_S", 0.2)
    put(session, "aylin@example.org", "olena@example.org")
    mailbox.delay_s = 1
    assert deliver() == []
    mailbox.delay_s = 0
    deliver(1)
    deliver(2)
    assert sorted(arrived(mailbox)) == ["aylin@example.org", "olena@example.org"]


def test_an_unknown_recipient_is_given_up_at_once_and_the_others_get_theirs(
    session: Session, mailbox: MailServer, deliver: Deliver
) -> None:
    put(session, "a@example.org", "nobody@example.org", "b@example.org")
    deliver()
    assert arrived(mailbox) == ["a@example.org", "b@example.org"]
    assert mailbox.connections == 1
    assert outcome(session)["nobody@example.org"] == models.REFUSED
    given_up = select(OutboxMessage).where(OutboxMessage.gave_up_at == MORNING)
    assert session.scalars(given_up).one().tries == 1


def test_a_busy_mailbox_gets_it_later(
    session: Session, mailbox: MailServer, deliver: Deliver
) -> None:
    put(session, "a@example.org", "busy@example.org", "b@example.org")
    mailbox.later = {"busy@example.org"}
    deliver()
    assert outcome(session)["busy@example.org"] == models.LATER
    mailbox.later = set()
    deliver(1)
    assert arrived(mailbox) == ["a@example.org", "b@example.org", "busy@example.org"]


def test_a_connection_lost_in_the_middle_loses_no_mail(
    session: Session, mailbox: MailServer, deliver: Deliver
) -> None:
    put(session, "a@example.org", "b@example.org", "c@example.org")
    mailbox.loses = {"b@example.org"}
    deliver()
    assert arrived(mailbox) == ["a@example.org", "c@example.org"]
    assert outcome(session)["b@example.org"] == models.UNREACHABLE
    mailbox.loses = set()
    deliver(1)
    assert arrived(mailbox) == ["a@example.org", "c@example.org", "b@example.org"]


def test_after_the_appointment_has_begun_its_mail_is_given_up(
    session: Session, mailbox: MailServer, deliver: Deliver
) -> None:
    put(session, "aylin@example.org")
    assert deliver(120) == []
    assert outcome(session) == {"aylin@example.org": models.EXPIRED}


def test_two_workers_send_each_mail_once(
    session: Session, mailbox: MailServer, tmp_path: Path
) -> None:
    everybody = [f"person{number}@example.org" for number in range(20)]
    put(session, *everybody)
    session.commit()
    assert isinstance(session.bind, Engine)
    engine = session.bind

    def deliver(_: int) -> None:
        with Session(engine) as own:
            work.deliver_messages(own, MORNING, settings(tmp_path, SMTP_URL=mailbox.url))

    assert at_once(4, deliver) == [None] * 4
    assert sorted(arrived(mailbox)) == sorted(everybody)


# ---- The gateway is in trouble


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_gateway_in_trouble_gets_the_text_again(
    app: Flask, session: Session, cast: Cast, gateway: Gateway, deliver: Deliver, status: int
) -> None:
    gateway.statuses = [status]
    of_thomas = an_appointment(session, cast.topic, cast.berger, person=THOMAS)
    with app.app_context():
        notices.booked(session, of_thomas, MORNING)
    deliver()
    assert outcome(session) == {THOMAS.phone: models.UNREACHABLE}
    deliver(1)
    assert outcome(session) == {THOMAS.phone: "sent"}
    assert len(gateway.asked) == 2


def test_a_text_that_the_gateway_does_not_want_is_given_up(
    app: Flask, session: Session, cast: Cast, gateway: Gateway, deliver: Deliver
) -> None:
    gateway.statuses = [400]
    of_thomas = an_appointment(session, cast.topic, cast.berger, person=THOMAS)
    with app.app_context():
        notices.booked(session, of_thomas, MORNING)
    deliver()
    deliver(1)
    assert outcome(session) == {THOMAS.phone: models.REFUSED}
    assert len(gateway.asked) == 1


def test_mails_go_out_while_the_gateway_is_down(
    app: Flask,
    session: Session,
    cast: Cast,
    appointment: Appointment,
    gateway: Gateway,
    mailbox: MailServer,
    deliver: Deliver,
) -> None:
    gateway.statuses = [503]
    of_thomas = an_appointment(session, cast.topic, cast.aydin, person=THOMAS)
    with app.app_context():
        notices.booked(session, of_thomas, MORNING)
        notices.booked(session, appointment, MORNING)
    deliver()
    assert arrived(mailbox) == ["aylin@example.org"]


# ---- Odd names and addresses


NAMES = ["Aylin Bcc: x", "=?utf-8?q?x?=", "A" * 200, "<Aylin>", "a,b;c:d"]


@pytest.mark.parametrize("name", NAMES)
def test_no_name_can_add_a_header_or_a_recipient(
    app: Flask, session: Session, appointment: Appointment, deliver: Deliver, name: str
) -> None:
    appointment.name = name
    with app.app_context():
        notices.booked(session, appointment, MORNING)
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
