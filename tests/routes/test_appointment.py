from datetime import timedelta

import icalendar
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.browser import Browser
from tests.support.cast import AT_TEN, THOMAS, Cast, an_appointment
from vberatung import clock
from vberatung.booking import operations
from vberatung.booking.models import CANCELLED, Appointment, Claim
from vberatung.links import Link
from vberatung.messages.models import OutboxMessage

PARTS = ("", "/gebucht", "/termin.ics", "/absagen", "/anruf", "/raum", "/raum/da", "/danke")


@pytest.mark.parametrize(
    "forged", ["A" * 22, "x", "%00", "..%2f..", "ü", "%F0%9F%98%80", "A" * 3000]
)
def test_an_unknown_link_is_not_found_and_leads_to_a_new_one(
    browser: Browser, cast: Cast, forged: str
) -> None:
    for part in PARTS:
        page = browser.get(f"/termin/{forged}{part}")
        assert page.status == 404
        assert "/link" in page.links()
        assert "tel:+493023125000" in page.links()


def test_a_deleted_link_is_not_found(browser: Browser, session: Session, token: str) -> None:
    session.delete(session.scalars(select(Link)).one())
    assert browser.get(f"/termin/{token}").status == 404


def test_the_page_says_when_what_and_with_whom(browser: Browser, token: str) -> None:
    page = browser.get(f"/termin/{token}")
    assert len(page.marked("appointment-time")) == 1
    for words in ("Montag, 23. November 2026", "10:00", "Weiterbildung", "Sabine Berger"):
        assert words in page.text


def test_before_its_time_the_room_is_announced_but_not_linked(browser: Browser, token: str) -> None:
    page = browser.get(f"/termin/{token}")
    assert "9:45" in page.text
    assert f"/termin/{token}/raum" not in page.links()


def test_fifteen_minutes_before_the_start_the_room_is_linked(browser: Browser, token: str) -> None:
    with clock.set_to(AT_TEN - timedelta(minutes=15)):
        assert f"/termin/{token}/raum" in browser.get(f"/termin/{token}").links()


@pytest.mark.parametrize("channel", ["phone", "in_person"])
def test_other_talks_have_no_room(
    browser: Browser, session: Session, cast: Cast, channel: str
) -> None:
    appointment = an_appointment(session, cast.topic, cast.berger, AT_TEN, THOMAS, channel)
    token = operations.issue_link(session, appointment, clock.now())
    session.commit()
    with clock.set_to(AT_TEN):
        assert browser.visit(f"/termin/{token}/raum").path == f"/termin/{token}"
        form = browser.get("/musterstadt/termin?topic=weiterbildung").form()
        joined = browser.post(f"/termin/{token}/raum", {"csrf_token": form.value("csrf_token")})
    assert joined.status in (400, 404)


def test_the_calendar_file_can_be_downloaded(
    browser: Browser, appointment: Appointment, token: str
) -> None:
    page = browser.get(f"/termin/{token}/termin.ics")
    assert page.response.mimetype == "text/calendar"
    assert "attachment" in page.response.headers["Content-Disposition"]
    (event,) = icalendar.Calendar.from_ical(page.response.data).events
    assert event["UID"] == appointment.uid
    assert event["URL"] == f"https://beratung.example/termin/{token}"


def test_cancelling_needs_a_second_page(browser: Browser, token: str) -> None:
    page = browser.get(f"/termin/{token}")
    page = browser.get(page.marked("cancel")[0].attrib["href"])
    page = browser.submit(page)
    assert "abgesagt" in page.text
    assert not page.has("cancel")


def test_cancelling_gives_the_time_back_and_is_confirmed(
    browser: Browser, session: Session, appointment: Appointment, token: str
) -> None:
    browser.submit(browser.get(f"/termin/{token}/absagen"))
    assert appointment.status == CANCELLED
    mine = select(Claim).where(Claim.appointment_id == appointment.id)
    assert session.scalars(mine).all() == []
    mail = session.scalars(select(OutboxMessage)).one()
    assert (mail.recipient, mail.calendar_method) == ("aylin@example.org", "CANCEL")


def test_one_cannot_cancel_twice(browser: Browser, session: Session, token: str) -> None:
    page = browser.get(f"/termin/{token}/absagen")
    browser.submit(page)
    assert browser.submit(page).status == 409
    assert len(session.scalars(select(OutboxMessage)).all()) == 1


def test_what_has_begun_cannot_be_cancelled(browser: Browser, token: str) -> None:
    page = browser.get(f"/termin/{token}/absagen")
    with clock.set_to(AT_TEN):
        assert not browser.get(f"/termin/{token}").has("cancel")
        answer = browser.submit(page)
    assert answer.status == 409
    assert "zu spät" in answer.text


def test_a_call_can_be_asked_for(browser: Browser, appointment: Appointment, token: str) -> None:
    page = browser.submit(browser.get(f"/termin/{token}/anruf"), phone="030 23125 777")
    assert page.marked("state")[0].attrib["data-state"] == "phone"
    assert appointment.phone == "+493023125777"
    assert appointment.call_requested_at == clock.now()


def test_the_known_number_is_filled_in(browser: Browser, token: str) -> None:
    assert browser.get(f"/termin/{token}/anruf").form().value("phone") == "+49 1511 2345678"


def test_one_tap_in_the_room_is_enough(
    browser: Browser, appointment: Appointment, token: str
) -> None:
    page = browser.submit(browser.get(f"/termin/{token}/anruf"), phone=None)
    assert page.status == 200
    assert appointment.phone == "+4915112345678"


@pytest.mark.parametrize("phone", ["", "  ", "12", "keine"])
def test_a_call_needs_a_number(
    browser: Browser, appointment: Appointment, token: str, phone: str
) -> None:
    page = browser.submit(browser.get(f"/termin/{token}/anruf"), phone=phone)
    assert page.status == 422
    assert page.one("input", name="phone").attrib["aria-invalid"] == "true"
    assert appointment.call_requested_at is None


def test_a_cancelled_appointment_is_not_called(
    browser: Browser, session: Session, appointment: Appointment, token: str
) -> None:
    page = browser.get(f"/termin/{token}/anruf")
    operations.cancel(session, appointment, clock.now())
    assert browser.submit(page, phone="030 23125 777").status == 410


def test_after_its_end_the_page_leads_to_a_new_appointment(browser: Browser, token: str) -> None:
    with clock.set_to(AT_TEN + timedelta(hours=3)):
        page = browser.get(f"/termin/{token}")
    assert "/musterstadt/" in page.links()
    assert not page.has("cancel")


def test_every_page_of_the_appointment_keeps_its_address_out_of_search_engines(
    browser: Browser, token: str
) -> None:
    assert browser.get(f"/termin/{token}").all("meta", name="robots", content="noindex")


def test_the_calendar_file_of_a_cancelled_appointment_cancels(browser: Browser, token: str) -> None:
    browser.submit(browser.get(f"/termin/{token}/absagen"))
    calendar = icalendar.Calendar.from_ical(
        browser.get(f"/termin/{token}/termin.ics").response.data
    )
    assert calendar["METHOD"] == "CANCEL"
    assert calendar.events[0]["STATUS"] == "CANCELLED"
