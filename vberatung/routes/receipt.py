"""The receipt (Nachweis) of somebody who came to their talk, or tried to: as page and by mail."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from vberatung import clock
from vberatung.booking.models import PENDING, Appointment
from vberatung.extensions import db, jobs
from vberatung.limited import limited, network
from vberatung.limits import CHANGES, CHANGES_OF_ONE, take
from vberatung.messages import notices
from vberatung.room import receipt
from vberatung.routes.appointment import appointment_or_404, page

pages = Blueprint("receipt", __name__, url_prefix="/termin/<token>/nachweis")


@pages.get("")
def show(token: str) -> str:
    """Before anything has happened it says so: a link from an old mail must not look broken."""
    appointment = appointment_or_404(token)
    found = receipt.load(db.session, appointment, clock.now())
    can_mail_it = can_mail(appointment)
    return page("appointment/receipt.html", token, receipt=found, can_mail=can_mail_it)


def can_mail(appointment: Appointment) -> bool:
    """Whether there is an address, and not one that is still to be confirmed."""
    return bool(appointment.email) and appointment.status != PENDING


@pages.post("")
@limited(CHANGES)
def send(token: str) -> ResponseReturnValue:
    """By mail to the address of the appointment, never to one that was typed here."""
    appointment, now = appointment_or_404(token), clock.now()
    found = receipt.load(db.session, appointment, now)
    if can_mail(appointment) and not found.is_empty:
        take(db.session, CHANGES_OF_ONE, str(appointment.id), now)
        try:
            notices.receipt(db.session, appointment, now, found=found, network=network())
            flash(gettext("Der Nachweis ist unterwegs zu Ihnen."), "success")
        except notices.TooManyMessages:
            sentence = gettext(
                "Heute schicken wir Ihnen keine Nachricht mehr. Bitte drucken Sie den Nachweis."
            )
            flash(sentence, "warning")
        db.session.commit()
        jobs.deliver_soon()
    return redirect(url_for("receipt.show", token=token), 303)
