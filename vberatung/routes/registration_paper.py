"""A registration as PDF: the person's receipt, and what the office puts into its files."""

from flask import Response
from flask_babel import gettext

from vberatung import i18n
from vberatung.paper.registration import Receipt, pdf
from vberatung.registration import operations
from vberatung.registration.models import Registration
from vberatung.routes.registration_forms import sections


def pdf_of(registration: Registration) -> Response:
    """As a file whose name says nothing about the person."""
    return Response(
        pdf(_receipt(registration)),
        mimetype="application/pdf",
        headers={"Content-Disposition": f"attachment; filename=meldung-{registration.number}.pdf"},
    )


def _receipt(registration: Registration) -> Receipt:
    office, sent_at = registration.office, registration.sent_at
    if sent_at is None:
        raise ValueError("a draft has no receipt")
    answers = operations.answers_of(registration)
    deadline = operations.deadline_of(office, answers)
    last_day = i18n.long_date(deadline.last_day) if deadline else ""
    return Receipt(
        title=gettext("Bestätigung: Meldung als arbeitsuchend"),
        language=i18n.language(),
        sent_at=sent_at,
        office=[office.name, f"{office.street}, {office.postcode} {office.city}", office.phone],
        opening=[gettext("Diese Meldung ist bei uns angekommen.")],
        facts=[
            (gettext("Eingegangen am"), i18n.long_moment(sent_at)),
            (gettext("Nummer"), registration.number or ""),
            (gettext("Letzter Tag der Frist"), last_day),
        ],
        sections=[
            (str(step.title), [(each.label, each.text) for each in answered])
            for step, answered in sections(answers)
        ],
        closing=[
            gettext(
                "Die Frist ist nach Ihren Angaben berechnet (§ 38 Abs. 1 SGB III). Ob die Meldung "
                "rechtzeitig ist, prüft die Agentur für Arbeit."
            )
        ],
        footer=f"{office.name} · {registration.number}",
    )
