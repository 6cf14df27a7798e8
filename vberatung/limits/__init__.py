"""How often something may be done: the rules, and the counts in our own database.

Before a request: Flask-Limiter with our storage (limited.py). Within a transaction, where
something is taken away (appointments, messages): `counting.take`.
"""

from vberatung.limits.counting import TooOften, forget_old, take
from vberatung.limits.models import RateCount
from vberatung.limits.rules import (
    ARRIVALS,
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
    RELEASES,
    WAITING,
    Rule,
)

__all__ = [
    "ARRIVALS",
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
    "RELEASES",
    "WAITING",
    "RateCount",
    "Rule",
    "TooOften",
    "forget_old",
    "take",
]
