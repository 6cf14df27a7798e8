"""Who is connected to which room, and whom to wake when something changed."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Protocol

from vberatung.room.protocol import Message, ProtocolError

GOING_AWAY = 1001
"""Close code (RFC 6455, 7.4.1): the server goes down; connect again."""


def staff_bell(staff_id: int) -> str:
    """The bell that wakes a counsellor's open day pages."""
    return f"staff {staff_id}"


@dataclass(frozen=True)
class Person:
    """Who is at a place, as everybody may know it."""

    place: str
    role: str
    name: str
    client: str
    page: str
    media: Message
    admitted: bool = False
    """Whether they may talk and are told of others; taken back only by removing them."""
    welcomed: bool = False
    """Nothing comes before the welcome: until then nobody sees them."""


@dataclass(eq=False)
class Member:
    """A person with the socket that they are connected by."""

    person: Person
    deliver: Callable[[Message], None]
    """Sends a message; never raises and never waits long, whatever state the socket is in."""
    close: Callable[[int], None]
    """Closes the socket with this code."""
    gone: bool = False
    """The hub has given the place away or back: what still comes by this socket counts no more."""


class Hub(Protocol):
    """Carries messages between sockets. Room numbers are appointment ids."""

    closing: bool

    def join(self, room: int, member: Member, *, takeover: bool) -> None:
        """Take the place; `occupied` when another client holds it.

        Whoever held it before is told `replaced`.
        """

    def leave(self, room: int, member: Member) -> bool:
        """Give the place back. False when somebody else has taken it over meanwhile."""

    def people(self, room: int) -> list[Person]:
        """Everybody who is connected, welcomed or not, in the order in which they came."""

    def change(self, room: int, member: Member, **fields: object) -> None:
        """Something of this person is different now."""

    def admit(self, room: int, place: str) -> Person | None:
        """Whoever is at this place may talk from now on; None when nobody is there."""

    def send(self, room: int, place: str, message: Message) -> None:
        """To whoever is at this place, wherever they are connected."""

    def expel(self, room: int, place: str, last: Message, code: int) -> None:
        """Take the place away: a last message, then the socket is closed with this code."""

    def close_all(self) -> None:
        """The process is about to end: every socket is closed and will come back elsewhere."""

    def ring(self, name: str) -> None:
        """Tell everyone who listens under this name that something changed."""

    def listen(self, name: str) -> AbstractContextManager[threading.Event]:
        """An event that each `ring` of this name sets; the listener clears it."""


class MemoryHub:
    """The hub of a single process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.closing = False
        self._rooms: dict[int, dict[str, Member]] = defaultdict(dict)
        self._bells = Bells()

    def join(self, room: int, member: Member, *, takeover: bool) -> None:
        me = member.person
        with self._lock:
            before = self._rooms.get(room, {}).get(me.place)
            if before:
                if before.person.client != me.client and not takeover:
                    raise occupied()
                self._remove(room, before)
            self._rooms[room][me.place] = member
        if before:
            last = replaced()
            before.deliver(last.message())
            before.close(last.close_code)

    def leave(self, room: int, member: Member) -> bool:
        with self._lock:
            return self._remove(room, member)

    def _remove(self, room: int, member: Member) -> bool:
        members = self._rooms.get(room, {})
        if members.get(member.person.place) is not member:
            return False
        member.gone = True
        del members[member.person.place]
        if not members:
            del self._rooms[room]
        return True

    def people(self, room: int) -> list[Person]:
        with self._lock:
            return [member.person for member in self._rooms.get(room, {}).values()]

    def change(self, room: int, member: Member, **fields: object) -> None:
        with self._lock:
            member.person = replace(member.person, **fields)  # type: ignore[arg-type]

    def admit(self, room: int, place: str) -> Person | None:
        with self._lock:
            member = self._rooms.get(room, {}).get(place)
            if member is None:
                return None
            member.person = replace(member.person, admitted=True)
            return member.person

    def send(self, room: int, place: str, message: Message) -> None:
        with self._lock:
            member = self._rooms.get(room, {}).get(place)
        if member and member.person.welcomed:
            member.deliver(message)

    def expel(self, room: int, place: str, last: Message, code: int) -> None:
        with self._lock:
            member = self._rooms.get(room, {}).get(place)
            if member is None:
                return
            self._remove(room, member)
        member.deliver(last)
        member.close(code)

    def close_all(self) -> None:
        with self._lock:
            members = [member for room in self._rooms.values() for member in room.values()]
            self.closing = True
        for member in members:
            member.close(GOING_AWAY)
        self._bells.ring_all()

    def ring(self, name: str) -> None:
        self._bells.ring(name)

    def listen(self, name: str) -> AbstractContextManager[threading.Event]:
        return self._bells.listen(name)


class Bells:
    """Who in this process waits for something to change."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, set[threading.Event]] = defaultdict(set)

    def ring(self, name: str) -> None:
        with self._lock:
            bells = list(self._waiting.get(name, ()))
        for bell in bells:
            bell.set()

    def ring_all(self) -> None:
        with self._lock:
            names = list(self._waiting)
        for name in names:
            self.ring(name)

    @contextmanager
    def listen(self, name: str) -> Iterator[threading.Event]:
        bell = threading.Event()
        with self._lock:
            self._waiting[name].add(bell)
        try:
            yield bell
        finally:
            with self._lock:
                self._waiting[name].discard(bell)
                if not self._waiting[name]:
                    del self._waiting[name]


def occupied() -> ProtocolError:
    return ProtocolError("occupied", "Another device or tab has this place.")


def replaced() -> ProtocolError:
    return ProtocolError("replaced", "Another connection has taken this place.")
