"""Delivered once, whatever happens on the way."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from tests.support import databases
from tests.support.cast import MORNING
from tests.support.threads import at_once
from vberatung.messages import outbox
from vberatung.messages.models import Mail, OutboxMail

MAIL = Mail("aylin@example.org", "Betreff", "Text")
LATER = MORNING + timedelta(days=1)
MINUTE = timedelta(minutes=1)


class FakeTransport:
    """Remembers what it sent; raises while `error` is set."""

    def __init__(self, error: OSError | None = None) -> None:
        self.sent: list[str] = []
        self.error = error

    def send(self, mail: OutboxMail) -> None:
        if self.error:
            raise self.error
        self.sent.append(mail.recipient)


@pytest.fixture
def mail(session: Session) -> None:
    """One mail to Aylin waits in the outbox."""
    outbox.put(session, MAIL, MORNING, expires_at=LATER)
    session.commit()


def stored(session: Session) -> OutboxMail:
    session.rollback()
    return session.scalars(select(OutboxMail)).one()


@pytest.mark.usefixtures("mail")
def test_a_mail_is_sent_once(session: Session) -> None:
    transport = FakeTransport()
    assert outbox.deliver_due(session, transport, MORNING) == 1
    assert outbox.deliver_due(session, transport, MORNING + MINUTE) == 0
    assert transport.sent == ["aylin@example.org"]
    assert stored(session).sent_at == MORNING


@pytest.mark.usefixtures("mail")
def test_a_refused_mail_is_tried_again_after_longer_and_longer_pauses(session: Session) -> None:
    down, pauses, now = FakeTransport(ConnectionRefusedError()), [], MORNING
    for _ in range(8):
        outbox.deliver_due(session, down, now)
        again = stored(session).next_try_at
        pauses.append((again - now) // MINUTE)
        now = again
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    assert stored(session).problem == "ConnectionRefusedError"


@pytest.mark.usefixtures("mail")
def test_after_the_server_is_back_it_arrives(session: Session) -> None:
    outbox.deliver_due(session, FakeTransport(TimeoutError()), MORNING)
    up = FakeTransport()
    outbox.deliver_due(session, up, MORNING + MINUTE / 2)
    assert up.sent == []
    outbox.deliver_due(session, up, MORNING + MINUTE)
    assert len(up.sent) == 1
    assert stored(session).problem is None


@pytest.mark.usefixtures("mail")
def test_what_nobody_needs_any_more_is_given_up(session: Session) -> None:
    transport = FakeTransport()
    outbox.deliver_due(session, transport, LATER)
    assert transport.sent == []
    mail = stored(session)
    assert (mail.gave_up_at, mail.problem) == (LATER, "expired")


@pytest.mark.usefixtures("mail")
def test_an_expired_mail_is_not_tried_for_ever(session: Session) -> None:
    outbox.deliver_due(session, FakeTransport(TimeoutError()), MORNING)
    stored(session).expires_at = MORNING + MINUTE / 2  # before its next try
    session.commit()
    outbox.deliver_due(session, FakeTransport(), MORNING + 3 * MINUTE)
    assert stored(session).gave_up_at


@pytest.mark.usefixtures("mail")
def test_one_refused_recipient_does_not_hold_up_the_others(session: Session) -> None:
    class RefusesAylin(FakeTransport):
        def send(self, mail: OutboxMail) -> None:
            if mail.recipient == MAIL.recipient:
                raise ConnectionResetError
            super().send(mail)

    outbox.put(session, Mail("olena@example.org", "B", "T"), MORNING, expires_at=LATER)
    session.commit()
    transport = RefusesAylin()
    assert outbox.deliver_due(session, transport, MORNING) == 1
    assert transport.sent == ["olena@example.org"]


@pytest.mark.usefixtures("mail")
def test_whatever_is_wrong_with_one_mail_the_next_one_goes_out(session: Session) -> None:
    class Stumbles(FakeTransport):
        def send(self, mail: OutboxMail) -> None:
            if mail.recipient == MAIL.recipient:
                raise ValueError("not an address")
            super().send(mail)

    outbox.put(session, Mail("olena@example.org", "B", "T"), MORNING, expires_at=LATER)
    session.commit()
    transport = Stumbles()
    assert outbox.deliver_due(session, transport, MORNING) == 1
    assert transport.sent == ["olena@example.org"]


def test_a_rolled_back_cause_sends_nothing(session: Session) -> None:
    outbox.put(session, MAIL, MORNING, expires_at=LATER)
    session.rollback()
    assert session.scalars(select(OutboxMail)).all() == []


@pytest.mark.usefixtures("mail")
def test_several_workers_send_each_mail_once(session: Session) -> None:
    assert isinstance(session.bind, Engine)
    engine, transport = session.bind, FakeTransport()

    def work(_: int) -> int:
        with Session(engine) as own:
            return outbox.deliver_due(own, transport, MORNING)

    assert sum(r for r in at_once(8, work) if isinstance(r, int)) == 1
    assert len(transport.sent) == 1


@pytest.mark.usefixtures("mail")
def test_the_database_keeps_nothing_readable(session: Session) -> None:
    assert isinstance(session.bind, Engine)
    url = session.bind.url.render_as_string(hide_password=False)
    stored = databases.raw_bytes(databases.raw_rows(url))
    for secret in (MAIL.recipient, MAIL.subject, MAIL.body):
        assert secret.encode() not in stored
