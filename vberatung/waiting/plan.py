"""Who of a topic's waiting list is offered which time: the plan of one run. Pure."""

from collections import defaultdict
from collections.abc import Mapping, MutableMapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from vberatung import clock
from vberatung.booking.claims import quanta
from vberatung.waiting.rules import end_of_offer, suits

OFFERS_PER_NETWORK = 10
"""Times that are held at once for people who joined from one network address."""

Free = Mapping[datetime, Sequence[int]]
"""Start (UTC) → the counsellors who are free then, in order of start."""


@dataclass(frozen=True)
class Waiting:
    """One who waits, and what they want."""

    id: int
    channel: str
    part_of_day: str
    not_after: date | None
    before: datetime | None
    """The start of the appointment that they have already."""
    told: Set[datetime] = frozenset()
    """What was offered to them before."""
    network: bytes | None = None


@dataclass(frozen=True)
class Proposal:
    """This counsellor's time for this waiting person, until the offer ends."""

    waiting_id: int
    counsellor_id: int
    start: datetime
    until: datetime


@dataclass
class Times:
    """The topic's free times, and how they are shared out. What is given counts as taken."""

    free: Mapping[str, Free]
    """By channel."""
    duration_min: int
    before_min: int
    after_min: int
    notice_min: int
    load: MutableMapping[tuple[int, date], timedelta] = field(default_factory=dict)
    """Counsellor and Monday → what is booked in that week."""
    room: MutableMapping[tuple[int, date], int] = field(default_factory=dict)
    """Counsellor and day → how many more their daily maximum allows; missing is no maximum."""
    _given: defaultdict[int, list[range]] = field(default_factory=lambda: defaultdict(list))

    def first_for(self, one: Waiting, now: datetime) -> Proposal | None:
        """The first start that suits, with the counsellor who has the least booked that week."""
        for start, ids in self.free[one.channel].items():
            if start in one.told or not suits(start, one.part_of_day, one.not_after, one.before):
                continue
            until = end_of_offer(now, start, timedelta(minutes=self.notice_min))
            if until is None:
                continue
            open_to = [id for id in ids if self._is_open(id, start)]
            if open_to:
                monday = clock.local_monday(start)
                least = min(open_to, key=lambda id: (self.load.get((id, monday), timedelta()), id))
                return Proposal(one.id, least, start, until)
        return None

    def give(self, proposal: Proposal) -> None:
        id, start = proposal.counsellor_id, proposal.start
        day, week = (id, clock.local_day(start)), (id, clock.local_monday(start))
        self._given[id].append(self._quanta(start))
        self.load[week] = self.load.get(week, timedelta()) + timedelta(minutes=self.duration_min)
        if day in self.room:
            self.room[day] -= 1

    def _is_open(self, id: int, start: datetime) -> bool:
        needed = self._quanta(start)
        return self.room.get((id, clock.local_day(start)), 1) > 0 and all(
            needed.stop <= given.start or given.stop <= needed.start for given in self._given[id]
        )

    def _quanta(self, start: datetime) -> range:
        end = start + timedelta(minutes=self.duration_min)
        return quanta(start, end, self.before_min, self.after_min)


def proposals(
    waiting: Sequence[Waiting], times: Times, held_from: Mapping[bytes, int], now: datetime
) -> list[Proposal]:
    """One time for each whom one suits, in their order.

    `held_from`: how many times are held already for people of each network.
    """
    held = dict(held_from)
    made = []
    for one in waiting:
        if one.network is not None and held.get(one.network, 0) >= OFFERS_PER_NETWORK:
            continue
        proposal = times.first_for(one, now)
        if proposal is None:
            continue
        times.give(proposal)
        made.append(proposal)
        if one.network is not None:
            held[one.network] = held.get(one.network, 0) + 1
    return made
