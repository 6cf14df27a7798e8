"""When a waiting person is offered what: pure rules."""

from datetime import UTC, date, datetime, time, timedelta

from vberatung import clock
from vberatung.booking.slots import PARTS_OF_DAY, is_in

ANY_TIME = "any"
WANTED_PARTS = (ANY_TIME, *PARTS_OF_DAY)
ANSWER_WITHIN = timedelta(minutes=60)
"""So long an offer stands, counted while people are awake."""
DAY_BEGINS, DAY_ENDS = time(8), time(20)
SHORTEST = timedelta(minutes=10)
"""Nobody can answer an offer that stands for less; it would be one of three that are wasted."""
OFFERS = 3
WAITS_AT_MOST = timedelta(days=60)


def end_of_offer(now: datetime, start: datetime, notice: timedelta) -> datetime | None:
    """Until when an offer of `start` stands that is made now; None if there is no time to answer.

    An hour between 8 and 20 o'clock local time, what is left of it in the evening counts on
    from 8 the next morning. Never beyond the notice that the topic asks for.
    """
    until = min(_awake(now, ANSWER_WITHIN), start - notice)
    return until if until - now >= SHORTEST else None


def suits(
    start: datetime, part_of_day: str, not_after: date | None, before: datetime | None
) -> bool:
    """Whether a start is what a waiting person asked for; `before` is their present appointment."""
    if part_of_day != ANY_TIME and not is_in(start, part_of_day):
        return False
    if not_after is not None and clock.local_day(start) > not_after:
        return False
    return before is None or start < before


def _awake(now: datetime, length: timedelta) -> datetime:
    """The end of `length` from now on, the hours of the night left out."""
    day = clock.local_day(now)
    begins, ends = _on(day, DAY_BEGINS), _on(day, DAY_ENDS)
    if now >= ends:
        return _awake(_on(day + timedelta(days=1), DAY_BEGINS), length)
    now = max(now, begins)
    if now + length <= ends:
        return now + length
    return _awake(_on(day + timedelta(days=1), DAY_BEGINS), length - (ends - now))


def _on(day: date, wall: time) -> datetime:
    """In UTC: sums over the nights on which the clocks change are right only there."""
    return datetime.combine(day, wall, clock.LOCAL_ZONE).astimezone(UTC)
