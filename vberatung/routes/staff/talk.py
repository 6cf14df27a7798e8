"""The counsellor's side of a talk: admit, and the room."""

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from vberatung import clock
from vberatung.booking.models import Appointment
from vberatung.booking.queries import appointment_of
from vberatung.extensions import db, hub
from vberatung.offices.models import VIDEO
from vberatung.room import access, guests, operations, presence
from vberatung.room.conversation import announce_admission
from vberatung.room.hub import staff_bell
from vberatung.room.places import COUNSELLOR, JOBSEEKER, place_of_guest
from vberatung.routes.room import room_page, seat_of
from vberatung.routes.staff import devices
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


@pages.post("/einlassen/<int:guest>")
@login_required
def admit_guest(id: int, guest: int) -> ResponseReturnValue:
    """The same for an interpreter or another guest who waits."""
    appointment = own_appointment_or_404(id)
    if not guests.admit(db.session, appointment, guest, clock.now()):
        abort(404)
    db.session.commit()
    announce_admission(hub, id, place_of_guest(guest))
    hub.ring(staff_bell(appointment.counsellor_id))
    return redirect(url_for("staff_talk.enter", id=id), 303)


@pages.get("")
@login_required
def enter(id: int) -> ResponseReturnValue:
    """With nobody there yet, the first room of the day begins with a look at camera and microphone.

    Where somebody waits it does not: on a bad day people come before devices, and what does not
    work the room itself finds and says.
    """
    appointment, now = own_appointment_or_404(id), clock.now()
    access.check_open(operations.times_of(appointment), now)
    nobody_yet = appointment.admitted_at is None and not presence.anybody(db.session, id, now)
    if nobody_yet and not devices.asked_today():
        return redirect(url_for("staff_devices.show", weiter=id))
    return room_page(
        appointment,
        role=COUNSELLOR,
        socket_url=socket_path("signalling.counsellor", id=id, platz=seat_of(request.args)),
        settles=seat_of(request.args) is not None,
        hand_over_url=url_for("hand_over.for_counsellor", id=id, platz=seat_of(request.args)),
        auto_join=True,
        guests_url=url_for("room_guests.show_as_counsellor", id=id),
        time_url=url_for("staff_desk.show_time", id=id),
        desk_url=socket_path("staff_desk.desk", id=id),
        after_url=url_for("staff_outcome.show", id=id),
        page_url=url_for("staff_today.today"),
        peer_name=appointment.name,
        peer_phone=appointment.phone,
    )


def own_appointment_or_404(id: int) -> Appointment:
    """A video appointment of the signed-in counsellor."""
    appointment = appointment_of(db.session, current_user, id)
    if appointment is None or appointment.channel != VIDEO:
        abort(404)
    return appointment
