"""Who waited in vain gets the receipt by itself, once."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.cast import AT_TEN, AYLIN
from tests.support.settings import settings
from vberatung.booking.models import BOOKED, CANCELLED, HELD, OUTCOMES, Appointment
from vberatung.jobs import work
from vberatung.messages.models import OutboxMessage
from vberatung.room import operations, troubles

CLOSED = AT_TEN + timedelta(minutes=90)


@pytest.fixture
def came(session: Session, appointment: Appointment) -> Appointment:
    operations.arrive(session, appointment, AT_TEN)
    troubles.note(session, appointment, "lost", AT_TEN + timedelta(minutes=4))
    session.commit()
    return appointment


def written(app: Flask, session: Session, folder: Path, *, times: int = 1) -> list[OutboxMessage]:
    """What the job writes to Aylin."""
    for _ in range(times):
        with app.app_context():
            work.send_receipts(session, CLOSED, settings(folder))
    purpose = OutboxMessage.purpose == "receipt"
    messages = session.scalars(select(OutboxMessage).where(purpose))
    return [message for message in messages if message.recipient in (AYLIN.email, AYLIN.phone)]


def test_it_goes_out_once(app: Flask, session: Session, came: Appointment, tmp_path: Path) -> None:
    came.waiting_message = "Es dauert noch etwas."
    (mail,) = written(app, session, tmp_path, times=3)
    assert mail.recipient == AYLIN.email
    assert "Hat nicht stattgefunden" in mail.body
    assert "10:04 Uhr: Die Verbindung war länger unterbrochen." in mail.body
    assert came.receipt_mailed_at == CLOSED
    assert came.waiting_message is None


@pytest.mark.parametrize("status", [BOOKED, CANCELLED, *OUTCOMES])
def test_it_goes_out_whatever_was_noted_unless_it_was_held_or_cancelled(
    app: Flask, session: Session, came: Appointment, tmp_path: Path, status: str
) -> None:
    came.status = status
    session.commit()
    assert len(written(app, session, tmp_path)) == (status not in (HELD, CANCELLED))


def test_it_goes_out_for_a_talk_that_ended_before_its_start(
    app: Flask, session: Session, came: Appointment, tmp_path: Path
) -> None:
    """Arrived and given up within the quarter of an hour before."""
    came.starts_at = CLOSED + timedelta(minutes=15)
    came.talk_ended_at = CLOSED
    session.commit()
    assert written(app, session, tmp_path)


def test_it_speaks_the_persons_language(
    app: Flask, session: Session, came: Appointment, tmp_path: Path
) -> None:
    came.language = "en"
    session.commit()
    (mail,) = written(app, session, tmp_path)
    assert "Monday, 23 November 2026" in mail.body


def test_who_has_no_address_is_not_asked_again_and_again(
    app: Flask, session: Session, came: Appointment, tmp_path: Path
) -> None:
    came.email = None
    session.commit()
    assert not written(app, session, tmp_path)
    assert came.receipt_mailed_at == CLOSED


def test_whose_troubles_were_at_a_former_time_gets_none(
    app: Flask, session: Session, appointment: Appointment, tmp_path: Path
) -> None:
    troubles.note(session, appointment, "lost", AT_TEN - timedelta(minutes=10))
    appointment.starts_at += timedelta(minutes=25)
    session.commit()
    assert not written(app, session, tmp_path)
