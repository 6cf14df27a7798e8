"""The two doors to the signalling socket. The protocol itself is docs/signalling.md."""

import time
from collections.abc import Callable

from flask import Blueprint, current_app
from flask_login import current_user
from simple_websocket import Server

from vberatung import clock
from vberatung.booking.models import Appointment
from vberatung.booking.queries import appointment_of, appointment_of_link
from vberatung.config import Settings
from vberatung.extensions import db, hub, sock
from vberatung.offices.models import VIDEO
from vberatung.room import access, operations, presence, protocol
from vberatung.room.connection import Connection
from vberatung.room.conversation import Conversation
from vberatung.room.hub import Member
from vberatung.room.ice import ice_servers
from vberatung.room.protocol import ProtocolError
from vberatung.routes.room_store import RoomStore
from vberatung.routes.sockets import guarded, own_origin

pages = Blueprint("signalling", __name__)


@sock.route("/termin/<token>/raum/socket", bp=pages, endpoint="jobseeker")
def jobseeker(ws: Server, token: str) -> None:
    _serve(ws, access.JOBSEEKER, lambda: appointment_of_link(db.session, token))


@sock.route("/team/raum/<int:id>/socket", bp=pages, endpoint="counsellor")
def counsellor(ws: Server, id: int) -> None:
    _serve(ws, access.COUNSELLOR, lambda: _own_appointment(id))


def _own_appointment(id: int) -> Appointment | None:
    if not current_user.is_authenticated:
        raise ProtocolError("forbidden", "Sign in first.")
    return appointment_of(db.session, current_user, id)


def _serve(ws: Server, role: str, find: Callable[[], Appointment | None]) -> None:
    """One socket from its first frame to its last."""
    connection = Connection(ws)
    with guarded(connection):
        if not own_origin():
            raise ProtocolError("forbidden", "Come from our own page.")
        appointment = find()
        if appointment is None or appointment.channel != VIDEO:
            raise ProtocolError("not-found", "There is no such room.")
        _check_door(appointment, role)
        conversation, name = _conversation(appointment), _name(appointment, role)
        db.session.remove()  # the socket lives long; its database connection does not
        _converse(ws, connection, conversation, role, name)


def _converse(
    ws: Server, connection: Connection, conversation: Conversation, role: str, name: str
) -> None:
    limit = protocol.RateLimit()
    first = ws.receive(timeout=protocol.HELLO_WITHIN_S)
    if first is None:
        raise ProtocolError("timeout", "No hello came.")
    hello = protocol.parse(first)
    if hello["type"] != "hello":
        raise ProtocolError("bad-state", "The first message is hello.")
    me = Member(
        role=role,
        name=name,
        client=hello["client"],
        page=hello["page"],
        media=hello["media"],
        deliver=connection.deliver,
        close=connection.close,
    )
    try:
        conversation.start(me, takeover=hello["takeover"])
        heard = renewed = time.monotonic()
        while ws.connected and not connection.closed:
            frame = ws.receive(timeout=presence.RENEW_EVERY.total_seconds())
            now = time.monotonic()
            if connection.closed:
                break
            if frame is not None:
                heard = now
                limit.spend(now)
                conversation.handle(protocol.parse(frame))
            elif now - heard > protocol.SILENT_FOR_S:
                raise ProtocolError("timeout", "This side has been silent for too long.")
            if now - renewed > presence.RENEW_EVERY.total_seconds():
                renewed = now
                conversation.store.touch(role)
    finally:
        conversation.stop()


def _check_door(appointment: Appointment, role: str) -> None:
    try:
        access.check_open(operations.times_of(appointment), clock.now())
    except access.NotOpenYet:
        raise ProtocolError("not-open", "The room is not open yet.") from None
    except access.RoomOver:
        raise ProtocolError("ended", "The talk is over.") from None
    if role == access.JOBSEEKER and appointment.consented_at is None:
        raise ProtocolError("forbidden", "Consent comes first.")


def _name(appointment: Appointment, role: str) -> str:
    return appointment.name if role == access.JOBSEEKER else appointment.counsellor.name


def _conversation(appointment: Appointment) -> Conversation:
    settings: Settings = current_app.config["SETTINGS"]
    talk = f"talk{appointment.id}"
    store = RoomStore(appointment.id, appointment.counsellor_id)
    return Conversation(hub, store, appointment.id, lambda: _ice_servers(settings, talk))


def _ice_servers(settings: Settings, talk: str) -> list[object]:
    return list(
        ice_servers(
            settings.stun_urls,
            settings.turn_urls,
            settings.turn_secret,
            settings.turn_lifetime_s,
            talk,
            clock.now(),
        )
    )
