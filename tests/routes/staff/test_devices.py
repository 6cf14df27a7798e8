"""Camera and microphone before the first talk of the day, and never in the way of a person."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests.support.browser import Browser
from tests.support.cast import AT_TEN, Cast, an_appointment
from tests.support.staff import SIGN_IN, sign_in
from vberatung import clock
from vberatung.booking.models import Appointment
from vberatung.room import operations

CHECK = "/team/geraete"
NOT_YET = "heute in diesem Browser noch nicht geprüft"


@pytest.fixture
def room(appointment: Appointment) -> str:
    return f"/team/raum/{appointment.id}"


@pytest.mark.parametrize("result", ["made", "later"])
def test_the_first_room_of_the_day_begins_with_the_check(
    berger: Browser, room: str, result: str
) -> None:
    with clock.set_to(AT_TEN):
        page = berger.visit(room)
        assert page.path == CHECK
        assert page.one("div", role="meter")
        page = berger.send(page.form(), page.form().filled({"result": result}))
        assert page.path == room
        assert berger.visit(room).path == room, "once a day"
        assert (NOT_YET in berger.get("/team/").text) == (result == "later")


def test_the_next_day_it_is_asked_again(
    berger: Browser, browser: Browser, session: Session, cast: Cast, room: str
) -> None:
    tomorrow = an_appointment(session, cast.topic, cast.berger, AT_TEN + timedelta(days=1))
    session.commit()
    with clock.set_to(AT_TEN):
        page = berger.visit(room)
        berger.send(page.form(), page.form().filled({"result": "made"}))
        assert berger.visit(room).path == room
    with clock.set_to(AT_TEN.replace(hour=0) + timedelta(days=1)):
        assert NOT_YET in berger.get("/team/").text
    with clock.set_to(tomorrow.starts_at):
        sign_in(browser, cast.berger.email)
        assert browser.visit(f"/team/raum/{tomorrow.id}").path == CHECK


def test_whoever_lets_in_somebody_who_waits_is_in_the_room_at_once(
    berger: Browser, session: Session, appointment: Appointment, room: str
) -> None:
    with clock.set_to(AT_TEN):
        operations.arrive(session, appointment, AT_TEN)
        day = berger.get("/team/")
        assert NOT_YET in day.text
        assert berger.visit(room).path == room, "somebody waits there"
        assert berger.submit(day, "/einlassen").path == room
        assert berger.visit(room).path == room, "a reload in the talk"


def test_it_can_be_made_at_any_time(berger: Browser) -> None:
    page = berger.get(berger.get("/team/").link("Kamera und Mikrofon prüfen"))
    assert not page.has("check-later")
    day = berger.send(page.form(), page.form().filled({"result": "made"}))
    assert day.path == "/team/"
    assert NOT_YET not in day.text
    berger.send(page.form(), page.form().filled({"result": "later"}))
    assert NOT_YET not in berger.get("/team/").text, "what was checked stays checked"


@pytest.mark.parametrize(
    "next_", ["https://evil.example", "//evil.example", "0", "-1", "x", "9" * 30, "{foreign}"]
)
def test_it_leads_to_own_rooms_only(berger: Browser, cast: Cast, next_: str) -> None:
    page = berger.get(CHECK, query={"weiter": next_.format(foreign=cast.noise.id)})
    assert page.status == 200
    assert not page.has("check-later")
    answer = berger.open(
        f"{CHECK}?weiter={next_.format(foreign=cast.noise.id)}",
        "POST",
        data=dict(page.form().filled({"result": "made"})),
    )
    assert answer.location == "/team/"


def test_strangers_and_forged_forms_are_refused(berger: Browser, browser: Browser) -> None:
    assert browser.visit(CHECK).path == SIGN_IN
    assert berger.post(CHECK, {"result": "made"}).status == 400
