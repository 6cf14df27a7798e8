"""What the office may know of its talks."""

from flask import Blueprint, render_template
from flask_login import current_user, login_required

from vberatung.extensions import db
from vberatung.statistics import queries

pages = Blueprint("staff_statistics", __name__, url_prefix="/verwaltung")


@pages.get("/statistik")
@login_required
def overview() -> str:
    return render_template(
        "staff/statistics/overview.html",
        office=current_user.office,
        overview=queries.overview(db.session, current_user.office),
        fewest=queries.FEWEST_ANSWERS,
    )
