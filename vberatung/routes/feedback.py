"""After the talk: thank you, and one question."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectChoice, TextAreaField

from vberatung import clock
from vberatung.booking.models import Appointment
from vberatung.extensions import db
from vberatung.limited import limited
from vberatung.limits import FEEDBACK
from vberatung.room.access import is_over
from vberatung.room.operations import times_of
from vberatung.routes.appointment import appointment_or_404
from vberatung.routes.forms import DataRequired, FlaskForm, Length, NoPrograms, strip
from vberatung.statistics.operations import MayNotAnswer, give_feedback, may_answer

pages = Blueprint("feedback", __name__, url_prefix="/termin/<token>/danke")


class FeedbackForm(NoPrograms, FlaskForm):
    recommend = RadioField(
        _l("Würden Sie die Videoberatung weiterempfehlen?"),
        choices=[SelectChoice("yes", _l("Ja")), SelectChoice("no", _l("Nein"))],
        validators=[DataRequired(_l("Bitte wählen Sie Ja oder Nein."))],
    )
    comment = TextAreaField(
        _l("Was können wir besser machen?"),
        description=_l("Bitte nennen Sie hier keine Namen. Ihre Antwort bleibt anonym."),
        filters=[strip],
        validators=[Length(max=2000, message=_l("Bitte schreiben Sie höchstens 2000 Zeichen."))],
    )


@pages.get("")
def ask(token: str) -> ResponseReturnValue:
    return _page(token, FeedbackForm())


@pages.post("")
@limited(FEEDBACK)
def answer(token: str) -> ResponseReturnValue:
    appointment, form = appointment_or_404(token), FeedbackForm()
    if not form.validate_on_submit():
        return _page(token, form), 422
    try:
        recommend, comment = form.recommend.data == "yes", form.comment.data
        give_feedback(db.session, appointment, recommend, comment, clock.now())
        db.session.commit()
    except MayNotAnswer:
        db.session.rollback()
        if not appointment.feedback_given:  # there has been no talk
            return _page(token, form), 409
    return redirect(url_for("feedback.ask", token=token), 303)


def _page(token: str, form: FeedbackForm) -> str:
    appointment: Appointment = appointment_or_404(token)
    return render_template(
        "feedback/ask.html",
        appointment=appointment,
        office=appointment.office,
        token=token,
        form=form,
        may_answer=may_answer(appointment),
        over=is_over(times_of(appointment), clock.now()),
    )
