"""The device test (Technik-Check): for anybody, and for an appointment, beside which it is kept."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField

from vberatung import clock, i18n
from vberatung.extensions import csrf, db, hub, jobs
from vberatung.limited import limited, network
from vberatung.limits import ARRIVALS, CHANGES, PROBLEMS_FROM_NETWORK, PROBLEMS_OF_ONE, take
from vberatung.messages import notices
from vberatung.offices.queries import all_offices
from vberatung.room.hub import staff_bell
from vberatung.routes.appointment import appointment_or_404, page
from vberatung.routes.by_script import by_script
from vberatung.routes.forms import DataRequired, FormThatKeepsEverything, Length, strip
from vberatung.techcheck import results, verdict

pages = Blueprint("techcheck", __name__)

MOST_OFFICES = 6
"""So many telephone numbers can be looked through; where there are more, the help page has them."""


class ProblemForm(FormThatKeepsEverything):
    words = TextAreaField(
        _l("Was klappt nicht?"),
        description=_l(
            "Höchstens 2000 Zeichen. Diese Worte gehen per E-Mail an Ihre Dienststelle. Bitte "
            "schreiben Sie nichts über Ihre Gesundheit oder Ihr Geld."
        ),
        filters=[strip],
        validators=[
            DataRequired(_l("Bitte schreiben Sie, was nicht klappt.")),
            Length(max=2000, message=_l("Bitte schreiben Sie höchstens 2000 Zeichen.")),
        ],
    )


@pages.get("/technik")
def show() -> str:
    offices = all_offices(db.session)
    few = offices if len(offices) <= MOST_OFFICES else []
    return render_template("techcheck/show.html", token=None, offices=few)


@pages.get("/technik/schritte")
def steps() -> ResponseReturnValue:
    """The part of the page that is of use with a script only."""
    if not by_script():
        return redirect(url_for("techcheck.show"))
    link = i18n.absolute_url("techcheck.show")
    return render_template("techcheck/_steps.html", token=None, needs=_needs(), link=link)


@pages.get("/termin/<token>/technik")
def for_appointment(token: str) -> str:
    return page("techcheck/show.html", token)


@pages.get("/termin/<token>/technik/schritte")
def steps_for_appointment(token: str) -> ResponseReturnValue:
    if not by_script():
        return redirect(url_for("techcheck.for_appointment", token=token))
    return page("techcheck/_steps.html", token, needs=_needs())


@pages.post("/termin/<token>/technik")
@limited(ARRIVALS)
def keep(token: str) -> ResponseReturnValue:
    """From static/js/techcheck/check.js: the codes of what is in the way, none when all is well."""
    appointment = appointment_or_404(token)
    try:
        kept = results.keep(db.session, appointment, request.form.getlist("cause"), clock.now())
    except ValueError:
        abort(400)
    db.session.commit()
    if kept:
        hub.ring(staff_bell(appointment.counsellor_id))
    return "", 204


@pages.get("/termin/<token>/technik/problem")
def ask_problem(token: str) -> str:
    return _problem_page(token, ProblemForm())


@pages.post("/termin/<token>/technik/problem")
@csrf.exempt  # the form checks its token itself: an old one must not lose what was typed
@limited(CHANGES)
def report_problem(token: str) -> ResponseReturnValue:
    appointment, form, now = appointment_or_404(token), ProblemForm(), clock.now()
    if not form.validate_on_submit():
        return _problem_page(token, form), 422
    take(db.session, PROBLEMS_OF_ONE, str(appointment.id), now)
    take(db.session, PROBLEMS_FROM_NETWORK, network(), now)
    check = results.of(db.session, appointment)
    notices.problem(db.session, appointment, now, words=form.words.data, check=check)
    db.session.commit()
    jobs.deliver_soon()
    flash(gettext("Ihre Meldung ist unterwegs zu Ihrer Dienststelle."), "success")
    return redirect(url_for("appointment.show", token=token), 303)


def _problem_page(token: str, form: ProblemForm) -> str:
    check = results.of(db.session, appointment_or_404(token))
    return page("techcheck/problem.html", token, form=form, check=check)


def _needs() -> list[dict[str, object]]:
    """verdict.NEEDS for the script, which has no numbers of its own."""
    return [
        {"level": need.level, "kbit": need.kbit, "rtt": need.rtt_ms, "loss": need.loss}
        for need in verdict.NEEDS
    ]
