"""What the mails say."""

import pytest
from flask import Flask

from tests.support.cast import MORNING
from vberatung.booking.models import CANCELLED, PHONE, Appointment
from vberatung.messages import mail

LINK = "https://beratung.example/termin/abc"


def test_the_confirmation_says_everything(app: Flask, appointment: Appointment) -> None:
    with app.test_request_context():
        sent = mail.confirmation(appointment, LINK, MORNING)
    assert sent.recipient == "aylin@example.org"
    assert sent.subject == "Ihr Termin ist gebucht"
    for fact in ("Montag, 23. November 2026, 10:00 Uhr", "Weiterbildung", "Sabine Berger", LINK):
        assert fact in sent.body
    assert sent.method == "REQUEST"


def test_it_is_written_in_the_language_of_the_jobseeker(
    app: Flask, appointment: Appointment
) -> None:
    appointment.language = "en"
    with app.test_request_context(headers={"Accept-Language": "de"}):
        sent = mail.confirmation(appointment, LINK, MORNING)
    assert sent.subject == "Your appointment is booked"
    assert "Monday, 23 November 2026, 10:00" in sent.body
    assert "Weiterbildung (en)" in sent.body


def test_a_talk_by_phone_is_not_sent_to_the_room(app: Flask, appointment: Appointment) -> None:
    appointment.channel = PHONE
    with app.test_request_context():
        body = mail.confirmation(appointment, LINK, MORNING).body
    assert "Wir rufen Sie an: +49" in body
    assert "15 Minuten vor" not in body


def test_a_cancellation_cancels_in_the_calendar_too(app: Flask, appointment: Appointment) -> None:
    with app.test_request_context():
        sent = mail.cancellation(appointment, LINK, MORNING)
    assert sent.method == "CANCEL"
    assert "STATUS:CANCELLED" in (sent.calendar or "")


def test_the_calendar_file_of_a_cancelled_appointment_cancels(
    app: Flask, appointment: Appointment
) -> None:
    appointment.status = CANCELLED
    with app.test_request_context():
        assert "METHOD:CANCEL" in mail.calendar_of(appointment, LINK, MORNING)


@pytest.mark.parametrize("template", ["confirmation", "cancellation"])
def test_texts_have_no_blank_edges_and_no_escaped_signs(
    app: Flask, appointment: Appointment, template: str
) -> None:
    appointment.name = "Rósa <O'Neill> & Co"
    with app.test_request_context():
        body = getattr(mail, template)(appointment, LINK, MORNING).body
    assert body == body.strip()
    assert "Rósa <O'Neill> & Co" in body
    assert "\n\n\n" not in body
