"""The personal page of an appointment, reached by its link. Opening it changes nothing."""

from flask import Blueprint, Response, abort, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import TelField

from vberatung import clock, i18n
from vberatung.booking import operations
from vberatung.booking.models import CANCELLED, Appointment
from vberatung.booking.queries import appointment_of_link
from vberatung.extensions import db, hub, jobs
from vberatung.messages import mail, outbox
from vberatung.room import access
from vberatung.room import operations as room
from vberatung.room.conversation import announce_end
from vberatung.room.hub import staff_bell
from vberatung.routes.forms import DataRequired, FlaskForm, Phone, strip
from vberatung.statistics.operations import may_answer

pages = Blueprint("appointment", __name__, url_prefix="/termin/<token>")


class PhoneForm(FlaskForm):
    """The number for "please call me"."""

    phone = TelField(
        _l("Telefonnummer"),
        filters=[strip],
        validators=[
            DataRequired(_l("Bitte schreiben Sie Ihre Telefonnummer.")),
            Phone(),
        ],
    )


@pages.get("")
def show(token: str) -> str:
    return _page("appointment/show.html", token)


@pages.get("/gebucht")
def booked(token: str) -> str:
    return _page("appointment/booked.html", token)


@pages.get("/termin.ics")
def calendar(token: str) -> Response:
    appointment = appointment_or_404(token)
    link = i18n.absolute_url("appointment.show", token=token)
    return Response(
        mail.calendar_of(appointment, link, clock.now()),
        mimetype="text/calendar",
        headers={"Content-Disposition": "attachment; filename=termin.ics"},
    )


@pages.get("/absagen")
def confirm_cancel(token: str) -> str:
    return _page("appointment/cancel.html", token)


@pages.post("/absagen")
def cancel(token: str) -> ResponseReturnValue:
    appointment, now = appointment_or_404(token), clock.now()
    operations.cancel(db.session, appointment, now)
    if appointment.email:
        again = i18n.absolute_url("public.office", slug=appointment.office.slug)
        cancellation = mail.cancellation(appointment, again, now)
        outbox.put(db.session, cancellation, now, expires_at=appointment.starts_at)
    db.session.commit()
    jobs.deliver_soon()
    announce_end(hub, appointment.id)
    hub.ring(staff_bell(appointment.counsellor_id))
    return redirect(url_for("appointment.show", token=token), 303)


@pages.get("/anruf")
def call_me(token: str) -> str:
    appointment = appointment_or_404(token)
    form = PhoneForm(phone=i18n.phone_number(appointment.phone or ""))
    return _page("appointment/call_me.html", token, form=form)


@pages.post("/anruf")
def request_call(token: str) -> ResponseReturnValue:
    appointment, form = appointment_or_404(token), PhoneForm()
    if not form.phone.raw_data and appointment.phone:
        form.phone.data = appointment.phone  # one tap: the number is known
    elif not form.validate_on_submit():
        return _page("appointment/call_me.html", token, form=form), 422
    room.request_call(db.session, appointment, form.phone.data, clock.now())
    db.session.commit()
    hub.ring(staff_bell(appointment.counsellor_id))
    return redirect(url_for("appointment.call_me", token=token), 303)


def appointment_or_404(token: str) -> Appointment:
    appointment = appointment_of_link(db.session, token) or abort(404)
    g.office = appointment.office  # an error page then names the right one
    return appointment


def _page(template: str, token: str, **context: object) -> str:
    appointment = appointment_or_404(token)
    times, now = room.times_of(appointment), clock.now()
    return render_template(
        template,
        appointment=appointment,
        office=appointment.office,
        token=token,
        link=i18n.absolute_url("appointment.show", token=token),
        cancelled=appointment.status == CANCELLED,
        can_cancel=operations.can_cancel(appointment, now),
        room_open=access.is_open(times, now),
        opens_at=times.opens_at,
        over=access.is_over(times, now),
        may_answer=may_answer(appointment),
        **context,
    )
