"""Send my link again: the answer is the same whether the address is known or not."""

from contextlib import suppress

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import StringField

from vberatung import clock
from vberatung.booking.queries import open_appointments_of
from vberatung.extensions import csrf, db, jobs
from vberatung.limited import limited
from vberatung.limits import (
    LINKS_AGAIN,
    LINKS_AGAIN_A_DAY,
    LINKS_AGAIN_TO_ONE,
    TooOften,
    one_contact,
    take,
)
from vberatung.messages import notices
from vberatung.offices.queries import all_offices
from vberatung.routes.forms import DataRequired, EmailOrPhone, FormThatKeepsEverything, strip

pages = Blueprint("link_again", __name__, url_prefix="/link")


class ContactForm(FormThatKeepsEverything):
    contact = StringField(
        _l("E-Mail-Adresse oder Handynummer"),
        description=_l("Die, die Sie beim Buchen angegeben haben."),
        filters=[strip],
        validators=[
            DataRequired(_l("Bitte schreiben Sie Ihre E-Mail-Adresse oder Ihre Handynummer.")),
            EmailOrPhone(),
        ],
    )


@pages.get("")
def ask() -> str:
    return render_template("link_again/ask.html", form=ContactForm())


@pages.post("")
@csrf.exempt  # the form checks its token itself: an old one must not lose what was typed
@limited(LINKS_AGAIN)
def send() -> ResponseReturnValue:
    form, now = ContactForm(), clock.now()
    if not form.validate_on_submit():
        return render_template("link_again/ask.html", form=form), 422
    with suppress(TooOften):  # who asks learns nothing from it, and is not locked out either
        for rule in (LINKS_AGAIN_TO_ONE, LINKS_AGAIN_A_DAY):  # whether anything is found or not
            take(db.session, rule, one_contact(form.contact.data), now)
        appointments = open_appointments_of(db.session, form.contact.data, now)
        if appointments:
            notices.links_again(db.session, appointments, now)
    db.session.commit()
    jobs.deliver_soon()
    return redirect(url_for("link_again.sent"), 303)


@pages.get("/gesendet")
def sent() -> str:
    return render_template("link_again/sent.html", offices=all_offices(db.session))
