"""Pushes the changing part of the day's page: an arrival is seen within a second."""

from flask import Blueprint, render_template
from flask_login import current_user
from simple_websocket import Server

from vberatung.extensions import db, hub, sock
from vberatung.room.connection import Connection
from vberatung.room.presence import RENEW_EVERY
from vberatung.routes.signalling import own_origin
from vberatung.routes.staff.today import day

pages = Blueprint("staff_live", __name__, url_prefix="/team")

FORBIDDEN = 4403


@sock.route("/live", bp=pages, endpoint="live")
def live(ws: Server) -> None:
    """Sends the part anew whenever it looks different; each render asks the database afresh."""
    connection = Connection(ws)
    if not current_user.is_authenticated or not own_origin():
        connection.close(FORBIDDEN, "forbidden")
        return
    staff_id, before = current_user.id, None
    with hub.listen(f"staff {staff_id}") as bell:
        while ws.connected and not hub.closing:
            bell.clear()
            part = render_template("staff/today/_day.html", **day())
            db.session.remove()
            if part != before:
                connection.send_text(part)
            before = part
            bell.wait(timeout=RENEW_EVERY.total_seconds())
