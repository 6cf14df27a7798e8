"""Calendar files against RFC 5545 and RFC 5546, read back with two parsers."""

import re
from datetime import UTC, timedelta
from typing import Any

import icalendar
import pytest
import vobject
from flask import Flask
from sqlalchemy.orm import Session

from tests.support.cast import AT_TEN, MORNING, Cast
from vberatung.booking import operations
from vberatung.booking.models import CANCELLED, IN_PERSON, PHONE, VIDEO, Appointment
from vberatung.messages import mail
from vberatung.messages.calendar import CANCEL, PUBLISH, REQUEST, calendar_file

URL = "https://beratung.example/termin/abc"

# RFC 5546, 3.2.1, 3.2.2 and 3.2.5: what a VEVENT must have and may not have, by method.
MUST = {
    REQUEST: {"ATTENDEE", "DTSTAMP", "DTSTART", "ORGANIZER", "SUMMARY", "UID"},
    CANCEL: {"ATTENDEE", "DTSTAMP", "ORGANIZER", "SEQUENCE", "UID"},
    PUBLISH: {"DTSTAMP", "DTSTART", "ORGANIZER", "SUMMARY", "UID"},
}
MUST_NOT = {
    REQUEST: set[str](),
    CANCEL: {"REQUEST-STATUS"},
    PUBLISH: {"ATTENDEE", "REQUEST-STATUS"},
}
STATUS = {REQUEST: ("TENTATIVE", "CONFIRMED"), CANCEL: ("CANCELLED",)}
ONCE = {
    *("CLASS", "CREATED", "DESCRIPTION", "DTEND", "DTSTAMP", "DTSTART", "DURATION", "GEO"),
    *("LAST-MODIFIED", "LOCATION", "ORGANIZER", "PRIORITY", "SEQUENCE", "STATUS", "SUMMARY"),
    *("TRANSP", "UID", "URL"),
}


def check_scheduling_message(text: str) -> dict[str, list[str]]:
    """The properties of the one VEVENT, if the object keeps RFC 5545's form and 5546's rules."""
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75  # RFC 5545, 3.1
    lines = text.replace("\r\n ", "").replace("\r\n\t", "").split("\r\n")[:-1]
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-1] == "END:VCALENDAR"
    begin, end = lines.index("BEGIN:VEVENT"), lines.index("END:VEVENT")
    assert sum(line.startswith("BEGIN:") for line in lines) == 2
    outer = dict(line.split(":", 1) for line in lines[1:begin])
    assert outer.keys() == {"VERSION", "PRODID", "METHOD"}
    event: dict[str, list[str]] = {}
    for line in lines[begin + 1 : end]:
        name = re.split("[:;]", line, maxsplit=1)[0]
        event.setdefault(name, []).append(line)
    method = outer["METHOD"]
    assert MUST[method] <= event.keys()
    assert not MUST_NOT[method] & event.keys()
    assert all(len(event[name]) == 1 for name in ONCE & event.keys())
    assert not {"DTEND", "DURATION"} <= event.keys()
    assert all(event[name][0].endswith("Z") for name in ("DTSTAMP", "DTSTART", "DTEND"))
    if method in STATUS:
        assert event["STATUS"][0].removeprefix("STATUS:") in STATUS[method]
    return event


def text_of(appointment: Appointment, method: str = REQUEST, **changes: Any) -> str:
    texts: dict[str, Any] = {
        "summary": "Beratungstermin",
        "description": "Alles: hier",
        "location": "Video",
    }
    return calendar_file(appointment, method, **texts | {"url": URL, "now": MORNING} | changes)


def event_of(appointment: Appointment, method: str = REQUEST) -> icalendar.Event:
    calendar = icalendar.Calendar.from_ical(text_of(appointment, method))
    assert isinstance(calendar, icalendar.Calendar)
    assert calendar["METHOD"] == method
    assert calendar["VERSION"] == "2.0"
    (event,) = calendar.walk("VEVENT")
    assert isinstance(event, icalendar.Event)
    return event


@pytest.mark.parametrize("method", [REQUEST, CANCEL, PUBLISH])
def test_each_method_has_what_rfc_5546_asks_for_and_nothing_it_forbids(
    appointment: Appointment, method: str
) -> None:
    appointment.sequence = 3
    event = check_scheduling_message(text_of(appointment, method))
    assert event["UID"] == [f"UID:{appointment.uid}"]
    assert event["SEQUENCE"] == ["SEQUENCE:3"]
    assert event["DTSTAMP"] == ["DTSTAMP:20261123T070000Z"]
    assert event["ORGANIZER"][0].endswith(":mailto:kontakt@musterstadt.example")


