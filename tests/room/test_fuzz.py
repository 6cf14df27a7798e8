"""Messages of any type, size and order from many people in several rooms: whatever is sent, nothing
reaches somebody it must not, nothing fails but by the protocol's own errors, and nothing is left.
"""

import gc
import json
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from random import Random
from typing import Any
from weakref import WeakSet

import pytest

from tests.room.sides import OLENA, WHO, Facts, FakeStore, Side
from vberatung.room import protocol
from vberatung.room.conversation import RELAYED, announce_admission, announce_end
from vberatung.room.hub import Member, MemoryHub
from vberatung.room.places import COUNSELLOR, JOBSEEKER, MAIN, person_of_place, same_person
from vberatung.room.protocol import MAX_FRAME_CHARS, MAX_SDP_CHARS, Message, ProtocolError

SEEDS = range(4)
MESSAGES = 30_000 if os.environ.get("THOROUGH") else 3_000
"""For each seed: 120,000 together in `make test`."""
ROOMS = 3
CLIENTS = ("phone", "tablet")
PLACES = [place + seat for place in WHO for seat in ("", "", "", ".2")]
NOBODY = ["guest-999", "guest-9999999999", "guest-0", "nobody", "", "jobseeker.3", "guest-7\n"]
ONLY_ADMITTED = ("peer", *RELAYED)


class Watched(FakeStore):
    """Only a counsellor who still has their place tells the store of admissions, and of the end."""

    member: Member

    def admit(self, place: str) -> bool:
        self._only_counsellor()
        return super().admit(place)

    def remove(self, place: str) -> None:
        self._only_counsellor()
        assert person_of_place(place) not in MAIN
        super().remove(place)

    def end(self) -> None:
        self._only_counsellor()
        super().end()

    def _only_counsellor(self) -> None:
        assert self.place == COUNSELLOR
        assert not self.member.gone


class Spy(Side):
    """A device that checks everything that reaches it."""

    def __init__(self, world: "World", room: int, facts: Facts, place: str, client: str) -> None:
        super().__init__(world.hub, facts, place, f"{client} {room}", room)
        self.world, self.room, self.facts = world, room, facts
        store = Watched(facts, place)
        store.member = self.member
        self.conversation.store = self.store = store
        self.member.deliver = self.deliver

    @property
    def admitted(self) -> bool:
        return self.place in (COUNSELLOR, f"{COUNSELLOR}.2") or (
            person_of_place(self.place) in self.facts.admitted
        )

    def deliver(self, message: Message) -> None:
        json.dumps(message)
        kind = message["type"]
        acting = self.world.acting_room
        assert acting == self.room, f"{message} of room {acting} came to room {self.room}"
        if self.world.one_at_a_time:
            assert not self.closed, f"{message} came to {self.place}, who is gone"
            if kind in ONLY_ADMITTED:
                assert self.admitted, f"{message} came to {self.place}, who is not admitted"
        if kind == "welcome":
            # With threads, somebody else may have taken the place before the welcome.
            assert self.types() in ([], [] if self.world.one_at_a_time else ["error"])
        elif kind not in ("error", "ended"):
            assert self.received, f"{message} came before the welcome"
        if kind == "waiting":
            assert person_of_place(self.place) == COUNSELLOR
        if kind == "peer" and message["peer"]:
            self.check_peer(message["id"], message["peer"])
        if kind in RELAYED:
            self.check_relayed(message)
        self.received = [{"type": kind}]
        self.world.delivered[kind] += 1

    def check_peer(self, id: str, peer: Message) -> None:
        assert not same_person(id, self.place)
        assert (peer["role"], peer["name"]) == WHO[person_of_place(id)]
        assert peer["page"].endswith(f" {self.room}")
        if self.world.one_at_a_time:
            assert person_of_place(id) in {COUNSELLOR, *self.facts.admitted}

    def check_relayed(self, message: Message) -> None:
        """Where it comes from and whom it is for is also written inside, by `a_message`."""
        assert "to" not in message
        assert not same_person(message["from"], self.place)
        if message["type"] == "renegotiate":
            return
        inside = message.get("candidate") or message["description"]
        text = inside.get("candidate") or inside.get("sdp", "")
        if "|" in text:  # else it was spoilt
            room, sender, to = text.split("|")[:3]
            assert (int(room), sender, to) == (self.room, message["from"], self.place)


