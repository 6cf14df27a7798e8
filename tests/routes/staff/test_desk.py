"""Beside the talk: who else has come, how much time is left, and more of it."""

import time
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.support.browser import Browser
from tests.support.cast import AT_TEN, OLENA, THOMAS, Cast, an_appointment
from tests.support.sockets import Sockets
from tests.support.staff import SIGN_IN, sign_in
from vberatung import clock
from vberatung.booking import operations as booking
from vberatung.booking.models import Appointment
from vberatung.extensions import hub
from vberatung.room import access, guests, operations, presence
from vberatung.room.hub import staff_bell
from vberatung.room.places import INTERPRETER, place_of_guest

HALF = AT_TEN + timedelta(minutes=30)
FETCH = {"X-Requested-With": "fetch"}


@pytest.fixture
def url(appointment: Appointment) -> str:
    return f"/team/raum/{appointment.id}"


@pytest.fixture
def late(session: Session, cast: Cast) -> Appointment:
    """Olena's appointment with Berger, after Aylin's."""
    made = an_appointment(session, cast.topic, cast.berger, HALF + timedelta(minutes=15), OLENA)
    session.commit()
    return made


def at(minutes: int) -> datetime:
    return AT_TEN + timedelta(minutes=minutes)


# Who else has come


def test_the_next_person_is_shown_within_a_second_and_gone_when_they_go(
    sockets: Sockets,
    berger: Browser,
    browser: Browser,
    session: Session,
    appointment: Appointment,
    late: Appointment,
    url: str,
) -> None:
    token = booking.issue_link(session, late, AT_TEN)
    with clock.set_to(at(32)):
        desk = sockets.open(f"{url}/schreibtisch", berger.cookie("__Host-session"))
        assert "other-waiting" not in desk.text()
        page = browser.get(f"/termin/{token}/raum")
        began = time.monotonic()
        browser.submit(page)
        part = desk.text()
        assert time.monotonic() - began < 1
        assert f"{OLENA.name} wartet seit 10:32 Uhr (Termin: 10:45 Uhr)." in part
        assert "<audio" not in part
        assert "alert" not in part
        presence.leave(session, late.id, "jobseeker")
        session.commit()
        hub.ring(staff_bell(late.counsellor_id))
        assert "other-waiting" not in desk.text()


def test_who_waits_in_this_room_is_not_shown_twice(
    sockets: Sockets, berger: Browser, session: Session, appointment: Appointment, url: str
) -> None:
    operations.arrive(session, appointment, AT_TEN)
    session.commit()
    desk = sockets.open(f"{url}/schreibtisch", berger.cookie("__Host-session"))
    assert "other-waiting" not in desk.text()


def test_a_guest_of_the_next_talk_is_shown_with_their_role(
    sockets: Sockets,
    berger: Browser,
    session: Session,
    appointment: Appointment,
    late: Appointment,
    url: str,
) -> None:
    guest = guests.invite(session, late, INTERPRETER, "Oksana Bondar", AT_TEN)
    guests.arrive(session, guest, at(31))
    presence.touch(session, late.id, place_of_guest(guest.id), at(31))
    session.commit()
    with clock.set_to(at(31)):
        desk = sockets.open(f"{url}/schreibtisch", berger.cookie("__Host-session"))
        assert (
            "Oksana Bondar (Dolmetschen) wartet seit 10:31 Uhr (Termin: 10:45 Uhr)." in desk.text()
        )


def test_who_asks_to_be_called_is_shown_until_they_were_called(
    sockets: Sockets, berger: Browser, session: Session, late: Appointment, url: str
) -> None:
    with clock.set_to(at(20)):
        operations.request_call(session, late, "+4915123456789", at(20))
        session.commit()
        desk = sockets.open(f"{url}/schreibtisch", berger.cookie("__Host-session"))
        part = desk.text()
        assert f"{late.name} bittet um einen Anruf (Termin: 10:45 Uhr)." in part
        assert 'href="tel:+4915123456789"' in part
        operations.note_call(session, late, at(21))
        session.commit()
        hub.ring(staff_bell(late.counsellor_id))
        assert "call-wanted" not in desk.text()


