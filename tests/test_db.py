from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session

from tests.support import databases
from tests.support.cast import AT_TEN, Cast
from vberatung.booking.models import Appointment, Claim
from vberatung.db import SQLITE_BUSY_TIMEOUT_MS, begin_write
from vberatung.links import Link

IN_KATHMANDU = timezone(timedelta(hours=5, minutes=45))


@pytest.fixture
def engine(app: Flask) -> Engine:
    return databases.engine_of(app)


@pytest.mark.parametrize("zone", [UTC, IN_KATHMANDU, AT_TEN.tzinfo])
def test_a_moment_comes_back_as_the_same_moment_in_utc(
    session: Session, appointment: Appointment, zone: timezone
) -> None:
    appointment.starts_at = AT_TEN.astimezone(zone)
    session.commit()
    assert appointment.starts_at == AT_TEN
    assert appointment.starts_at.tzinfo is UTC


def test_the_hour_that_there_is_twice_keeps_its_place(
    session: Session, appointment: Appointment
) -> None:
    for hour in (0, 1):  # 02:30 CEST and 02:30 CET
        moment = datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
        appointment.starts_at = moment.astimezone(AT_TEN.tzinfo)
        session.commit()
        assert appointment.starts_at == moment


def test_a_moment_without_a_zone_is_refused(session: Session, appointment: Appointment) -> None:
    appointment.starts_at = AT_TEN.replace(tzinfo=None)
    with pytest.raises(StatementError, match="time zone"):
        session.flush()


def test_moments_can_be_compared_in_the_database(
    session: Session, appointment: Appointment
) -> None:
    later = AT_TEN.astimezone(IN_KATHMANDU) + timedelta(seconds=1)
    found = session.query(Appointment).filter(
        Appointment.id == appointment.id, Appointment.starts_at < later
    )
    assert found.count() == 1


def test_the_database_refuses_what_belongs_to_nobody(session: Session, cast: Cast) -> None:
    session.add(Claim(counsellor_id=cast.berger.id, quantum=1, appointment_id=999_999))
    with pytest.raises(IntegrityError):
        session.flush()


def test_what_belongs_to_an_appointment_goes_with_it(
    session: Session, appointment: Appointment, token: str
) -> None:
    id = appointment.id
    session.execute(text("DELETE FROM appointments WHERE id = :id"), {"id": id})
    for model in (Claim, Link):
        assert session.query(model).filter_by(appointment_id=id).count() == 0


def test_sqlite_is_tuned(install: Callable[..., Flask]) -> None:
    with databases.engine_of(install()).connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "busy_timeout": SQLITE_BUSY_TIMEOUT_MS,
    }


def test_a_writer_does_not_keep_others_from_reading(
    engine: Engine, session: Session, appointment: Appointment
) -> None:
    id = appointment.id
    session.rollback()
    begin_write(session)
    session.get_one(Appointment, id).status = "cancelled"
    session.flush()
    with Session(engine) as other:
        assert other.get_one(Appointment, id).status == "booked"
    session.rollback()


def test_no_error_of_the_database_shows_its_parameters(engine: Engine) -> None:
    assert engine.hide_parameters
    with engine.connect() as connection, pytest.raises(Exception, match="SQL") as caught:
        connection.execute(text("SELECT nonsense FROM nowhere WHERE x = :x"), {"x": "Aylin"})
    assert "Aylin" not in str(caught.value)
