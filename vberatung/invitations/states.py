"""What an invitation's moments mean. Pure: standard library only."""

from dataclasses import dataclass
from datetime import datetime, timedelta

TO_PRINT, SENT, UNDELIVERED, REMINDED, BOOKED, EXPIRED, WITHDRAWN = STATES = (
    "to_print",
    "sent",
    "undelivered",
    "reminded",
    "booked",
    "expired",
    "withdrawn",
)
OPEN = (TO_PRINT, SENT, UNDELIVERED, REMINDED)
"""States in which a time can still be chosen."""

REMIND_AFTER = timedelta(days=3)
"""So long after it went out last, an invitation that led to nothing is repeated once."""
LEAST_TIME_LEFT = timedelta(hours=12)
"""Nobody is reminded of what expires before they can read it."""


@dataclass(frozen=True)
class Facts:
    """All moments aware."""

    letter: bool
    expires_at: datetime
    sent_at: datetime | None = None
    reminded_at: datetime | None = None
    withdrawn_at: datetime | None = None
    booked: bool = False
    """There is an appointment that is not cancelled, or there was one until it was deleted."""
    undelivered: bool = False
    """The last message was given up."""


def state_of(facts: Facts, now: datetime) -> str:
    """One of STATES. What ended the invitation first comes first."""
    if facts.booked:
        return BOOKED
    if facts.withdrawn_at is not None:
        return WITHDRAWN
    if facts.expires_at <= now:
        return EXPIRED
    if facts.sent_at is None and facts.letter:
        return TO_PRINT
    if facts.undelivered:
        return UNDELIVERED
    return REMINDED if facts.reminded_at is not None else SENT


def is_open(facts: Facts, now: datetime) -> bool:
    """Whether the invited person can still choose a time."""
    return state_of(facts, now) in OPEN


def reminder_is_due(facts: Facts, now: datetime) -> bool:
    """Once, REMIND_AFTER the last sending. Letters are not followed by a message."""
    if facts.letter or facts.sent_at is None or facts.reminded_at is not None:
        return False
    return (
        is_open(facts, now)
        and facts.sent_at + REMIND_AFTER <= now
        and now + LEAST_TIME_LEFT <= facts.expires_at
    )