@pytest.mark.parametrize("email", ["aydin@musterstadt.example", "noack@seeheim.example", ""])
def test_other_counsellors_and_strangers_have_no_desk_here(
    sockets: Sockets, browser: Browser, appointment: Appointment, url: str, email: str
) -> None:
    cookie = ""
    if email:
        sign_in(browser, email)
        cookie = browser.cookie("__Host-session")
    code = 4404 if email else 4403
    assert sockets.open(f"{url}/schreibtisch", cookie).ending()[0] == code


def test_a_foreign_page_has_no_desk(
    sockets: Sockets, berger: Browser, appointment: Appointment, url: str
) -> None:
    cookie = berger.cookie("__Host-session")
    assert sockets.open(f"{url}/schreibtisch", cookie, "https://evil.example").ending()[0] == 4403


# How much time is left


@pytest.mark.parametrize(
    ("minute", "left", "said"),
    [
        (0, "noch 30 Min.", ""),
        (24, "noch 6 Min.", ""),
        (
            25,
            "noch 5 Min.",
            "Noch 5 Minuten. Ihr nächster Termin beginnt um 10:45 Uhr.",
        ),
        (29, "noch 1 Min.", "Noch 1 Minute."),
        (30, "Zeit um", "Die geplante Zeit ist um. Ihr nächster Termin beginnt um 10:45 Uhr."),
        (47, "Zeit um", "Ihr nächster Termin hat um 10:45 Uhr begonnen."),
    ],
)
def test_the_time_that_is_left(
    sockets: Sockets,
    berger: Browser,
    late: Appointment,
    url: str,
    minute: int,
    left: str,
    said: str,
) -> None:
    with clock.set_to(at(minute)):
        part = sockets.open(f"{url}/schreibtisch", berger.cookie("__Host-session")).text()
    assert left in part
    assert ("time-soon" in part) == bool(said)
    assert said in " ".join(part.split())


def test_a_next_appointment_that_is_far_away_is_not_named(
    sockets: Sockets, berger: Browser, session: Session, cast: Cast, url: str
) -> None:
    an_appointment(session, cast.topic, cast.berger, AT_TEN + timedelta(hours=2), OLENA)
    session.commit()
    with clock.set_to(at(26)):
        part = sockets.open(f"{url}/schreibtisch", berger.cookie("__Host-session")).text()
    assert "time-soon" in part
    assert "nächster Termin" not in part


def test_the_jobseeker_sees_nothing_of_it(browser: Browser, token: str) -> None:
    with clock.set_to(at(28)):
        text = browser.get(f"/termin/{token}/raum").response.get_data(as_text=True)
    assert "desk" not in text
    assert "open-time" not in text


# More time


def test_the_talk_gets_fifteen_minutes_more(
    berger: Browser, session: Session, appointment: Appointment, url: str
) -> None:
    with clock.set_to(at(20)):
        page = berger.submit(berger.get(f"{url}/zeit"), "/zeit", minutes="15")
    assert "Verlängert bis 10:45 Uhr." in page.text
    assert appointment.ends_at == at(45)
    times = operations.times_of(appointment)
    assert access.is_open(times, at(104))
    assert not access.is_open(times, at(105))


def test_without_a_reload_it_is_a_fragment(
    berger: Browser, appointment: Appointment, url: str
) -> None:
    with clock.set_to(at(20)):
        form = berger.get(f"{url}/zeit").form("/zeit")
        answer = berger.post(form.action, {**dict(form.values), "minutes": "5"}, headers=FETCH)
        assert answer.status == 303
        followed = berger.client.get(answer.location, base_url=berger.base_url, headers=FETCH)
        fragment = followed.text
    assert "<html" not in fragment
    assert "Verlängert bis 10:35 Uhr." in fragment


