"""Connecting calendars kept elsewhere, and noting what a visit to one has found."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, insert, select

from vberatung.calendars.fetching import Source
from vberatung.calendars.models import BusyTime, ExternalCalendar
from vberatung.calendars.problems import Problem
from vberatung.calendars.reading import Reading
from vberatung.db import AnySession
from vberatung.people.models import Staff

MOST_CALENDARS = 5
"""Of one counsellor."""


class TooManyCalendars(Exception):
    """The counsellor has MOST_CALENDARS already."""


def connect(session: AnySession, counsellor_id: int, source: Source) -> ExternalCalendar:
    """Add the calendar. The same address again takes the new user and password instead.

    Raises TooManyCalendars.
    """
    known = calendars_of(session, counsellor_id)
    calendar = next((own for own in known if own.url == source.url), None)
    if calendar is None:
        if len(known) >= MOST_CALENDARS:
            raise TooManyCalendars
        calendar = ExternalCalendar(counsellor_id=counsellor_id, url=source.url)
        session.add(calendar)
    calendar.kind, calendar.user, calendar.password = source.kind, source.user, source.password
    session.flush()
    return calendar


def disconnect(session: AnySession, calendar: ExternalCalendar) -> None:
    """Forget the calendar, its password and its busy times."""
    session.delete(calendar)  # busy times go with it, by the database
    session.flush()


def refresh(
    session: AnySession, calendar: ExternalCalendar, found: Reading | Problem, now: datetime
) -> None:
    """Put the busy times that were found in place of those known.

    After a failed visit the known ones stay, and the problem is noted with the time it began.
    A calendar that has been disconnected during the visit stays so.
    """
    lock = select(ExternalCalendar.id).where(ExternalCalendar.id == calendar.id).with_for_update()
    if session.scalar(lock) is None:
        return
    if isinstance(found, Problem):
        calendar.problem = found.value
        calendar.failed_since = calendar.failed_since or now
        session.flush()
        return
    session.execute(delete(BusyTime).where(BusyTime.calendar_id == calendar.id))
    rows = [
        {
            "calendar_id": calendar.id,
            "counsellor_id": calendar.counsellor_id,
            "starts_at": starts,
            "ends_at": ends,
        }
        for starts, ends in found.busy
    ]
    if rows:
        session.execute(insert(BusyTime), rows)
    calendar.read_at, calendar.failed_since = now, None
    calendar.problem = Problem.PARTLY.value if found.skipped else None
    session.flush()


def source_of(calendar: ExternalCalendar) -> Source:
    return Source(calendar.kind, calendar.url, calendar.user, calendar.password)


def calendars_of(session: AnySession, counsellor_id: int) -> Sequence[ExternalCalendar]:
    return session.scalars(
        select(ExternalCalendar)
        .where(ExternalCalendar.counsellor_id == counsellor_id)
        .order_by(ExternalCalendar.id)
    ).all()


def calendar_of(session: AnySession, counsellor_id: int, id: int) -> ExternalCalendar | None:
    """The counsellor's own calendar of this number."""
    return session.scalar(
        select(ExternalCalendar).where(
            ExternalCalendar.id == id, ExternalCalendar.counsellor_id == counsellor_id
        )
    )


def all_sources(session: AnySession) -> dict[int, Source]:
    """Every calendar of active staff, by its id."""
    return {
        calendar.id: source_of(calendar)
        for calendar in session.scalars(
            select(ExternalCalendar)
            .join(Staff, Staff.id == ExternalCalendar.counsellor_id)
            .where(Staff.active)
            .order_by(ExternalCalendar.id)
        )
    }


def busy_counts(session: AnySession, counsellor_id: int, now: datetime) -> dict[int, int]:
    """How many busy times of each calendar are not over yet."""
    rows = session.execute(
        select(BusyTime.calendar_id, func.count())
        .where(BusyTime.counsellor_id == counsellor_id, BusyTime.ends_at > now)
        .group_by(BusyTime.calendar_id)
    )
    return {row[0]: row[1] for row in rows}
