"""The counsellor's side of a talk: admit, and the room."""

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from vberatung import clock
from vberatung.booking.models import Appointment
from vberatung.booking.queries import appointment_of
from vberatung.extensions import db, hub
from vberatung.offices.models import VIDEO
from vberatung.room import access, operations
from vberatung.room.conversation import announce_admission
from vberatung.room.hub import staff_bell
from vberatung.room.places import COUNSELLOR, JOBSEEKER
from vberatung.routes.room import room_page, seat_of
from vberatung.routes.templating import socket_path

pages = Blueprint("staff_talk", __name__, url_prefix="/team/raum/<int:id>")


@pages.post("/einlassen")
@login_required
def admit(id: int) -> ResponseReturnValue:
    """One click: the jobseeker is let in, and the counsellor's room opens."""
    appointment = own_appointment_or_404(id)
    operations.admit(db.session, appointment, clock.now())
    db.session.commit()
    announce_admission(hub, id, JOBSEEKER)
    hub.ring(staff_bell(appointment.counsellor_id))
    return redirect(url_for("staff_talk.enter", id=id), 303)


@pages.get("")
@login_required
def enter(id: int) -> ResponseReturnValue:
    appointment = own_appointment_or_404(id)
    access.check_open(operations.times_of(appointment), clock.now())
    return room_page(
        appointment,
        role=COUNSELLOR,
        socket_url=socket_path("signalling.counsellor", id=id, platz=seat_of(request.args)),
        settles=seat_of(request.args) is not None,
        hand_over_url=url_for("hand_over.for_counsellor", id=id, platz=seat_of(request.args)),
        auto_join=True,
        guests_url=url_for("room_guests.show_as_counsellor", id=id),
        after_url=url_for("staff_today.today"),
        page_url=url_for("staff_today.today"),
        peer_name=appointment.name,
    )


def own_appointment_or_404(id: int) -> Appointment:
    """A video appointment of the signed-in counsellor."""
    appointment = appointment_of(db.session, current_user, id)
    if appointment is None or appointment.channel != VIDEO:
        abort(404)
    return appointment