def test_it_says_until_when_it_is_possible(
    berger: Browser, appointment: Appointment, late: Appointment, url: str
) -> None:
    with clock.set_to(at(20)):
        page = berger.get(f"{url}/zeit")
        (limit,) = page.marked("time-limit")
        text = " ".join("".join(limit.itertext()).split())
        assert (
            text == "Ihr nächster Termin beginnt um 10:45 Uhr. Sie können bis 10:40 Uhr verlängern."
        )
        assert [page.has(f"extend-{minutes}") for minutes in (5, 10, 15)] == [True, True, False]
        refused = berger.submit(page, "/zeit", minutes="15")
    assert refused.status == 409
    assert "inzwischen vergeben" in refused.text
    assert appointment.ends_at == HALF


def test_where_nothing_is_possible_it_says_why(
    berger: Browser, session: Session, cast: Cast, appointment: Appointment, url: str
) -> None:
    an_appointment(session, cast.topic, cast.berger, at(35), THOMAS)
    with clock.set_to(at(20)):
        page = berger.get(f"{url}/zeit")
    assert (
        "Ihr nächster Termin beginnt um 10:35 Uhr. Darum können Sie nicht verlängern." in page.text
    )
    assert "bricht am geplanten Ende nicht ab" in page.text


@pytest.mark.parametrize("minutes", ["", "7", "-5", "600", "x", "9" * 40])
def test_only_the_steps_that_are_offered(
    berger: Browser, appointment: Appointment, url: str, minutes: str
) -> None:
    with clock.set_to(at(20)):
        assert berger.submit(berger.get(f"{url}/zeit"), "/zeit", minutes=minutes).status == 400
    assert appointment.ends_at == HALF


def test_what_is_over_is_not_extended(
    berger: Browser, session: Session, appointment: Appointment, url: str
) -> None:
    with clock.set_to(at(20)):
        page = berger.get(f"{url}/zeit")
        operations.end(session, appointment, at(20))
        assert berger.submit(page, "/zeit", minutes="5").status == 409


@pytest.mark.parametrize(
    "moment",
    [AT_TEN - timedelta(days=1), at(-16), HALF + timedelta(hours=1), HALF + timedelta(days=3)],
)
def test_only_around_the_talk_is_it_extended(
    berger: Browser, appointment: Appointment, url: str, moment: datetime
) -> None:
    with clock.set_to(at(20)):
        form = berger.get(f"{url}/zeit").form("/zeit")
    with clock.set_to(moment):
        page = berger.get(f"{url}/zeit")
        assert [page.has(f"extend-{minutes}") for minutes in (5, 10, 15)] == [False] * 3
        assert page.has("time-limit")
        sent = {**dict(form.values), "minutes": "15"}
        assert berger.post(form.action, sent).status == 409
    assert appointment.ends_at == HALF


def test_from_when_the_room_is_open_it_is_extended(
    berger: Browser, appointment: Appointment, url: str
) -> None:
    with clock.set_to(at(-15)):
        berger.submit(berger.get(f"{url}/zeit"), "/zeit", minutes="5")
    assert appointment.ends_at == at(35)


@pytest.mark.parametrize("email", ["aydin@musterstadt.example", "noack@seeheim.example"])
def test_the_time_of_others_does_not_exist(
    berger: Browser, browser: Browser, appointment: Appointment, url: str, email: str
) -> None:
    with clock.set_to(at(20)):
        form = berger.get(f"{url}/zeit").form("/zeit")
        sign_in(browser, email)
        assert browser.get(f"{url}/zeit").status == 404
        token = browser.get("/team/geraete").form("/geraete").value("csrf_token")
        assert browser.post(form.action, {"csrf_token": token, "minutes": "5"}).status == 404
        assert berger.post(form.action, {"minutes": "5"}).status == 400, "without a token"
    assert appointment.ends_at == HALF


def test_strangers_are_asked_to_sign_in(
    browser: Browser, appointment: Appointment, url: str
) -> None:
    assert browser.visit(f"{url}/zeit").path == SIGN_IN
