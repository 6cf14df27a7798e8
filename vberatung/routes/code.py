"""The code from a letter or a printed page leads to what it stands for."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import StringField

from vberatung import clock, links
from vberatung.extensions import csrf, db
from vberatung.limited import limited
from vberatung.limits import CODES
from vberatung.links import Link
from vberatung.routes.forms import DataRequired, FormThatKeepsEverything, Length, strip

pages = Blueprint("code", __name__, url_prefix="/code")

LEADS_TO = (
    (Link.appointment_id, "appointment.show"),
    (Link.invitation_id, "invitation.show"),
    (Link.waiting_entry_id, "waiting.show"),
    (Link.registration_id, "registration.receipt"),
    (Link.guest_id, "guest.show"),
    (Link.hand_over_id, "hand_over.enter"),
)


class CodeForm(FormThatKeepsEverything):
    code = StringField(
        _l("Ihr Code"),
        description=_l("12 Zeichen, zum Beispiel ACEF-HKLM-PRTU. Groß oder klein ist gleich."),
        filters=[strip],
        validators=[
            DataRequired(_l("Bitte schreiben Sie Ihren Code.")),
            Length(max=40, message=_l("Der Code hat 12 Zeichen.")),
        ],
    )


@pages.get("")
def enter() -> str:
    return render_template("code/enter.html", form=CodeForm())


@pages.post("")
@csrf.exempt  # the form checks its token itself: an old one must not lose what was typed
@limited(CODES)
def open() -> ResponseReturnValue:
    form = CodeForm()
    if form.validate_on_submit():
        link = links.of_code(db.session, form.code.data)
        for target, endpoint in LEADS_TO:
            id = getattr(link, target.key, None)
            if id is not None:
                token = links.issue(db.session, target, id, clock.now())
                db.session.commit()
                return redirect(url_for(endpoint, token=token), 303)
        form.code.errors = [gettext("Diesen Code kennen wir nicht. Bitte prüfen Sie ihn.")]
    return render_template("code/enter.html", form=form), 422
