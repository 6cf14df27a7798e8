"""The door to the echo of the device test. Its protocol is docs/techcheck.md."""

import time

from flask import Blueprint, current_app
from simple_websocket import Server

from vberatung import clock, limits
from vberatung.config import Settings
from vberatung.db import begin_write
from vberatung.extensions import db, echoes, sock
from vberatung.limited import network, network_key
from vberatung.room.connection import Connection
from vberatung.room.hub import GOING_AWAY
from vberatung.room.ice import ice_servers
from vberatung.routes.sockets import guarded, own_origin
from vberatung.techcheck import protocol
from vberatung.techcheck.protocol import EchoError
from vberatung.techcheck.service import Place

pages = Blueprint("techcheck_socket", __name__)

LOOK_EVERY_S = 0.25
"""At what happens elsewhere: a place has become free, the test is over."""
NORMAL_CLOSURE = 1000
RELAY_NAMES = 5
"""The relay's quotas are for each name: all tests together have no more places there than these."""
CREDENTIALS_S = 120
"""Anybody gets some of the relay's: long enough to try each way, too short for a talk."""


@sock.route("/technik/socket", bp=pages, endpoint="echo")
def echo(ws: Server) -> None:
    connection = Connection(ws)
    with guarded(connection):
        if not own_origin():
            raise EchoError("forbidden", "Come from our own page.")
        media = protocol.parse(_first_frame(ws), "hello")
        _count()
        with echoes().enter(media=media, network=network_key()) as place:
            _test(ws, connection, place)
            connection.close(GOING_AWAY if place.going_away else NORMAL_CLOSURE)


def _first_frame(ws: Server) -> str | bytes:
    frame: str | bytes | None = ws.receive(timeout=protocol.HELLO_WITHIN_S)
    if frame is None:
        raise EchoError("timeout", "No hello came.")
    return frame


def _count() -> None:
    """One more test from this network, in a short transaction: the socket lives long."""
    db.session.remove()
    try:
        begin_write(db.session)
        limits.take(db.session, limits.ECHOES, network(), clock.now())
        db.session.commit()
    except limits.TooOften:
        raise EchoError("too-fast", "Too many tests from this network; try later.") from None
    finally:
        db.session.remove()


def _test(ws: Server, connection: Connection, place: Place) -> None:
    """From the queue to the end. Returns when the time is up, or the process ends."""
    told = None
    while (before := place.before()) is not None:
        if before != told:
            connection.deliver({"type": "wait", "before": before})
        told = before
        if place.going_away:
            return
        if ws.receive(timeout=LOOK_EVERY_S) is not None:
            raise EchoError("bad-state", "The offer comes after ready.")
    place.begin()
    connection.deliver({"type": "ready", "iceServers": _ice_servers()})
    frame = _next_frame(ws, place, protocol.OFFER_WITHIN_S)
    if place.going_away:
        return
    if frame is None:
        raise EchoError("timeout", "No offer came.")
    answer = place.answer(protocol.parse(frame, "offer"))
    connection.deliver({"type": "answer", "sdp": answer})
    if _next_frame(ws, place, protocol.LASTS_S) is not None:
        raise EchoError("bad-state", "There is one offer in a test.")
    if place.error:
        raise place.error
    if place.over:
        connection.deliver({"type": "over"})


def _next_frame(ws: Server, place: Place, seconds: float) -> str | bytes | None:
    """None when none comes within so many seconds, or the test ends before."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and not place.over and not place.going_away:
        frame: str | bytes | None = ws.receive(timeout=LOOK_EVERY_S)
        if frame is not None:
            return frame
    return None


def _ice_servers() -> list[dict[str, object]]:
    settings: Settings = current_app.config["SETTINGS"]
    return ice_servers(
        settings.stun_urls,
        settings.turn_urls,
        settings.turn_secret,
        CREDENTIALS_S,
        f"test{int(network_key(), 16) % RELAY_NAMES}",
        clock.now(),
    )
