"""Who may enter the room, and when. Pure: standard library only."""

from dataclasses import dataclass
from datetime import datetime, timedelta

OPENS_BEFORE = timedelta(minutes=15)
CLOSES_AFTER = timedelta(minutes=60)
"""A talk may run late: the room stays open an hour past the planned end."""


@dataclass(frozen=True)
class Times:
    """What the rule needs to know of an appointment; all moments aware."""

    starts_at: datetime
    ends_at: datetime
    cancelled: bool
    talk_ended_at: datetime | None

    @property
    def opens_at(self) -> datetime:
        return self.starts_at - OPENS_BEFORE

    @property
    def closes_at(self) -> datetime:
        return self.ends_at + CLOSES_AFTER


class NotOpenYet(Exception):
    """The room opens 15 minutes before the start."""

    def __init__(self, times: Times) -> None:
        super().__init__(f"opens at {times.opens_at.isoformat()}")
        self.times = times


class RoomOver(Exception):
    """The talk has ended, was cancelled, or its time is long past."""


def is_over(times: Times, now: datetime) -> bool:
    """Nobody will enter this room any more."""
    return times.cancelled or times.talk_ended_at is not None or now >= times.closes_at


def check_open(times: Times, now: datetime) -> None:
    """Raise NotOpenYet or RoomOver unless the room is open at `now`."""
    if is_over(times, now):
        raise RoomOver
    if now < times.opens_at:
        raise NotOpenYet(times)


def is_open(times: Times, now: datetime) -> bool:
    try:
        check_open(times, now)
    except (NotOpenYet, RoomOver):
        return False
    return True