def test_a_request_names_who_was_asked(appointment: Appointment) -> None:
    event = event_of(appointment)
    assert event["STATUS"] == "CONFIRMED"
    assert event["ATTENDEE"] == "mailto:aylin@example.org"
    assert event["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"
    assert event["URL"] == URL


@pytest.mark.parametrize("method", [REQUEST, CANCEL, PUBLISH])
def test_a_second_parser_reads_the_same(appointment: Appointment, method: str) -> None:
    text = text_of(appointment, method, summary="Beratung; Ä, „Ö“ \\n \\", description="1\n2: 3")
    calendar = vobject.readOne(text)
    event = calendar.vevent
    assert calendar.method.value == method
    assert event.uid.value == appointment.uid
    assert event.dtstart.value == AT_TEN
    assert event.dtend.value == AT_TEN + timedelta(minutes=30)
    assert event.dtstamp.value == MORNING.astimezone(UTC)
    assert event.summary.value == "Beratung; Ä, „Ö“ \\n \\"
    assert event.description.value == "1\n2: 3"
    assert event.organizer.params["CN"] == ["Jobcenter Musterstadt"]
    assert calendar.validate()


def test_the_times_are_the_appointments(appointment: Appointment) -> None:
    event = event_of(appointment)
    assert event.start == AT_TEN
    assert event.duration == timedelta(minutes=30)


def test_long_lines_are_folded_between_characters(appointment: Appointment) -> None:
    text = text_of(appointment, description="Ä€😀" * 60)
    check_scheduling_message(text)
    assert vobject.readOne(text).vevent.description.value == "Ä€😀" * 60


def test_without_an_address_there_is_no_attendee(appointment: Appointment) -> None:
    appointment.email = None
    assert "ATTENDEE" not in event_of(appointment, PUBLISH)


@pytest.mark.parametrize(
    "summary", ["A\r\nBEGIN:VALARM", "A\nATTENDEE:mailto:x@y.example", "a;b,c", "a\rb"]
)
def test_no_text_can_add_a_property(appointment: Appointment, summary: str) -> None:
    texts = {"summary": summary, "description": summary, "location": summary}
    event = check_scheduling_message(text_of(appointment, **texts))
    assert len(event["ATTENDEE"]) == 1


# ---- The life of an appointment


def test_the_same_entry_is_changed_and_cancelled_with_a_rising_sequence(
    app: Flask, session: Session, cast: Cast, appointment: Appointment
) -> None:
    entries = [sent(app, appointment)]
    operations.hand_to(session, appointment, cast.berger.id, AT_TEN + timedelta(hours=1), MORNING)
    entries.append(sent(app, appointment))
    operations.change_channel(session, appointment, PHONE, MORNING)
    entries.append(sent(app, appointment))
    operations.cancel(session, appointment, MORNING)
    entries.append(sent(app, appointment))
    assert [entry["METHOD"] for entry in entries] == [REQUEST, REQUEST, REQUEST, CANCEL]
    assert [entry["SEQUENCE"] for entry in entries] == ["0", "1", "2", "3"]
    assert len({entry["UID"] for entry in entries}) == 1
    assert [entry["DTSTART"] for entry in entries] == [
        "20261123T090000Z",
        "20261123T100000Z",
        "20261123T100000Z",
        "20261123T100000Z",
    ]
    assert entries[-1]["STATUS"] == "CANCELLED"


def sent(app: Flask, appointment: Appointment) -> dict[str, str]:
    """What the appointment's calendar file says, checked."""
    with app.test_request_context():
        method, text = mail.calendar_part(appointment, URL, MORNING)
    event = check_scheduling_message(text)
    return {"METHOD": method} | {name: lines[0].split(":", 1)[1] for name, lines in event.items()}


@pytest.mark.parametrize(
    ("channel", "place"),
    [
        (VIDEO, f"Video: {URL}"),
        (PHONE, "Telefon: +49 1511 2345678"),
        (IN_PERSON, "Lindenallee 12\\, 01234 Musterstadt"),
    ],
)
def test_the_entry_says_where(
    app: Flask, appointment: Appointment, channel: str, place: str
) -> None:
    appointment.channel = channel
    assert sent(app, appointment)["LOCATION"] == place


def test_who_looks_over_a_shoulder_learns_nothing(app: Flask, appointment: Appointment) -> None:
    entry = sent(app, appointment)
    assert (entry["SUMMARY"], entry["CLASS"]) == ("Beratungstermin", "PRIVATE")
    assert "Weiterbildung" not in str(entry)


@pytest.mark.parametrize(("status", "method"), [("booked", PUBLISH), (CANCELLED, CANCEL)])
def test_whoever_gave_no_address_gets_a_file_that_asks_nobody(
    app: Flask, appointment: Appointment, status: str, method: str
) -> None:
    appointment.email, appointment.status = None, status
    with app.test_request_context():
        assert mail.calendar_part(appointment, URL, MORNING)[0] == method


def test_the_last_hour_of_summer_time_is_not_the_first_of_winter_time(
    app: Flask, session: Session, appointment: Appointment
) -> None:
    """Times wrong around the clock change: 2:30 comes twice on that day."""
    first = AT_TEN.replace(month=10, day=25, hour=2, minute=30, fold=0)
    for start, utc in ((first, "003000Z"), (first.replace(fold=1), "013000Z")):
        appointment.starts_at = start.astimezone(UTC)
        appointment.ends_at = appointment.starts_at + timedelta(minutes=30)
        assert sent(app, appointment)["DTSTART"] == f"20261025T{utc}"
