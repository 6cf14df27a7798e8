"""Whose turn it is in the waiting room, and when the telephone is shown. Pure: standard library
only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Turn:
    """Somebody who waits for a counsellor right now. Moments are aware."""

    starts_at: datetime
    arrived_at: datetime

    @property
    def due_at(self) -> datetime:
        """Whoever is early waits for the start; whoever is late overtakes nobody."""
        return max(self.starts_at, self.arrived_at)


def before(me: Turn, others: Iterable[Turn]) -> int:
    """How many of those who wait for the same counsellor have their turn before me."""
    mine = (me.due_at, me.starts_at, me.arrived_at)
    return sum((each.due_at, each.starts_at, each.arrived_at) < mine for each in others)


def shows_phone(me: Turn, after_min: int, now: datetime) -> bool:
    """Whether somebody has waited so long that they are told the office's number."""
    return now >= me.due_at + timedelta(minutes=after_min)
