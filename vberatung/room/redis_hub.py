"""The hub of several processes: who is where stands in Redis, and messages travel through it.

A room is a hash: place → what is known of the person, and which process has their socket. Each
process listens to a channel of its own and renews a key that says it lives; what belongs to a
process without that key (killed, or cut off) is nobody's. Redis keeps nothing else: after it has
lost everything, the processes write down again who is connected to them.
"""

import json
import logging
import threading
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from typing import Any, cast

import redis

from vberatung import tokens
from vberatung.room.hub import GOING_AWAY, Bells, Member, Person, occupied, replaced
from vberatung.room.protocol import Message

PREFIX = "vberatung:"
LIVES_S = 15
"""Without a sign of life for so long, a process is dead: longer than a stalled socket is waited
for. Whoever comes back before that, with the same client, takes the old place at once."""
RENEW_EVERY_S = 1
READY_WITHIN_S = 5
ROOM_FOR_S = 24 * 3600
BELLS = PREFIX + "bells"

# What a room's entries are compared by is `seat`: one member of one process.
JOIN = """
local before = redis.call('HGET', KEYS[1], ARGV[1])
if before then
  local known = cjson.decode(before)
  local lives = redis.call('EXISTS', ARGV[5] .. known.process) == 1
  if lives and known.client ~= ARGV[2] and ARGV[3] == '0' then return {0, before} end
  if not lives then before = false end
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[4])
redis.call('EXPIRE', KEYS[1], ARGV[6])
return {1, before or ''}
"""
LEAVE = """
local now = redis.call('HGET', KEYS[1], ARGV[1])
if not now or (ARGV[2] ~= '' and cjson.decode(now).seat ~= ARGV[2]) then return '' end
redis.call('HDEL', KEYS[1], ARGV[1])
return now
"""
CHANGE = """
local now = redis.call('HGET', KEYS[1], ARGV[1])
if not now then return '' end
local known = cjson.decode(now)
if ARGV[2] ~= '' and known.seat ~= ARGV[2] then return '' end
for name, value in pairs(cjson.decode(ARGV[3])) do known[name] = value end
local after = cjson.encode(known)
redis.call('HSET', KEYS[1], ARGV[1], after)
return after
"""

log = logging.getLogger(__name__)

Entry = dict[str, Any]
"""The fields of a Person, and `process`, `seat`, `came` (seconds since 1970)."""


