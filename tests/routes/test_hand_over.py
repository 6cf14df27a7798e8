"""Another device: how its code is shown and taken, and what its sockets may do then."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.support.browser import Browser
from tests.support.cast import AT_TEN, AYDIN, MORNING, Cast, an_appointment
from tests.support.settings import PUBLIC_URL
from tests.support.sockets import Socket, Sockets
from tests.support.staff import SIGN_IN, sign_in
from vberatung import clock
from vberatung.booking import operations as booking
from vberatung.booking.models import Appointment
from vberatung.room import guests, operations
from vberatung.room.hand_overs import VALID_FOR
from vberatung.room.models import Guest
from vberatung.room.places import INTERPRETER, place_of_guest

FIRST, SECOND = "f" * 22, "s" * 22
"""Two devices."""
Talk = tuple[Socket, Socket]


@pytest.fixture(autouse=True)
def at_ten() -> Iterator[None]:
    with clock.set_to(AT_TEN):
        yield


@pytest.fixture
def another(app: Flask, session: Session) -> Browser:
    """The other device, which has no cookie of ours."""
    return Browser(app, before=session.commit)


@pytest.fixture
def guest(session: Session, appointment: Appointment) -> Guest:
    guest = guests.invite(session, appointment, INTERPRETER, "Oksana Bondar", MORNING)
    guests.arrive(session, guest, AT_TEN)
    session.commit()
    return guest


@pytest.fixture
def room_of_guest(session: Session, guest: Guest) -> str:
    token = guests.issue_link(session, guest, AT_TEN)
    session.commit()
    return f"/gast/{token}/raum"


@pytest.fixture(autouse=True)
def arrived(session: Session, appointment: Appointment) -> Appointment:
    """Aylin has come and was let in."""
    operations.arrive(session, appointment, AT_TEN)
    operations.admit(session, appointment, AT_TEN)
    session.commit()
    return appointment


@pytest.fixture
def own_room(token: str) -> str:
    return f"/termin/{token}/raum"


@pytest.fixture
def team_room(appointment: Appointment) -> str:
    return f"/team/raum/{appointment.id}"


@pytest.fixture
def talk(sockets: Sockets, berger: Browser, own_room: str, team_room: str) -> Talk:
    """Aylin and Berger, told of each other."""
    aylin = sockets.open(f"{own_room}/socket")
    aylin.hello(client=FIRST)
    counsellor = sockets.open(f"{team_room}/socket", berger.cookie("__Host-session"))
    counsellor.hello(client="b" * 22)
    for side in (aylin, counsellor):
        side.wait_for("peer")
        side.send("ping")
        side.wait_for("pong")
    return aylin, counsellor


def code_for(browser: Browser, room: str) -> tuple[str, str]:
    """The path of the link and the code, as the room fetches and shows them."""
    (place,) = [each for each in browser.get(room).all("div") if "data-room" in each.attrib]
    url, csrf = place.attrib["data-hand-over"], place.attrib["data-csrf"]
    answer = browser.client.post(url, data={"csrf_token": csrf}, base_url=browser.base_url)
    assert answer.status_code == 200
    shown = re.search(r'data-link="([^"]+)">([^<]+)<', answer.text)
    assert shown
    return shown[1].removeprefix(PUBLIC_URL), shown[2].strip()


def device_of(browser: Browser, another: Browser, room: str) -> str:
    """Where another device is, once it has taken the talk."""
    link, _ = code_for(browser, room)
    page = another.submit(another.get(link))
    assert page.status == 200
    return page.url.removeprefix(PUBLIC_URL)


def door(page: str) -> str:
    path, _, query = page.partition("?")
    return f"{path}/socket?{query}"


# Showing and taking


def test_the_jobseeker_goes_on_at_another_device(
    browser: Browser, another: Browser, own_room: str
) -> None:
    link, _ = code_for(browser, own_room)
    shown = another.get(link)
    assert shown.h1 == "Auf diesem Gerät weitersprechen"
    page = another.submit(shown)
    assert re.fullmatch(r"/termin/[^/]+/raum", page.path)
    assert page.path != own_room, "a link of its own"
    (room,) = [each for each in page.all("div") if "data-room" in each.attrib]
    assert {"data-settles", "data-auto-join"} <= set(room.attrib)
    assert room.attrib["data-socket"] == f"{page.path}/socket?platz=2"


def test_looking_at_it_does_not_use_it_up(
    browser: Browser, another: Browser, own_room: str
) -> None:
    link, _ = code_for(browser, own_room)
    pages = [another.get(link) for _ in range(3)]
    assert {page.status for page in pages} == {200}
    assert another.submit(pages[0]).status == 200


def test_a_second_device_that_takes_the_same_code_is_told(
    app: Flask, session: Session, browser: Browser, another: Browser, own_room: str
) -> None:
    link, _ = code_for(browser, own_room)
    third = Browser(app, before=session.commit)
    seen = third.get(link)
    another.submit(another.get(link))
    for page in (third.submit(seen), third.get(link)):
        assert page.status == 410
        assert "gilt nicht mehr" in page.h1


def test_after_two_minutes_it_is_over(browser: Browser, another: Browser, own_room: str) -> None:
    link, code = code_for(browser, own_room)
    page = another.get(link)
    with clock.set_to(AT_TEN + VALID_FOR):
        assert another.submit(page).status == 410
        assert another.submit(another.get("/code"), code=code).status == 410


def test_the_code_leads_to_the_same_once(browser: Browser, another: Browser, own_room: str) -> None:
    link, code = code_for(browser, own_room)
    page = another.submit(another.get("/code"), code=code.lower())
    assert page.path.startswith("/geraet/")
    assert another.submit(page).path.endswith("/raum")
    assert another.submit(another.get("/code"), code=code).status == 422
    assert another.get(link).status == 410


def test_a_guest_goes_on_as_the_same_guest(
    browser: Browser, another: Browser, room_of_guest: str
) -> None:
    page = device_of(browser, another, room_of_guest)
    assert page.startswith("/gast/")
    assert page.endswith("/raum?platz=2")
    assert not page.startswith(room_of_guest)


def test_a_guest_who_is_removed_meanwhile_does_not_go_on(
    session: Session, browser: Browser, another: Browser, guest: Guest, room_of_guest: str
) -> None:
    link, _ = code_for(browser, room_of_guest)
    guests.remove(session, guest.appointment, guest.id, AT_TEN)
    page = another.submit(another.get(link))
    assert (page.status, page.h1) == (410, "Ihre Einladung gilt nicht mehr")


def test_the_counsellors_device_has_this_talk_and_nothing_else(
    session: Session, cast: Cast, berger: Browser, another: Browser, team_room: str
) -> None:
    other = an_appointment(session, cast.topic, cast.berger, AT_TEN + timedelta(minutes=45))
    page = device_of(berger, another, team_room)
    assert re.fullmatch(r"/geraet/[^/]+/raum", page)
    assert another.get(page).status == 200
    for path in ("/team/", team_room, f"/team/raum/{other.id}"):
        assert another.visit(path).path == SIGN_IN
    token = page.split("/")[2]
    for path in (f"/termin/{token}", f"/termin/{token}/raum", f"/gast/{token}"):
        assert another.get(path).status == 404


def test_it_goes_back_again(berger: Browser, another: Browser, app: Flask, team_room: str) -> None:
    page = device_of(berger, another, team_room)
    back = device_of(another, Browser(app), page)
    assert re.fullmatch(r"/geraet/[^/]+/raum", back)
    assert back != page


def test_the_device_of_a_former_counsellor_is_out(
    session: Session, cast: Cast, berger: Browser, another: Browser, team_room: str
) -> None:
    early = AT_TEN - timedelta(minutes=5)
    with clock.set_to(early):
        page = device_of(berger, another, team_room)
    appointment = session.get_one(Appointment, int(team_room.rpartition("/")[2]))
    session.refresh(appointment)
    moved = early + timedelta(seconds=1)
    booking.hand_to(session, appointment, cast.aydin.id, AT_TEN, moved)
    assert another.get(page).status == 404


def test_codes_are_for_those_whose_talk_it_is(
    session: Session, berger: Browser, another: Browser, own_room: str, team_room: str
) -> None:
    csrf = another.get(own_room).form().value("csrf_token")
    sent = {"csrf_token": csrf}
    assert another.post(f"{team_room}/geraet", sent).location.startswith(SIGN_IN)
    for foreign in (f"/termin/{'x' * 22}", f"/gast/{'x' * 22}", f"/geraet/{'x' * 22}"):
        assert another.post(f"{foreign}/raum/geraet", sent).status == 404
    sign_in(another, AYDIN)
    csrf = another.get("/team/geraete").form("/geraete").value("csrf_token")
    assert another.post(f"{team_room}/geraet", {"csrf_token": csrf}).status == 404
    assert berger.post(f"{team_room}/geraet").status == 400, "without a token"


def test_a_code_that_nobody_has_taken_opens_no_room(
    browser: Browser, berger: Browser, another: Browser, own_room: str, team_room: str
) -> None:
    for host, room in ((browser, own_room), (berger, team_room)):
        link, _ = code_for(host, room)
        assert another.get(f"{link}/raum").status == 404


# Sockets


@pytest.mark.parametrize("seat", ["1", "2", "3", "x"])
def test_without_a_hand_over_the_seat_in_the_address_is_nothing(
    sockets: Sockets, talk: Talk, own_room: str, seat: str
) -> None:
    socket = sockets.open(f"{own_room}/socket?platz={seat}")
    assert socket.hello(client=SECOND)["code"] == "occupied"
    assert talk[1].is_silent()


def test_others_are_told_of_the_new_device_and_then_that_the_old_one_has_gone(
    sockets: Sockets, talk: Talk, browser: Browser, another: Browser, own_room: str
) -> None:
    aylin, counsellor = talk
    new = sockets.open(door(device_of(browser, another, own_room)))
    welcome = new.hello(client=SECOND)
    assert (welcome["id"], welcome["admitted"]) == ("jobseeker.2", True)
    told = counsellor.wait_for("peer", id="jobseeker.2")["peer"]
    assert (told["role"], told["name"]) == ("jobseeker", "Aylin Özdemir")
    assert aylin.is_silent(), "both devices are one person"
    new.send("settled")
    assert counsellor.wait_for("peer", id="jobseeker")["left"] is True
    assert aylin.ending() == (4409, "replaced")


def test_the_counsellors_new_device_leads_the_talk(
    sockets: Sockets, talk: Talk, berger: Browser, another: Browser, team_room: str
) -> None:
    aylin, counsellor = talk
    new = sockets.open(door(device_of(berger, another, team_room)))
    assert new.hello(client=SECOND)["id"] == "counsellor.2"
    assert aylin.wait_for("peer", id="counsellor.2")["peer"]["role"] == "counsellor"
    new.send("settled")
    assert aylin.wait_for("peer", id="counsellor")["left"] is True
    assert counsellor.ending() == (4409, "replaced")
    new.send("end")
    assert aylin.wait_for("ended")


def test_a_guests_new_device_is_let_in_like_the_old_one(
    sockets: Sockets,
    session: Session,
    guest: Guest,
    room_of_guest: str,
    talk: Talk,
    browser: Browser,
    another: Browser,
) -> None:
    room, place = room_of_guest, place_of_guest(guest.id)
    session.commit()
    old = sockets.open(f"{room}/socket")
    assert old.hello(client=FIRST)["admitted"] is False
    talk[1].send("admit", id=place)
    for side in talk:
        side.wait_for("peer", id=place)
    new = sockets.open(door(device_of(browser, another, room)))
    assert new.hello(client=SECOND)["admitted"] is True
    for side in talk:
        assert side.wait_for("peer", id=f"{place}.2")["peer"]["name"] == "Oksana Bondar"
    new.send("settled")
    for side in talk:
        assert side.wait_for("peer", id=place)["left"] is True
    assert old.ending() == (4409, "replaced")


def test_a_device_that_goes_before_its_picture_is_there_ends_no_minutes(
    sockets: Sockets,
    session: Session,
    talk: Talk,
    browser: Browser,
    another: Browser,
    arrived: Appointment,
    own_room: str,
) -> None:
    new = sockets.open(door(device_of(browser, another, own_room)))
    new.hello(client=SECOND)
    talk[1].wait_for("peer", id="jobseeker.2")
    new.connection.close()
    assert talk[1].wait_for("peer", id="jobseeker.2", peer=None)
    talk[1].is_silent(0.3)  # the counsellor is told before anything is written
    session.rollback()
    session.refresh(arrived)
    assert arrived.talk_started_at
    assert arrived.talk_left_at is None


def test_replayed_codes_open_no_socket(
    sockets: Sockets, talk: Talk, berger: Browser, another: Browser, team_room: str
) -> None:
    link, _ = code_for(berger, team_room)
    assert sockets.open(f"{link}/raum/socket").ending() == (4404, "not-found")
    another.submit(another.get(link))
    assert sockets.open(f"{link}/raum/socket").ending() == (4404, "not-found")
    token = link.rpartition("/")[2]
    for path in (f"/termin/{token}/raum/socket", f"/gast/{token}/raum/socket"):
        assert sockets.open(path).ending() == (4404, "not-found")
    assert all(side.is_silent() for side in talk)


def test_the_device_of_a_former_counsellor_has_no_socket(
    sockets: Sockets,
    session: Session,
    cast: Cast,
    berger: Browser,
    another: Browser,
    arrived: Appointment,
    team_room: str,
) -> None:
    page = device_of(berger, another, team_room)
    session.refresh(arrived)
    later = AT_TEN + timedelta(minutes=10)
    booking.hand_to(session, arrived, cast.berger.id, later, AT_TEN + timedelta(seconds=1))
    session.commit()
    with clock.set_to(later):
        assert sockets.open(door(page)).ending() == (4404, "not-found")
