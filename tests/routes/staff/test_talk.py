from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests.support.browser import Browser
from tests.support.cast import AT_TEN, MORNING, THOMAS, Cast, an_appointment, somebody_waits
from tests.support.staff import SIGN_IN, sign_in
from vberatung import clock
from vberatung.booking.models import Appointment

ADMIT = "/einlassen"


@pytest.fixture
def waiting(session: Session, cast: Cast) -> Appointment:
    """Olena waits for Berger."""
    appointment = somebody_waits(session, cast.topic, cast.berger, MORNING)
    session.commit()
    return appointment


def test_one_click_admits_and_opens_the_room(berger: Browser, waiting: Appointment) -> None:
    page = berger.submit(berger.get("/team/"), ADMIT)
    assert page.path == f"/team/raum/{waiting.id}"
    assert waiting.admitted_at == MORNING


def test_who_is_admitted_waits_no_longer(berger: Browser, waiting: Appointment) -> None:
    berger.submit(berger.get("/team/"), ADMIT)
    assert not berger.get("/team/").has("arrival")


def test_the_room_is_the_counsellors(berger: Browser, waiting: Appointment) -> None:
    page = berger.get(f"/team/raum/{waiting.id}")
    (room,) = [element for element in page.all("div") if "data-room" in element.attrib]
    assert room.attrib["data-role"] == "counsellor"
    assert room.attrib["data-socket"] == f"/team/raum/{waiting.id}/socket"
    assert page.has("end-for-all")
    assert not page.has("consent")


@pytest.mark.parametrize("email", ["aydin@musterstadt.example", "noack@seeheim.example"])
def test_what_others_may_not_see_does_not_exist(
    browser: Browser, berger: Browser, waiting: Appointment, email: str
) -> None:
    form = berger.get("/team/").form(ADMIT)
    sign_in(browser, email)
    token = browser.get("/team/").form(ADMIT).value("csrf_token")
    assert browser.get(f"/team/raum/{waiting.id}").status == 404
    assert browser.post(form.action, {"csrf_token": token}).status == 404
    assert waiting.admitted_at is None


def test_strangers_are_asked_to_sign_in(
    browser: Browser, waiting: Appointment, session: Session
) -> None:
    token = browser.get(SIGN_IN).form().value("csrf_token")
    assert browser.visit(f"/team/raum/{waiting.id}").path == SIGN_IN
    refused = browser.post(f"/team/raum/{waiting.id}{ADMIT}", {"csrf_token": token})
    assert (refused.status, waiting.admitted_at) == (302, None)


@pytest.mark.parametrize("id", ["0", "99999999", "99999999999999999999999", "-1", "x"])
def test_an_appointment_that_there_is_not(berger: Browser, id: str) -> None:
    assert berger.get(f"/team/raum/{id}").status == 404


def test_a_talk_by_phone_has_no_room(berger: Browser, session: Session, cast: Cast) -> None:
    phone = an_appointment(session, cast.topic, cast.berger, AT_TEN, THOMAS, "phone")
    session.commit()
    with clock.set_to(AT_TEN):
        assert berger.get(f"/team/raum/{phone.id}").status == 404


def test_the_room_has_the_same_times_for_both(berger: Browser, waiting: Appointment) -> None:
    url = f"/team/raum/{waiting.id}"
    with clock.set_to(MORNING - timedelta(minutes=16)):
        assert berger.get(url).status == 403
    with clock.set_to(MORNING + timedelta(minutes=90)):
        assert berger.get(url).status == 410


def test_nobody_is_admitted_after_the_end(berger: Browser, waiting: Appointment) -> None:
    page = berger.get("/team/")
    with clock.set_to(MORNING + timedelta(minutes=90)):
        assert berger.submit(page, ADMIT).status == 410
    assert waiting.admitted_at is None


def test_admitting_twice_keeps_the_first_moment(berger: Browser, waiting: Appointment) -> None:
    page = berger.get("/team/")
    berger.submit(page, ADMIT)
    with clock.set_to(MORNING + timedelta(minutes=5)):
        berger.submit(page, ADMIT)
    assert waiting.admitted_at == MORNING
