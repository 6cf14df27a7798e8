"""Third persons over real sockets."""

import pytest
from sqlalchemy.orm import Session

from tests.room.conftest import Open
from tests.support.cast import AT_TEN, MORNING, Cast, an_appointment
from tests.support.sockets import Socket, Sockets
from vberatung.booking.models import Appointment
from vberatung.room import guests, operations, presence
from vberatung.room.models import Guest
from vberatung.room.places import COMPANION, INTERPRETER, place_of_guest

OFFER = {"type": "offer", "sdp": "v=0"}
ANSWER = {"type": "answer", "sdp": "v=0"}
CANDIDATE = {"candidate": "c"}
Talk = tuple[Socket, Socket]


@pytest.fixture
def interpreter(session: Session, arrived: Appointment) -> Guest:
    """Olena has agreed to the talk."""
    session.rollback()  # others may have written since this session has read
    guest = guests.invite(session, arrived, INTERPRETER, "Олена Ткач", MORNING)
    guests.arrive(session, guest, AT_TEN)
    session.commit()
    return guest


@pytest.fixture
def place(interpreter: Guest) -> str:
    return place_of_guest(interpreter.id)


@pytest.fixture
def guest(sockets: Sockets, session: Session, interpreter: Guest) -> Open:
    """Opens Olena's socket."""
    session.rollback()
    token = guests.issue_link(session, interpreter, AT_TEN)
    session.commit()
    return lambda: sockets.open(f"/gast/{token}/raum/socket")


@pytest.fixture
def three(talk: Talk, guest: Open, place: str) -> tuple[Socket, Socket, Socket]:
    """All three are in and told of each other."""
    aylin, berger = talk
    olena = guest()
    olena.hello()
    berger.send("admit", id=place)
    for side in (aylin, berger):
        side.wait_for("peer", id=place)
    for id in ("jobseeker", "counsellor"):
        olena.wait_for("peer", id=id)
    return aylin, berger, olena


def test_a_guest_waits_until_the_counsellor_lets_them_in(
    talk: Talk, guest: Open, place: str
) -> None:
    aylin, berger = talk
    olena = guest()
    welcome = olena.hello()
    assert (welcome["id"], welcome["role"]) == (place, "interpreter")
    assert welcome["admitted"] is False
    who = {"id": place, "role": "interpreter", "name": "Олена Ткач"}
    assert berger.wait_for("waiting", people=[who])
    assert olena.is_silent()
    assert aylin.is_silent()
    berger.send("admit", id=place)
    assert olena.wait_for("admitted")
    names = {olena.wait_for("peer", offerer=False)["peer"]["name"] for _ in range(2)}
    assert names == {"Sabine Berger", "Aylin Özdemir"}
    for side in (aylin, berger):
        introduced = side.wait_for("peer", id=place, offerer=True)["peer"]
        assert (introduced["role"], introduced["name"]) == ("interpreter", "Олена Ткач")


def test_nothing_of_a_guest_passes_before_admission(talk: Talk, guest: Open, place: str) -> None:
    aylin, berger = talk
    olena = guest()
    olena.hello()
    berger.send("candidate", to=place, candidate=CANDIDATE)
    olena.send("candidate", to="jobseeker", candidate=CANDIDATE)
    assert olena.ending() == (4400, "bad-state")
    assert [message["type"] for message in olena.received] == ["welcome", "error"]
    assert aylin.is_silent()


def test_each_pair_has_its_own_descriptions(
    three: tuple[Socket, Socket, Socket], place: str
) -> None:
    aylin, berger, olena = three
    for side, id in ((aylin, "jobseeker"), (berger, "counsellor")):
        side.send("description", to=place, description=OFFER)
        assert olena.wait_for("description")["from"] == id
        olena.send("description", to=id, description=ANSWER, **{"from": "counsellor"})
        assert side.wait_for("description") == {
            "type": "description",
            "from": place,
            "description": ANSWER,
        }


def test_a_removed_guest_goes_and_cannot_come_back(
    three: tuple[Socket, Socket, Socket], guest: Open, place: str
) -> None:
    aylin, berger, olena = three
    berger.send("remove", id=place)
    assert olena.ending() == (4411, "removed")
    for side in (aylin, berger):
        assert side.wait_for("peer", id=place, peer=None)["left"] is True
    assert guest().ending() == (4404, "not-found")


def test_who_is_removed_between_the_door_and_hello_does_not_come_in(
    talk: Talk, guest: Open, place: str
) -> None:
    berger = talk[1]
    olena = guest()
    berger.send("remove", id=place)
    berger.wait_for("peer", id=place, peer=None)
    assert olena.hello()["code"] in ("removed", "not-found")
    assert olena.ending()[0] in (4411, 4404)


