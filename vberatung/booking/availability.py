"""When a topic is free: a pure function of hours, claims, the topic's rule and the clock.

Weekly hours are local wall time, so a span on the two days a year that have 23 or 25 hours
means what the clock on the wall shows. Standard library only.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from vberatung.booking.claims import quanta


@dataclass(frozen=True)
class Rule:
    """What a topic asks of a slot; all in minutes but the horizon."""

    duration_min: int
    buffer_before_min: int
    buffer_after_min: int
    step_min: int
    notice_min: int
    horizon_days: int


@dataclass(frozen=True)
class Span:
    """Weekly hours on one weekday (0 is Monday), local wall time, ending the same day."""

    weekday: int
    starts: time
    ends: time


@dataclass(frozen=True)
class Counsellor:
    """One of the pool: when they work and which quanta are taken."""

    id: int
    hours: Sequence[Span]
    taken: Set[int] = field(default_factory=frozenset)


def free_slots(
    pool: Sequence[Counsellor], rule: Rule, now: datetime, zone: ZoneInfo
) -> Mapping[datetime, Sequence[int]]:
    """Start (UTC) → ids of the counsellors who are free then, in order of start.

    Every start lies at least the notice after `now` and within the horizon, on the step's grid
    of its span; the talk and its buffers touch no taken quantum.
    """
    earliest = now + timedelta(minutes=rule.notice_min)
    first_day = now.astimezone(zone).date()
    days = [first_day + timedelta(days=n) for n in range(rule.horizon_days + 1)]
    latest = now + timedelta(days=rule.horizon_days)
    free: dict[datetime, list[int]] = {}
    # Many counsellors share the same hours: the wall clock is asked once for each span and day.
    grids: dict[tuple[Span, date], list[tuple[datetime, range]]] = {}
    for counsellor in pool:
        for span in counsellor.hours:
            for day in days:
                if day.weekday() != span.weekday:
                    continue
                if (span, day) not in grids:
                    grids[span, day] = list(_grid(span, day, rule, zone, earliest, latest))
                for start, needed in grids[span, day]:
                    if counsellor.taken.isdisjoint(needed):
                        ids = free.setdefault(start, [])
                        if counsellor.id not in ids[-1:]:  # overlapping hours offer them once
                            ids.append(counsellor.id)
    return dict(sorted(free.items()))


def _grid(
    span: Span, day: date, rule: Rule, zone: ZoneInfo, earliest: datetime, latest: datetime
) -> Iterator[tuple[datetime, range]]:
    """Each possible start in the span with the quanta that a talk then needs."""
    start = datetime.combine(day, span.starts, zone).astimezone(UTC)
    closing = datetime.combine(day, span.ends, zone).astimezone(UTC)
    duration = timedelta(minutes=rule.duration_min)
    while start + duration <= closing:
        if earliest <= start <= latest:
            before, after = rule.buffer_before_min, rule.buffer_after_min
            yield start, quanta(start, start + duration, before, after)
        start += timedelta(minutes=rule.step_min)
