"""Loads what availability needs, in the same few queries however many counsellors there are."""

import threading
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Row, or_, select, union_all

from vberatung import clock
from vberatung.booking import queries
from vberatung.booking.availability import (
    Counsellor,
    Rule,
    Span,
    Weekly,
    Window,
    free_slots,
    free_starts,
    window_of,
)
from vberatung.booking.claims import quanta, quantum_of
from vberatung.booking.hours import Absence, DayHours, WeeklyHours
from vberatung.booking.models import Appointment, Claim, Hold
from vberatung.calendars.models import BusyTime
from vberatung.db import AnySession, Base
from vberatung.offices.holidays import holidays_of
from vberatung.offices.models import ClosingDay, Office, Topic
from vberatung.people.models import Staff, counsellor_topics

StaffRow = Row[int, int | None, list[str]]
"""A counsellor's id, daily maximum and languages."""

same_span = lru_cache(maxsize=4096)(Span)
same_weekly = lru_cache(maxsize=4096)(Weekly)


_one_at_a_time = threading.Lock()
"""The interpreter runs one thread at a time. Eight that calculate side by side and hand over at
each row of the database answer a third fewer visitors a second than eight that queue here."""


@dataclass(frozen=True)
class Wish:
    """What narrows the choice: a channel, a spoken language, one counsellor."""

    channel: str | None = None
    spoken: str | None = None
    counsellor_id: int | None = None


ANY = Wish()


def rule_of(topic: Topic) -> Rule:
    return Rule(
        duration_min=topic.duration_min,
        buffer_before_min=topic.buffer_before_min,
        buffer_after_min=topic.buffer_after_min,
        step_min=topic.step_min,
        notice_min=topic.notice_min,
        horizon_days=topic.horizon_days,
    )


def free_starts_of(
    session: AnySession, topic: Topic, now: datetime, wish: Wish = ANY, *, without: int = 0
) -> list[datetime]:
    """The starts (UTC) at which the topic is free for this wish.

    `without`: the id of an appointment that is to be moved, whose own time counts as free.
    """
    session.connection()  # before it is our turn: nobody may wait for one meanwhile
    with _one_at_a_time:
        window = _window(session, topic, now)
        pool = load_pool(session, topic, window, now, wish, without=without)
        return free_starts(pool, rule_of(topic), window, wish.channel)


def counsellors_free_at(
    session: AnySession,
    topic: Topic,
    start: datetime,
    now: datetime,
    wish: Wish = ANY,
    *,
    without: int = 0,
) -> list[int]:
    """Who is free at this start; only its own local day is looked at."""
    if not now <= start <= now + timedelta(days=topic.horizon_days):
        return []
    window = _window(session, topic, now, only=clock.local_day(start))
    pool = load_pool(session, topic, window, now, wish, without=without)
    return free_slots(pool, rule_of(topic), window, wish.channel).get(start.astimezone(UTC), [])


def free_slots_of(
    session: AnySession, topic: Topic, now: datetime, wish: Wish = ANY
) -> Mapping[datetime, Sequence[int]]:
    """Start (UTC) → counsellors free then, over the whole horizon."""
    window = _window(session, topic, now)
    pool = load_pool(session, topic, window, now, wish)
    return free_slots(pool, rule_of(topic), window, wish.channel)


def free_slots_by_wish(
    session: AnySession, topic: Topic, now: datetime, wishes: Collection[tuple[str, str | None]]
) -> dict[tuple[str, str | None], dict[datetime, list[int]]]:
    """Channel and spoken language of each wish → start (UTC) → counsellors free then.

    Over the horizon. Everything is loaded once, however many wishes there are.
    """
    window, rule = _window(session, topic, now), rule_of(topic)
    staff = _staff_of(session, topic, ANY)
    pool = _pool_of(session, staff, window, now)
    languages = {row.id: row.languages for row in staff}

    def speaking(spoken: str | None) -> list[Counsellor]:
        return [each for each in pool if spoken is None or spoken in languages[each.id]]

    return {
        (channel, spoken): free_slots(speaking(spoken), rule, window, channel)
        for channel, spoken in wishes
    }


def room_on_days(session: AnySession, topic: Topic, now: datetime) -> dict[tuple[int, date], int]:
    """Counsellor and local day of the horizon → how many more their daily maximum allows.

    Only for those who have one; their rows stay locked until we commit, as with `has_room`.
    """
    maxima = session.execute(
        select(Staff.id, Staff.daily_maximum)
        .join(counsellor_topics, counsellor_topics.c.staff_id == Staff.id)
        .where(counsellor_topics.c.topic_id == topic.id, Staff.daily_maximum.is_not(None))
        .order_by(Staff.id)
        .with_for_update(of=Staff, key_share=True)
    ).all()
    days = window_of(rule_of(topic), now, clock.LOCAL_ZONE).days
    return room_left(session, {id: maximum or 0 for id, maximum in maxima}, days, now)


