"""Who is connected to which room in this process, and whom to wake when something changed."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from vberatung.room.protocol import Message, ProtocolError

GOING_AWAY = 1001
"""Close code (RFC 6455, 7.4.1): the server goes down; connect again."""


def staff_bell(staff_id: int) -> str:
    """The bell that wakes a counsellor's open day pages."""
    return f"staff {staff_id}"


@dataclass(eq=False)
class Member:
    """One side of a room as long as its socket lives."""

    role: str
    name: str
    client: str
    page: str
    media: Message
    deliver: Callable[[Message], None]
    """Sends a message; never raises and never waits long, whatever state the socket is in."""
    close: Callable[[int], None]
    """Closes the socket with this code."""
    admitted: bool = False
    """Whether this side knows that it may talk; an admission is never taken back."""
    welcomed: bool = False
    """Nothing comes before the welcome: until then the other side does not see this one."""

    def as_peer(self) -> Message:
        return {"role": self.role, "name": self.name, "page": self.page, "media": self.media}


class MemoryHub:
    """The hub of a single process. Room numbers are appointment ids."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.closing = False
        self._rooms: dict[int, dict[str, Member]] = defaultdict(dict)
        self._bells: dict[str, set[threading.Event]] = defaultdict(set)

    def join(self, room: int, member: Member, *, takeover: bool) -> None:
        """Take the place of this role; `occupied` when another client holds it."""
        with self._lock:
            before = self._rooms[room].get(member.role)
            if before and before.client != member.client and not takeover:
                raise ProtocolError("occupied", "Another device or tab has this place.")
            self._rooms[room][member.role] = member
        if before:
            replaced = ProtocolError("replaced", "Another connection has taken this place.")
            before.deliver(replaced.message())
            before.close(replaced.close_code)

    def leave(self, room: int, member: Member) -> bool:
        """Give the place back. False when somebody else has taken it over meanwhile."""
        with self._lock:
            members = self._rooms.get(room, {})
            if members.get(member.role) is not member:
                return False
            del members[member.role]
            if not members:
                del self._rooms[room]
            return True

    def member(self, room: int, role: str) -> Member | None:
        """The one who has this place, once welcomed."""
        with self._lock:
            member = self._rooms.get(room, {}).get(role)
            return member if member and member.welcomed else None

    def members(self, room: int) -> list[Member]:
        with self._lock:
            return list(self._rooms.get(room, {}).values())

    def close_all(self) -> None:
        """The process is about to end: every socket is closed and will come back elsewhere."""
        with self._lock:
            members = [member for room in self._rooms.values() for member in room.values()]
            bells = [bell for group in self._bells.values() for bell in group]
            self.closing = True
        for member in members:
            member.close(GOING_AWAY)
        for bell in bells:
            bell.set()

    def ring(self, name: str) -> None:
        """Tell everyone who listens under this name that something changed."""
        with self._lock:
            bells = list(self._bells.get(name, ()))
        for bell in bells:
            bell.set()

    @contextmanager
    def listen(self, name: str) -> Iterator[threading.Event]:
        """An event that each `ring` of this name sets; the listener clears it."""
        bell = threading.Event()
        with self._lock:
            self._bells[name].add(bell)
        try:
            yield bell
        finally:
            with self._lock:
                self._bells[name].discard(bell)
                if not self._bells[name]:
                    del self._bells[name]
