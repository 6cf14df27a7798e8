"""What counsellors decide about their own time: hours, absences, languages, a daily maximum."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import lcm
from typing import TypeVar

from sqlalchemy import delete, select

from vberatung import clock
from vberatung.booking import queries
from vberatung.booking.availability import Span, Weekly
from vberatung.booking.hours import Absence, DayHours, WeeklyHours
from vberatung.booking.models import OPEN, Appointment, Hold
from vberatung.booking.operations import again_after_deadlock
from vberatung.booking.queries import LARGEST_ID
from vberatung.db import AnySession
from vberatung.people.models import Staff

MOST_WEEKS = 4
"""Hours come back at least every so many weeks."""
FARTHEST = timedelta(days=3660)
"""Ten years back or ahead: no day beyond can be entered or looked at."""

Hours = WeeklyHours | DayHours | Absence
Own = TypeVar("Own", bound=Hours)


class PastDay(Exception):
    """The day, or the last one, is over."""


class Overlaps(Exception):
    """At this time there is already something of the same kind; `other` is what."""

    def __init__(self, other: Hours) -> None:
        self.other = other


@dataclass(frozen=True)
class OwnTime:
    """All that one counsellor has entered and that is not over yet."""

    weekly: Sequence[WeeklyHours]
    days: Sequence[DayHours]
    absences: Sequence[Absence]


def own_time(session: AnySession, counsellor_id: int, now: datetime) -> OwnTime:
    today = clock.local_day(now)
    weekly = [
        hours
        for hours in _of(session, WeeklyHours, counsellor_id)
        if hours.valid_until is None or hours.valid_until >= today
    ]
    days = [hours for hours in _of(session, DayHours, counsellor_id) if hours.day >= today]
    absences = [each for each in _of(session, Absence, counsellor_id) if each.ends_at > now]
    return OwnTime(
        sorted(weekly, key=lambda hours: (hours.weekday, hours.starts, hours.id)),
        sorted(days, key=lambda hours: (hours.day, hours.starts)),
        sorted(absences, key=lambda absence: absence.starts_at),
    )


def add_weekly(session: AnySession, counsellor_id: int, weekly: Weekly, now: datetime) -> None:
    """Raises PastDay or Overlaps. Days on which both would be open count, channels do not."""
    today = clock.local_day(now)
    if weekly.valid_until and weekly.valid_until < today:
        raise PastDay
    _lock(session, counsellor_id)
    for other in _of(session, WeeklyHours, counsellor_id):
        if _meet(weekly, weekly_of(other), today):
            raise Overlaps(other)
    session.add(
        WeeklyHours(
            counsellor_id=counsellor_id,
            weekday=weekly.weekday,
            valid_from=weekly.valid_from,
            valid_until=weekly.valid_until,
            every_weeks=weekly.every_weeks,
            **_columns(weekly.span),
        )
    )
    session.flush()


def add_day(session: AnySession, counsellor_id: int, day: date, span: Span, now: datetime) -> None:
    """Raises PastDay or Overlaps."""
    if day < clock.local_day(now):
        raise PastDay
    _lock(session, counsellor_id)
    for other in _of(session, DayHours, counsellor_id):
        if other.day == day and _overlap(span, Span(other.starts, other.ends)):
            raise Overlaps(other)
    session.add(DayHours(counsellor_id=counsellor_id, day=day, **_columns(span)))
    session.flush()


def add_absence(
    session: AnySession, counsellor_id: int, starts_at: datetime, ends_at: datetime, now: datetime
) -> Absence:
    """Raises PastDay or Overlaps; ValueError when it ends before it begins."""
    # Two moments of the same zone are compared by their wall time, also where the clock jumps.
    starts_at, ends_at = starts_at.astimezone(UTC), ends_at.astimezone(UTC)
    if starts_at >= ends_at:
        raise ValueError("an absence ends after its beginning")
    if ends_at <= now:
        raise PastDay

    def add() -> Absence:
        _lock(session, counsellor_id)
        for other in _of(session, Absence, counsellor_id):
            if starts_at < other.ends_at and other.starts_at < ends_at:
                raise Overlaps(other)
        return _enter(session, counsellor_id, starts_at, ends_at)

    return again_after_deadlock(session, add)


def be_absent(
    session: AnySession, counsellor_id: int, starts_at: datetime, ends_at: datetime
) -> None:
    """Enter an absence, one with those that it touches; what visitors hold in it is released."""

    def enter() -> None:
        _lock(session, counsellor_id)
        touched = session.scalars(queries.absences_between(counsellor_id, starts_at, ends_at)).all()
        begin = min([starts_at, *(each.starts_at for each in touched)])
        end = max([ends_at, *(each.ends_at for each in touched)])
        for each in touched:
            session.delete(each)
        _enter(session, counsellor_id, begin, end)

    again_after_deadlock(session, enter)


def _enter(session: AnySession, counsellor_id: int, begin: datetime, end: datetime) -> Absence:
    absence = Absence(counsellor_id=counsellor_id, starts_at=begin, ends_at=end)
    session.add(absence)
    _release_holds(session, counsellor_id, begin, end)
    session.flush()
    return absence


def _release_holds(session: AnySession, counsellor_id: int, begin: datetime, end: datetime) -> None:
    """Their claims go with them (ON DELETE CASCADE).

    Whoever books or holds locks holds first and the counsellor after them, we the other way
    round: we wait for no hold. One that somebody else has locked at this moment is over, or is
    of no use any more: nobody can book it (`check_present`).
    """
    held = session.scalars(
        select(Hold.id)
        .where(
            Hold.counsellor_id == counsellor_id,
            Hold.starts_at < end,
            Hold.ends_at > begin,
        )
        .with_for_update(skip_locked=True)
    ).all()
    session.execute(delete(Hold).where(Hold.id.in_(held)))


def own(session: AnySession, kind: type[Own], counsellor_id: int, id: int) -> Own | None:
    """The hours or absence of that id, if they are this counsellor's."""
    if id > LARGEST_ID:
        return None
    return session.scalar(select(kind).where(kind.id == id, kind.counsellor_id == counsellor_id))