def test_removing_twice_leaves_the_counsellor_in_the_talk(
    three: tuple[Socket, Socket, Socket], place: str
) -> None:
    berger = three[1]
    for _ in range(2):
        berger.send("remove", id=place)
    berger.send("admit", id=place)
    berger.send("admit", id="guest-9999999999")
    berger.send("ping")
    assert berger.wait_for("pong")


@pytest.mark.parametrize(
    ("kind", "fields"),
    [("admit", {"id": "jobseeker"}), ("remove", {"id": "guest-1"}), ("end", {})],
)
def test_a_guest_neither_admits_nor_removes_nor_ends(
    three: tuple[Socket, Socket, Socket], kind: str, fields: dict[str, str]
) -> None:
    aylin, berger, olena = three
    olena.send(kind, **fields)
    assert olena.ending() == (4400, "bad-state")
    assert aylin.wait_for("peer", peer=None)["left"] is False
    berger.send("ping")
    assert berger.wait_for("pong")


def test_the_counsellor_of_one_room_has_no_power_in_another(
    talk: Talk, sockets: Sockets, session: Session, cast: Cast
) -> None:
    session.rollback()
    other = an_appointment(session, cast.topic, cast.aydin, AT_TEN)
    stranger = guests.invite(session, other, COMPANION, "Emre", MORNING)
    guests.arrive(session, stranger, AT_TEN)
    token = guests.issue_link(session, stranger, AT_TEN)
    session.commit()
    emre = sockets.open(f"/gast/{token}/raum/socket")
    emre.hello()
    place = place_of_guest(stranger.id)
    berger = talk[1]
    for kind in ("admit", "remove"):
        berger.send(kind, id=place)
    berger.send("candidate", to=place, candidate=CANDIDATE)
    berger.send("ping")
    assert berger.wait_for("pong")
    assert emre.is_silent()
    session.rollback()
    assert (stranger.admitted_at, stranger.removed_at) == (None, None)


def test_consent_comes_first(sockets: Sockets, session: Session, arrived: Appointment) -> None:
    guest = guests.invite(session, arrived, COMPANION, "Emre", MORNING)
    token = guests.issue_link(session, guest, AT_TEN)
    session.commit()
    assert sockets.open(f"/gast/{token}/raum/socket").ending() == (4403, "forbidden")


def test_a_link_opens_only_its_own_door(
    sockets: Sockets, session: Session, interpreter: Guest, token: str
) -> None:
    guests_link = guests.issue_link(session, interpreter, AT_TEN)
    session.commit()
    assert sockets.open(f"/gast/{token}/raum/socket").ending() == (4404, "not-found")
    assert sockets.open(f"/termin/{guests_link}/raum/socket").ending() == (4404, "not-found")


def test_a_page_of_another_site_is_refused(
    sockets: Sockets, session: Session, interpreter: Guest
) -> None:
    token = guests.issue_link(session, interpreter, AT_TEN)
    session.commit()
    door = f"/gast/{token}/raum/socket"
    assert sockets.open(door, origin="https://evil.example").ending() == (4403, "forbidden")


def test_a_guest_is_present_while_connected(
    talk: Talk, guest: Open, session: Session, arrived: Appointment, place: str
) -> None:
    id = arrived.id
    olena = guest()
    olena.hello()
    session.rollback()
    assert presence.is_present(session, id, place, AT_TEN)
    olena.connection.close()
    berger = talk[1]
    berger.wait_for("waiting", people=[])
    for _ in range(100):  # the counsellor is told before the departure is written
        session.rollback()
        if not presence.is_present(session, id, place, AT_TEN):
            break
        berger.is_silent(0.02)
    assert not presence.is_present(session, id, place, AT_TEN)


def test_a_guest_who_goes_does_not_end_the_minutes(
    three: tuple[Socket, Socket, Socket], session: Session, arrived: Appointment
) -> None:
    aylin, _, olena = three
    olena.connection.close()
    aylin.wait_for("peer", peer=None)
    session.rollback()
    assert arrived.talk_started_at
    assert arrived.talk_left_at is None


def test_who_says_hello_after_the_end_is_told(
    talk: Talk, jobseeker: Open, session: Session, arrived: Appointment
) -> None:
    late = jobseeker()
    session.rollback()
    operations.end(session, arrived, AT_TEN)
    session.commit()
    late.hello(client="t" * 22, takeover=True)
    assert late.ending() == (4410, "ended")
