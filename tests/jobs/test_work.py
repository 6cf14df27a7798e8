from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.cast import AT_TEN
from tests.support.queries import explained
from tests.support.settings import settings
from vberatung.booking.models import BOOKED, EXCUSED, HELD, MISSED, Appointment
from vberatung.config import Settings
from vberatung.jobs import work
from vberatung.room import operations, presence
from vberatung.room.places import COUNSELLOR, JOBSEEKER
from vberatung.statistics.models import TalkCount

CLOSED = AT_TEN + timedelta(hours=2)


@pytest.fixture
def some_settings(tmp_path: Path) -> Settings:
    return settings(tmp_path)


@pytest.fixture
def talk(session: Session, appointment: Appointment) -> Appointment:
    """Aylin and Berger have talked from ten o'clock on, and both are gone since 10:25."""
    operations.arrive(session, appointment, AT_TEN)
    operations.admit(session, appointment, AT_TEN)
    operations.note_talk(appointment, AT_TEN)
    operations.note_departure(appointment, AT_TEN + timedelta(minutes=25))
    presence.leave(session, appointment.id, JOBSEEKER)
    session.commit()
    return appointment


def counted(session: Session, appointment: Appointment) -> list[int]:
    here = select(TalkCount.minutes).where(TalkCount.office_id == appointment.office_id)
    return list(session.scalars(here))


def test_a_talk_that_nobody_ended_is_counted_until_the_last_one_left(
    session: Session, talk: Appointment, some_settings: Settings
) -> None:
    work.close_talks(session, CLOSED, some_settings)
    assert talk.status == HELD
    assert counted(session, talk) == [25]


def test_it_is_counted_once(session: Session, talk: Appointment, some_settings: Settings) -> None:
    for _ in range(2):
        work.close_talks(session, CLOSED, some_settings)
    assert counted(session, talk) == [25]


def test_while_the_room_is_open_nothing_is_closed(
    session: Session, talk: Appointment, some_settings: Settings
) -> None:
    work.close_talks(session, AT_TEN + timedelta(minutes=60), some_settings)
    assert talk.status == BOOKED


def test_people_who_still_talk_are_left_alone(
    session: Session, talk: Appointment, some_settings: Settings
) -> None:
    presence.touch(session, talk.id, COUNSELLOR, CLOSED)
    session.commit()
    work.close_talks(session, CLOSED, some_settings)
    assert talk.status == BOOKED


def test_an_appointment_without_a_talk_is_not_counted(
    session: Session, appointment: Appointment, some_settings: Settings
) -> None:
    work.close_talks(session, CLOSED, some_settings)
    assert counted(session, appointment) == []


@pytest.mark.parametrize("status", [MISSED, EXCUSED])
def test_who_came_after_all_is_counted(
    session: Session, talk: Appointment, some_settings: Settings, status: str
) -> None:
    talk.status = status
    session.commit()
    work.close_talks(session, CLOSED, some_settings)
    assert (talk.status, counted(session, talk)) == (HELD, [25])


def test_after_weeks_without_jobs_talks_are_still_counted(
    session: Session, talk: Appointment, some_settings: Settings
) -> None:
    work.close_talks(session, CLOSED + timedelta(days=29), some_settings)
    assert counted(session, talk) == [25]


@pytest.mark.parametrize("job", [work.close_talks, work.send_receipts])
def test_what_runs_every_five_minutes_looks_at_few_days_only(
    app: Flask,
    session: Session,
    talk: Appointment,
    some_settings: Settings,
    job: Callable[..., None],
) -> None:
    if session.get_bind().dialect.name != "sqlite":
        pytest.skip("PostgreSQL reads a small table from end to end, whatever indexes it has")
    with app.app_context(), explained(session) as plan:
        job(session, CLOSED, some_settings)
    first = next(line for line in plan if " appointments" in line)
    assert first.startswith("SEARCH")
    assert "(status=? AND starts_at>? AND starts_at<?)" in first
