from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.cast import MORNING, Cast
from tests.support.threads import at_once
from vberatung.calendars import operations
from vberatung.calendars.fetching import Source
from vberatung.calendars.models import CALDAV, ICS, BusyTime, ExternalCalendar
from vberatung.calendars.problems import Problem
from vberatung.calendars.reading import Busy, Reading
from vberatung.db import begin_write

LATER = MORNING + timedelta(minutes=10)
ICS_SOURCE = Source(ICS, "https://calendar.example/secret.ics")


def hour(start: int) -> Busy:
    begins = MORNING.replace(hour=start)
    return begins, begins + timedelta(hours=1)


@pytest.fixture
def calendar(session: Session, cast: Cast) -> ExternalCalendar:
    """Berger's, busy from nine to ten. Noack is busy as well."""
    theirs = operations.connect(session, cast.noack.id, ICS_SOURCE)
    operations.refresh(session, theirs, Reading([hour(13)]), MORNING)
    calendar = operations.connect(session, cast.berger.id, ICS_SOURCE)
    operations.refresh(session, calendar, Reading([hour(9)]), MORNING)
    session.commit()
    return calendar


def busy(session: Session, calendar: ExternalCalendar) -> list[Busy]:
    rows = select(BusyTime).where(BusyTime.calendar_id == calendar.id).order_by(BusyTime.starts_at)
    return [(row.starts_at, row.ends_at) for row in session.scalars(rows)]


def test_a_reading_takes_the_place_of_the_one_before(
    session: Session, calendar: ExternalCalendar
) -> None:
    operations.refresh(session, calendar, Reading([hour(10), hour(12)]), LATER)
    assert busy(session, calendar) == [hour(10), hour(12)]
    assert (calendar.read_at, calendar.problem, calendar.failed_since) == (LATER, None, None)


def test_calendars_of_others_are_left_alone(session: Session, calendar: ExternalCalendar) -> None:
    operations.refresh(session, calendar, Reading([]), LATER)
    assert session.scalars(select(BusyTime.starts_at)).all() == [hour(13)[0]]


def test_a_failed_reading_keeps_what_was_known(
    session: Session, calendar: ExternalCalendar
) -> None:
    operations.refresh(session, calendar, Problem.NO_ACCESS, LATER)
    operations.refresh(session, calendar, Problem.UNREACHABLE, LATER + timedelta(hours=1))
    assert busy(session, calendar) == [hour(9)]
    assert (calendar.read_at, calendar.problem) == (MORNING, "unreachable")
    assert calendar.failed_since == LATER


def test_success_ends_the_problem(session: Session, calendar: ExternalCalendar) -> None:
    operations.refresh(session, calendar, Problem.GONE, LATER)
    operations.refresh(session, calendar, Reading([hour(9)]), LATER)
    assert (calendar.problem, calendar.failed_since) == (None, None)


def test_single_unreadable_entries_are_noted(session: Session, calendar: ExternalCalendar) -> None:
    operations.refresh(session, calendar, Reading([hour(9)], skipped=2), LATER)
    assert (calendar.read_at, calendar.problem, calendar.failed_since) == (LATER, "partly", None)


def test_a_calendar_that_was_disconnected_meanwhile_stays_so(
    session: Session, calendar: ExternalCalendar
) -> None:
    calendar_id = calendar.id
    session.expunge(calendar)
    operations.disconnect(session, session.get_one(ExternalCalendar, calendar_id))
    session.commit()
    operations.refresh(session, calendar, Reading([hour(9)]), LATER)
    session.commit()
    assert len(session.scalars(select(BusyTime)).all()) == 1  # Noack's


def test_two_visits_that_end_at_once_do_not_double_the_busy_times(
    session: Session, calendar: ExternalCalendar
) -> None:
    engine, id = session.get_bind(), calendar.id
    session.commit()

    def note(number: int) -> None:
        with Session(engine) as other:
            begin_write(other)
            found = Reading([hour(9), hour(11)])
            operations.refresh(other, other.get_one(ExternalCalendar, id), found, LATER)
            other.commit()

    assert at_once(10, note) == [None] * 10
    assert busy(session, calendar) == [hour(9), hour(11)]


def test_disconnecting_forgets_the_busy_times(session: Session, calendar: ExternalCalendar) -> None:
    operations.disconnect(session, calendar)
    assert session.scalars(select(BusyTime.starts_at)).all() == [hour(13)[0]]


def test_the_same_address_again_is_the_same_calendar(
    session: Session, cast: Cast, calendar: ExternalCalendar
) -> None:
    again = Source(CALDAV, ICS_SOURCE.url, "sabine", "new")
    assert operations.connect(session, cast.berger.id, again) is calendar
    assert operations.source_of(calendar) == again


def test_there_is_an_end_of_calendars(session: Session, cast: Cast) -> None:
    for number in range(operations.MOST_CALENDARS):
        operations.connect(session, cast.berger.id, Source(ICS, f"https://c.example/{number}"))
    operations.connect(session, cast.noack.id, ICS_SOURCE)
    with pytest.raises(operations.TooManyCalendars):
        operations.connect(session, cast.berger.id, ICS_SOURCE)


def test_calendars_of_people_who_have_left_are_not_read(
    session: Session, cast: Cast, calendar: ExternalCalendar
) -> None:
    assert calendar.id in operations.all_sources(session)
    cast.berger.active = False
    session.flush()
    assert list(operations.all_sources(session).values()) == [ICS_SOURCE]
    assert calendar.id not in operations.all_sources(session)