class World:
    """Rooms that are opened, ended and opened anew under another number."""

    def __init__(self, random: Random, *, one_at_a_time: bool = True) -> None:
        self.random, self.one_at_a_time = random, one_at_a_time
        self.hub = MemoryHub()
        self.threads = threading.local()
        self.numbers = iter(range(1, 1_000_000))
        self.rooms = dict(self.new_room() for _ in range(ROOMS))
        self.sides: list[Spy] = []
        self.handled: Counter[str] = Counter()
        self.delivered: Counter[str] = Counter()
        self.refused = 0

    @property
    def acting_room(self) -> int:
        room: int = self.threads.room
        return room

    @contextmanager
    def acting(self, room: int) -> Iterator[None]:
        self.threads.room = room
        yield

    def new_room(self) -> tuple[int, Facts]:
        return next(self.numbers), Facts()

    def step(self, random: Random) -> int:
        """Something happens. How many messages that was."""
        chance = random.random()
        if chance < 0.1 or not self.sides:
            self.come(random)
        elif chance < 0.11:
            self.go(random.choice(self.sides))
        elif chance < 0.115:
            self.from_the_days_page(random)
        else:
            self.say(random.choice(self.sides), random)
            return 1
        return 0

    def come(self, random: Random) -> None:
        room, facts = random.choice(list(self.rooms.items()))
        side = Spy(self, room, facts, random.choice(PLACES), random.choice(CLIENTS))
        with self.acting(room):
            try:
                takeover, arrives = random.random() < 0.5, random.random() < 0.5
                side.enter(takeover=takeover, arrives=arrives)
            except ProtocolError:
                self.leave(side)
            else:
                self.sides.append(side)

    def say(self, side: Spy, random: Random) -> None:
        last = bool(side.closed)  # what was on its way when the socket was closed
        with self.acting(side.room):
            try:
                message = protocol.parse(a_frame(side, random))
                side.conversation.handle(message)
                self.handled[message["type"]] += 1
            except ProtocolError:
                self.refused += 1
                # In the product each is the end; here most go on, and try more.
                last = last or random.random() < 0.05
        if last:
            self.go(side)

    def go(self, side: Spy) -> None:
        if side in self.sides:
            self.sides.remove(side)
        with self.acting(side.room):
            self.leave(side)
        if side.facts.ended and side.room in self.rooms:
            del self.rooms[side.room]
            room, facts = self.new_room()
            self.rooms[room] = facts

    def leave(self, side: Spy) -> None:
        with suppress(ProtocolError):
            side.conversation.stop()

    def from_the_days_page(self, random: Random) -> None:
        room, facts = random.choice(list(self.rooms.items()))
        with self.acting(room):
            if random.random() < 0.9:
                facts.admitted.add(JOBSEEKER)
                announce_admission(self.hub, room, JOBSEEKER)
            else:
                facts.ended = True
                announce_end(self.hub, room)

    def end(self) -> None:
        for side in list(self.sides):
            self.go(side)


# ---- Frames


def a_frame(side: Spy, random: Random) -> str | bytes:
    kinds: list[tuple[int, Callable[[Spy, Random], str | bytes]]] = [
        (90, lambda side, random: json.dumps(a_message(side, random))),
        (4, lambda side, random: json.dumps(spoilt(a_message(side, random), random))),
        (3, cut),
        (2, lambda side, random: json.dumps(a_value(random, 4))),
        (1, lambda side, random: random.randbytes(random.randrange(200))),
        (1, lambda side, random: "".join(map(chr, random.choices(range(0xD7FF), k=20)))),
        (1, lambda side, random: random.choice(" [{") * random.randrange(MAX_FRAME_CHARS + 100)),
    ]
    make = random.choices([kind for _, kind in kinds], [weight for weight, _ in kinds])[0]
    return make(side, random)


