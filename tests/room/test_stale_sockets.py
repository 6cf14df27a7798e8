"""A socket lives as long as a talk; what was true at its door may not."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests.room.conftest import Open
from tests.support.cast import AT_TEN, Cast
from tests.support.sockets import Socket, Sockets
from vberatung import clock, links
from vberatung.booking.models import Appointment
from vberatung.booking.operations import can_change
from vberatung.db import begin_write
from vberatung.links import Link
from vberatung.room import access, hand_overs, operations, presence
from vberatung.room.places import COUNSELLOR

Talk = tuple[Socket, Socket]


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "RENEW_EVERY", timedelta(seconds=0.3))


def write(session: Session) -> None:
    """The sockets write too."""
    session.rollback()
    begin_write(session)


def test_who_counsels_no_longer_ends_nothing(
    talk: Talk, session: Session, appointment: Appointment, cast: Cast
) -> None:
    _, berger = talk
    write(session)
    appointment.counsellor = cast.aydin
    session.commit()
    berger.send("end")
    assert berger.wait_for("error")["code"] == "forbidden"
    session.refresh(appointment)
    assert appointment.talk_ended_at is None


def test_a_closed_account_leaves_the_room(
    talk: Talk, session: Session, appointment: Appointment
) -> None:
    _, berger = talk
    write(session)
    appointment.counsellor.active = False
    session.commit()
    assert berger.wait_for("error")["code"] == "forbidden"


def test_the_device_of_a_closed_account_too(
    sockets: Sockets, session: Session, arrived: Appointment
) -> None:
    with clock.set_to(AT_TEN):
        token = hand_overs.offer(session, arrived, COUNSELLOR, AT_TEN)
        taken = hand_overs.use(session, token, AT_TEN)
        link = links.issue(session, Link.hand_over_id, taken.id, AT_TEN)
        session.commit()
        device = sockets.open(f"/geraet/{link}/raum/socket")
        assert device.hello()["type"] == "welcome"
        arrived.counsellor.active = False
        session.commit()
        assert device.wait_for("error")["code"] == "forbidden"
        assert sockets.open(f"/geraet/{link}/raum/socket").next()["code"] == "not-found"


def test_after_a_move_the_old_room_is_no_room_and_the_new_time_is_untouched(
    talk: Talk, session: Session, appointment: Appointment
) -> None:
    aylin, berger = talk
    write(session)
    appointment.starts_at += timedelta(days=7)
    appointment.ends_at += timedelta(days=7)
    appointment.talk_started_at = None
    session.commit()
    berger.send("end")
    assert berger.wait_for("error")["code"] == "not-found"
    assert aylin.wait_for("error")["code"] == "not-found"
    session.refresh(appointment)
    assert (appointment.talk_started_at, appointment.talk_ended_at) == (None, None)


def test_nobody_sits_at_two_devices_for_good(
    jobseeker: Open, sockets: Sockets, token: str, session: Session, arrived: Appointment
) -> None:
    phone = jobseeker()
    phone.hello()
    offered = hand_overs.offer(session, arrived, "jobseeker", AT_TEN)
    hand_overs.use(session, offered, AT_TEN)
    session.commit()
    tablet = sockets.open(f"/termin/{token}/raum/socket?platz=2")
    assert tablet.hello(client="t" * 22)["id"] == "jobseeker.2"
    assert phone.wait_for("error")["code"] == "replaced"


def test_what_has_begun_is_not_moved(session: Session, appointment: Appointment) -> None:
    before = appointment.starts_at - timedelta(minutes=5)
    assert access.is_open(operations.times_of(appointment), before)
    operations.note_talk(appointment, before)
    assert not can_change(appointment, before)


def test_an_appointment_that_was_deleted_has_no_room(
    talk: Talk, session: Session, appointment: Appointment
) -> None:
    write(session)
    session.delete(appointment)
    session.commit()
    for side in talk:
        assert side.wait_for("error")["code"] == "not-found"
