"""What happens to each message of one socket: the state machine of docs/signalling.md.

It knows neither Flask nor the database: the hub carries messages, the store keeps facts.
"""

from collections.abc import Callable
from typing import Protocol

from vberatung import metrics
from vberatung.room.access import RoomOver
from vberatung.room.hub import Hub, Member, Person, occupied, replaced
from vberatung.room.places import (
    COUNSELLOR,
    JOBSEEKER,
    MAIN,
    guest_of_place,
    offers,
    person_of_place,
    same_person,
)
from vberatung.room.protocol import VERSION, Message, ProtocolError, over, removed

RELAYED = ("description", "candidate", "renegotiate")
SETTLES_IN = 2
"""Renewals: at most half a minute."""


class Store(Protocol):
    """The facts of one place that outlive the socket. Each call is a transaction."""

    def is_admitted(self) -> bool: ...
    def touch(self) -> None:
        """Still there. ProtocolError when nobody is wanted here any more."""

    def renew(self) -> None:
        """`touch`, at less cost: every presence.RENEW_EVERY."""

    def leave(self) -> None: ...
    def admit(self, place: str) -> bool:
        """False when this guest was removed or never asked; RoomOver."""

    def remove(self, place: str) -> None: ...
    def note_talk(self) -> None: ...
    def end(self) -> None: ...


class Conversation:
    """One person's socket from `hello` to its end."""

    def __init__(
        self, hub: Hub, store: Store, room: int, ice_servers: Callable[[], list[object]]
    ) -> None:
        self.hub = hub
        self.store = store
        self.room = room
        self.ice_servers = ice_servers
        self.left = False
        self.talk_noted = self.measured = False
        self.unsettled = 0
        """How often `renew` has found that a device that came from another one has not settled."""

    def start(self, member: Member, *, takeover: bool, arrives: bool = False) -> None:
        """Take the place, greet, and tell everybody of each other.

        `arrives`: from another device, which stays until this one is `settled`.
        """
        self.me = member
        if arrives:
            self.unsettled = 0
        else:
            self.unsettled = SETTLES_IN
            self._be_the_only_one(takeover=takeover)
        self.hub.join(self.room, member, takeover=takeover)
        self.store.touch()
        admitted = self._is_admitted()
        member.deliver(
            {
                "type": "welcome",
                "v": VERSION,
                "id": self.place,
                "role": member.person.role,
                "admitted": admitted,
                "iceServers": self.ice_servers(),
            }
        )
        self.hub.change(self.room, member, welcomed=True)
        if self._is_admitted() and not admitted:  # in between
            member.deliver({"type": "admitted"})
        self._introduce()

    def renew(self) -> None:
        """Every presence.RENEW_EVERY. Two seats are for the way from one device to the other."""
        self.store.renew()
        self.unsettled += 1
        if self.unsettled == SETTLES_IN:
            self._be_the_only_one(takeover=True)

    @property
    def place(self) -> str:
        return self.me.person.place

    def handle(self, message: Message) -> None:
        """Carry out one parsed message, or raise ProtocolError."""
        if self.me.gone:  # removed or replaced, while this was on its way
            return
        kind = message["type"]
        if kind == "ping":
            self.me.deliver({"type": "pong"})
        elif kind == "media":
            media = {"audio": message["audio"], "video": message["video"]}
            self.hub.change(self.room, self.me, media=media)
            self._introduce()
        elif kind == "settled":
            self.unsettled = SETTLES_IN
            self._be_the_only_one(takeover=True)
        elif kind == "bye":
            self.left = True
        elif kind == "measured":
            if self._is_admitted():
                self._note_first_frame(message)
        elif kind in RELAYED:
            self._relay(message)
        elif kind == "admit":
            self._only(COUNSELLOR)
            self._admit(message["id"])
        elif kind == "remove":
            self._only(COUNSELLOR)
            self._remove(message["id"])
        elif kind == "end":
            self._only(COUNSELLOR)
            self.store.end()
            announce_end(self.hub, self.room)
        else:
            raise ProtocolError("bad-state", "hello comes once.")

    def stop(self) -> None:
        """The socket is gone. Others keep their peer connections unless we said bye."""
        if not self.hub.leave(self.room, self.me):
            return
        me = self.me.person
        if me.admitted:
            gone = {"type": "peer", "id": self.place, "peer": None, "left": self.left}
            for other in _admitted(self.hub, self.room):
                self.hub.send(self.room, other.place, gone)
        else:
            announce_waiting(self.hub, self.room)
        if self._is_still_here():
            return
        self.store.leave()
        if self._is_still_here():  # came back before that was written: the talk goes on
            self.talk_noted = False
            self._note_talk()

    def _is_still_here(self) -> bool:
        """Through another socket, or at another device."""
        here = bool(_seats(self.hub, self.room, self.place))
        if here:
            self.store.touch()
        return here

    def _be_the_only_one(self, *, takeover: bool) -> None:
        """A person sits at one device: whoever comes to another one takes it over."""
        for other in self.hub.people(self.room):
            if other.place != self.place and same_person(other.place, self.place):
                if not takeover and other.client != self.me.person.client:
                    raise occupied()
                last = replaced()
                self.hub.expel(self.room, other.place, last.message(), last.close_code)
                if other.admitted:
                    announce_departure(self.hub, self.room, other.place)
                announce_waiting(self.hub, self.room)

    def _admit(self, place: str) -> None:
        if person_of_place(place) == COUNSELLOR:
            raise ProtocolError("bad-state", "The counsellor is in the room already.")
        try:
            admitted = self.store.admit(place)
        except RoomOver:
            raise over() from None
        if admitted:
            announce_admission(self.hub, self.room, place)
            self._note_talk()

    def _remove(self, place: str) -> None:
        if guest_of_place(place) is None:
            raise ProtocolError("bad-state", "Only guests can be removed.")
        self.store.remove(place)
        announce_removal(self.hub, self.room, place)

    def _is_admitted(self) -> bool:
        """Asks the store until the answer is yes."""
        if not self.me.person.admitted and self.store.is_admitted():
            self.hub.change(self.room, self.me, admitted=True)
        return self.me.person.admitted

    def _introduce(self) -> None:
        """Tell each what they may know of the others; the talk begins when both sides are in."""
        if self._is_admitted():
            me = self.me.person
            for other in _admitted(self.hub, self.room):
                if not same_person(other.place, me.place):
                    introduce(self.hub, self.room, me, other)
            self._note_talk()
        announce_waiting(self.hub, self.room)

    def _note_talk(self) -> None:
        there = {person.role for person in _admitted(self.hub, self.room)}
        if not self.talk_noted and there.issuperset(MAIN):
            self.store.note_talk()
            self.talk_noted = True

    def _note_first_frame(self, message: Message) -> None:
        """Once for each socket, and nothing that cannot be."""
        if not self.measured and 0 <= message["ms"] <= metrics.LONGEST_FIRST_FRAME_MS:
            metrics.note_first_frame(message["ms"], relayed=message["relayed"])
        self.measured = True

    def _relay(self, message: Message) -> None:
        """To one other, who sees from whom it comes; to nobody who has gone or is not admitted."""
        if not self._is_admitted():
            raise ProtocolError("bad-state", "Nothing passes before admission.")
        to = message["to"]
        we_offer = offers(self.place, to)
        if message["type"] == "description":
            expected = "offer" if we_offer else "answer"
            if message["description"]["type"] != expected:
                raise ProtocolError("bad-state", f"This side sends an {expected}.")
        if message["type"] == "renegotiate" and we_offer:
            raise ProtocolError("bad-state", "The offerer sends an offer instead.")
        there = [other.place for other in _admitted(self.hub, self.room)]
        if to in there and not same_person(to, self.place):
            passed = {name: value for name, value in message.items() if name != "to"}
            self.hub.send(self.room, to, {**passed, "from": self.place})

    def _only(self, role: str) -> None:
        if self.me.person.role != role:
            raise ProtocolError("bad-state", f"Only the {role} may do this.")


