"""Calendar files (RFC 5545) as scheduling messages (RFC 5546)."""

from datetime import datetime

import icalendar

from vberatung.booking.models import Appointment

REQUEST, CANCEL = "REQUEST", "CANCEL"
PRODUCT = "-//Videoberatung//DE"


def calendar_file(
    appointment: Appointment, method: str, summary: str, description: str, url: str, now: datetime
) -> str:
    """One VEVENT. The UID stays the same for the appointment's life, SEQUENCE rises on change."""
    event = icalendar.Event()
    event.add("uid", appointment.uid)
    event.add("sequence", appointment.sequence)
    event.add("dtstamp", now)
    event.add("dtstart", appointment.starts_at)
    event.add("dtend", appointment.ends_at)
    event.add("summary", summary)
    event.add("description", description)
    event.add("status", "CANCELLED" if method == CANCEL else "CONFIRMED")
    event.add("class", "PRIVATE")
    if url:
        event.add("url", url)
    organizer = icalendar.vCalAddress(f"mailto:{appointment.office.email}")
    organizer.params["CN"] = icalendar.vText(appointment.office.name)
    event.add("organizer", organizer)
    if appointment.email:
        attendee = icalendar.vCalAddress(f"mailto:{appointment.email}")
        attendee.params["ROLE"] = icalendar.vText("REQ-PARTICIPANT")
        attendee.params["PARTSTAT"] = icalendar.vText("ACCEPTED")
        event.add("attendee", attendee)

    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(event)
    return str(calendar.to_ical(), "utf-8")