def a_message(side: Spy, random: Random) -> dict[str, Any]:
    """Of the protocol, whether or not it is allowed now."""
    there = [person.place for person in side.world.hub.people(side.room)]
    to = random.choice(random.choices([there or PLACES, PLACES, NOBODY], [80, 19, 1])[0])
    long = random.random() < 0.01
    inside = f"{side.room}|{side.place}|{to}|"
    sdp = inside + "x" * random.randrange(MAX_SDP_CHARS if long else 50)
    weights = {"candidate": 8, "description": 8, "renegotiate": 3, "admit": 3, "media": 2}
    kinds = sorted(protocol.FIELDS)
    kind = random.choices(kinds, [weights.get(kind, 1) for kind in kinds])[0]
    if kind in ("end", "remove", "settled") and random.random() < 0.75:
        kind = "candidate"
    everything: dict[str, Any] = {
        "to": to,
        "id": random.choice([to, OLENA]),
        "from": random.choice(PLACES),
        "role": COUNSELLOR,
        "admitted": True,
        "restart": random.random() < 0.5,
        "audio": random.random() < 0.5,
        "video": random.random() < 0.5,
        "ms": random.choice([-1, 0, 800, 10**30]),
        "relayed": random.random() < 0.5,
        "description": {"type": random.choice(["offer", "answer"]), "sdp": sdp},
        "candidate": {"candidate": inside, "sdpMid": random.choice([None, 0, "0", "\ud800"])},
        "v": protocol.VERSION,
        "client": "c" * 22,
        "page": "p" * 22,
        "takeover": True,
    }
    if kind == "hello":
        everything["media"] = {"audio": True, "video": True}
    return {"type": kind, **everything}


def spoilt(message: dict[str, Any], random: Random) -> dict[str, Any]:
    """One field is another thing, or missing."""
    field = random.choice(list(message))
    if random.random() < 0.2:
        del message[field]
    else:
        message[field] = random.choice(NOBODY) if field == "to" else a_value(random, 3)
    return message


def cut(side: Spy, random: Random) -> str:
    text = json.dumps(a_message(side, random))
    return text[: random.randrange(len(text))]


def a_value(random: Random, deep: int) -> Any:
    simple = [None, True, False, 0, -1, 10**400, 1.5, float("nan"), "", "ü" * 9, "type", "\ud800"]
    if not deep or random.random() < 0.5:
        return random.choice([*simple, *PLACES, "x" * random.randrange(3_000)])
    if random.random() < 0.5:
        return [a_value(random, deep - 1) for _ in range(random.randrange(4))]
    names = ["type", "sdp", "candidate", "audio", "video", "to", "x"]
    return {random.choice(names): a_value(random, deep - 1) for _ in range(random.randrange(4))}


# ---- Tests


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_is_sent_nothing_reaches_somebody_it_must_not(seed: int) -> None:
    random = Random(seed)
    world = World(random)
    sent = 0
    while sent < MESSAGES:
        sent += world.step(random)
        assert len(world.hub._rooms) <= ROOMS
    # Otherwise nothing of worth was tried.
    assert world.refused > MESSAGES / 20
    assert world.handled.keys() >= set(protocol.FIELDS) - {"hello"}
    assert all(world.delivered[kind] > MESSAGES / 200 for kind in ONLY_ADMITTED)
    assert world.rooms.keys() != set(range(1, ROOMS + 1)), "no room was ever ended"
    world.end()
    assert not world.hub._rooms
    assert not world.hub._bells._waiting


def test_what_a_room_took_is_given_back() -> None:
    before = members()
    random = Random(99)
    world = World(random)
    for _ in range(1_000):
        world.step(random)
    world.end()
    hub, came = world.hub, members() - before
    assert came
    del world
    gc.collect()
    assert not came
    assert not hub._rooms


def members() -> WeakSet[Member]:
    """Every one that anything still holds."""
    return WeakSet(thing for thing in gc.get_objects() if type(thing) is Member)


def test_people_in_threads_of_their_own_do_not_trip_over_each_other() -> None:
    world = World(Random(7), one_at_a_time=False)
    failed: list[BaseException] = []

    def live(seed: int) -> None:
        random = Random(seed)
        try:
            # Each in one room for a while; others are in the same room.
            for _ in range(MESSAGES // 60):
                a_visit(world, random)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=live, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert not world.hub._rooms


def a_visit(world: World, random: Random) -> None:
    room, facts = random.choice(list(world.rooms.items()))
    side = Spy(world, room, facts, random.choice(PLACES), random.choice(CLIENTS))
    with world.acting(room):
        try:
            side.enter(takeover=True)
            for _ in range(random.randrange(20)):
                message = protocol.parse(a_frame(side, random))
                if message["type"] not in ("end", "remove"):
                    side.conversation.handle(message)
        except ProtocolError:
            pass
        finally:
            world.leave(side)
