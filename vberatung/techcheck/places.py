"""Who may take the test now, and who is next. Pure, standard library only.

A place goes to the network that has the fewest of them, and within a network to whoever came first:
one person with many windows keeps nobody else out for longer than one test takes.
"""

import threading
from collections import Counter
from collections.abc import Iterator


class Crowded(Exception):
    """So many wait already that one more would wait in vain."""


class Ticket:
    """One who takes the test, or waits to. `network` says where they come from, as a hash."""

    def __init__(self, network: str) -> None:
        self.network = network


class Places:
    """`number` of them. Of those who wait there are at most `most_waiting`, half of them from one
    network."""

    def __init__(self, number: int, most_waiting: int) -> None:
        self._number, self._most_waiting = number, most_waiting
        self._lock = threading.Lock()
        self._taken: list[Ticket] = []
        self._waiting: list[Ticket] = []

    def enter(self, network: str) -> Ticket:
        ticket = Ticket(network)
        with self._lock:
            neighbours = sum(other.network == network for other in self._waiting)
            if len(self._waiting) >= self._most_waiting or neighbours * 2 >= self._most_waiting:
                raise Crowded
            self._waiting.append(ticket)
            self._give()
        return ticket

    def before(self, ticket: Ticket) -> int | None:
        """How many of those who wait come first; None for whoever has a place."""
        with self._lock:
            return None if ticket in self._taken else list(self._in_order()).index(ticket)

    def leave(self, ticket: Ticket) -> None:
        with self._lock:
            for of_them in (self._taken, self._waiting):
                if ticket in of_them:
                    of_them.remove(ticket)
            self._give()

    def counts(self) -> tuple[int, int]:
        """Taken, and waiting."""
        with self._lock:
            return len(self._taken), len(self._waiting)

    def _give(self) -> None:
        while self._waiting and len(self._taken) < self._number:
            ticket = next(self._in_order())
            self._waiting.remove(ticket)
            self._taken.append(ticket)

    def _in_order(self) -> Iterator[Ticket]:
        has = Counter(ticket.network for ticket in self._taken)
        turns = []
        for ticket in self._waiting:
            turns.append((has[ticket.network], ticket))
            has[ticket.network] += 1
        return (ticket for _, ticket in sorted(turns, key=lambda turn: turn[0]))
