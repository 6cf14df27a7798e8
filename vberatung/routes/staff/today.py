"""The counsellor's day: who waits now, and what comes."""

from flask import Blueprint, render_template
from flask_login import current_user, login_required

from vberatung import clock
from vberatung.booking.queries import appointments_of
from vberatung.extensions import db
from vberatung.room import access, operations, presence

pages = Blueprint("staff_today", __name__, url_prefix="/team")


@pages.get("/")
@login_required
def today() -> str:
    return render_template("staff/today/today.html", office=current_user.office, **day())


def day() -> dict[str, object]:
    """What the page and its pushed part show, for the signed-in counsellor."""
    now = clock.now()
    appointments = appointments_of(current_user, db.session, now)
    return {
        "now": now,
        "appointments": appointments,
        "waiting": presence.waiting_for(current_user, db.session, now),
        "calls": [a for a in appointments if a.call_requested_at and not a.talk_ended_at],
        "open_ids": {a.id for a in appointments if access.is_open(operations.times_of(a), now)},
    }
