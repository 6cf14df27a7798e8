"""Arranging free slots for people: by day, by half of the day, by nearness to a wish."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from vberatung import clock

NOON = 12
PARTS_OF_DAY = MORNING, AFTERNOON = ("morning", "afternoon")


@dataclass
class Day:
    """The free starts of one local day."""

    date: date
    morning: list[datetime] = field(default_factory=list)
    afternoon: list[datetime] = field(default_factory=list)

    @property
    def first(self) -> datetime:
        return (self.morning or self.afternoon)[0]

    def __len__(self) -> int:
        return len(self.morning) + len(self.afternoon)


def by_day(starts: Iterable[datetime]) -> list[Day]:
    """Starts in ascending order, grouped by local day; days without a start do not appear."""
    days: list[Day] = []
    for start in map(clock.to_local, starts):
        if not days or days[-1].date != start.date():
            days.append(Day(start.date()))
        half = days[-1].morning if start.hour < NOON else days[-1].afternoon
        half.append(start)
    return days


def nearest(starts: Iterable[datetime], wish: datetime, count: int) -> list[datetime]:
    """The `count` starts nearest to the wish, in order of time, in local time."""
    chosen = sorted(starts, key=lambda start: abs(start - wish))[:count]
    return sorted(map(clock.to_local, chosen))


def in_part_of_day(starts: Iterable[datetime], part: str | None) -> list[datetime]:
    """The starts in the morning, in the afternoon, or (None) all."""
    if part is None:
        return list(starts)
    return [start for start in starts if is_in(start, part)]


def is_in(start: datetime, part: str) -> bool:
    """Whether a start lies in this part of its local day."""
    return (clock.to_local(start).hour < NOON) == (part == MORNING)
