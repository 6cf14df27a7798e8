"""How an appointment ended: what the counsellor notes after it, for the office only."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required
from wtforms import RadioField, SelectChoice, TextAreaField

from vberatung import clock
from vberatung.booking.models import (
    CANCELLED,
    EXCUSED,
    FAILED,
    IN_PERSON,
    MISSED,
    PENDING,
    PHONE,
    VIDEO,
    Appointment,
)
from vberatung.booking.queries import appointment_of
from vberatung.extensions import db, hub
from vberatung.room import outcomes, presence, receipt
from vberatung.room.conversation import announce_end
from vberatung.room.hub import staff_bell
from vberatung.routes.forms import AnyOf, FlaskForm, Length, strip
from vberatung.statistics.operations import count_talk, uncount_talk

pages = Blueprint("staff_outcome", __name__, url_prefix="/team/termin/<int:id>/ergebnis")

LONGEST_NOTE = 1000
CHOICES = {
    VIDEO: _l("Gespräch per Video"),
    PHONE: _l("Gespräch am Telefon"),
    IN_PERSON: _l("Gespräch vor Ort"),
    MISSED: _l("Nicht gekommen"),
    EXCUSED: _l("Entschuldigt"),
    FAILED: _l("Die Technik hat nicht funktioniert"),
}


class OutcomeForm(FlaskForm):
    choice = RadioField(_l("Wie ist der Termin ausgegangen?"), validate_choice=False)
    note = TextAreaField(
        _l("Notiz"),
        filters=[strip],
        validators=[
            Length(max=LONGEST_NOTE, message=_l("Bitte schreiben Sie höchstens %(max)d Zeichen."))
        ],
    )

    def __init__(self, appointment: Appointment) -> None:
        super().__init__(
            data={
                "choice": outcomes.suggested(appointment),
                "note": appointment.outcome_note,
            }
        )
        offered = outcomes.choices_for(appointment)
        self.choice.choices = [SelectChoice(choice, CHOICES[choice]) for choice in offered]
        self.choice.validators = [AnyOf(offered, _l("Bitte wählen Sie eine der Antworten."))]


@pages.get("")
@login_required
def show(id: int) -> str:
    appointment = _own_or_404(id)
    return _page(appointment, OutcomeForm(appointment))


@pages.post("")
@login_required
def note(id: int) -> ResponseReturnValue:
    appointment = _own_or_404(id)
    form = OutcomeForm(appointment)
    if not form.validate_on_submit():
        return _page(appointment, form), 422
    choice, text = form.choice.data, form.note.data
    more = outcomes.note(db.session, appointment, choice, text, clock.now())
    if more:
        (count_talk if more > 0 else uncount_talk)(db.session, appointment)
    over = appointment.talk_ended_at is not None
    db.session.commit()
    if over:
        announce_end(hub, id)
    hub.ring(staff_bell(current_user.id))
    flash(gettext("Das Ergebnis ist gespeichert: %(name)s", name=appointment.name), "success")
    return redirect(url_for("staff_today.today"), 303)


def _own_or_404(id: int) -> Appointment:
    """An appointment of the signed-in counsellor that was to take place."""
    appointment = appointment_of(db.session, current_user, id)
    if appointment is None or appointment.status in (PENDING, CANCELLED):
        abort(404)
    return appointment


def _page(appointment: Appointment, form: OutcomeForm) -> str:
    now = clock.now()
    talking = appointment.talk_started_at is not None and appointment.talk_ended_at is None
    return render_template(
        "staff/outcome/show.html",
        office=appointment.office,
        appointment=appointment,
        form=form,
        can_note=outcomes.can_note(appointment, now),
        to_come=not outcomes.has_begun(appointment, now),
        choice_words=CHOICES,
        noted=outcomes.suggested(appointment),
        known=receipt.load(db.session, appointment, now),
        talking=talking and presence.anybody(db.session, appointment.id, now),
        longest=LONGEST_NOTE,
    )
