from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.support.browser import Browser
from tests.support.cast import AT_TEN, Cast
from vberatung import clock
from vberatung.booking.models import Appointment
from vberatung.room import operations, presence
from vberatung.room.places import JOBSEEKER

OPENS = AT_TEN - timedelta(minutes=15)
CLOSES = AT_TEN + timedelta(minutes=30 + 60)


@pytest.mark.parametrize(
    ("moment", "status"),
    [
        pytest.param(OPENS - timedelta(seconds=1), 403, id="a second before it opens"),
        pytest.param(OPENS, 200, id="when it opens"),
        pytest.param(CLOSES - timedelta(seconds=1), 200, id="a second before it closes"),
        pytest.param(CLOSES, 410, id="when it closes"),
        pytest.param(CLOSES + timedelta(days=400), 410, id="a year later"),
    ],
)
def test_the_room_is_open_from_quarter_to_until_an_hour_after(
    browser: Browser, token: str, moment: datetime, status: int
) -> None:
    with clock.set_to(moment):
        page = browser.get(f"/termin/{token}/raum")
    assert page.status == status


def test_before_its_time_the_page_says_when_it_opens(browser: Browser, token: str) -> None:
    page = browser.get(f"/termin/{token}/raum")
    assert "Montag, 23. November 2026, 09:45 Uhr" in page.text
    assert f"/termin/{token}" in page.links()


def test_after_its_end_the_page_leads_back(browser: Browser, token: str) -> None:
    with clock.set_to(CLOSES):
        page = browser.get(f"/termin/{token}/raum")
    assert f"/termin/{token}" in page.links()


def test_the_room_has_everything_that_the_script_needs(browser: Browser, token: str) -> None:
    with clock.set_to(AT_TEN):
        page = browser.get(f"/termin/{token}/raum")
    for mark in ("consent", "join", "state", "self-video", "remote-video", "hang-up", "call-me"):
        assert len(page.marked(mark)) == 1, mark
    (room,) = [element for element in page.all("div") if "data-room" in element.attrib]
    assert room.attrib["data-socket"] == f"/termin/{token}/raum/socket"
    assert room.attrib["data-role"] == "jobseeker"


def test_joining_is_consent_and_arrival(
    browser: Browser, appointment: Appointment, token: str
) -> None:
    with clock.set_to(AT_TEN):
        browser.submit(browser.get(f"/termin/{token}/raum"))
    assert appointment.consented_at == appointment.arrived_at == AT_TEN
    assert appointment.consent_version == operations.CONSENT_VERSION


def test_joining_without_javascript_tells_what_to_do(browser: Browser, token: str) -> None:
    with clock.set_to(AT_TEN):
        page = browser.submit(browser.get(f"/termin/{token}/raum"))
    assert page.path == f"/termin/{token}/raum/da"
    assert page.marked("call-me")


def test_joining_by_script_stays_on_the_page(
    browser: Browser, session: Session, appointment: Appointment, token: str
) -> None:
    with clock.set_to(AT_TEN):
        form = browser.get(f"/termin/{token}/raum").form("/raum")
        answer = browser.post(form.action, dict(form.values), headers={"X-Requested-With": "fetch"})
        assert presence.is_present(session, appointment.id, JOBSEEKER, AT_TEN)
    assert (answer.status, answer.response.data) == (204, b"")


def test_the_first_arrival_counts(browser: Browser, appointment: Appointment, token: str) -> None:
    for minute in (50, 55):
        with clock.set_to(AT_TEN.replace(hour=9, minute=minute)):
            browser.submit(browser.get(f"/termin/{token}/raum"))
    assert appointment.arrived_at == AT_TEN.replace(hour=9, minute=50)


def test_one_cannot_join_before_the_room_opens(
    browser: Browser, appointment: Appointment, token: str
) -> None:
    with clock.set_to(AT_TEN):
        page = browser.get(f"/termin/{token}/raum")
    assert browser.submit(page).status == 403
    assert appointment.arrived_at is None


def test_one_cannot_join_after_the_end(
    browser: Browser, session: Session, appointment: Appointment, token: str
) -> None:
    with clock.set_to(AT_TEN):
        page = browser.get(f"/termin/{token}/raum")
        operations.end(session, appointment, AT_TEN)
        assert browser.submit(page).status == 410
    assert appointment.consented_at is None


def test_a_cancelled_appointment_has_no_room(
    browser: Browser, session: Session, appointment: Appointment, token: str
) -> None:
    appointment.status = "cancelled"
    with clock.set_to(AT_TEN):
        assert browser.get(f"/termin/{token}/raum").status == 410


def test_who_has_not_arrived_is_led_to_the_room(browser: Browser, token: str) -> None:
    with clock.set_to(AT_TEN):
        assert browser.visit(f"/termin/{token}/raum/da").path == f"/termin/{token}/raum"


def test_who_was_admitted_is_in_the_talk_at_once_after_a_reload(
    browser: Browser, session: Session, cast: Cast, appointment: Appointment, token: str
) -> None:
    operations.arrive(session, appointment, AT_TEN)
    operations.admit(session, appointment, AT_TEN)
    with clock.set_to(AT_TEN):
        page = browser.get(f"/termin/{token}/raum")
    assert [element for element in page.all("div") if "data-auto-join" in element.attrib]


def test_the_room_shows_no_other_appointment(browser: Browser, cast: Cast, token: str) -> None:
    with clock.set_to(AT_TEN):
        page = browser.get(f"/termin/{token}/raum")
    assert "Коваленко" not in page.text
    assert "Noack" not in page.text
