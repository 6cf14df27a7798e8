"""Sharing times out among counsellors: whose turn it is. What is given counts as taken. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from vberatung import clock
from vberatung.booking.claims import Lengths, quanta_of

Load = Mapping[tuple[int, date], timedelta]
"""Counsellor and local Monday → what is booked in that week."""


def by_load(load: Load, ids: Iterable[int], start: datetime) -> list[int]:
    """The counsellors in fair order: the fewest booked minutes in the week of `start` first.

    The week is the local one, Monday to Sunday. A tie goes to the lowest id: a stable rule.
    """
    monday = clock.local_monday(start)
    return sorted(ids, key=lambda id: (load.get((id, monday), timedelta()), id))


@dataclass
class Shares:
    """What the counsellors have to do already, and what is given to them in this run."""

    load: MutableMapping[tuple[int, date], timedelta] = field(default_factory=dict)
    """As in Load."""
    room: MutableMapping[tuple[int, date], int] = field(default_factory=dict)
    """Counsellor and day → how many more their daily maximum allows; missing is no maximum."""
    _given: defaultdict[int, list[range]] = field(default_factory=lambda: defaultdict(list))

    def open_to(self, ids: Iterable[int], topic: Lengths, start: datetime) -> list[int]:
        """Those who can still be given it, in fair order; `ids` are free by their hours."""
        needed, day = quanta_of(topic, start), clock.local_day(start)
        return by_load(self.load, (id for id in ids if self._fits(id, needed, day)), start)

    def give(self, id: int, topic: Lengths, start: datetime) -> None:
        day, week = (id, clock.local_day(start)), (id, clock.local_monday(start))
        self._given[id].append(quanta_of(topic, start))
        length = timedelta(minutes=topic.duration_min)
        self.load[week] = self.load.get(week, timedelta()) + length
        if day in self.room:
            self.room[day] -= 1

    def _fits(self, id: int, needed: range, day: date) -> bool:
        return self.room.get((id, day), 1) > 0 and all(
            needed.stop <= given.start or given.stop <= needed.start for given in self._given[id]
        )
