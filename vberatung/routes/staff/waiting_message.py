"""What the counsellor tells somebody in the waiting room: a ready phrase, or words of their own."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required
from wtforms import StringField

from vberatung import clock
from vberatung.booking.models import Appointment
from vberatung.extensions import db, hub
from vberatung.room import operations
from vberatung.room.conversation import announce_news
from vberatung.room.hub import staff_bell
from vberatung.routes.forms import DataRequired, FlaskForm, Length, no_control_characters, strip
from vberatung.routes.staff.talk import own_appointment_or_404
from vberatung.routes.waiting_words import PHRASES

pages = Blueprint("staff_waiting_message", __name__, url_prefix="/team/raum/<int:id>/nachricht")

MOST_CHARACTERS = 200


class MessageForm(FlaskForm):
    message = StringField(
        _l("Ihre Nachricht"),
        filters=[strip],
        validators=[
            DataRequired(_l("Bitte schreiben Sie eine Nachricht.")),
            Length(
                max=MOST_CHARACTERS,
                message=_l("Bitte schreiben Sie höchstens %(max)d Zeichen."),
            ),
            no_control_characters,
        ],
    )


@pages.get("")
@login_required
def write(id: int) -> str:
    return _page(own_appointment_or_404(id), MessageForm())


@pages.post("")
@login_required
def send(id: int) -> ResponseReturnValue:
    """`phrase` is one of PHRASES, stored as its code: everybody reads it in their language."""
    appointment, form = own_appointment_or_404(id), MessageForm()
    phrase = request.form.get("phrase")
    if phrase is not None:
        message = phrase if phrase in PHRASES else abort(400)
    elif form.validate_on_submit():
        message = form.message.data
    else:
        return _page(appointment, form), 422
    try:
        operations.tell_waiting(db.session, appointment, message, clock.now())
    except operations.NotWaiting:
        flash(gettext("Diese Person wartet gerade nicht."), "warning")
    db.session.commit()
    announce_news(hub, appointment.id)
    hub.ring(staff_bell(appointment.counsellor_id))
    return redirect(url_for("staff_today.today"), 303)


def _page(appointment: Appointment, form: MessageForm) -> str:
    return render_template(
        "staff/waiting_message/write.html",
        office=current_user.office,
        appointment=appointment,
        form=form,
        most=MOST_CHARACTERS,
    )