def room_left(
    session: AnySession, maxima: Mapping[int, int], days: Sequence[date], now: datetime
) -> dict[tuple[int, date], int]:
    """The same of these counsellors with their daily maxima and from the first to the last day,
    and nothing is locked."""
    if not maxima or not days:
        return {}
    room = {(id, day): maximum for id, maximum in maxima.items() for day in days}
    begin = datetime.combine(days[0], time(), clock.LOCAL_ZONE)
    end = datetime.combine(days[-1] + timedelta(days=1), time(), clock.LOCAL_ZONE)
    taken = queries.starts_between(maxima, begin, end, now=now)
    for counsellor_id, starts_at in session.execute(taken):
        room[counsellor_id, clock.local_day(starts_at)] -= 1
    return room


def load_pool(
    session: AnySession,
    topic: Topic,
    window: Window,
    now: datetime,
    wish: Wish = ANY,
    *,
    without: int = 0,
) -> list[Counsellor]:
    """The counsellors of the topic with their hours and what is taken in the window."""
    return _pool_of(session, _staff_of(session, topic, wish), window, now, without)


def _pool_of(
    session: AnySession, staff: Sequence[StaffRow], window: Window, now: datetime, without: int = 0
) -> list[Counsellor]:
    ids = [row.id for row in staff]
    days = window.days
    if not ids or not days:
        return []
    weekly, own_days = _weekly(session, ids), _own_days(session, ids, days)
    # A day of margin on both sides: buffers reach over midnight.
    begin = datetime.combine(days[0], time(), window.zone) - timedelta(days=1)
    end = datetime.combine(days[-1], time(), window.zone) + timedelta(days=2)
    taken = _taken(session, ids, begin, end, now, without)
    full = _full_days(session, staff, begin, end, now, without)
    return [Counsellor(id, weekly[id], own_days[id], taken[id], full[id]) for id in ids]


def _window(session: AnySession, topic: Topic, now: datetime, only: date | None = None) -> Window:
    rule = rule_of(topic)
    window = window_of(rule, now, clock.LOCAL_ZONE, only=only)
    closed = closed_days(session, topic.office_id, window.days)
    return Window(window.earliest, window.latest, window.zone, closed)


def closed_days(session: AnySession, office_id: int, days: Sequence[date]) -> Set[date]:
    """Which of these local days are holidays or closing days of the office."""
    if not days:
        return frozenset()
    rows = session.execute(
        select(Office.holiday_region, ClosingDay.first, ClosingDay.last)
        .outerjoin(
            ClosingDay,
            (ClosingDay.office_id == Office.id)
            & (ClosingDay.first <= days[-1])
            & (ClosingDay.last >= days[0]),
        )
        .where(Office.id == office_id)
    ).all()
    closed = {day for _, first, last in rows if first for day in days if first <= day <= last}
    for year in range(days[0].year, days[-1].year + 1):
        closed |= holidays_of(rows[0].holiday_region, year)
    return closed.intersection(days)


def _staff_of(session: AnySession, topic: Topic, wish: Wish) -> list[StaffRow]:
    """The active counsellors who take this topic and fit the wish."""
    rows = session.execute(
        select(Staff.id, Staff.daily_maximum, Staff.languages)
        .join(counsellor_topics, counsellor_topics.c.staff_id == Staff.id)
        .where(
            counsellor_topics.c.topic_id == topic.id,
            Staff.active,
            *([Staff.id == wish.counsellor_id] if wish.counsellor_id is not None else []),
        )
        .order_by(Staff.id)
    ).all()
    return [row for row in rows if wish.spoken is None or wish.spoken in row.languages]


def speaks(session: AnySession, counsellor_id: int, spoken: str | None) -> bool:
    """Whether the counsellor talks in this language; None is any."""
    return spoken is None or spoken in session.get_one(Staff, counsellor_id).languages


def languages_of(session: AnySession, topic: Topic) -> list[str]:
    """Codes of the languages in which the topic's counsellors talk, sorted."""
    return sorted({code for row in _staff_of(session, topic, ANY) for code in row.languages})


