"""The jobseeker's way into the room: consent, waiting room, talk."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from vberatung import clock
from vberatung.extensions import db, hub
from vberatung.offices.models import VIDEO
from vberatung.room import access, operations
from vberatung.routes.appointment import appointment_or_404

pages = Blueprint("room", __name__, url_prefix="/termin/<token>/raum")


@pages.get("")
def enter(token: str) -> ResponseReturnValue:
    appointment = appointment_or_404(token)
    if appointment.channel != VIDEO:
        return redirect(url_for("appointment.show", token=token))
    access.check_open(operations.times_of(appointment), clock.now())
    return render_template(
        "room/room.html",
        role=access.JOBSEEKER,
        appointment=appointment,
        office=appointment.office,
        socket_url=url_for("signalling.jobseeker", token=token),
        join_url=url_for("room.join", token=token),
        auto_join=bool(appointment.consented_at and appointment.admitted_at),
        after_url=url_for("feedback.ask", token=token),
        call_me_url=url_for("appointment.request_call", token=token),
        call_me_page_url=url_for("appointment.call_me", token=token),
        page_url=url_for("appointment.show", token=token),
        own_name=appointment.name,
        peer_name=appointment.counsellor.name,
    )


@pages.post("")
def join(token: str) -> ResponseReturnValue:
    """Consent and arrival. A script stays on its page; without one the next page says what to do."""
    appointment = appointment_or_404(token)
    operations.arrive(db.session, appointment, clock.now())
    db.session.commit()
    hub.ring(f"staff {appointment.counsellor_id}")
    if request.headers.get("X-Requested-With") == "fetch":
        return "", 204
    return redirect(url_for("room.arrived", token=token), 303)


@pages.get("/da")
def arrived(token: str) -> ResponseReturnValue:
    """Without JavaScript: we know that you are here, and will call you."""
    appointment = appointment_or_404(token)
    access.check_open(operations.times_of(appointment), clock.now())
    if appointment.arrived_at is None:
        return redirect(url_for("room.enter", token=token))
    return render_template(
        "room/arrived.html",
        appointment=appointment,
        office=appointment.office,
        token=token,
    )
