"""All the numbers, with their reasons in docs/operating.md ("Limits").

A lobby of a jobcenter is one address: 100 people a day, 20 of them at the same time.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """So many times within so many minutes, counted from the first one (a fixed window)."""

    name: str
    amount: int
    minutes: int
    each_visitor: int | None = None
    """Of these, so many for one browser; who deletes the cookie is a new one."""


# Requests that are counted before they are answered, for each network address.
HOLDS = Rule("holds", 150, 10, each_visitor=30)
BOOKINGS = Rule("bookings", 120, 60, each_visitor=30)
LINKS_AGAIN = Rule("links again", 40, 60, each_visitor=10)
CODES = Rule("codes", 40, 15, each_visitor=15)
REGISTRATIONS = Rule("registrations", 400, 60, each_visitor=60)
WAITING = Rule("waiting", 60, 60, each_visitor=15)
CHANGES = Rule("changes", 300, 60, each_visitor=40)
ECHOES = Rule("echoes", 120, 10)
"""Device tests: 20 people at once, each three times with picture and three times without."""
FEEDBACK = Rule("feedback", 60, 60, each_visitor=10)
# Of use only to who holds a time or has a link: no more than a brake.
RELEASES = Rule("releases", 600, 10)
ARRIVALS = Rule("arrivals", 600, 10)

# What has been given away, for each network address; counted in the transaction that gives it.
BOOKED = Rule("booked", 60, 4 * 60)
UNCONFIRMED = Rule("unconfirmed", 20, 60)
"""Bookings that wait for the click in their mail: each keeps a time for an hour."""
REGISTERED = Rule("registered", 120, 24 * 60)

# For each mail address or telephone number, whoever asks.
LINKS_AGAIN_TO_ONE = Rule("links again to one", 3, 60)
LINKS_AGAIN_A_DAY = Rule("links again a day", 10, 24 * 60)
"""Both count whether anything was found or not: nobody learns it from them."""
REGISTRATIONS_KEPT = Rule("registrations kept", 3, 24 * 60)
OFFERS_TO_ONE = Rule("offers to one", 9, 24 * 60)
"""Three places on waiting lists with three offers each."""

# Of the messages that people cause (messages/notices.py), those to an address that was typed …
MESSAGES_TO_ONE = Rule("messages to one", 10, 24 * 60)
MESSAGES_TO_ONE_FROM_NETWORK = Rule("messages to one from a network", 6, 24 * 60)
# … and those caused by whoever holds a personal link: strangers must not use these up.
OWN_MESSAGES_TO_ONE = Rule("own messages to one", 20, 24 * 60)
OWN_MESSAGES_TO_ONE_FROM_NETWORK = Rule("own messages to one from a network", 12, 24 * 60)

# For each appointment: changes that send a message.
CHANGES_OF_ONE = Rule("changes of one", 12, 24 * 60)

# For each appointment: links for third persons.
GUESTS_OF_ONE = Rule("guests of one", 20, 24 * 60)

# For each appointment: problems with the device test that are reported to the office.
PROBLEMS_OF_ONE = Rule("problems of one", 6, 24 * 60)
# From each network: the office's mailbox is for everybody.
PROBLEMS_FROM_NETWORK = Rule("problems from network", 20, 24 * 60)
