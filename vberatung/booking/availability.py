"""When a topic is free: a pure function of hours, closed days, taken time, the rule and the clock.

Weekly hours are local wall time, so a span on the two days a year that have 23 or 25 hours
means what the clock on the wall shows. Standard library only.

A set of quanta is one large integer: bit n is the n-th five minutes after the first local
midnight. Fifty counsellors and four weeks are then a few thousand operations on 1 kB each.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from vberatung.booking.claims import QUANTUM_S, quantum_of

QUANTUM_MIN = QUANTUM_S // 60
QUANTUM = timedelta(seconds=QUANTUM_S)
QUANTA_A_DAY = 24 * 60 // QUANTUM_MIN
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EVERY_CHANNEL: frozenset[str] = frozenset()
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Rule:
    """What a topic asks of a slot; all in minutes, multiples of five, but the horizon."""

    duration_min: int
    buffer_before_min: int
    buffer_after_min: int
    step_min: int
    notice_min: int
    horizon_days: int


@dataclass(frozen=True)
class Span:
    """Hours in local wall time, ending on the day they begin on; full five minutes."""

    starts: time
    ends: time
    channels: frozenset[str] = EVERY_CHANNEL

    def __post_init__(self) -> None:
        if self.starts >= self.ends:
            raise ValueError("a span ends on the day it begins on, after its beginning")
        if any(t.minute % QUANTUM_MIN or t.second for t in (self.starts, self.ends)):
            raise ValueError("a span begins and ends at full five minutes")

    def is_for(self, channel: str | None) -> bool:
        return channel is None or not self.channels or channel in self.channels

    def stretches(self, day: date, zone: ZoneInfo) -> list[range]:
        """The quanta of the local day in which the clock on the wall shows a time of the span.

        One stretch. In the nights of the clock changes it may be none or two: an hour is left
        out, or comes twice.
        """
        midnight, next_midnight = _midnight(day, zone), _midnight(day + DAY, zone)
        if next_midnight - midnight == QUANTA_A_DAY:
            return [range(midnight + _index(self.starts), midnight + _index(self.ends))]
        found: list[range] = []
        for quantum in range(midnight, next_midnight):
            if self.starts <= datetime.fromtimestamp(quantum * QUANTUM_S, zone).time() < self.ends:
                goes_on = found and found[-1].stop == quantum
                begin = found.pop().start if goes_on else quantum
                found.append(range(begin, quantum + 1))
        return found


@dataclass(frozen=True)
class Weekly:
    """A span that comes back: on one weekday (0 is Monday), every so many weeks, between dates."""

    weekday: int
    span: Span
    valid_from: date | None = None
    valid_until: date | None = None
    every_weeks: int = 1

    def is_on(self, day: date) -> bool:
        if day.weekday() != self.weekday:
            return False
        if (self.valid_from and day < self.valid_from) or (
            self.valid_until and day > self.valid_until
        ):
            return False
        if self.every_weeks == 1 or self.valid_from is None:
            return True
        return (_monday(day) - _monday(self.valid_from)).days // 7 % self.every_weeks == 0


@dataclass(frozen=True)
class Counsellor:
    """One of the pool: when they work, and what is taken already."""

    id: int
    weekly: Sequence[Weekly] = ()
    days: Mapping[date, Sequence[Span]] = field(default_factory=dict)
    """Days with hours of their own, in place of the weekly ones."""
    taken: Sequence[range] = ()
    """Quanta of claims, absences and other calendars."""
    full: Set[date] = frozenset()
    """Local days on which the daily maximum is reached."""

    def spans_on(self, day: date) -> Sequence[Span]:
        weekly = [hours.span for hours in self.weekly if hours.is_on(day)]
        return self.days.get(day, weekly)


@dataclass(frozen=True)
class Window:
    """From when to when starts are looked for, in which zone, and the closed local days."""

    earliest: datetime
    latest: datetime
    zone: ZoneInfo
    closed: Set[date] = frozenset()

    @property
    def days(self) -> list[date]:
        first = self.earliest.astimezone(self.zone).date()
        last = self.latest.astimezone(self.zone).date()
        return [first + n * DAY for n in range((last - first).days + 1)]


def window_of(
    rule: Rule,
    now: datetime,
    zone: ZoneInfo,
    closed: Set[date] = frozenset(),
    only: date | None = None,
) -> Window:
    """Starts at least the notice after `now` and within the horizon; `only` on this local day."""
    now = now.astimezone(UTC)  # in a zone of its own a day would be 23 or 25 hours at times
    earliest = now + timedelta(minutes=rule.notice_min)
    latest = now + timedelta(days=rule.horizon_days)
    if only is not None:
        earliest = max(earliest, EPOCH + _midnight(only, zone) * QUANTUM)
        latest = min(latest, EPOCH + (_midnight(only + DAY, zone) - 1) * QUANTUM)
    return Window(earliest, latest, zone, closed)


def free_slots(
    pool: Sequence[Counsellor], rule: Rule, window: Window, channel: str | None = None
) -> dict[datetime, list[int]]:
    """Start (UTC) → ids of the counsellors who are free then, in order of start.

    Every start lies in the window, on the step's grid of its span; the talk ends within the
    span, and with its buffers it touches nothing that is taken. Hours for other channels than
    `channel` do not count; None asks for none.
    """
    free: dict[datetime, list[int]] = {}
    origin, starts_of = _starts_of(rule, window, channel)
    for counsellor in pool:
        for start in _moments(starts_of(counsellor), origin):
            free.setdefault(start, []).append(counsellor.id)
    return dict(sorted(free.items()))


def free_starts(
    pool: Sequence[Counsellor], rule: Rule, window: Window, channel: str | None = None
) -> list[datetime]:
    """The starts (UTC) at which anybody of the pool is free, in order."""
    origin, starts_of = _starts_of(rule, window, channel)
    anybody = 0
    for counsellor in pool:
        anybody |= starts_of(counsellor)
    return list(_moments(anybody, origin))


def _starts_of(
    rule: Rule, window: Window, channel: str | None
) -> tuple[int, Callable[[Counsellor], int]]:
    """The quantum that bit 0 stands for, and: counsellor → the quanta they can start at."""
    days = [day for day in window.days if day not in window.closed]
    if not days or window.latest < window.earliest:
        return 0, lambda counsellor: 0
    origin = _midnight(days[0], window.zone)
    first = -((EPOCH - window.earliest) // QUANTUM) - origin  # rounded up: never too soon
    end = (window.latest - EPOCH) // QUANTUM + 1 - origin
    inside = _bits(first, end)
    before = rule.buffer_before_min // QUANTUM_MIN
    needed = (rule.duration_min + rule.buffer_after_min) // QUANTUM_MIN
    weekly: dict[Weekly, int] = {}  # many counsellors share the same hours

    def starts_on(span: Span, day: date) -> int:
        return _grid(span, day, rule, window.zone, origin) if span.is_for(channel) else 0

    def whole(day: date) -> int:
        return _bits(*(_midnight(each, window.zone) - origin for each in (day, day + DAY)))

    def starts_of(counsellor: Counsellor) -> int:
        starts = 0
        for hours in counsellor.weekly:
            if hours not in weekly:
                weekly[hours] = 0
                for day in days:
                    if hours.is_on(day):
                        weekly[hours] |= starts_on(hours.span, day)
            starts |= weekly[hours]
        for day, spans in counsellor.days.items():
            starts &= ~whole(day)
            for span in spans if day in days else ():
                starts |= starts_on(span, day)
        for day in counsellor.full:
            starts &= ~whole(day)
        blocked = 0
        for taken in filter(None, counsellor.taken):
            until = min(taken.stop + before - origin, end)
            blocked |= _bits(taken.start - needed + 1 - origin, until)
        return starts & inside & ~blocked

    return origin, starts_of


def _grid(span: Span, day: date, rule: Rule, zone: ZoneInfo, origin: int) -> int:
    """Each start in the span from which a talk still ends within it."""
    length, step = rule.duration_min // QUANTUM_MIN, rule.step_min // QUANTUM_MIN
    starts = 0
    for stretch in span.stretches(day, zone):
        for quantum in range(stretch.start, stretch.stop - length + 1, step):
            starts |= 1 << (quantum - origin)
    return starts


def _midnight(day: date, zone: ZoneInfo) -> int:
    """The first quantum of a local day."""
    return quantum_of(datetime.combine(day, time(), zone))


def _index(wall: time) -> int:
    """How many quanta after midnight, on a day of 24 hours."""
    return (wall.hour * 60 + wall.minute) // QUANTUM_MIN


def _bits(start: int, stop: int) -> int:
    """The quanta of [start, stop); what lies before bit 0 is nobody's concern."""
    start = max(start, 0)
    return ((1 << (stop - start)) - 1) << start if stop > start else 0


def _moments(quanta: int, origin: int) -> Iterator[datetime]:
    """The beginning of each quantum whose bit is set."""
    bits = f"{quanta:b}"[::-1]
    index = bits.find("1")
    while index >= 0:
        yield datetime.fromtimestamp((origin + index) * QUANTUM_S, UTC)
        index = bits.find("1", index + 1)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