def introduce(hub: Hub, room: int, one: Person, other: Person) -> None:
    """Tell two people of each other, and who of them offers."""
    hub.send(room, one.place, peer_message(other, to=one))
    hub.send(room, other.place, peer_message(one, to=other))


def peer_message(peer: Person, *, to: Person) -> Message:
    about = {"role": peer.role, "name": peer.name, "page": peer.page, "media": peer.media}
    offerer = offers(to.place, peer.place)
    return {"type": "peer", "id": peer.place, "peer": about, "offerer": offerer}


def announce_waiting(hub: Hub, room: int) -> None:
    """Tell a counsellor who is in the room who waits to be let in."""
    people = hub.people(room)
    waiting = [
        {"id": person.place, "role": person.role, "name": person.name}
        for person in people
        if person.welcomed and not person.admitted and person.role != COUNSELLOR
    ]
    for person in people:
        if person.role == COUNSELLOR:
            hub.send(room, person.place, {"type": "waiting", "people": waiting})


def announce_admission(hub: Hub, room: int, place: str) -> None:
    """Tell the one who waits; from here on they and the others are told of each other."""
    for seat in _seats(hub, room, place):
        person = hub.admit(room, seat.place)
        if person and person.welcomed:
            hub.send(room, person.place, {"type": "admitted"})
            for other in _admitted(hub, room):
                if not same_person(other.place, person.place):
                    introduce(hub, room, person, other)
    announce_waiting(hub, room)


def announce_news(hub: Hub, room: int) -> None:
    """There is something new in the waiting room: whoever waits there fetches it."""
    for seat in _seats(hub, room, JOBSEEKER):
        if not seat.admitted:
            hub.send(room, seat.place, {"type": "news"})


def announce_removal(hub: Hub, room: int, place: str) -> None:
    """They leave; the others close their connections to them."""
    seats = _seats(hub, room, place)
    last = removed()
    for seat in seats:
        hub.expel(room, seat.place, last.message(), last.close_code)
    known = [seat.place for seat in seats if seat.admitted]
    if not seats:  # their socket is lost, but others may still have a connection to them
        known = [place]
    for id in known:
        announce_departure(hub, room, id)
    announce_waiting(hub, room)


def announce_departure(hub: Hub, room: int, place: str) -> None:
    """The others close their connections to whoever sat there."""
    gone = {"type": "peer", "id": place, "peer": None, "left": True}
    for other in _admitted(hub, room):
        hub.send(room, other.place, gone)


def announce_end(hub: Hub, room: int) -> None:
    """The talk is over for everyone in the room; nobody is told that others go."""
    for person in hub.people(room):
        hub.expel(room, person.place, {"type": "ended"}, over().close_code)


def _seats(hub: Hub, room: int, place: str) -> list[Person]:
    """This person with each of their devices."""
    who = person_of_place(place)
    return [person for person in hub.people(room) if person_of_place(person.place) == who]


def _admitted(hub: Hub, room: int) -> list[Person]:
    return [person for person in hub.people(room) if person.admitted and person.welcomed]
