"""How often something may be done: the rules, and the counts in our own database.

Before a request: Flask-Limiter with our storage (limits/door.py). Within a transaction, where
something is taken away (appointments, messages): `counting.take`.
"""

from vberatung.limits.counting import TooOften, forget_old, take
from vberatung.limits.models import RateCount
from vberatung.limits.rules import (
    BOOKED,
    BOOKINGS,
    CHANGES,
    CHANGES_OF_ONE,
    CODES,
    FEEDBACK,
    HOLDS,
    LINKS_AGAIN,
    LINKS_AGAIN_TO_ONE,
    MESSAGES_TO_ONE,
    REGISTERED,
    REGISTRATIONS,
    WAITING,
    Rule,
)

__all__ = [
    "BOOKED",
    "BOOKINGS",
    "CHANGES",
    "CHANGES_OF_ONE",
    "CODES",
    "FEEDBACK",
    "HOLDS",
    "LINKS_AGAIN",
    "LINKS_AGAIN_TO_ONE",
    "MESSAGES_TO_ONE",
    "REGISTERED",
    "REGISTRATIONS",
    "WAITING",
    "RateCount",
    "Rule",
    "TooOften",
    "forget_old",
    "take",
]
