"""Mails as values: what to say, in the jobseeker's language. Nothing is sent here."""

from datetime import datetime

from flask import render_template
from flask_babel import force_locale, gettext

from vberatung.booking.models import CANCELLED, Appointment
from vberatung.i18n import translated
from vberatung.messages.calendar import CANCEL, REQUEST, calendar_file
from vberatung.messages.models import Mail


def confirmation(appointment: Appointment, link: str, now: datetime) -> Mail:
    """The appointment is booked; `link` is its personal link."""
    with force_locale(appointment.language):
        return _appointment_mail(
            "confirmation", gettext("Ihr Termin ist gebucht"), appointment, REQUEST, link, now
        )


def cancellation(appointment: Appointment, link: str, now: datetime) -> Mail:
    """The appointment is cancelled; `link` leads to booking anew."""
    with force_locale(appointment.language):
        return _appointment_mail(
            "cancellation", gettext("Ihr Termin ist abgesagt"), appointment, CANCEL, link, now
        )


def calendar_of(appointment: Appointment, link: str, now: datetime) -> str:
    """The calendar file of the appointment page, in the language of the page."""
    method = CANCEL if appointment.status == CANCELLED else REQUEST
    return _calendar(appointment, method, link, now)


def _appointment_mail(
    template: str, subject: str, appointment: Appointment, method: str, link: str, now: datetime
) -> Mail:
    body = render_template(f"mail/{template}.txt", appointment=appointment, link=link).strip()
    return Mail(
        recipient=appointment.email or "",
        subject=subject,
        body=body,
        calendar=_calendar(appointment, method, link, now),
        method=method,
    )


def _calendar(appointment: Appointment, method: str, link: str, now: datetime) -> str:
    summary = gettext(
        "Beratung: %(topic)s (%(office)s)",
        topic=translated(appointment.topic.name),
        office=appointment.office.name,
    )
    description = gettext("Alles zu Ihrem Termin: %(link)s", link=link)
    return calendar_file(appointment, method, summary, description, link, now)
