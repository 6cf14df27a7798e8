"""Which postcodes the office serves: upload, look at it, save; and download."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf.file import FileField
from wtforms import ValidationError

from vberatung.extensions import db
from vberatung.offices import postcodes
from vberatung.offices.postcodes import LineError, Range
from vberatung.routes.admin import admin_required
from vberatung.routes.forms import FlaskForm

pages = Blueprint("admin_postcodes", __name__, url_prefix="/verwaltung/postleitzahlen")

MOST_ERRORS = 50
"""Shown; whoever has more has taken the wrong file."""


class UploadForm(FlaskForm):
    file = FileField(_l("CSV-Datei"))

    def validate_file(self, field: FileField) -> None:
        if not field.data:
            raise ValidationError(_l("Bitte wählen Sie eine Datei."))


@pages.get("")
@admin_required
def show() -> str:
    return _page(UploadForm())


@pages.post("")
@admin_required
def preview() -> ResponseReturnValue:
    """What the file says; nothing is stored yet."""
    form = UploadForm()
    if not form.validate_on_submit():
        return _page(form), 422
    ranges, errors = postcodes.read_csv(postcodes.decode(form.file.data.read()))
    if errors or not ranges:
        sentences = [_sentence(error) for error in errors[:MOST_ERRORS]]
        form.file.errors = sentences or [gettext("In der Datei steht keine Postleitzahl.")]
        return _page(form, more_errors=max(0, len(errors) - MOST_ERRORS)), 422
    return _page(form, ranges=ranges)


@pages.post("/speichern")
@admin_required
def save() -> ResponseReturnValue:
    ranges, errors = postcodes.read_csv(request.form.get("ranges", ""))
    if errors or not ranges:
        return _page(UploadForm()), 422
    postcodes.replace(db.session, current_user.office, ranges)
    db.session.commit()
    flash(gettext("Die Postleitzahlen sind gespeichert."), "success")
    return redirect(url_for("admin_postcodes.show"), 303)


@pages.get("/liste.csv")
@admin_required
def download() -> Response:
    served = postcodes.served_by(db.session, current_user.office)
    return Response(
        postcodes.write_csv(served),
        mimetype="text/csv",
        headers={"Content-Disposition": "attachment; filename=postleitzahlen.csv"},
    )


def _page(form: UploadForm, ranges: list[Range] | None = None, more_errors: int = 0) -> str:
    office = current_user.office
    return render_template(
        "admin/postcodes.html",
        office=office,
        form=form,
        served=postcodes.served_by(db.session, office),
        ranges=ranges,
        text=postcodes.write_csv(ranges or []),
        also=postcodes.served_by_others_too(db.session, office, ranges or []),
        more_errors=more_errors,
    )


def _sentence(error: LineError) -> str:
    """In the reader's language."""
    named = {"line": error.line, "text": error.text}
    if error.problem == postcodes.TOO_MANY:
        return str(gettext("Die Datei hat mehr als %(most)s Zeilen.", most=postcodes.MOST_LINES))
    if error.problem == postcodes.BACKWARDS:
        return str(gettext("Zeile %(line)s: %(text)s endet vor dem Anfang.", **named))
    return str(gettext("Zeile %(line)s: %(text)s ist keine Postleitzahl (fünf Ziffern).", **named))
