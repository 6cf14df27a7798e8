"""Who of a topic's waiting list is offered which time: the plan of one run. Pure."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from vberatung import clock
from vberatung.booking.availability import Rule
from vberatung.booking.shares import Shares
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
    spoken: str | None = None
    """The language of the talk; None is any."""


@dataclass(frozen=True)
class Proposal:
    """This counsellor's time for this waiting person, until the offer ends."""

    waiting_id: int
    counsellor_id: int
    start: datetime
    until: datetime


@dataclass
class Times:
    """The topic's free times, and how they are shared out."""

    free: Mapping[tuple[str, str | None], Free]
    """By channel and spoken language."""
    rule: Rule
    shares: Shares

    def first_for(self, one: Waiting, now: datetime) -> Proposal | None:
        """The first start that suits, with the counsellor who has the least booked that week."""
        end = _end_of_use(one)
        for start, ids in self.free[one.channel, one.spoken].items():
            if end is not None and start >= end:
                return None  # all others are later
            if start in one.told or not suits(start, one.part_of_day, one.not_after, one.before):
                continue
            until = end_of_offer(now, start, timedelta(minutes=self.rule.notice_min))
            if until is None:
                continue
            open_to = self.shares.open_to(ids, self.rule, start)
            if open_to:
                return Proposal(one.id, open_to[0], start, until)
        return None

    def give(self, proposal: Proposal) -> None:
        self.shares.give(proposal.counsellor_id, self.rule, proposal.start)


def _end_of_use(one: Waiting) -> datetime | None:
    """From this moment on no start is of use to them; None: each may be."""
    ends = [one.before] if one.before is not None else []
    if one.not_after is not None:
        midnight = datetime.combine(one.not_after + timedelta(days=1), time(), clock.LOCAL_ZONE)
        ends.append(midnight.astimezone(UTC))
    return min(ends, default=None)


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
