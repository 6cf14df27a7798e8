"""The two doors to the signalling socket. The protocol itself is docs/signalling.md."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from flask import Blueprint, current_app, request
from flask_login import current_user
from simple_websocket import Server

from vberatung import clock
from vberatung.booking.models import Appointment
from vberatung.booking.queries import appointment_of, appointment_of_link
from vberatung.config import Settings
from vberatung.extensions import db, hub, sock
from vberatung.offices.models import VIDEO
from vberatung.people.accounts import staff_of_session
from vberatung.room import access, hand_overs, operations, presence, protocol
from vberatung.room.connection import Connection
from vberatung.room.conversation import Conversation
from vberatung.room.guests import guest_of_token
from vberatung.room.hub import Member, Person
from vberatung.room.ice import ice_servers
from vberatung.room.places import (
    COUNSELLOR,
    JOBSEEKER,
    other_seat,
    person_of_place,
    place_of_guest,
)
from vberatung.room.protocol import ProtocolError
from vberatung.routes.room import seat_of
from vberatung.routes.room_store import MayStay, RoomStore
from vberatung.routes.sockets import guarded, own_origin

pages = Blueprint("signalling", __name__)


SPREAD = (5**0.5 - 1) / 2
"""The golden ratio: its multiples modulo 1 lie apart. After a restart all rooms come back at once,
and need not renew their places at once for ever after."""


@dataclass(frozen=True)
class Who:
    """Whose socket this is."""

    place: str
    role: str
    name: str
    consented: bool = True
    arrives: bool = False
    """From another device, where they still sit: that seat is theirs until this one is settled."""
    may_stay: MayStay = lambda _: True


Found = tuple[Appointment, Who] | None


@sock.route("/termin/<token>/raum/socket", bp=pages, endpoint="jobseeker")
def jobseeker(ws: Server, token: str) -> None:
    def find() -> Found:
        found = appointment_of_link(db.session, token)
        if found is None:
            return None
        return found, Who(JOBSEEKER, JOBSEEKER, found.name, found.consented_at is not None)

    _serve(ws, find)


@sock.route("/gast/<token>/raum/socket", bp=pages, endpoint="guest")
def guest(ws: Server, token: str) -> None:
    def find() -> Found:
        found = guest_of_token(db.session, token)
        if found is None:
            return None
        place, consented = place_of_guest(found.id), found.consented_at is not None
        return found.appointment, Who(place, found.role, found.name, consented)

    _serve(ws, find)


@sock.route("/team/raum/<int:id>/socket", bp=pages, endpoint="counsellor")
def counsellor(ws: Server, id: int) -> None:
    def find() -> Found:
        if not current_user.is_authenticated:
            raise ProtocolError("forbidden", "Sign in first.")
        found = appointment_of(db.session, current_user, id)
        if found is None:
            return None
        signed_in = current_user.get_id()
        return found, Who(
            COUNSELLOR,
            COUNSELLOR,
            found.counsellor.name,
            may_stay=lambda session: staff_of_session(session, signed_in) is not None,
        )

    _serve(ws, find)


@sock.route("/geraet/<token>/raum/socket", bp=pages, endpoint="device")
def device(ws: Server, token: str) -> None:
    """The counsellor's, who is not signed in on it."""

    def find() -> Found:
        found = hand_overs.taken(db.session, token)
        if found is None:
            return None
        return found.appointment, Who(
            found.place,
            COUNSELLOR,
            found.appointment.counsellor.name,
            arrives=True,
            may_stay=lambda session: hand_overs.taken(session, token) is not None,
        )

    _serve(ws, find)


def _seated(appointment: Appointment, who: Who) -> Who:
    """On the seat that the address names, if the talk was handed over to it."""
    seat = seat_of(request.args)
    place = other_seat(who.place) if seat == 2 else who.place
    if seat is None or not hand_overs.leads_to(db.session, appointment, place):
        return who
    return replace(who, place=place, arrives=True)


def _serve(ws: Server, find: Callable[[], Found]) -> None:
    """One socket from its first frame to its last."""
    connection = Connection(ws)
    with guarded(connection):
        if not own_origin():
            raise ProtocolError("forbidden", "Come from our own page.")
        found = find()
        if found is None or found[0].channel != VIDEO:
            raise ProtocolError("not-found", "There is no such room.")
        appointment, who = found[0], _seated(*found)
        _check_door(appointment, who.consented)
        conversation = _conversation(appointment, who)
        db.session.remove()  # the socket lives long; its database connection does not
        _converse(ws, connection, conversation, who)


def _converse(ws: Server, connection: Connection, conversation: Conversation, who: Who) -> None:
    limit = protocol.RateLimit()
    first = ws.receive(timeout=protocol.HELLO_WITHIN_S)
    if first is None:
        raise ProtocolError("timeout", "No hello came.")
    hello = protocol.parse(first)
    if hello["type"] != "hello":
        raise ProtocolError("bad-state", "The first message is hello.")
    me = Member(
        Person(who.place, who.role, who.name, hello["client"], hello["page"], hello["media"]),
        deliver=connection.deliver,
        close=connection.close,
    )
    try:
        conversation.start(me, takeover=hello["takeover"], arrives=who.arrives)
        every = presence.RENEW_EVERY.total_seconds()
        heard = time.monotonic()
        renews = heard + every * (conversation.room * SPREAD % 1)
        while ws.connected and not connection.closed:
            frame = ws.receive(timeout=max(0, renews - time.monotonic()))
            now = time.monotonic()
            if connection.closed:
                break
            if frame is not None:
                heard = now
                limit.spend(now)
                conversation.handle(protocol.parse(frame))
            elif now - heard > protocol.SILENT_FOR_S:
                raise ProtocolError("timeout", "This side has been silent for too long.")
            if now >= renews:
                renews = now + every
                conversation.renew()
    finally:
        conversation.stop()


def _check_door(appointment: Appointment, consented: bool) -> None:
    try:
        access.check_open(operations.times_of(appointment), clock.now())
    except access.NotOpenYet:
        raise ProtocolError("not-open", "The room is not open yet.") from None
    except access.RoomOver:
        raise protocol.over() from None
    if not consented:
        raise ProtocolError("forbidden", "Consent comes first.")


def _conversation(appointment: Appointment, who: Who) -> Conversation:
    settings: Settings = current_app.config["SETTINGS"]
    user = f"talk{appointment.id}-{person_of_place(who.place)}"
    store = RoomStore(appointment, who.place, who.may_stay)
    return Conversation(hub, store, appointment.id, lambda: _ice_servers(settings, user))


def _ice_servers(settings: Settings, user: str) -> list[object]:
    return list(
        ice_servers(
            settings.stun_urls,
            settings.turn_urls,
            settings.turn_secret,
            settings.turn_lifetime_s,
            user,
            clock.now(),
        )
    )
