"""Delivered once, whatever happens on the way."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from tests.support import databases
from tests.support.cast import AT_TEN, AYLIN, MORNING
from tests.support.threads import at_once
from vberatung.booking.models import CANCELLED, Appointment
from vberatung.messages import models, outbox
from vberatung.messages.models import MAIL, REMINDER, SMS, Mail, OutboxMessage, Sms
from vberatung.messages.transport import Refused, Transport

TO_AYLIN = Mail("aylin@example.org", "Betreff", "Text")
TO_OLENA = Mail("olena@example.org", "B", "T")
LATER = MORNING + timedelta(days=1)
MINUTE = timedelta(minutes=1)


class FakeTransport:
    """Remembers what it sent; raises while `error` is set, for everybody or for Aylin only."""

    def __init__(self, error: Exception | None = None, only: str = "") -> None:
        self.sent: list[str] = []
        self.error = error
        self.only = only
        self.closed = 0

    def send(self, message: OutboxMessage) -> None:
        if self.error and message.recipient.startswith(self.only):
            raise self.error
        self.sent.append(message.recipient)

    def close(self) -> None:
        self.closed += 1


class SlowTransport(FakeTransport):
    """Takes so many seconds for each message."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    def send(self, message: OutboxMessage) -> None:
        time.sleep(self.seconds)
        super().send(message)


def put(session: Session, message: Mail | Sms = TO_AYLIN) -> None:
    outbox.put(session, message, MORNING, LATER, purpose="booked")


def deliver(session: Session, transport: Transport, now: datetime = MORNING) -> int:
    return outbox.deliver_due(session, {MAIL: transport, SMS: transport}, now)


@pytest.fixture
def mail(session: Session) -> None:
    """One mail to Aylin waits in the outbox."""
    put(session)
    session.commit()


def stored(session: Session) -> OutboxMessage:
    session.rollback()
    return session.scalars(select(OutboxMessage)).one()


@pytest.mark.usefixtures("mail")
def test_a_mail_is_sent_once(session: Session) -> None:
    transport = FakeTransport()
    assert deliver(session, transport) == 1
    assert deliver(session, transport, MORNING + MINUTE) == 0
    assert transport.sent == ["aylin@example.org"]
    assert stored(session).sent_at == MORNING


@pytest.mark.usefixtures("mail")
def test_the_connection_is_closed_after_a_run(session: Session) -> None:
    for error in (None, OSError()):
        transport = FakeTransport(error)
        deliver(session, transport)
        assert transport.closed


def test_a_text_message_goes_to_the_gateway(session: Session) -> None:
    put(session, Sms("+4915112345678", "Text"))
    session.commit()
    smtp, gateway = FakeTransport(), FakeTransport()
    outbox.deliver_due(session, {MAIL: smtp, SMS: gateway}, MORNING)
    assert (smtp.sent, gateway.sent) == ([], ["+4915112345678"])


def test_without_a_gateway_a_text_message_waits(session: Session) -> None:
    put(session, Sms("+4915112345678", "Text"))
    session.commit()
    outbox.deliver_due(session, {MAIL: FakeTransport()}, MORNING)
    message = stored(session)
    assert (message.sent_at, message.gave_up_at) == (None, None)


