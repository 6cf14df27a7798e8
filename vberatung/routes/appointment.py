"""The personal page of an appointment, reached by its link. Opening it changes nothing."""

from flask import Blueprint, Response, abort, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from vberatung import clock, i18n, links
from vberatung.booking import operations
from vberatung.booking.models import BOOKED, CANCELLED, HELD, PENDING, Appointment
from vberatung.booking.queries import appointment_of_link
from vberatung.extensions import db, hub, jobs
from vberatung.limited import limited
from vberatung.limits import CHANGES
from vberatung.messages import mail, notices
from vberatung.room import access, receipt
from vberatung.room import operations as room
from vberatung.room.hub import staff_bell
from vberatung.routes.telling import tell
from vberatung.statistics.operations import may_answer
from vberatung.waiting import queries as waiting_list

pages = Blueprint("appointment", __name__, url_prefix="/termin/<token>")


@pages.get("")
def show(token: str) -> str:
    appointment, now = appointment_or_404(token), clock.now()
    waiting = waiting_list.entry_of_appointment(db.session, appointment)
    offers = waiting_list.open_offers_of(db.session, waiting, now)
    has_receipt = receipt.exists(db.session, appointment, now)
    return page(
        "appointment/show.html", token, waiting=waiting, offers=offers, has_receipt=has_receipt
    )


@pages.get("/gebucht")
def booked(token: str) -> ResponseReturnValue:
    appointment = appointment_or_404(token)
    if appointment.status not in (BOOKED, HELD):
        return redirect(url_for("appointment.show", token=token))
    since = appointment.moved_at or appointment.booked_at
    mailed = appointment.mailed_at is not None and appointment.mailed_at >= since
    return page("appointment/booked.html", token, mailed=mailed)


@pages.get("/drucken")
def to_print(token: str) -> str:
    """For whoever has no mail: link, QR code, and a code that can be read aloud."""
    return page("appointment/print.html", token)


@pages.get("/termin.ics")
def calendar(token: str) -> Response:
    appointment = appointment_or_404(token)
    link = i18n.absolute_url("appointment.show", token=token)
    return Response(
        mail.calendar_of(appointment, link, clock.now()),
        mimetype="text/calendar",
        headers={"Content-Disposition": "attachment; filename=termin.ics"},
    )


@pages.get("/bestaetigen")
def confirm_page(token: str) -> ResponseReturnValue:
    """Where the link in the mail leads. A mail scanner that opens it confirms nothing."""
    if appointment_or_404(token).status != PENDING:
        return redirect(url_for("appointment.show", token=token))
    return page("appointment/confirm.html", token, too_many=False)


@pages.post("/bestaetigen")
@limited(CHANGES)
def confirm(token: str) -> ResponseReturnValue:
    appointment, now = appointment_or_404(token), clock.now()
    try:
        first = operations.confirm(db.session, appointment, now)
    except operations.TooManyBookings:
        db.session.rollback()
        return page("appointment/confirm.html", token, too_many=True), 429
    if first:
        tell(notices.booked, appointment, now, by_link=True)
    changed(appointment)
    return redirect(url_for("appointment.booked", token=token), 303)


def appointment_or_404(token: str) -> Appointment:
    if g.get("token") != token:  # once for each request
        g.appointment = appointment_of_link(db.session, token) or abort(404)
        g.office, g.token = g.appointment.office, token  # an error page then names the right one
    appointment: Appointment = g.appointment
    return appointment


def changed(appointment: Appointment, *, former: int | None = None) -> None:
    """Commit, send what is to be sent, and show it to the counsellor, the `former` one too."""
    bells = {appointment.counsellor_id, former or appointment.counsellor_id}
    db.session.commit()
    jobs.deliver_soon()
    for counsellor_id in bells:
        hub.ring(staff_bell(counsellor_id))


def page(template: str, token: str, **context: object) -> str:
    """A page about the appointment of this link."""
    appointment = appointment_or_404(token)
    times, now = room.times_of(appointment), clock.now()
    return render_template(
        template,
        appointment=appointment,
        office=appointment.office,
        token=token,
        link=i18n.absolute_url("appointment.show", token=token),
        code=links.code_of(token),
        code_link=i18n.absolute_url("code.enter"),
        cancelled=appointment.status == CANCELLED,
        pending=appointment.status == PENDING,
        can_change=operations.can_change(appointment, now),
        had_talk=appointment.status == HELD or appointment.talk_started_at is not None,
        room_open=access.is_open(times, now),
        opens_at=times.opens_at,
        over=access.is_over(times, now),
        may_answer=may_answer(appointment),
        **context,
    )
