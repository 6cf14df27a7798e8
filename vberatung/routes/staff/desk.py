"""What the counsellor sees beside a talk: who else has come, how much time is left, more of it."""

from datetime import datetime, timedelta
from math import ceil
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required
from simple_websocket import Server

from vberatung import clock
from vberatung.booking.extension import STEPS_MIN, Leeway, extend, leeway
from vberatung.booking.models import AGREED, Appointment
from vberatung.booking.operations import SlotTaken, TooLate
from vberatung.booking.queries import appointment_of, appointments_of
from vberatung.extensions import db, hub, sock
from vberatung.people.models import Staff
from vberatung.room import access, outcomes, presence
from vberatung.room.hub import staff_bell
from vberatung.room.operations import times_of, wants_call
from vberatung.room.protocol import ProtocolError
from vberatung.routes.by_script import by_script
from vberatung.routes.forms import id_in
from vberatung.routes.room_parts import ROLE_WORDS
from vberatung.routes.staff.live import push
from vberatung.routes.staff.talk import own_appointment_or_404

pages = Blueprint("staff_desk", __name__, url_prefix="/team/raum/<int:id>")

SOON_MIN = 5
"""So long before the planned end we say so."""
CLOSE = timedelta(minutes=30)
"""An appointment that begins so soon after the end is named with it."""


@sock.route("/schreibtisch", bp=pages, endpoint="desk")
def desk(ws: Server, id: int) -> None:
    """A socket of its own: the one for the talk goes on whatever happens here."""
    push(ws, lambda staff: _desk(staff, id))


def _desk(staff: Staff, id: int) -> str:
    appointment, now = appointment_of(db.session, staff, id), clock.now()
    if appointment is None:
        raise ProtocolError("not-found", "There is no such room.")
    others = presence.everybody_waiting_for(db.session, staff, now)
    return render_template(
        "staff/desk/_desk.html",
        others=[(other, guest) for other, guest in others if other.id != id],
        calls=[each for each in appointments_of(db.session, staff, now) if wants_call(each)],
        role_words=ROLE_WORDS,
        **_time(appointment, now),
    )


def _time(appointment: Appointment, now: datetime) -> dict[str, Any]:
    """Minutes left (None when no talk is to be timed), and what comes next."""
    found = leeway(db.session, appointment, now)
    goes_on = appointment.status in AGREED and appointment.talk_ended_at is None
    timed = goes_on and outcomes.has_begun(appointment, now)
    left = max(0, ceil((appointment.ends_at - now).total_seconds() / 60))
    return {
        "appointment": appointment,
        "steps": found.steps if access.is_open(times_of(appointment), now) else [],
        "left": left if timed else None,
        "soon": timed and left <= SOON_MIN,
        "next_start": found.next_start if _is_close(found, appointment, now) else None,
        "leeway": found,
        "now": now,
    }


def _is_close(found: Leeway, appointment: Appointment, now: datetime) -> bool:
    if found.next_start is None or found.held:
        return False
    return bool(found.next_start <= max(appointment.ends_at, now) + CLOSE)


@pages.get("/zeit")
@login_required
def show_time(id: int) -> str:
    return _time_page(own_appointment_or_404(id))


@pages.post("/zeit")
@login_required
def extend_time(id: int) -> ResponseReturnValue:
    appointment = own_appointment_or_404(id)
    minutes = id_in(request.form.get("minutes")) or 0
    if minutes not in STEPS_MIN:
        abort(400)
    if not access.is_open(times_of(appointment), clock.now()):
        raise TooLate
    try:
        extend(db.session, appointment, minutes, clock.now())
    except SlotTaken:
        db.session.rollback()
        return _time_page(appointment, taken=True), 409
    db.session.commit()
    hub.ring(staff_bell(current_user.id))
    return redirect(url_for("staff_desk.show_time", id=id, verlaengert=1), 303)


def _time_page(appointment: Appointment, *, taken: bool = False) -> str:
    fragment = by_script()
    return render_template(
        "staff/desk/_time.html" if fragment else "staff/desk/time.html",
        office=appointment.office,
        fragment=fragment,
        extended="verlaengert" in request.args,
        taken=taken,
        **_time(appointment, clock.now()),
    )
