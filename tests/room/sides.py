"""Everybody in a room without sockets or database."""

from dataclasses import dataclass, field
from typing import Any

from vberatung.room.conversation import Conversation
from vberatung.room.hub import Hub, Member, Person
from vberatung.room.places import COUNSELLOR, JOBSEEKER, guest_of_place, person_of_place
from vberatung.room.protocol import Message, ProtocolError

ROOM = 7
BOTH = {"audio": True, "video": True}
OLENA, EMRE, MURAT = GUESTS = ("guest-7", "guest-8", "guest-11")
WHO = {
    JOBSEEKER: (JOBSEEKER, "Aylin"),
    COUNSELLOR: (COUNSELLOR, "Sabine"),
    OLENA: ("interpreter", "Olena"),
    EMRE: ("companion", "Emre"),
    MURAT: ("colleague", "Murat"),
}
OFFER = {"type": "offer", "sdp": "v=0"}
ANSWER = {"type": "answer", "sdp": "v=0"}


@dataclass
class Facts:
    """What outlives the sockets of one room."""

    asked: set[str] = field(default_factory=lambda: set(GUESTS))
    admitted: set[str] = field(default_factory=set)
    present: set[str] = field(default_factory=set)
    ended: bool = False
    talks: int = 0
    talking: bool = False
    """The last thing that was noted is a talk, not a departure."""


class FakeStore:
    """What a Conversation is told of one place, and tells."""

    def __init__(self, facts: Facts, place: str) -> None:
        self.facts, self.place = facts, person_of_place(place)

    def is_admitted(self) -> bool:
        return self.place == COUNSELLOR or self.place in self.facts.admitted

    def touch(self) -> None:
        if self.facts.ended:
            raise ProtocolError("ended", "The talk is over.")
        if not self._is_wanted(self.place):
            raise ProtocolError("removed", "The counsellor has ended this for you.")
        self.facts.present.add(self.place)

    def renew(self) -> None:
        self.touch()

    def leave(self) -> None:
        self.facts.present.discard(self.place)
        self.facts.talking = False

    def admit(self, place: str) -> bool:
        if self._is_wanted(place):
            self.facts.admitted.add(person_of_place(place))
        return self._is_wanted(place)

    def remove(self, place: str) -> None:
        for group in (self.facts.asked, self.facts.admitted, self.facts.present):
            group.discard(person_of_place(place))

    def note_talk(self) -> None:
        self.facts.talks += 1
        self.facts.talking = True

    def end(self) -> None:
        self.facts.ended = True

    def _is_wanted(self, place: str) -> bool:
        return guest_of_place(place) is None or person_of_place(place) in self.facts.asked


class Side:
    """One person's device: what it received, and with which code it was closed."""

    def __init__(
        self, hub: Hub, facts: Facts, place: str, client: str = "phone", room: int = ROOM
    ) -> None:
        self.received: list[dict[str, Any]] = []
        self.closed: list[int] = []
        self.place = place
        self.store = FakeStore(facts, place)
        self.conversation = Conversation(hub, self.store, room, lambda: [{"urls": ["stun:s"]}])
        role, name = WHO[person_of_place(place)]
        self.member = Member(
            Person(place, role, name, client, page=f"page of {client}", media=BOTH),
            deliver=lambda message: self.received.append(dict(message)),
            close=self.closed.append,
        )

    def enter(self, *, takeover: bool = False, arrives: bool = False) -> "Side":
        self.conversation.start(self.member, takeover=takeover, arrives=arrives)
        return self

    def send(self, kind: str, **fields: object) -> None:
        self.conversation.handle({"type": kind, **fields})

    def hang_up(self) -> None:
        self.send("bye")
        self.conversation.stop()

    def types(self) -> list[str]:
        return [message["type"] for message in self.received]

    def all(self, kind: str) -> list[Message]:
        return [message for message in self.received if message["type"] == kind]

    def last(self, kind: str) -> Message:
        return self.all(kind)[-1]
