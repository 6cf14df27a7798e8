"""The day's page changes while it is open: arrivals are pushed."""

import time
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.support.browser import Browser
from tests.support.cast import AT_TEN, AYLIN, Cast, an_appointment
from tests.support.sockets import Sockets
from tests.support.staff import sign_in
from vberatung import clock, tokens
from vberatung.booking.models import Appointment
from vberatung.extensions import hub
from vberatung.room import guests
from vberatung.room.hub import staff_bell
from vberatung.room.places import INTERPRETER, place_of_guest

LIVE = "/team/live"


def test_an_arrival_is_pushed_within_a_second(
    sockets: Sockets, berger: Browser, browser: Browser, appointment: Appointment, token: str
) -> None:
    live = sockets.open(LIVE, berger.cookie("__Host-session"))
    assert 'data-testid="arrival"' not in live.text()
    page = browser.get(f"/termin/{token}/raum")
    browser.submit(page)
    began = time.monotonic()
    part = live.text()
    assert time.monotonic() - began < 1
    assert 'data-testid="arrival"' in part
    assert AYLIN.name in part


def test_an_admission_takes_the_arrival_away(
    sockets: Sockets, berger: Browser, browser: Browser, appointment: Appointment, token: str
) -> None:
    browser.submit(browser.get(f"/termin/{token}/raum"))
    live = sockets.open(LIVE, berger.cookie("__Host-session"))
    assert 'data-testid="admit"' in live.text()
    berger.submit(berger.get("/team/"), "/einlassen")
    assert 'data-testid="admit"' not in live.text()


def test_a_guest_who_comes_while_the_counsellor_is_elsewhere_is_pushed(
    sockets: Sockets, berger: Browser, session: Session, appointment: Appointment
) -> None:
    guest = guests.invite(session, appointment, INTERPRETER, "Oksana Bondar", AT_TEN)
    guests.arrive(session, guest, AT_TEN)
    token = guests.issue_link(session, guest, AT_TEN)
    session.commit()
    live = sockets.open(LIVE, berger.cookie("__Host-session"))
    assert "guest-arrival" not in live.text()
    way = sockets.open(f"/gast/{token}/raum/socket")
    way.hello()
    part = live.text()
    assert 'data-testid="guest-arrival"' in part
    assert "Oksana Bondar" in part
    way.connection.close()
    assert "guest-arrival" not in live.text()


@pytest.mark.parametrize("by", ["page", "room"])
def test_a_guest_who_is_removed_goes_from_the_day_and_from_the_desk_within_a_second(
    sockets: Sockets,
    berger: Browser,
    session: Session,
    cast: Cast,
    appointment: Appointment,
    by: str,
) -> None:
    guest = guests.invite(session, appointment, INTERPRETER, "Oksana Bondar", AT_TEN)
    guests.arrive(session, guest, AT_TEN)
    token = guests.issue_link(session, guest, AT_TEN)
    other = an_appointment(session, cast.topic, cast.berger, AT_TEN + timedelta(hours=1))
    session.commit()
    cookie, room = berger.cookie("__Host-session"), f"/team/raum/{appointment.id}"
    sockets.open(f"/gast/{token}/raum/socket").hello()
    live = sockets.open(LIVE, cookie)
    desk = sockets.open(f"/team/raum/{other.id}/schreibtisch", cookie)
    assert "guest-arrival" in live.text()
    assert "other-waiting" in desk.text()
    way = sockets.open(f"{room}/socket", cookie)
    way.hello()
    if by == "room":
        way.send("remove", id=place_of_guest(guest.id))
    else:
        page = berger.get(f"{room}/gaeste?entfernen={guest.id}")
        berger.submit(page, "/entfernen")
    began = time.monotonic()
    while "guest-arrival" in live.text():
        pass  # the counsellor has come too
    while "other-waiting" in desk.text():
        pass
    assert time.monotonic() - began < 1


def test_a_request_for_a_call_and_a_cancellation_are_pushed(
    sockets: Sockets, berger: Browser, browser: Browser, appointment: Appointment, token: str
) -> None:
    live = sockets.open(LIVE, berger.cookie("__Host-session"))
    live.text()
    browser.submit(browser.get(f"/termin/{token}/anruf"), phone="030 23125 777")
    assert "+493023125777" in live.text()
    with clock.set_to(AT_TEN.replace(hour=9)):
        browser.submit(browser.get(f"/termin/{token}/absagen"))
        assert AYLIN.name not in live.text()


def test_somebody_elses_arrivals_are_not_pushed(
    sockets: Sockets, cast: Cast, browser: Browser, app: Flask, session: Session, token: str
) -> None:
    aydin = Browser(app, before=session.commit)
    sign_in(aydin, "aydin@musterstadt.example")
    live = sockets.open(LIVE, aydin.cookie("__Host-session"))
    live.text()
    browser.submit(browser.get(f"/termin/{token}/raum"))
    assert live.is_silent(0.3)


def test_what_is_pushed_is_the_part_of_the_page(
    sockets: Sockets, berger: Browser, appointment: Appointment
) -> None:
    live = sockets.open(LIVE, berger.cookie("__Host-session"))
    page = berger.get("/team/").response.get_data(as_text=True)
    pushed = [line.strip() for line in live.text().splitlines() if "csrf_token" not in line]
    assert [line for line in pushed if line and line not in page] == []


def test_an_account_that_is_signed_out_everywhere_sees_nothing_more(
    sockets: Sockets, berger: Browser, session: Session, cast: Cast
) -> None:
    live = sockets.open(LIVE, berger.cookie("__Host-session"))
    live.text()
    cast.berger.session_key = "another"
    session.commit()
    hub.ring(staff_bell(cast.berger.id))
    assert live.ending() == (4403, "forbidden")


@pytest.mark.parametrize("cookie", ["", "__Host-session=forged"])
def test_strangers_see_nothing(sockets: Sockets, cast: Cast, cookie: str) -> None:
    assert sockets.open(LIVE, cookie).ending()[0] == 4403


def test_a_page_of_another_site_sees_nothing(sockets: Sockets, berger: Browser) -> None:
    cookie = berger.cookie("__Host-session")
    assert sockets.open(LIVE, cookie, "https://evil.example").ending()[0] == 4403


def test_a_page_that_is_open_ends_with_the_sign_in(
    sockets: Sockets, berger: Browser, session: Session, cast: Cast
) -> None:
    live = sockets.open(LIVE, berger.cookie("__Host-session"))
    live.text()
    cast.berger.session_key = tokens.secret_key()
    session.commit()
    hub.ring(staff_bell(cast.berger.id))
    assert live.ending() == (4403, "forbidden")
