"""The office's registrations as jobseeking: the list, one in detail, as PDF and as JSON."""

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from vberatung import clock
from vberatung.extensions import db
from vberatung.registration import operations, queries
from vberatung.registration.export import export
from vberatung.registration.models import Registration
from vberatung.routes.registration import deadline_facts
from vberatung.routes.registration_forms import sections

pages = Blueprint("staff_registrations", __name__, url_prefix="/team/anmeldungen")


@pages.get("")
@login_required
def list_all() -> str:
    """The newest first, page by page."""
    last = queries.pages_of(db.session, current_user.office_id)
    page = min(max(request.args.get("seite", 1, type=int), 1), last)
    rows = queries.sent_to(db.session, current_user.office_id, page)
    return render_template(
        "staff/registrations/list_all.html",
        office=current_user.office,
        rows=[(row, operations.answers_of(row)) for row in rows],
        page=page,
        last=last,
    )


@pages.get("/<int:id>")
@login_required
def show(id: int) -> str:
    registration = registration_or_404(id)
    answers, sent_at = operations.answers_of(registration), registration.sent_at or clock.now()
    return render_template(
        "staff/registrations/show.html",
        office=registration.office,
        registration=registration,
        name=answers.get("name", ""),
        sections=sections(answers),
        **deadline_facts(registration.office, answers, clock.local_day(sent_at)),
    )


@pages.post("/<int:id>/bearbeitet")
@login_required
def handled(id: int) -> ResponseReturnValue:
    """Somebody has taken care of it: it is no longer new."""
    registration = registration_or_404(id)
    operations.note_handled(db.session, registration, clock.now())
    db.session.commit()
    return redirect(url_for("staff_registrations.show", id=id), 303)


@pages.get("/<int:id>.pdf")
@login_required
def pdf(id: int) -> Response:
    from vberatung.routes.registration_paper import pdf_of  # 33 MB that few processes need

    return pdf_of(registration_or_404(id))


@pages.get("/<int:id>.json")
@login_required
def json(id: int) -> Response:
    registration = registration_or_404(id)
    answer = jsonify(export(registration))
    name = f"meldung-{registration.number}.json"
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    return answer


def registration_or_404(id: int) -> Registration:
    return queries.registration_at(db.session, current_user.office_id, id) or abort(404)
