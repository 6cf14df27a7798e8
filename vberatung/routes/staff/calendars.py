"""The counsellor's calendars elsewhere, whose busy times are not offered."""

import re
from datetime import datetime
from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user, login_required
from wtforms import Field, Form, PasswordField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from vberatung import clock
from vberatung.booking.queries import LARGEST_ID
from vberatung.calendars import operations
from vberatung.calendars.fetching import Source
from vberatung.calendars.models import CALDAV, ICS, ExternalCalendar
from vberatung.calendars.problems import Problem
from vberatung.calendars.reading import Reading
from vberatung.calendars.visit import visit
from vberatung.db import begin_write
from vberatung.extensions import db
from vberatung.offices.queries import longest_horizon
from vberatung.routes.forms import (
    DataRequired,
    FlaskForm,
    Length,
    no_control_characters,
    strip,
)
from vberatung.routes.staff.confirmation import ask

pages = Blueprint("staff_calendars", __name__, url_prefix="/team/verfuegbarkeit/kalender")

PROBLEMS = {
    Problem.REFUSED: _l(
        "Diese Adresse liegt in einem internen Netz, das wir von hier aus nicht lesen dürfen. "
        "Bitten Sie die Stelle, die diese Seite betreibt, die Adresse freizugeben."
    ),
    Problem.NOT_ENCRYPTED: _l(
        "Die Verbindung zu dieser Adresse ist nicht verschlüsselt. "
        "Nehmen Sie eine Adresse, die mit https:// beginnt."
    ),
    Problem.UNREACHABLE: _l(
        "Der Kalender ist gerade nicht erreichbar. Prüfen Sie die Adresse. "
        "Wenn sie stimmt: Versuchen Sie es später noch einmal."
    ),
    Problem.CERTIFICATE: _l(
        "Das Zertifikat des Kalenders ist ungültig. "
        "Bitten Sie die Stelle, die den Kalender betreibt, es zu erneuern."
    ),
    Problem.TOO_SLOW: _l("Der Kalender antwortet zu langsam. Versuchen Sie es später noch einmal."),
    Problem.NO_ACCESS: _l(
        "Der Kalender lässt uns nicht hinein. Verbinden Sie ihn unten noch einmal: "
        "mit der richtigen Adresse, dem richtigen Benutzernamen und Passwort."
    ),
    Problem.GONE: _l(
        "Unter dieser Adresse gibt es keinen Kalender mehr. "
        "Kopieren Sie in Ihrem Kalenderprogramm die neue Adresse und verbinden Sie sie unten."
    ),
    Problem.SERVER_ERROR: _l(
        "Der Kalender meldet einen Fehler. Versuchen Sie es später noch einmal."
    ),
    Problem.NOT_A_CALENDAR: _l(
        "Unter dieser Adresse steht kein Kalender, den wir lesen können. Prüfen Sie, ob Sie die "
        "Adresse eines einzelnen Kalenders kopiert und die richtige Art gewählt haben."
    ),
    Problem.TOO_LARGE: _l(
        "Der Kalender ist zu groß. Verbinden Sie einen Kalender mit weniger Einträgen."
    ),
    Problem.PARTLY: _l(
        "Einzelne Einträge konnten wir nicht lesen. Tragen Sie diese Zeiten als Abwesenheit ein."
    ),
}

WEBCAL = re.compile(r"webcals?://", re.IGNORECASE)


def https_for_webcal(value: str | None) -> str | None:
    """webcal:// only says which program should open the address."""
    return WEBCAL.sub("https://", value, count=1) if value else None


def is_web_address(form: Form, field: Field) -> None:
    try:
        address = urlsplit(field.data or "")
        usable = address.scheme in ("http", "https") and address.hostname and address.port != 0
    except ValueError:  # brackets that are no IPv6 address, a port that is no number
        usable = False
    if not usable:
        raise ValidationError(_l("Bitte prüfen Sie die Adresse. Sie beginnt mit https://"))


