"""Pushes what changes by itself, such as the part of the day's page: an arrival is seen within a
second."""

from collections.abc import Callable

from flask import Blueprint, render_template
from flask_login import current_user
from simple_websocket import Server

from vberatung.extensions import db, hub, sock
from vberatung.people.accounts import staff_of_session
from vberatung.people.models import Staff
from vberatung.room.connection import Connection
from vberatung.room.hub import staff_bell
from vberatung.room.presence import RENEW_EVERY
from vberatung.room.protocol import ProtocolError
from vberatung.routes.sockets import guarded, own_origin
from vberatung.routes.staff.today import day

pages = Blueprint("staff_live", __name__, url_prefix="/team")


@sock.route("/live", bp=pages, endpoint="live")
def live(ws: Server) -> None:
    push(ws, lambda staff: render_template("staff/today/_day.html", **day(staff)))


def push(ws: Server, part_for: Callable[[Staff], str]) -> None:
    """Send the part whenever it looks different, as long as the sign-in is good."""
    connection = Connection(ws)
    with guarded(connection):
        if not current_user.is_authenticated or not own_origin():
            raise ProtocolError("forbidden", "Sign in, and come from our own page.")
        _push_changes(ws, connection, current_user.id, current_user.get_id(), part_for)


def _push_changes(
    ws: Server,
    connection: Connection,
    staff_id: int,
    session_id: str,
    part_for: Callable[[Staff], str],
) -> None:
    before = None
    with hub.listen(staff_bell(staff_id)) as bell:
        while ws.connected and not hub.closing:
            bell.clear()
            staff = staff_of_session(db.session, session_id)
            if staff is None:
                raise ProtocolError("forbidden", "This account has been signed out.")
            part = part_for(staff)
            db.session.remove()
            if part != before:
                connection.send_text(part)
            before = part
            bell.wait(timeout=RENEW_EVERY.total_seconds())