@pytest.mark.usefixtures("mail")
def test_a_refused_mail_is_tried_again_after_longer_and_longer_pauses(session: Session) -> None:
    down, pauses, now = FakeTransport(ConnectionRefusedError()), [], MORNING
    for _ in range(8):
        deliver(session, down, now)
        again = stored(session).next_try_at
        pauses.append((again - now) // MINUTE)
        now = again
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    assert stored(session).problem == models.UNREACHABLE


@pytest.mark.usefixtures("mail")
def test_after_the_server_is_back_it_arrives(session: Session) -> None:
    deliver(session, FakeTransport(TimeoutError()))
    up = FakeTransport()
    deliver(session, up, MORNING + MINUTE / 2)
    assert up.sent == []
    deliver(session, up, MORNING + MINUTE)
    assert len(up.sent) == 1
    assert stored(session).problem is None


@pytest.mark.usefixtures("mail")
def test_what_will_never_be_taken_is_given_up_at_once(session: Session) -> None:
    deliver(session, FakeTransport(Refused(550)))
    message = stored(session)
    assert (message.gave_up_at, message.problem) == (MORNING, models.REFUSED)
    up = FakeTransport()
    deliver(session, up, MORNING + MINUTE)
    assert up.sent == []


@pytest.mark.usefixtures("mail")
def test_what_nobody_needs_any_more_is_given_up(session: Session) -> None:
    transport = FakeTransport()
    deliver(session, transport, LATER)
    assert transport.sent == []
    message = stored(session)
    assert (message.gave_up_at, message.problem) == (LATER, models.EXPIRED)


@pytest.mark.usefixtures("mail")
def test_an_expired_mail_is_not_tried_for_ever(session: Session) -> None:
    deliver(session, FakeTransport(TimeoutError()))
    stored(session).expires_at = MORNING + MINUTE / 2  # before its next try
    session.commit()
    deliver(session, FakeTransport(), MORNING + 3 * MINUTE)
    assert stored(session).gave_up_at


@pytest.mark.usefixtures("mail")
@pytest.mark.parametrize("error", [ConnectionResetError(), Refused(550), ValueError("no address")])
def test_whatever_is_wrong_with_one_the_next_one_goes_out(
    session: Session, error: Exception
) -> None:
    put(session, TO_OLENA)
    session.commit()
    transport = FakeTransport(error, only="aylin")
    assert deliver(session, transport) == 1
    assert transport.sent == ["olena@example.org"]


def test_a_rolled_back_cause_sends_nothing(session: Session) -> None:
    put(session)
    session.rollback()
    assert session.scalars(select(OutboxMessage)).all() == []


def test_a_long_run_leaves_the_rest_to_the_next(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the first messages' leases end while the last ones are still being sent."""
    put(session)
    put(session, TO_OLENA)
    session.commit()
    monkeypatch.setattr(outbox, "RUNS_FOR_S", 0)
    transport = FakeTransport()
    deliver(session, transport)
    assert transport.sent == []


def test_a_run_notices_that_a_message_has_become_useless_meanwhile(session: Session) -> None:
    """The mail before it took its time; a reminder must not come after the start."""
    put(session)
    outbox.put(session, TO_OLENA, MORNING, MORNING + timedelta(seconds=1), purpose="booked")
    session.commit()
    transport = SlowTransport(1.1)
    assert deliver(session, transport) == 1
    assert transport.sent == [TO_AYLIN.recipient]


@pytest.mark.usefixtures("mail")
def test_several_workers_send_each_mail_once(session: Session) -> None:
    assert isinstance(session.bind, Engine)
    engine, transport = session.bind, FakeTransport()

    def work(_: int) -> int:
        with Session(engine) as own:
            return deliver(own, transport)

    assert sum(r for r in at_once(8, work) if isinstance(r, int)) == 1
    assert len(transport.sent) == 1


@pytest.mark.usefixtures("mail")
def test_while_one_worker_waits_for_the_server_no_other_sends(session: Session) -> None:
    """And the database is not locked meanwhile."""
    assert isinstance(session.bind, Engine)
    engine, asked, answer = session.bind, Event(), Event()

    class Slow(FakeTransport):
        def send(self, message: OutboxMessage) -> None:
            asked.set()
            assert answer.wait(20)
            super().send(message)

    slow, other = Slow(), FakeTransport()

    def work(number: int) -> int:
        with Session(engine) as own:
            if number == 0:
                return deliver(own, slow)
            assert asked.wait(20)
            put(own, TO_OLENA)
            own.commit()
            sent = deliver(own, other, MORNING + 4 * MINUTE)
            answer.set()
            return sent

    assert at_once(2, work) == [1, 1]
    assert (slow.sent, other.sent) == (["aylin@example.org"], ["olena@example.org"])


@pytest.mark.usefixtures("mail")
def test_the_database_keeps_nothing_readable(session: Session) -> None:
    assert isinstance(session.bind, Engine)
    url = session.bind.url.render_as_string(hide_password=False)
    rows = databases.raw_bytes(databases.raw_rows(url))
    for secret in (TO_AYLIN.recipient, TO_AYLIN.subject, TO_AYLIN.body):
        assert secret.encode() not in rows


@pytest.mark.usefixtures("mail")
def test_the_log_names_nobody(session: Session, caplog: pytest.LogCaptureFixture) -> None:
    for error in (Refused(550), OSError("550 <aylin@example.org> unknown")):
        deliver(session, FakeTransport(error))
    assert "not delivered" in caplog.text or "refused" in caplog.text
    assert "aylin" not in caplog.text


# ---- What is no longer true


@pytest.fixture
def reminder(session: Session, appointment: Appointment) -> Appointment:
    """A reminder of Aylin's appointment waits in the outbox."""
    outbox.put(
        session,
        Mail(str(AYLIN.email), "Erinnerung", "Text"),
        MORNING,
        AT_TEN,
        purpose=REMINDER,
        appointment_id=appointment.id,
    )
    session.commit()
    return appointment


def test_a_reminder_goes_out(session: Session, reminder: Appointment) -> None:
    assert deliver(session, FakeTransport()) == 1


def cancel(appointment: Appointment) -> None:
    appointment.status = CANCELLED


def move(appointment: Appointment) -> None:
    appointment.starts_at += timedelta(days=1)


@pytest.mark.parametrize("change", [cancel, move])
def test_no_reminder_of_what_was_cancelled_or_moved_away(
    session: Session, reminder: Appointment, change: Callable[[Appointment], None]
) -> None:
    change(reminder)
    session.commit()
    transport = FakeTransport()
    deliver(session, transport)
    assert transport.sent == []
    assert stored(session).problem == models.NOT_NEEDED


def test_no_reminder_after_the_appointment(session: Session, reminder: Appointment) -> None:
    deliver(session, FakeTransport(OSError()))
    transport = FakeTransport()
    deliver(session, transport, AT_TEN)
    assert transport.sent == []


def test_what_is_withdrawn_is_gone_unless_it_was_sent(
    session: Session, reminder: Appointment
) -> None:
    outbox.withdraw(session, reminder.id, ["booked"])
    assert stored(session)
    deliver(session, FakeTransport())
    outbox.withdraw(session, reminder.id, [REMINDER])
    session.commit()
    assert stored(session).sent_at
    stored(session).sent_at = None
    outbox.withdraw(session, reminder.id, [REMINDER])
    assert session.scalars(select(OutboxMessage)).all() == []