class CalendarForm(FlaskForm):
    kind = RadioField(
        _l("Art des Kalenders"),
        choices=[
            SelectChoice(ICS, _l("Kalender-Adresse (ICS)")),
            SelectChoice(CALDAV, "CalDAV"),
        ],
        default=ICS,
        validators=[DataRequired(_l("Bitte wählen Sie die Art des Kalenders."))],
    )
    url = StringField(
        _l("Adresse des Kalenders"),
        filters=[strip, https_for_webcal],
        validators=[
            DataRequired(_l("Bitte geben Sie die Adresse des Kalenders ein.")),
            Length(max=2000, message=_l("Die Adresse darf höchstens 2000 Zeichen haben.")),
            no_control_characters,
            is_web_address,
        ],
    )
    user = StringField(
        _l("Benutzername"),
        filters=[strip],
        validators=[
            Length(max=200, message=_l("Der Benutzername darf höchstens 200 Zeichen haben.")),
            no_control_characters,
        ],
    )
    password = PasswordField(
        _l("Passwort"),
        validators=[
            Length(max=200, message=_l("Das Passwort darf höchstens 200 Zeichen haben.")),
            no_control_characters,
        ],
    )

    @property
    def source(self) -> Source:
        return Source(self.kind.data, self.url.data, self.user.data, self.password.data or None)


@pages.get("")
@login_required
def show() -> str:
    return _page(CalendarForm())


@pages.post("")
@login_required
def connect() -> ResponseReturnValue:
    """The first visit is made at once; what cannot be read is not connected."""
    form, counsellor_id, now = CalendarForm(), current_user.id, clock.now()
    if not form.validate_on_submit():
        return _page(form), 422
    found = _visit(form.source, now)
    if isinstance(found, Problem):
        form.url.errors = [PROBLEMS[found]]
        return _page(form), 422
    try:
        calendar = operations.connect(db.session, counsellor_id, form.source)
    except operations.TooManyCalendars:
        form.url.errors = [_("Sie haben schon so viele Kalender verbunden, wie möglich sind.")]
        return _page(form), 422
    operations.refresh(db.session, calendar, found, now)
    db.session.commit()
    flash(_("Der Kalender ist verbunden.") + " " + _result(found), "success")
    return redirect(url_for("staff_calendars.show"), 303)


@pages.post("/<int:id>/lesen")
@login_required
def read(id: int) -> ResponseReturnValue:
    now, counsellor_id = clock.now(), current_user.id
    found = _visit(operations.source_of(_own_or_404(id, counsellor_id)), now)
    operations.refresh(db.session, _own_or_404(id, counsellor_id), found, now)
    db.session.commit()
    flash(_result(found), "danger" if isinstance(found, Problem) else "success")
    return redirect(url_for("staff_calendars.show"), 303)


@pages.get("/<int:id>/entfernen")
@login_required
def confirm_disconnection(id: int) -> str:
    return ask(
        _("Möchten Sie diesen Kalender entfernen?"),
        [(_("Kalender"), host_of(_own_or_404(id, current_user.id)))],
        _("Seine Zeiten sperren dann keine Termine mehr. Im Kalender selbst ändert sich nichts."),
        action=_("Kalender jetzt entfernen"),
        keep=_("Kalender behalten"),
        back=url_for("staff_calendars.show"),
    )


@pages.post("/<int:id>/entfernen")
@login_required
def disconnect(id: int) -> ResponseReturnValue:
    operations.disconnect(db.session, _own_or_404(id, current_user.id))
    db.session.commit()
    flash(_("Der Kalender ist entfernt. Seine Zeiten sperren keine Termine mehr."), "success")
    return redirect(url_for("staff_calendars.show"), 303)


def _visit(source: Source, now: datetime) -> Reading | Problem:
    """While we wait for a server elsewhere no transaction is open; afterwards a writing one is."""
    ahead = longest_horizon(db.session)
    db.session.rollback()
    found = visit(source, current_app.config["SETTINGS"].calendar_hosts, now, ahead)
    begin_write(db.session)
    return found


def _page(form: CalendarForm) -> str:
    now = clock.now()
    return render_template(
        "staff/calendars/show.html",
        office=current_user.office,
        form=form,
        calendars=operations.calendars_of(db.session, current_user.id),
        counts=operations.busy_counts(db.session, current_user.id, now),
        problems=PROBLEMS,
        host_of=host_of,
    )


def _own_or_404(id: int, counsellor_id: int) -> ExternalCalendar:
    calendar = operations.calendar_of(db.session, counsellor_id, id) if id <= LARGEST_ID else None
    return calendar or abort(404)


def _result(found: Reading | Problem) -> str:
    if isinstance(found, Problem):
        return str(PROBLEMS[found])
    result: str = ngettext(
        "Wir haben %(num)s belegte Zeit gefunden.",
        "Wir haben %(num)s belegte Zeiten gefunden.",
        len(found.busy),
    )
    return result


def host_of(calendar: ExternalCalendar) -> str:
    """All that is shown of an address: the rest may be a secret."""
    return urlsplit(calendar.url).hostname or ""
