"""Messages that did not arrive, so that somebody calls instead."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required

from vberatung import clock
from vberatung.booking.queries import LARGEST_ID
from vberatung.extensions import db, jobs
from vberatung.messages import models, undelivered
from vberatung.messages.models import OutboxMessage

pages = Blueprint("staff_delivery", __name__, url_prefix="/team/zustellung")

PURPOSES = {
    "booked": _l("Bestätigung des Termins"),
    "to_confirm": _l("Bitte, den Termin zu bestätigen"),
    "new_email": _l("Bitte, die neue Adresse zu bestätigen"),
    "moved": _l("Nachricht: Termin verschoben"),
    "changed": _l("Nachricht: Termin geändert"),
    "cancelled": _l("Absage des Termins"),
    "office_cancelled": _l("Absage durch uns, mit neuen Zeiten"),
    "links_again": _l("Persönlicher Link, noch einmal"),
    "reminder": _l("Erinnerung an den Termin"),
    "invited": _l("Einladung, einen Termin zu wählen"),
    "invitation_reminded": _l("Erinnerung an die Einladung"),
    "waiting_joined": _l("Bestätigung der Warteliste"),
    "waiting_offered": _l("Angebot von der Warteliste"),
    "registered": _l("Nachweis der Arbeitsuchendmeldung"),
    "receipt": _l("Nachweis zum Termin"),
    "problem": _l("Meldung an die Dienststelle: Problem mit der Technik"),
    "registration_kept": _l("Link zur angefangenen Meldung"),
}
PROBLEMS = {
    models.REFUSED: _l("Die Adresse oder Nummer nimmt keine Nachrichten an. Ist sie richtig?"),
    models.LATER: _l("Das Postfach nimmt zurzeit nichts an. Vielleicht ist es voll."),
    models.UNREACHABLE: _l("Unser Server für Nachrichten antwortet nicht."),
    models.BROKEN: _l("Die Nachricht konnte nicht verschickt werden."),
    models.EXPIRED: _l("Die Nachricht kam nicht rechtzeitig an und wird nicht mehr verschickt."),
}


@pages.get("", endpoint="undelivered")
@login_required
def show() -> str:
    """The newest first, page by page."""
    now, office_id = clock.now(), current_user.office_id
    last = undelivered.pages_of(db.session, office_id, now)
    page = min(_wanted_page(), last)
    return render_template(
        "staff/delivery/undelivered.html",
        office=current_user.office,
        messages=undelivered.page_of(db.session, office_id, now, page),
        page=page,
        last=last,
        can_send_again=lambda message: undelivered.can_send_again(message, now),
        purposes=PURPOSES,
        problems=PROBLEMS,
    )


@pages.post("/<int:id>/noch-einmal")
@login_required
def send_again(id: int) -> ResponseReturnValue:
    undelivered.send_again(_message_or_404(id), clock.now())
    db.session.commit()
    jobs.deliver_soon()
    return _back_to_the_page()


@pages.post("/<int:id>/erledigt")
@login_required
def note_handled(id: int) -> ResponseReturnValue:
    undelivered.note_handled(_message_or_404(id), clock.now())
    db.session.commit()
    return _back_to_the_page()


def _wanted_page() -> int:
    return max(request.args.get("seite", 1, type=int), 1)


def _back_to_the_page() -> ResponseReturnValue:
    """On which the button was pressed: whoever works through a long list stays where they are."""
    return redirect(url_for("staff_delivery.undelivered", seite=request.args.get("seite")), 303)


def _message_or_404(id: int) -> OutboxMessage:
    if id > LARGEST_ID:
        abort(404)
    office_id, now = current_user.office_id, clock.now()
    return undelivered.one_of(db.session, office_id, id, now) or abort(404)
