"""What happens to each message of one socket: the state machine of docs/signalling.md.

It knows neither Flask nor the database: the hub carries messages, the store keeps facts.
"""

from collections.abc import Callable
from typing import Protocol

from vberatung.room.access import COUNSELLOR, JOBSEEKER, RoomOver
from vberatung.room.hub import Member, MemoryHub
from vberatung.room.protocol import VERSION, Message, ProtocolError

RELAYED = ("description", "candidate", "renegotiate")
OFFERER = COUNSELLOR


class Store(Protocol):
    """The facts of one appointment's room that outlive the socket. Each call is a transaction."""

    def is_admitted(self) -> bool: ...
    def touch(self, role: str) -> None: ...
    def leave(self, role: str) -> None: ...
    def admit(self) -> None: ...
    def note_talk(self) -> None: ...
    def end(self) -> None: ...


class Conversation:
    """One side's socket from `hello` to its end."""

    def __init__(
        self, hub: MemoryHub, store: Store, room: int, ice_servers: Callable[[], list[object]]
    ) -> None:
        self.hub = hub
        self.store = store
        self.room = room
        self.ice_servers = ice_servers
        self.left = False
        self.talk_noted = False

    def start(self, member: Member, *, takeover: bool) -> None:
        """Take the place, greet, and tell both sides of each other."""
        self.me = member
        self.hub.join(self.room, member, takeover=takeover)
        self.store.touch(member.role)
        admitted = self._is_admitted()
        member.deliver(
            {
                "type": "welcome",
                "v": VERSION,
                "role": member.role,
                "admitted": admitted,
                "offerer": member.role == OFFERER,
                "iceServers": self.ice_servers(),
            }
        )
        member.welcomed = True
        if self._is_admitted() and not admitted:  # in between
            member.deliver({"type": "admitted"})
        self._introduce()

    def handle(self, message: Message) -> None:
        """Carry out one parsed message, or raise ProtocolError."""
        kind = message["type"]
        if kind == "ping":
            self.me.deliver({"type": "pong"})
        elif kind == "media":
            self.me.media = {"audio": message["audio"], "video": message["video"]}
            self._introduce()
        elif kind == "bye":
            self.left = True
        elif kind in RELAYED:
            self._relay(message)
        elif kind == "admit":
            self._only(COUNSELLOR)
            self._admit()
            announce_admission(self.hub, self.room)
            self._note_talk()
        elif kind == "end":
            self._only(COUNSELLOR)
            self.store.end()
            announce_end(self.hub, self.room)
        else:
            raise ProtocolError("bad-state", "hello comes once.")

    def stop(self) -> None:
        """The socket is gone. The other side keeps its peer connection unless we said bye."""
        if not self.hub.leave(self.room, self.me):
            return
        other = self._other()
        if other and self.me.admitted:
            other.deliver({"type": "peer", "peer": None, "left": self.left})
        elif other and self.me.role == JOBSEEKER:
            other.deliver({"type": "waiting", "waiting": False, "name": self.me.name})
        self.store.leave(self.me.role)
        if self.me.role in [member.role for member in self.hub.members(self.room)]:  # came back
            self.store.touch(self.me.role)

    def _admit(self) -> None:
        try:
            self.store.admit()
        except RoomOver:
            raise ProtocolError("ended", "The talk is over.") from None

    def _is_admitted(self) -> bool:
        """Asks the store until the answer is yes."""
        self.me.admitted = self.me.admitted or self.store.is_admitted()
        return self.me.admitted

    def _introduce(self) -> None:
        """Tell each side what it may know of the other; the talk begins when both are in."""
        other = self._other()
        if self._is_admitted():
            self.me.deliver(peer_message(other))
            if other:
                other.deliver(peer_message(self.me))
            self._note_talk()
        elif other:
            announce_waiting(self.hub, self.room)

    def _note_talk(self) -> None:
        if self._other() and not self.talk_noted:
            self.store.note_talk()
            self.talk_noted = True

    def _relay(self, message: Message) -> None:
        if not self._is_admitted():
            raise ProtocolError("bad-state", "Nothing passes before admission.")
        offers = self.me.role == OFFERER
        if message["type"] == "description":
            expected = "offer" if offers else "answer"
            if message["description"]["type"] != expected:
                raise ProtocolError("bad-state", f"This side sends an {expected}.")
        if message["type"] == "renegotiate" and offers:
            raise ProtocolError("bad-state", "The offerer sends an offer instead.")
        other = self._other()
        if other:
            other.deliver(message)

    def _only(self, role: str) -> None:
        if self.me.role != role:
            raise ProtocolError("bad-state", f"Only the {role} may do this.")

    def _other(self) -> Member | None:
        return self.hub.member(self.room, other_role(self.me.role))


def other_role(role: str) -> str:
    return COUNSELLOR if role == JOBSEEKER else JOBSEEKER


def peer_message(peer: Member | None) -> Message:
    return {"type": "peer", "peer": peer.as_peer() if peer else None, "left": False}


def announce_waiting(hub: MemoryHub, room: int) -> None:
    """Tell a counsellor who is in the room already that somebody waits."""
    jobseeker, counsellor = hub.member(room, JOBSEEKER), hub.member(room, COUNSELLOR)
    if jobseeker and counsellor:
        counsellor.deliver({"type": "waiting", "waiting": True, "name": jobseeker.name})


def announce_admission(hub: MemoryHub, room: int) -> None:
    """Tell the one who waits; from here on both are told of each other."""
    jobseeker, counsellor = hub.member(room, JOBSEEKER), hub.member(room, COUNSELLOR)
    for member in hub.members(room):
        member.admitted = True
    if jobseeker:
        jobseeker.deliver({"type": "admitted"})
        jobseeker.deliver(peer_message(counsellor))
    if counsellor and jobseeker:
        counsellor.deliver({"type": "waiting", "waiting": False, "name": jobseeker.name})
        counsellor.deliver(peer_message(jobseeker))


def announce_end(hub: MemoryHub, room: int) -> None:
    """The talk is over for everyone in the room; nobody is told that others go."""
    over = ProtocolError("ended", "The talk is over.")
    members = hub.members(room)
    for member in members:
        hub.leave(room, member)
    for member in members:
        member.deliver({"type": "ended"})
        member.close(over.close_code)
