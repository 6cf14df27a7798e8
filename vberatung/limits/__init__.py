"""How often something may be done: the rules, and the counts in our own database.

Before a request: Flask-Limiter with our storage (limited.py). Within a transaction, where
something is taken away (appointments, messages): `counting.take`.
"""

from vberatung.limits.counting import TooOften, forget_old, note, one_contact, take, used_up
from vberatung.limits.models import RateCount
from vberatung.limits.rules import (
    ARRIVALS,
    BOOKED,
    BOOKINGS,
    CHANGES,
    CHANGES_OF_ONE,
    CODES,
    FEEDBACK,
    GUESTS_OF_ONE,
    HOLDS,
    LINKS_AGAIN,
    LINKS_AGAIN_A_DAY,
    LINKS_AGAIN_TO_ONE,
    MESSAGES_TO_ONE,
    MESSAGES_TO_ONE_FROM_NETWORK,
    OFFERS_TO_ONE,
    OWN_MESSAGES_TO_ONE,
    OWN_MESSAGES_TO_ONE_FROM_NETWORK,
    REGISTERED,
    REGISTRATIONS,
    REGISTRATIONS_KEPT,
    RELEASES,
    UNCONFIRMED,
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
    "GUESTS_OF_ONE",
    "HOLDS",
    "LINKS_AGAIN",
    "LINKS_AGAIN_A_DAY",
    "LINKS_AGAIN_TO_ONE",
    "MESSAGES_TO_ONE",
    "MESSAGES_TO_ONE_FROM_NETWORK",
    "OFFERS_TO_ONE",
    "OWN_MESSAGES_TO_ONE",
    "OWN_MESSAGES_TO_ONE_FROM_NETWORK",
    "REGISTERED",
    "REGISTRATIONS",
    "REGISTRATIONS_KEPT",
    "RELEASES",
    "UNCONFIRMED",
    "WAITING",
    "RateCount",
    "Rule",
    "TooOften",
    "forget_old",
    "note",
    "one_contact",
    "take",
    "used_up",
]
