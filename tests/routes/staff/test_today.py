from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests.support.browser import Browser, text_of
from tests.support.cast import AT_TEN, AYLIN, MORNING, THOMAS, Cast, an_appointment, somebody_waits
from tests.support.staff import SIGN_IN
from vberatung import clock
from vberatung.booking.models import Appointment
from vberatung.room import operations, presence

DAY = "/team/"


def test_strangers_are_asked_to_sign_in(browser: Browser, cast: Cast) -> None:
    page = browser.visit(DAY)
    assert page.path == SIGN_IN
    assert "next=%2Fteam%2F" in page.url


def test_the_day_shows_the_counsellors_own_appointments(
    berger: Browser, appointment: Appointment
) -> None:
    page = berger.get(DAY)
    assert AYLIN.name in page.text
    assert "Коваленко" not in page.text
    assert not page.has("arrival")


def test_who_waits_is_on_top_with_a_button(berger: Browser, session: Session, cast: Cast) -> None:
    waiting = somebody_waits(session, cast.topic, cast.berger, MORNING)
    page = berger.get(DAY)
    assert len(page.marked("arrival")) == len(page.marked("admit")) == 1
    assert page.form("/einlassen").action.endswith(f"/team/raum/{waiting.id}/einlassen")


def test_who_came_first_is_first(berger: Browser, session: Session, cast: Cast) -> None:
    for start, arrived in ((MORNING, 5), (MORNING + timedelta(minutes=35), 1)):
        late = an_appointment(session, cast.first_talk, cast.berger, start)
        with clock.set_to(MORNING + timedelta(minutes=25)):
            operations.arrive(session, late, MORNING + timedelta(minutes=25))
        late.arrived_at = MORNING + timedelta(minutes=arrived)
    with clock.set_to(MORNING + timedelta(minutes=25)):
        times = [text_of(item) for item in berger.get(DAY).marked("arrival")]
    assert ["08:01" in times[0], "08:05" in times[1]] == [True, True]


def test_who_has_closed_the_page_waits_no_longer(
    berger: Browser, session: Session, cast: Cast
) -> None:
    somebody_waits(session, cast.topic, cast.berger, MORNING)
    with clock.set_to(MORNING + presence.LIVES):
        assert not berger.get(DAY).has("arrival")


def test_cancelled_appointments_are_gone(
    berger: Browser, session: Session, appointment: Appointment
) -> None:
    appointment.status = "cancelled"
    assert AYLIN.name not in berger.get(DAY).text


def test_an_open_room_can_be_entered(berger: Browser, appointment: Appointment) -> None:
    room = f"/team/raum/{appointment.id}"
    assert room not in berger.get(DAY).links()
    with clock.set_to(AT_TEN):
        assert room in berger.get(DAY).links()


def test_talks_by_phone_have_no_room_but_a_number(
    berger: Browser, session: Session, cast: Cast
) -> None:
    phone = an_appointment(session, cast.topic, cast.berger, AT_TEN, THOMAS, "phone")
    with clock.set_to(AT_TEN):
        page = berger.get(DAY)
    assert f"/team/raum/{phone.id}" not in page.links()
    assert "+49 1511 87654321" in page.text or "+49 1518 7654321" in page.text


def test_who_wants_to_be_called_is_shown_until_called(
    berger: Browser, session: Session, appointment: Appointment
) -> None:
    operations.request_call(session, appointment, "+493023125777", MORNING)
    page = berger.get(DAY)
    assert "tel:+493023125777" in page.links()
    page = berger.submit(page, "/angerufen")
    assert not page.has("call-request")
    assert appointment.called_at == MORNING


@pytest.mark.parametrize("whose", ["aydin", "noack"])
def test_the_calls_of_others_cannot_be_ticked_off(
    berger: Browser, session: Session, cast: Cast, appointment: Appointment, whose: str
) -> None:
    operations.request_call(session, appointment, "+493023125777", MORNING)
    form = berger.get(DAY).form("/angerufen")
    foreign = an_appointment(session, cast.topic, getattr(cast, whose), AT_TEN)
    foreign.call_requested_at = MORNING
    session.commit()
    url = f"/team/termin/{foreign.id}/angerufen"
    assert berger.post(url, dict(form.values)).status == 404
    assert foreign.called_at is None


def test_a_day_without_appointments_says_so(berger: Browser) -> None:
    page = berger.get(DAY)
    assert page.status == 200
    assert page.all("div", data_live="/team/live")
