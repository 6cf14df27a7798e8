"""A synthetic talk: two peers come by real links through the public address, and leave no trace.

They speak docs/signalling.md as browsers do, with aiortc in place of a browser's WebRTC.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from vberatung import clock, links, tokens
from vberatung.booking import operations
from vberatung.booking.models import Appointment
from vberatung.booking.operations import Person
from vberatung.config import Settings
from vberatung.db import AnySession, begin_write
from vberatung.doctor.findings import FAILED, OK, WARNING, Finding
from vberatung.doctor.outside import room_address, ways
from vberatung.links import Link
from vberatung.offices.models import VIDEO, Topic
from vberatung.people.models import Staff, email_hash
from vberatung.room import hand_overs
from vberatung.room.models import Presence
from vberatung.room.operations import SYNTHETIC
from vberatung.room.places import COUNSELLOR, JOBSEEKER
from vberatung.room.protocol import VERSION

NAME = "Selbsttest"
NO_PASSWORD = ""
"""As a hash: none matches, and no real account has it."""
LASTS_S = 3.0
CONNECTS_WITHIN_S = 10.0
CLOSES_WITHIN_S = 2.0
LEAVES_WITHIN_S = 3.0
LEFT_OVER = timedelta(minutes=5)
FEWEST_FRAMES, FEWEST_PACKETS = 15, 50
"""Of 3 seconds at 30 pictures and 50 packets of sound a second: less is a bad line."""

Message = dict[str, Any]


@dataclass(frozen=True)
class Prepared:
    """The rows that the talk needs, and the doors to it."""

    appointment_id: int
    counsellor_id: int
    jobseeker: str
    counsellor: str


@dataclass
class Received:
    """What one side got within LASTS_S."""

    frames: int = 0
    packets: int = 0


class TalkFailed(Exception):
    """Where it ended: a code for its words."""


def talk(session: AnySession, settings: Settings) -> Finding:
    prepared = prepare(session, clock.now())
    if prepared is None:
        return Finding("talk", WARNING, "talk-no-topic")
    try:
        sides = asyncio.run(_hold(settings, prepared))
    except TalkFailed as error:
        return Finding("talk", FAILED, str(error))
    except (OSError, InvalidHandshake) as error:
        return Finding("talk", FAILED, "talk-down", {"error": type(error).__name__})
    finally:
        clear(session, prepared)
    values: dict[str, str | int | float] = {
        "frames": min(side.frames for side in sides),
        "packets": min(side.packets for side in sides),
    }
    if not all(values.values()):
        return Finding("talk", FAILED, "talk-silent")
    enough = values["frames"] >= FEWEST_FRAMES and values["packets"] >= FEWEST_PACKETS  # type: ignore[operator]
    return Finding("talk", OK if enough else WARNING, "talk-ok" if enough else "talk-weak", values)


# ---- Rows


def prepare(session: AnySession, now: datetime) -> Prepared | None:
    """A counsellor who can do nothing else, and an appointment that begins now. Commits."""
    begin_write(session)
    _clear_left_over(session, now)
    topic = next((t for t in session.scalars(select(Topic)) if VIDEO in t.channels), None)
    if topic is None:
        session.commit()
        return None
    email = f"{tokens.link_token()}@selbsttest.invalid"  # RFC 2606: nobody's
    counsellor = Staff(
        office=topic.office,
        name=NAME,
        email=email,
        email_hash=email_hash(email),
        password_hash=NO_PASSWORD,
        session_key=tokens.secret_key(),
    )
    session.add(counsellor)
    session.flush()
    consent = {"consented_at": now, "consent_version": SYNTHETIC}
    person = Person(NAME, None, None, None, "de")
    appointment = operations.arrange(
        session, topic, counsellor.id, VIDEO, now, person, now, **consent
    )
    session.flush()
    link = links.issue(session, Link.appointment_id, appointment.id, now)
    taken = hand_overs.use(session, hand_overs.offer(session, appointment, COUNSELLOR, now), now)
    device = links.issue(session, Link.hand_over_id, taken.id, now)
    prepared = Prepared(appointment.id, counsellor.id, f"/termin/{link}", f"/geraet/{device}")
    session.commit()
    return prepared


def clear(session: AnySession, prepared: Prepared) -> None:
    """Take everything away, once the server has noted that both have gone. Commits."""
    asyncio.run(_until(lambda: _have_gone(session, prepared), LEAVES_WITHIN_S))
    begin_write(session)
    _delete(session, prepared.appointment_id, prepared.counsellor_id)
    session.commit()


def _clear_left_over(session: AnySession, now: datetime) -> None:
    """Of a doctor that was killed in the middle."""
    left_over = select(Appointment.id, Appointment.counsellor_id).where(
        Appointment.consent_version == SYNTHETIC, Appointment.booked_at < now - LEFT_OVER
    )
    for appointment_id, counsellor_id in session.execute(left_over).all():
        with suppress(IntegrityError), session.begin_nested():
            _delete(session, appointment_id, counsellor_id)


def _delete(session: AnySession, appointment_id: int, counsellor_id: int) -> None:
    session.execute(delete(Appointment).where(Appointment.id == appointment_id))
    nobodys = (Staff.id == counsellor_id, Staff.password_hash == NO_PASSWORD)
    session.execute(delete(Staff).where(*nobodys))


def _have_gone(session: AnySession, prepared: Prepared) -> bool:
    there = select(func.count()).where(Presence.appointment_id == prepared.appointment_id)
    number = session.scalar(there)
    session.rollback()
    return number == 0


async def _until(true: Callable[[], bool], seconds: float) -> None:
    for _ in range(int(seconds / 0.1)):
        if true():
            return
        await asyncio.sleep(0.1)


# ---- The talk


async def _hold(settings: Settings, prepared: Prepared) -> list[Received]:
    for name in ("aioice", "aiortc"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    sides = [Side(settings, prepared.jobseeker), Side(settings, prepared.counsellor)]
    try:
        async with asyncio.timeout(CONNECTS_WITHIN_S):
            for side in sides:
                await side.enter()
            await asyncio.gather(*(side.meet() for side in sides))
            await asyncio.gather(*(side.connected() for side in sides))
        return await asyncio.gather(*(side.watch(LASTS_S) for side in sides))
    except TimeoutError:
        raise TalkFailed(max((side.stage for side in sides), key=STAGES.index)) from None
    except ConnectionClosed:
        raise TalkFailed("talk-refused") from None
    finally:
        await asyncio.gather(*(side.leave() for side in sides), return_exceptions=True)


STAGES = ("talk-not-met", "talk-not-connected")
"""How far it came, by what did not happen next."""


class Side:
    """One of the two: a socket to the room, and the connection to the other."""

    def __init__(self, settings: Settings, path: str) -> None:
        self.address, self.ways = room_address(settings.public_url, path), ways(settings)
        self.stage = STAGES[0]
        self.ws: ClientConnection | None = None
        self.pc: Any = None
        self.ice: list[Message] = []
        self.tracks: list[Any] = []

    async def enter(self) -> None:
        self.ws = await connect(self.address, **self.ways)
        media = {"audio": True, "video": True}
        me = {"client": tokens.link_token(), "page": tokens.link_token(), "media": media}
        await self.send("hello", v=VERSION, takeover=False, **me)
        welcome = await self.wait_for("welcome")
        self.ice = welcome["iceServers"]

    async def meet(self) -> None:
        """Admit who waits, and connect as docs/signalling.md says."""
        while True:
            message = await self.next()
            if message["type"] == "waiting" and message["people"]:
                await self.send("admit", id=JOBSEEKER)
            elif message["type"] == "peer" and message["peer"] and self.pc is None:
                connection = self._connect()
                if message["offerer"]:
                    await self._describe(message["id"], connection.createOffer)
            elif message["type"] == "description":
                await self._accept(message)
                return

    def _connect(self) -> Any:
        from aiortc import (
            AudioStreamTrack,
            RTCConfiguration,
            RTCIceServer,
            RTCPeerConnection,
            VideoStreamTrack,
        )

        self.stage = STAGES[1]
        servers = [RTCIceServer(**server) for server in self.ice]
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=servers))
        self.pc.on("track", self.tracks.append)
        for track in (AudioStreamTrack(), VideoStreamTrack()):
            self.pc.addTrack(track)
        return self.pc

    async def _accept(self, message: Message) -> None:
        from aiortc import RTCSessionDescription

        await self.pc.setRemoteDescription(RTCSessionDescription(**message["description"]))
        if message["description"]["type"] == "offer":
            await self._describe(message["from"], self.pc.createAnswer)

    async def _describe(self, to: str, make: Any) -> None:
        await self.pc.setLocalDescription(await make())  # gathers all candidates
        local = self.pc.localDescription
        await self.send("description", to=to, description={"type": local.type, "sdp": local.sdp})

    async def connected(self) -> None:
        while self.pc.connectionState != "connected":
            if self.pc.connectionState in ("failed", "closed"):
                raise TalkFailed("talk-not-connected")
            await asyncio.sleep(0.05)

    async def watch(self, seconds: float) -> Received:
        """Count what comes."""
        received = Received()
        readers = [asyncio.create_task(_read(track, received)) for track in self.tracks]
        await asyncio.sleep(seconds)
        for reader in readers:
            reader.cancel()
        return received

    async def leave(self) -> None:
        if self.pc is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.pc.close(), CLOSES_WITHIN_S)
        if self.ws is not None:
            try:
                await self.send("bye")
                await self.ws.close()
            except ConnectionClosed:
                pass

    async def send(self, kind: str, **fields: object) -> None:
        assert self.ws is not None  # noqa: S101
        await self.ws.send(json.dumps({"type": kind, **fields}))

    async def next(self) -> Message:
        assert self.ws is not None  # noqa: S101
        message: Message = json.loads(await self.ws.recv())
        return message

    async def wait_for(self, kind: str) -> Message:
        while (message := await self.next())["type"] != kind:
            pass
        return message


async def _read(track: Any, received: Received) -> None:
    from aiortc.mediastreams import MediaStreamError

    try:
        while True:
            await track.recv()
            if track.kind == "video":
                received.frames += 1
            else:
                received.packets += 1
    except MediaStreamError:  # the other side has ended it
        pass
