"""Calendar files (RFC 5545) as scheduling messages (RFC 5546)."""

from datetime import UTC, datetime

import icalendar

from vberatung.booking.models import Appointment

REQUEST, CANCEL, PUBLISH = "REQUEST", "CANCEL", "PUBLISH"
PRODUCT = "-//Videoberatung//DE"


def calendar_file(
    appointment: Appointment,
    method: str,
    *,
    summary: str,
    description: str,
    location: str,
    url: str,
    now: datetime,
) -> str:
    """One VEVENT. The UID stays the same for the appointment's life, SEQUENCE rises on change.

    RFC 5546: a request names who organises and who is asked (3.2.2), a cancellation both and
    the status (3.2.5); what is published is asked of nobody and names no attendee (3.2.1).
    """
    event = icalendar.Event()
    event.add("uid", appointment.uid)
    event.add("sequence", appointment.sequence)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", appointment.starts_at.astimezone(UTC))
    event.add("dtend", appointment.ends_at.astimezone(UTC))
    event.add("summary", summary)
    event.add("description", description)
    event.add("location", location)
    event.add("status", "CANCELLED" if method == CANCEL else "CONFIRMED")
    event.add("class", "PRIVATE")
    event.add("url", url)
    event.add("organizer", _organizer(appointment))
    if appointment.email and method != PUBLISH:
        event.add("attendee", _attendee(appointment.email))
    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(event)
    return str(calendar.to_ical(), "utf-8")


def _organizer(appointment: Appointment) -> icalendar.vCalAddress:
    organizer = icalendar.vCalAddress(f"mailto:{appointment.office.email}")
    organizer.params["CN"] = icalendar.vText(appointment.office.name)
    return organizer


def _attendee(email: str) -> icalendar.vCalAddress:
    """They have agreed to the time already: no answer is asked for."""
    attendee = icalendar.vCalAddress(f"mailto:{email}")
    attendee.params["ROLE"] = icalendar.vText("REQ-PARTICIPANT")
    attendee.params["PARTSTAT"] = icalendar.vText("ACCEPTED")
    attendee.params["RSVP"] = icalendar.vText("FALSE")
    return attendee
