"""Availability once more, slow and obvious: intervals of UTC, and the law on summer time.

It shares the values (Counsellor, Rule, Span …) with the product, and no code.
"""

from collections.abc import Iterator, Sequence, Set
from datetime import UTC, date, datetime, time, timedelta

import portion

from vberatung.booking.availability import Counsellor, Rule, Span, Weekly

WINTER, SUMMER = timedelta(hours=1), timedelta(hours=2)
ONE_AM = time(1, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)


def free_slots(
    pool: Sequence[Counsellor],
    rule: Rule,
    now: datetime,
    closed: Set[date] = frozenset(),
    channel: str | None = None,
) -> dict[datetime, set[int]]:
    soonest = now + timedelta(minutes=rule.notice_min)
    latest = now + timedelta(days=rule.horizon_days)
    free: dict[datetime, set[int]] = {}
    for counsellor in pool:
        taken = union(portion.closedopen(at(q.start), at(q.stop)) for q in counsellor.taken)
        for day in days(now.date() - DAY, latest.date() + DAY):
            if day in closed or day in counsellor.full:
                continue
            for span in spans_on(day, counsellor):
                if channel and span.channels and channel not in span.channels:
                    continue
                for start in starts(moments(day, span), rule):
                    in_time = soonest <= start <= latest
                    if in_time and not with_buffers(start, rule).overlaps(taken):
                        free.setdefault(start, set()).add(counsellor.id)
    return free


def spans_on(day: date, counsellor: Counsellor) -> Sequence[Span]:
    if day in counsellor.days:
        return counsellor.days[day]
    return [hours.span for hours in counsellor.weekly if is_on(day, hours)]


def is_on(day: date, hours: Weekly) -> bool:
    if hours.valid_from and day < hours.valid_from:
        return False
    if hours.valid_until and day > hours.valid_until:
        return False
    if hours.every_weeks > 1 and hours.valid_from:
        its_week = hours.valid_from
        while its_week + 6 * DAY < day or its_week.isocalendar()[:2] < day.isocalendar()[:2]:
            its_week += hours.every_weeks * WEEK
        if its_week.isocalendar()[:2] != day.isocalendar()[:2]:
            return False
    return day.isoweekday() == hours.weekday + 1


def moments(day: date, span: Span) -> portion.Interval:
    """When the clock on the wall shows a time of the span, on this day."""
    opening = datetime.combine(day, span.starts, UTC)
    closing = datetime.combine(day, span.ends, UTC)
    spring, autumn = last_sunday(day.year, 3), last_sunday(day.year, 10)
    summer = portion.closedopen(spring, autumn)
    by_winter_time = portion.closedopen(opening - WINTER, closing - WINTER) - summer
    by_summer_time = portion.closedopen(opening - SUMMER, closing - SUMMER) & summer
    return by_winter_time | by_summer_time


def last_sunday(year: int, month: int) -> datetime:
    """The clocks change at 1:00 UTC (directive 2000/84/EC)."""
    day = date(year, month, 31)
    while day.isoweekday() != 7:
        day -= DAY
    return datetime.combine(day, ONE_AM)


def starts(hours: portion.Interval, rule: Rule) -> Iterator[datetime]:
    for stretch in hours:
        start = stretch.lower
        while not hours.empty and start + timedelta(minutes=rule.duration_min) <= stretch.upper:
            yield start
            start += timedelta(minutes=rule.step_min)


def with_buffers(start: datetime, rule: Rule) -> portion.Interval:
    return portion.closedopen(
        start - timedelta(minutes=rule.buffer_before_min),
        start + timedelta(minutes=rule.duration_min + rule.buffer_after_min),
    )


def at(quantum: int) -> datetime:
    return EPOCH + quantum * timedelta(minutes=5)


def union(intervals: Iterator[portion.Interval]) -> portion.Interval:
    return portion.Interval(*intervals)


def days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += DAY