class RedisHub:
    """See hub.Hub for what each method means."""

    def __init__(self, url: str, **options: object) -> None:
        self._redis = redis.Redis.from_url(_plain(url), decode_responses=True, **options)
        self._join, self._leave, self._change = (
            self._redis.register_script(script) for script in (JOIN, LEAVE, CHANGE)
        )
        self.process = tokens.link_token()
        self.closing = False
        self._bells = Bells()
        self._lock = threading.Lock()
        self._members: dict[str, tuple[int, Member, Entry]] = {}
        """Seat → who is connected to this process."""
        self._listener: threading.Thread | None = None
        self._ready = threading.Event()

    def join(self, room: int, member: Member, *, takeover: bool) -> None:
        self._be_there()
        me, seat = member.person, tokens.link_token()
        entry = {**asdict(me), "process": self.process, "seat": seat, "came": time.time()}
        with self._lock:  # before anybody can find it in Redis
            self._members[seat] = (room, member, entry)
        arguments = (me.place, me.client, int(takeover), json.dumps(entry))
        taken, before = self._join([_room(room)], [*arguments, _process(""), ROOM_FOR_S])
        if not taken:
            with self._lock:
                del self._members[seat]
            raise occupied()
        if before:
            last = replaced()
            self._let_go(json.loads(before), last.message(), last.close_code)

    def leave(self, room: int, member: Member) -> bool:
        with self._lock:
            seat = self._seat_of(member)
            self._members.pop(seat, None)
        member.gone = True
        return bool(seat and self._leave([_room(room)], [member.person.place, seat]))

    def people(self, room: int) -> list[Person]:
        return [_person(entry) for entry in self._entries(room)]

    def change(self, room: int, member: Member, **fields: object) -> None:
        with self._lock:
            member.person = replace(member.person, **fields)  # type: ignore[arg-type]
            seat = self._seat_of(member)
        if seat:
            self._write(room, member.person.place, seat, fields)

    def admit(self, room: int, place: str) -> Person | None:
        after = self._write(room, place, "", {"admitted": True})
        if after is None:
            return None
        self._pass_on(after, {"do": "admit"})
        return _person(after)

    def send(self, room: int, place: str, message: Message) -> None:
        entry = self._entry(room, place)
        if entry and entry["welcomed"]:
            self._pass_on(entry, {"do": "deliver", "message": message})

    def expel(self, room: int, place: str, last: Message, code: int) -> None:
        before = self._leave([_room(room)], [place, ""])
        if before:
            self._let_go(json.loads(before), last, code)

    def close_all(self) -> None:
        self.closing = True
        with self._lock:
            members = list(self._members.values())
        for _, member, _ in members:
            member.close(GOING_AWAY)
        self._bells.ring_all()

    def ring(self, name: str) -> None:
        """Never raises: what was committed stays so without Redis, and others look by the clock."""
        try:
            self._redis.publish(BELLS, name)
        except redis.RedisError as error:
            log.warning("a bell was not heard elsewhere: %s", type(error).__name__)
            self._bells.ring(name)

    def listen(self, name: str) -> AbstractContextManager[threading.Event]:
        self._be_there()
        return self._bells.listen(name)

    # What stands in Redis

    def _entries(self, room: int) -> list[Entry]:
        """Those whose process lives, in the order in which they came."""
        stored = cast(Mapping[str, str], self._redis.hgetall(_room(room)))
        entries = [json.loads(each) for each in stored.values()]
        others = sorted({entry["process"] for entry in entries} - {self.process})
        alive = {self.process}
        if others:
            signs = self._redis.mget([_process(each) for each in others])
            alive |= {each for each, sign in zip(others, signs, strict=True) if sign}
        return sorted(
            (entry for entry in entries if entry["process"] in alive), key=lambda e: e["came"]
        )

    def _entry(self, room: int, place: str) -> Entry | None:
        stored = self._redis.hget(_room(room), place)
        return json.loads(cast(str, stored)) if stored else None

    def _write(
        self, room: int, place: str, seat: str, fields: Mapping[str, object]
    ) -> Entry | None:
        after = self._change([_room(room)], [place, seat, json.dumps(fields)])
        return json.loads(after) if after else None

    # From process to process

    def _pass_on(self, entry: Entry, what: Mapping[str, object]) -> None:
        """To the socket of this entry, here or elsewhere."""
        if entry["process"] == self.process:
            self._carry_out(entry["seat"], what)
        else:
            self._redis.publish(
                _process(entry["process"]), json.dumps({"seat": entry["seat"], **what})
            )

    def _let_go(self, entry: Entry, last: Message, code: int) -> None:
        self._pass_on(entry, {"do": "close", "message": last, "code": code})

    def _carry_out(self, seat: str, what: Mapping[str, Any]) -> None:
        with self._lock:
            known = self._members.get(seat)
            if known is None:
                return
            member = known[1]
            if what["do"] == "close":
                member.gone = True
                del self._members[seat]
            elif what["do"] == "admit":
                member.person = replace(member.person, admitted=True)
        if "message" in what:
            member.deliver(what["message"])
        if what["do"] == "close":
            member.close(what["code"])

    def _seat_of(self, member: Member) -> str:
        found = (seat for seat, (_, each, _) in self._members.items() if each is member)
        return next(found, "")

    # Signs of life

    def _be_there(self) -> None:
        """The first one who needs it starts the listener, after the server has forked."""
        with self._lock:
            if self._listener is None:
                self._listener = threading.Thread(target=self._hear, daemon=True, name="hub")
                self._listener.start()
        self._ready.wait(READY_WITHIN_S)

    def _hear(self) -> None:
        while not self.closing:
            try:
                self._hear_until_lost()
            except redis.RedisError as error:
                log.warning("the hub has lost Redis: %s", type(error).__name__)
                time.sleep(RENEW_EVERY_S)

    def _hear_until_lost(self) -> None:
        with self._redis.pubsub(  # type: ignore[no-untyped-call]
            ignore_subscribe_messages=True
        ) as channel:
            channel.subscribe(_process(self.process), BELLS)
            self._live()
            self._write_down_everybody()
            self._ready.set()
            renewed = time.monotonic()
            while not self.closing:
                heard = channel.get_message(timeout=RENEW_EVERY_S)
                if time.monotonic() - renewed >= RENEW_EVERY_S:
                    self._live()
                    renewed = time.monotonic()
                if heard and heard["channel"] == BELLS:
                    self._bells.ring(heard["data"])
                elif heard:
                    what = json.loads(heard["data"])
                    self._carry_out(what.pop("seat"), what)

    def _live(self) -> None:
        self._redis.set(_process(self.process), "1", ex=LIVES_S)

    def _write_down_everybody(self) -> None:
        """After a loss: whoever is connected here has their place, unless somebody else took it."""
        with self._lock:
            members = list(self._members.values())
        for room, member, entry in members:
            now = json.dumps({**entry, **asdict(member.person)})
            self._redis.hsetnx(_room(room), member.person.place, now)
            self._redis.expire(_room(room), ROOM_FOR_S)


def _plain(url: str) -> str:
    """The library for limits calls a local socket redis+unix, the one for Redis only unix."""
    return url.removeprefix("redis+") if url.startswith("redis+unix") else url


def _room(room: int) -> str:
    return f"{PREFIX}room:{room}"


def _process(process: str) -> str:
    """Both the key that says it lives and the channel it listens to."""
    return f"{PREFIX}process:{process}"


def _person(entry: Entry) -> Person:
    own = ("process", "seat", "came")
    return Person(**{name: value for name, value in entry.items() if name not in own})
