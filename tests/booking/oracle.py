"""Availability once more, slow and obvious: it asks the wall clock about every five minutes."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from vberatung.booking.availability import Counsellor, Rule

TICK = timedelta(minutes=5)
DAY = timedelta(days=1)

Wall = dict[tuple[date, time], datetime]


def free_slots(
    pool: Sequence[Counsellor], rule: Rule, now: datetime, zone: ZoneInfo
) -> dict[datetime, set[int]]:
    wall = _wall_clock(now - DAY, now + timedelta(days=rule.horizon_days) + 2 * DAY, zone)
    free: dict[datetime, set[int]] = {}
    for day in {day for day, _ in wall}:
        for counsellor in pool:
            for span in counsellor.hours:
                if span.weekday != day.weekday():
                    continue
                for start in _starts(wall[day, span.starts], wall[day, span.ends], rule):
                    if _may_be_offered(start, rule, now) and not _is_taken(start, counsellor, rule):
                        free.setdefault(start, set()).add(counsellor.id)
    return free


def _wall_clock(first: datetime, last: datetime, zone: ZoneInfo) -> Wall:
    """What the clock on the wall shows → when it first shows it."""
    tick = first.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    last = last.astimezone(zone).replace(hour=23, minute=55).astimezone(UTC)
    wall: Wall = {}
    while tick <= last:
        local = tick.astimezone(zone)
        wall.setdefault((local.date(), local.time()), tick)
        tick += TICK
    return wall


def _starts(opening: datetime, closing: datetime, rule: Rule) -> list[datetime]:
    starts = []
    start = opening
    while start + timedelta(minutes=rule.duration_min) <= closing:
        starts.append(start)
        start += timedelta(minutes=rule.step_min)
    return starts


def _may_be_offered(start: datetime, rule: Rule, now: datetime) -> bool:
    soonest = now + timedelta(minutes=rule.notice_min)
    latest = now + timedelta(days=rule.horizon_days)
    return soonest <= start <= latest


def _is_taken(start: datetime, counsellor: Counsellor, rule: Rule) -> bool:
    begins = start - timedelta(minutes=rule.buffer_before_min)
    ends = start + timedelta(minutes=rule.duration_min + rule.buffer_after_min)
    for quantum in counsellor.taken:
        taken_from = datetime.fromtimestamp(quantum * 300, UTC)
        if taken_from < ends and begins < taken_from + TICK:
            return True
    return False
