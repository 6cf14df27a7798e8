"""The start page with the office finder, an office's page, and those that every page links to."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import StringField, ValidationError

from vberatung import i18n
from vberatung.extensions import db
from vberatung.offices import postcodes
from vberatung.offices.models import Office
from vberatung.offices.queries import all_offices, office_by_slug
from vberatung.routes.forms import FlaskForm

pages = Blueprint("public", __name__)


class FinderForm(FlaskForm):
    """Sent by GET: it changes nothing, and its answer can be linked to."""

    class Meta:
        csrf = False

    plz = StringField(_l("Ihre Postleitzahl"))

    def validate_plz(self, field: StringField) -> None:
        postcode = postcodes.read_postcode(field.data or "")
        if postcode is None:
            raise ValidationError(_l("Bitte schreiben Sie die fünf Ziffern Ihrer Postleitzahl."))
        field.data = postcode


@pages.get("/")
def start() -> ResponseReturnValue:
    offices = all_offices(db.session)
    if len(offices) == 1:
        return redirect(url_for("public.office", slug=offices[0].slug))
    form, found, status = FinderForm(request.args), None, 200
    if "plz" in request.args and i18n.PARAMETER in request.args and not form.validate():
        form.plz.errors = []  # another language was chosen in the middle of typing
    elif "plz" in request.args:
        status = 200 if form.validate() else 422
        found = postcodes.find(db.session, form.plz.data) if status == 200 else None
    page = render_template("public/start.html", offices=offices, form=form, found=found)
    return page, status


@pages.get("/<slug>/")
def office(slug: str) -> ResponseReturnValue:
    return render_template("public/office.html", office=office_or_404(slug))


@pages.get("/hilfe")
def help() -> str:
    return render_template("public/help.html", offices=all_offices(db.session))


@pages.get("/barrierefreiheit")
def accessibility() -> str:
    return render_template("public/accessibility.html", offices=all_offices(db.session))


@pages.get("/datenschutz")
def privacy() -> str:
    return render_template("public/privacy.html", offices=all_offices(db.session))


@pages.get("/impressum")
def imprint() -> str:
    return render_template("public/imprint.html", offices=all_offices(db.session))


def office_or_404(slug: str) -> Office:
    return office_by_slug(db.session, slug) or abort(404)
