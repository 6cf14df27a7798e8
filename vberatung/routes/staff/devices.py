"""The counsellor's own camera and microphone, looked at before the first talk of the day."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask import session as browser_session
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from vberatung import clock
from vberatung.booking.models import VIDEO
from vberatung.booking.queries import appointment_of
from vberatung.extensions import db
from vberatung.routes.forms import id_in

pages = Blueprint("staff_devices", __name__, url_prefix="/team/geraete")

DEVICES = "devices"
"""In the browser's session: the local day of the check, and whether it was made or put off."""
MADE, PUT_OFF = "made", "put off"


def checked_today() -> bool:
    return browser_session.get(DEVICES) == [clock.today().isoformat(), MADE]


def asked_today() -> bool:
    """The check was made, or put off: nobody is asked twice a day."""
    day, *_ = browser_session.get(DEVICES) or [""]
    return bool(day == clock.today().isoformat())


@pages.get("")
@login_required
def show() -> str:
    """`?weiter=` is the number of the appointment whose room comes next."""
    return render_template(
        "staff/devices/show.html",
        office=current_user.office,
        next_id=_next_id(),
        today_url=url_for("staff_today.today"),
    )


@pages.post("")
@login_required
def done() -> ResponseReturnValue:
    made = request.form.get("result") == MADE or checked_today()
    browser_session[DEVICES] = [clock.today().isoformat(), MADE if made else PUT_OFF]
    if id := _next_id():
        return redirect(url_for("staff_talk.enter", id=id), 303)
    return redirect(url_for("staff_today.today"), 303)


def _next_id() -> int | None:
    """The number that the address names, if it is an own video appointment."""
    id = id_in(request.args.get("weiter"))
    found = appointment_of(db.session, current_user, id) if id else None
    return found.id if found and found.channel == VIDEO else None