def remove(session: AnySession, hours: Hours) -> None:
    session.delete(hours)
    session.flush()


def booked_within(
    session: AnySession, counsellor_id: int, absences: Iterable[Absence], now: datetime
) -> dict[int, int]:
    """Absence's id → how many coming appointments it hits; only those that it hits any of."""
    ends = [absence.ends_at for absence in absences]
    booked = session.execute(
        select(Appointment.starts_at, Appointment.ends_at).where(
            Appointment.counsellor_id == counsellor_id,
            Appointment.status.in_(OPEN),
            Appointment.starts_at > now,
            Appointment.starts_at < max(ends, default=now),
        )
    ).all()
    hit = {
        absence.id: sum(a < absence.ends_at and absence.starts_at < b for a, b in booked)
        for absence in absences
    }
    return {id: count for id, count in hit.items() if count}


def change_person(
    session: AnySession, counsellor: Staff, languages: Sequence[str], daily_maximum: int | None
) -> None:
    counsellor.languages, counsellor.daily_maximum = list(languages), daily_maximum
    session.flush()


def weekly_of(hours: WeeklyHours) -> Weekly:
    span = Span(hours.starts, hours.ends, frozenset(hours.channels))
    return Weekly(hours.weekday, span, hours.valid_from, hours.valid_until, hours.every_weeks)


def _meet(one: Weekly, other: Weekly, today: date) -> bool:
    """Whether there is a day, today or later, on which both are open at the same time."""
    if one.weekday != other.weekday or not _overlap(one.span, other.span):
        return False
    day = max([today, *(each.valid_from for each in (one, other) if each.valid_from)])
    pattern = 7 * lcm(one.every_weeks, other.every_weeks)  # then it begins again
    return any(
        one.is_on(day + timedelta(days=n)) and other.is_on(day + timedelta(days=n))
        for n in range(pattern)
    )


def _overlap(one: Span, other: Span) -> bool:
    return one.starts < other.ends and other.starts < one.ends


def _columns(span: Span) -> dict[str, object]:
    return {"starts": span.starts, "ends": span.ends, "channels": sorted(span.channels)}


def _of(session: AnySession, kind: type[Own], counsellor_id: int) -> Sequence[Own]:
    return session.scalars(select(kind).where(kind.counsellor_id == counsellor_id)).all()


def _lock(session: AnySession, counsellor_id: int) -> None:
    """Two forms that are sent at once see each other's hours."""
    session.execute(select(Staff.id).where(Staff.id == counsellor_id).with_for_update())
