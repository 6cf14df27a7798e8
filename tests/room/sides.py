"""Both sides of a room without sockets or database."""

from dataclasses import dataclass, field
from typing import Any

from vberatung.room.access import COUNSELLOR, JOBSEEKER
from vberatung.room.conversation import Conversation
from vberatung.room.hub import Member, MemoryHub
from vberatung.room.protocol import Message

ROOM = 7
BOTH = {"audio": True, "video": True}


@dataclass
class FakeStore:
    """Remembers what a Conversation told it."""

    admitted: bool = False
    ended: bool = False
    talks: int = 0
    present: set[str] = field(default_factory=set)

    def is_admitted(self) -> bool:
        return self.admitted

    def touch(self, role: str) -> None:
        self.present.add(role)

    def leave(self, role: str) -> None:
        self.present.discard(role)

    def admit(self) -> None:
        self.admitted = True

    def note_talk(self) -> None:
        self.talks += 1

    def end(self) -> None:
        self.ended = True


class Side:
    """One side: what it received, and with which code it was closed."""

    def __init__(self, hub: MemoryHub, store: FakeStore, role: str, client: str) -> None:
        self.received: list[dict[str, Any]] = []
        self.closed: list[int] = []
        self.conversation = Conversation(hub, store, ROOM, lambda: [{"urls": ["stun:s"]}])
        self.member = Member(
            role=role,
            name={JOBSEEKER: "Aylin", COUNSELLOR: "Sabine"}[role],
            client=client,
            page=f"page of {client}",
            media=BOTH,
            deliver=lambda message: self.received.append(dict(message)),
            close=self.closed.append,
        )

    def enter(self, *, takeover: bool = False) -> "Side":
        self.conversation.start(self.member, takeover=takeover)
        return self

    def send(self, kind: str, **fields: object) -> None:
        self.conversation.handle({"type": kind, **fields})

    def hang_up(self) -> None:
        self.send("bye")
        self.conversation.stop()

    def types(self) -> list[str]:
        return [message["type"] for message in self.received]

    def last(self, kind: str) -> Message:
        return [message for message in self.received if message["type"] == kind][-1]
