"""Whether the installation works, for administrators: the same as `flask doctor`."""

from flask import Blueprint, current_app, render_template
from flask_login import current_user

from vberatung.doctor.checkup import check_up
from vberatung.extensions import db
from vberatung.routes.admin import admin_required
from vberatung.routes.doctor_words import line

pages = Blueprint("admin_doctor", __name__, url_prefix="/verwaltung/pruefung")


@pages.get("/")
@admin_required
def ask() -> str:
    return render_template("admin/doctor.html", office=current_user.office, lines=None)


@pages.post("/")
@admin_required
def examine() -> str:
    office = current_user.office
    db.session.commit()  # what is checked waits for others: no lock meanwhile
    lines = [line(finding) for finding in check_up(db.session, current_app.config["SETTINGS"])]
    return render_template("admin/doctor.html", office=office, lines=lines)
