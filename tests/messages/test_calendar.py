"""Calendar files against RFC 5545 and RFC 5546, read back with a parser."""

from datetime import timedelta

import icalendar
import pytest

from tests.support.cast import AT_TEN, MORNING
from vberatung.booking.models import Appointment
from vberatung.messages.calendar import CANCEL, REQUEST, calendar_file

URL = "https://beratung.example/termin/abc"


def event_of(appointment: Appointment, method: str = REQUEST) -> icalendar.Event:
    text = calendar_file(appointment, method, "Beratung", "Alles: hier", URL, MORNING)
    calendar = icalendar.Calendar.from_ical(text)
    assert isinstance(calendar, icalendar.Calendar)
    assert calendar["METHOD"] == method
    assert calendar["VERSION"] == "2.0"
    (event,) = calendar.walk("VEVENT")
    assert isinstance(event, icalendar.Event)
    return event


def test_a_request_has_all_that_rfc_5546_asks_for(appointment: Appointment) -> None:
    event = event_of(appointment)
    assert event["UID"] == appointment.uid
    assert event["SEQUENCE"] == 0
    assert event.decoded("DTSTAMP") == MORNING
    assert event["STATUS"] == "CONFIRMED"
    assert event["ORGANIZER"] == "mailto:kontakt@musterstadt.example"
    assert event["ATTENDEE"] == "mailto:aylin@example.org"
    assert event["URL"] == URL


def test_the_times_are_the_appointments(appointment: Appointment) -> None:
    event = event_of(appointment)
    assert event.start == AT_TEN
    assert event.duration == timedelta(minutes=30)


def test_a_cancellation_keeps_the_uid_and_raises_the_sequence(appointment: Appointment) -> None:
    appointment.sequence = 1
    event = event_of(appointment, CANCEL)
    assert (event["UID"], event["SEQUENCE"]) == (appointment.uid, 1)
    assert event["STATUS"] == "CANCELLED"


def test_without_an_address_there_is_no_attendee(appointment: Appointment) -> None:
    appointment.email = None
    assert "ATTENDEE" not in event_of(appointment)


@pytest.mark.parametrize(
    "summary", ["A\r\nBEGIN:VALARM", "A\nATTENDEE:mailto:x@y.example", "a;b,c"]
)
def test_no_text_can_add_a_property(appointment: Appointment, summary: str) -> None:
    text = calendar_file(appointment, REQUEST, summary, summary, URL, MORNING)
    lines = text.replace("\r\n ", "").splitlines()
    assert len([line for line in lines if line.startswith("ATTENDEE")]) == 1
    assert "BEGIN:VALARM" not in lines
