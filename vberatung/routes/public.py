"""The start page, an office's page, and the pages that every page links to."""

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from vberatung.extensions import db
from vberatung.offices.models import Office
from vberatung.offices.queries import all_offices, office_by_slug

pages = Blueprint("public", __name__)


@pages.get("/")
def start() -> ResponseReturnValue:
    offices = all_offices(db.session)
    if len(offices) == 1:
        return redirect(url_for("public.office", slug=offices[0].slug))
    return render_template("public/start.html", offices=offices)


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
