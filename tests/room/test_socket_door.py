"""Who is let in at the door of a socket, and with which code the others are sent away."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests.room.conftest import Open
from tests.support.browser import Browser
from tests.support.cast import AT_TEN, THOMAS, Cast, an_appointment
from tests.support.sockets import Sockets
from tests.support.staff import sign_in
from vberatung import clock
from vberatung.booking import operations
from vberatung.booking.models import Appointment
from vberatung.room import operations as room

FOREIGN = ["https://evil.example", None, "null", "", "http://[", "http://127.0.0.1", "evil"]


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_page_of_another_site_is_refused(
    sockets: Sockets, token: str, cookie: str, arrived: Appointment, origin: str | None
) -> None:
    doors = [f"/termin/{token}/raum/socket", f"/team/raum/{arrived.id}/socket"]
    for door in doors:
        assert sockets.open(door, cookie, origin).ending() == (4403, "forbidden")


def test_consent_comes_first(sockets: Sockets, token: str) -> None:
    assert sockets.open(f"/termin/{token}/raum/socket").ending() == (4403, "forbidden")


@pytest.mark.parametrize("forged", ["A" * 22, "x"])
def test_an_unknown_link_is_not_found(sockets: Sockets, cast: Cast, forged: str) -> None:
    assert sockets.open(f"/termin/{forged}/raum/socket").ending() == (4404, "not-found")


def test_a_talk_by_phone_has_no_socket(sockets: Sockets, session: Session, cast: Cast) -> None:
    phone = an_appointment(session, cast.topic, cast.berger, AT_TEN, THOMAS, "phone")
    token = operations.issue_link(session, phone, AT_TEN)
    session.commit()
    assert sockets.open(f"/termin/{token}/raum/socket").ending() == (4404, "not-found")


@pytest.mark.parametrize("cookie", ["", "__Host-session=forged", "session=x"])
def test_who_is_not_signed_in_is_refused(
    sockets: Sockets, arrived: Appointment, cookie: str
) -> None:
    door = f"/team/raum/{arrived.id}/socket"
    assert sockets.open(door, cookie).ending() == (4403, "forbidden")


@pytest.mark.parametrize("email", ["aydin@musterstadt.example", "noack@seeheim.example"])
def test_the_room_of_somebody_else_does_not_exist(
    sockets: Sockets, browser: Browser, arrived: Appointment, email: str
) -> None:
    door = f"/team/raum/{arrived.id}/socket"
    sign_in(browser, email)
    assert sockets.open(door, browser.cookie("__Host-session")).ending() == (4404, "not-found")


@pytest.mark.parametrize(("hours", "ending"), [(-0.5, (4425, "not-open")), (2, (4410, "ended"))])
def test_the_door_has_the_rooms_times(
    jobseeker: Open, counsellor: Open, hours: float, ending: tuple[int, str]
) -> None:
    with clock.set_to(AT_TEN + timedelta(hours=hours)):
        assert jobseeker().ending() == counsellor().ending() == ending


def test_a_cancelled_appointment_is_over(
    jobseeker: Open, session: Session, arrived: Appointment
) -> None:
    arrived.status = "cancelled"
    session.commit()
    assert jobseeker().ending() == (4410, "ended")


def test_an_ended_talk_is_over(jobseeker: Open, session: Session, arrived: Appointment) -> None:
    room.end(session, arrived, AT_TEN)
    session.commit()
    assert jobseeker().ending() == (4410, "ended")


FIRST_FRAMES = {
    "ping": ('{"type": "ping"}', (4400, "bad-state")),
    "admit": ('{"type": "admit", "id": "jobseeker"}', (4400, "bad-state")),
    "garbage": ("garbage", (4400, "bad-message")),
    "too large": (" " * 40_000, (4400, "too-large")),
    "a later version": (
        '{"type": "hello", "v": 3, "client": "cccccccccccccccc", "page": "cccccccccccccccc",'
        ' "takeover": false, "media": {"audio": true, "video": true}}',
        (4426, "version"),
    ),
}


@pytest.mark.parametrize(("frame", "ending"), FIRST_FRAMES.values(), ids=FIRST_FRAMES)
def test_the_first_message_is_hello(jobseeker: Open, frame: str, ending: tuple[int, str]) -> None:
    aylin = jobseeker()
    aylin.send_raw(frame)
    assert aylin.ending() == ending


@pytest.mark.parametrize("address", ["/termin/{token}/raum/socket", "/team/live"])
def test_a_browser_that_opens_the_address_as_a_page_gets_a_page(
    berger: Browser, token: str, address: str
) -> None:
    page = berger.get(address.format(token=token))
    assert page.status in (400, 404, 426)
    assert page.h1
