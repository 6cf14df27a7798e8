"""The jobseeker's waiting room: what it shows, and telling us of what does not work."""

from datetime import timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectChoice

from vberatung import clock, metrics
from vberatung.booking.models import Appointment
from vberatung.extensions import db
from vberatung.limited import limited
from vberatung.limits import ARRIVALS
from vberatung.offices.models import VIDEO
from vberatung.room import access, operations, presence, troubles
from vberatung.room.waiting_room import Turn, before, shows_phone
from vberatung.routes.appointment import appointment_or_404, page
from vberatung.routes.by_script import by_script
from vberatung.routes.forms import DataRequired, FlaskForm

pages = Blueprint("waiting_room", __name__, url_prefix="/termin/<token>/raum")

LONGEST_AGO_S = 24 * 3600


class TroubleForm(FlaskForm):
    """For whoever tells it by hand."""

    kind = RadioField(
        _l("Was klappt nicht?"),
        choices=[
            SelectChoice("no-page", _l("Das Videogespräch öffnet sich nicht.")),
            SelectChoice("no-sound", _l("Ich höre nichts.")),
            SelectChoice("no-picture", _l("Ich sehe niemanden.")),
            SelectChoice("failed", _l("Meine Kamera oder mein Mikrofon geht nicht.")),
            SelectChoice("lost", _l("Die Verbindung bricht ab.")),
            SelectChoice("other", _l("Etwas anderes klappt nicht.")),
        ],
        validators=[DataRequired(_l("Bitte wählen Sie, was nicht klappt."))],
    )


@pages.get("/warten")
def show(token: str) -> ResponseReturnValue:
    """A part of a page, for static/js/room/waiting.js; whoever opens it by hand gets the page."""
    appointment = _open_appointment(token)
    if not by_script():
        return redirect(url_for("room.arrived", token=token))
    return render_template("room/_waiting_room.html", token=token, **waiting_room(appointment))


def waiting_room(appointment: Appointment) -> dict[str, object]:
    """What `room/_waiting_room.html` shows."""
    now = clock.now()
    me = Turn(appointment.starts_at, appointment.arrived_at or now)
    others = presence.waiting_for(db.session, appointment.counsellor, now)
    turns = [
        Turn(each.starts_at, each.arrived_at)
        for each in others
        if each.id != appointment.id and each.arrived_at
    ]
    waits = appointment.admitted_at is None
    return {
        "appointment": appointment,
        "office": appointment.office,
        "waits": waits,
        "before": before(me, turns),
        "busy": waits and presence.talks_with_another(db.session, appointment, now),
        "phone_shown": waits and shows_phone(me, appointment.office.phone_after_min, now),
    }


@pages.get("/stoerung")
def ask_trouble(token: str) -> str:
    _open_appointment(token)
    return page("room/trouble.html", token, form=TroubleForm())


@pages.post("/stoerung")
@limited(ARRIVALS)
def note_trouble(token: str) -> ResponseReturnValue:
    """A script stays on its page; whoever tells it by hand sees it in the receipt."""
    appointment, fragment = appointment_or_404(token), by_script()
    form = TroubleForm()
    if not fragment and not form.validate_on_submit():
        return page("room/trouble.html", token, form=form), 422
    kind = request.form.get("kind", "")
    if appointment.channel != VIDEO or kind not in troubles.KINDS:
        abort(404 if appointment.channel != VIDEO else 400)
    noted = troubles.note(db.session, appointment, kind, clock.now(), _ago())
    db.session.commit()
    if noted:
        metrics.troubles.labels(kind).inc()
    if fragment:
        return "", 204
    flash(gettext("Danke. Es steht jetzt in Ihrem Nachweis."), "success")
    return redirect(url_for("receipt.show", token=token), 303)


def _ago() -> timedelta:
    """How long ago it was, as a script tells that had no network then."""
    seconds = request.form.get("ago", "0")
    known = seconds.isascii() and seconds.isdecimal() and len(seconds) <= len(str(LONGEST_AGO_S))
    return timedelta(seconds=int(seconds) if known else 0)


def _open_appointment(token: str) -> Appointment:
    appointment = appointment_or_404(token)
    if appointment.channel != VIDEO:
        abort(404)
    access.check_open(operations.times_of(appointment), clock.now())
    return appointment
