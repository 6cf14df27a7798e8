"""A topic without a free time within its horizon: since when, where the hours went, what helps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select, update

from vberatung import clock
from vberatung.booking.availability import Counsellor, Rule, Window, free_starts, window_of
from vberatung.booking.claims import QUANTUM_S, quantum_of
from vberatung.booking.free import away_between, closed_days, free_starts_of, load_pool, rule_of
from vberatung.db import AnySession
from vberatung.offices.models import Office, Topic

MARGIN = timedelta(days=2)
"""Looked at before and after the window, as `load_pool` does and more."""
FARTHER = 2
"""So many times the horizon we look ahead: what lies beyond it may be free."""

STAFF, HOURS, NOTICE, HORIZON, CLOSED, ABSENCES, MAXIMUM = HELPS = (
    "staff",
    "hours",
    "notice",
    "horizon",
    "closed",
    "absences",
    "maximum",
)
"""What would help: the last five are found by trying them out."""


@dataclass(frozen=True)
class Shortage:
    """One topic's; the hours are those of its counsellors from the notice to the horizon."""

    topic: Topic
    since: datetime
    counsellors: int
    hours: float
    closed: float
    absent: float
    taken: float
    helps: Sequence[str]
    free_from: date | None = None
    """With HORIZON: the first day beyond it on which a time is free."""

    @property
    def rest(self) -> float:
        """Neither taken nor absent, but too short, or on a day that is full."""
        return self.hours - self.closed - self.absent - self.taken


def look(session: AnySession, now: datetime) -> dict[int, bool]:
    """The topics whose state has changed: id → whether they are short of times now."""
    changed = {}
    for topic in session.scalars(select(Topic).order_by(Topic.id)):
        short = not free_starts_of(session, topic, now)
        if short != (topic.no_free_since is not None):
            changed[topic.id] = short
    return changed


def note(session: AnySession, changed: Mapping[int, bool], now: datetime) -> None:
    """Keep since when; None again for those that have free times."""
    for id, short in changed.items():
        since = now if short else None
        session.execute(update(Topic).where(Topic.id == id).values(no_free_since=since))


def shortages_of(session: AnySession, office: Office, now: datetime) -> list[Shortage]:
    """Those of the office's topics, with what would help."""
    short = select(Topic).where(Topic.office_id == office.id, Topic.no_free_since.is_not(None))
    return [
        explain(session, topic, now) for topic in session.scalars(short.order_by(Topic.position))
    ]


def explain(session: AnySession, topic: Topic, now: datetime) -> Shortage:
    rule = rule_of(topic)
    far = replace(rule, horizon_days=rule.horizon_days * FARTHER)
    wide = window_of(far, now, clock.LOCAL_ZONE)
    closed = closed_days(session, topic.office_id, wide.days)
    wide = replace(wide, closed=closed)
    window = replace(window_of(rule, now, clock.LOCAL_ZONE), closed=closed)
    pool = load_pool(session, topic, wide, now)
    begin, end = wide.earliest - MARGIN, wide.latest + MARGIN
    away = away_between(session, [counsellor.id for counsellor in pool], begin, end)
    beyond = free_starts(pool, far, wide)
    return Shortage(
        topic=topic,
        since=topic.no_free_since or now,
        counsellors=len(pool),
        **_hours(pool, away, window),
        helps=_helps(pool, away, rule, window, bool(beyond), now),
        free_from=clock.local_day(beyond[0]) if beyond else None,
    )


def _helps(
    pool: Sequence[Counsellor],
    away: Mapping[int, list[range]],
    rule: Rule,
    window: Window,
    beyond: bool,
    now: datetime,
) -> list[str]:
    """What is tried out one after the other; more hours and more people always help."""
    at_once = replace(rule, notice_min=0)
    open_always = replace(window, closed=frozenset())
    present = [
        replace(each, taken=[r for r in each.taken if r not in away[each.id]]) for each in pool
    ]
    unlimited = [replace(each, full=frozenset()) for each in pool]
    tried = {
        NOTICE: free_starts(pool, at_once, replace(window, earliest=now)),
        HORIZON: beyond,
        CLOSED: free_starts(pool, rule, open_always),
        ABSENCES: free_starts(present, rule, window),
        MAXIMUM: free_starts(unlimited, rule, window),
    }
    return [HOURS if pool else STAFF, *([STAFF] if pool else []), *(h for h in tried if tried[h])]


def _hours(
    pool: Sequence[Counsellor], away: Mapping[int, list[range]], window: Window
) -> dict[str, float]:
    """How many hours there are, and what they are used for; in hours of 60 minutes."""
    begin, end = quantum_of(window.earliest), quantum_of(window.latest)
    sums = dict.fromkeys(("hours", "closed", "absent", "taken"), 0)
    for counsellor in pool:
        works: dict[bool, set[int]] = {True: set(), False: set()}
        for day in window.days:
            for span in counsellor.spans_on(day):
                first, last = (
                    quantum_of(datetime.combine(day, wall, window.zone))
                    for wall in (span.starts, span.ends)
                )
                works[day in window.closed].update(range(max(first, begin), min(last, end)))
        absent = works[False].intersection(_all(away[counsellor.id]))
        taken = works[False].intersection(_all(counsellor.taken)) - absent
        sums["hours"] += len(works[True]) + len(works[False])
        sums["closed"] += len(works[True])
        sums["absent"] += len(absent)
        sums["taken"] += len(taken)
    return {name: count * QUANTUM_S / 3600 for name, count in sums.items()}


def _all(ranges: Sequence[range]) -> set[int]:
    return {quantum for each in ranges for quantum in each}