def _weekly(session: AnySession, ids: Sequence[int]) -> Mapping[int, list[Weekly]]:
    weekly: defaultdict[int, list[Weekly]] = defaultdict(list)
    rows = session.execute(
        select(
            *columns(
                WeeklyHours,
                *("counsellor_id", "weekday", "starts", "ends", "channels"),
                *("valid_from", "valid_until", "every_weeks"),
            )
        ).where(WeeklyHours.counsellor_id.in_(ids))
    )
    for counsellor_id, weekday, starts, ends, channels, *valid in rows:
        span = same_span(starts, ends, frozenset(channels))
        weekly[counsellor_id].append(same_weekly(weekday, span, *valid))
    return weekly


def _own_days(
    session: AnySession, ids: Sequence[int], days: Sequence[date]
) -> Mapping[int, dict[date, list[Span]]]:
    own: defaultdict[int, dict[date, list[Span]]] = defaultdict(dict)
    for row in session.execute(
        select(
            DayHours.counsellor_id,
            DayHours.day,
            DayHours.starts,
            DayHours.ends,
            DayHours.channels,
        ).where(DayHours.counsellor_id.in_(ids), DayHours.day.between(days[0], days[-1]))
    ):
        span = same_span(row.starts, row.ends, frozenset(row.channels))
        own[row.counsellor_id].setdefault(row.day, []).append(span)
    return own


def columns(table: type[Base], *names: str) -> list[ColumnElement[Any]]:
    """Columns of the bare table: thousands of rows need no detour through the ORM."""
    return [table.__table__.c[name] for name in names]


def _taken(
    session: AnySession,
    ids: Sequence[int],
    begin: datetime,
    end: datetime,
    now: datetime,
    without: int,
) -> Mapping[int, list[range]]:
    taken: defaultdict[int, list[range]] = defaultdict(list)
    claims = (
        select(*columns(Claim, "counsellor_id", "quantum", "length"))
        .outerjoin(Hold, Hold.id == Claim.hold_id)
        .where(
            Claim.length > 0,  # one row for each appointment or hold instead of ten
            Claim.counsellor_id.in_(ids),
            Claim.quantum.between(quantum_of(begin), quantum_of(end)),
            or_(Claim.hold_id.is_(None), Hold.expires_at > now),
            or_(Claim.appointment_id.is_(None), Claim.appointment_id != without),
        )
    )
    for counsellor_id, first, length in session.execute(claims):
        taken[counsellor_id].append(range(first, first + length))
    for counsellor_id, ranges in away_between(session, ids, begin, end).items():
        taken[counsellor_id].extend(ranges)
    return taken


def away_between(
    session: AnySession, ids: Sequence[int], begin: datetime, end: datetime
) -> Mapping[int, list[range]]:
    """Absences and what other calendars say, in quanta."""
    away: defaultdict[int, list[range]] = defaultdict(list)
    rows = union_all(
        *(
            select(table.counsellor_id, table.starts_at, table.ends_at).where(
                table.counsellor_id.in_(ids), table.starts_at < end, table.ends_at > begin
            )
            for table in (Absence, BusyTime)
        )
    )
    for counsellor_id, starts_at, ends_at in session.execute(rows):
        away[counsellor_id].append(quanta(starts_at, ends_at, 0, 0))
    return away


def _full_days(
    session: AnySession,
    staff: Iterable[StaffRow],
    begin: datetime,
    end: datetime,
    now: datetime,
    without: int,
) -> Mapping[int, set[date]]:
    """The local days on which those with a daily maximum have reached it."""
    maximum = {row.id: row.daily_maximum for row in staff if row.daily_maximum is not None}
    full: defaultdict[int, set[date]] = defaultdict(set)
    if not maximum:
        return full
    counts: defaultdict[tuple[int, date], int] = defaultdict(int)
    rows = queries.starts_between(maximum, begin, end, now=now, without=without)
    for counsellor_id, starts_at in session.execute(rows):
        counts[counsellor_id, clock.local_day(starts_at)] += 1
    for (counsellor_id, day), count in counts.items():
        if count >= maximum[counsellor_id]:
            full[counsellor_id].add(day)
    return full


def works_by(session: AnySession, appointment: Appointment, channel: str) -> bool:
    """Whether the counsellor's hours at the appointment's time are open to this channel."""
    day, id = clock.local_day(appointment.starts_at), appointment.counsellor_id
    own, weekly = _own_days(session, [id], [day])[id], _weekly(session, [id])[id]
    needed = quanta(appointment.starts_at, appointment.ends_at, 0, 0)
    return any(
        stretch.start <= needed.start and needed.stop <= stretch.stop
        for span in Counsellor(id, weekly, own).spans_on(day)
        if span.is_for(channel)
        for stretch in span.stretches(day, clock.LOCAL_ZONE)
    )
