"""The counsellor's day: who waits now, and what comes."""

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from vberatung import clock
from vberatung.booking.queries import appointment_of, appointments_of
from vberatung.booking.shortage import shortages_of
from vberatung.extensions import db, hub
from vberatung.messages import undelivered
from vberatung.people.models import Staff
from vberatung.registration import queries as registrations
from vberatung.room import access, operations, presence
from vberatung.room.hub import staff_bell

pages = Blueprint("staff_today", __name__, url_prefix="/team")


@pages.get("/")
@login_required
def today() -> str:
    return render_template(
        "staff/today/today.html",
        office=current_user.office,
        undelivered=undelivered.count(db.session, current_user.office_id, clock.now()),
        shortages=shortages_of(db.session, current_user.office, clock.now()),
        new_registrations=registrations.new_at(db.session, current_user.office_id),
        **day(current_user),
    )


@pages.post("/termin/<int:id>/angerufen")
@login_required
def called(id: int) -> ResponseReturnValue:
    """The person who asked to be called has been called."""
    appointment = appointment_of(db.session, current_user, id) or abort(404)
    operations.note_call(db.session, appointment, clock.now())
    db.session.commit()
    hub.ring(staff_bell(appointment.counsellor_id))
    return redirect(url_for("staff_today.today"), 303)


def day(staff: Staff) -> dict[str, object]:
    """What the page and its pushed part show."""
    now = clock.now()
    appointments = appointments_of(db.session, staff, now)
    return {
        "now": now,
        "appointments": appointments,
        "waiting": presence.waiting_for(db.session, staff, now),
        "calls": [a for a in appointments if a.call_requested_at and not a.called_at],
        "open_ids": {a.id for a in appointments if access.is_open(operations.times_of(a), now)},
    }
