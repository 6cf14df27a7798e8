"""What the receipt says, by table; and who gets one by itself."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.support.cast import AT_TEN, Cast, an_appointment
from vberatung.booking import operations as booking
from vberatung.booking.models import CANCELLED, HELD, Appointment
from vberatung.room import operations, presence, receipt, troubles
from vberatung.room.models import Trouble
from vberatung.room.places import JOBSEEKER
from vberatung.room.receipt import (
    BY_TELEPHONE,
    NOT_HELD,
    RUNNING,
    TO_COME,
    TOOK_PLACE,
    receipt_of,
)

MINUTE = timedelta(minutes=1)
CLOSED = AT_TEN + timedelta(minutes=90)


def at(minute: int) -> datetime:
    """So many minutes after ten."""
    return AT_TEN + minute * MINUTE


@pytest.mark.parametrize(
    ("facts", "minute", "talk", "waited"),
    [
        pytest.param({}, 0, TO_COME, 0, id="nobody has come"),
        pytest.param({}, 90, NOT_HELD, 0, id="nobody came"),
        pytest.param({"arrived_at": -5, "seen": 3}, 3, TO_COME, 8, id="waits"),
        pytest.param(
            {"arrived_at": -5, "waited_until": 20}, 90, NOT_HELD, 25, id="waited in vain, left"
        ),
        pytest.param(
            {"arrived_at": -5, "seen": 30, "talk_ended_at": 12}, 30, NOT_HELD, 17, id="was ended"
        ),
        pytest.param(
            {"arrived_at": 0, "admitted_at": 4, "talk_started_at": 5, "seen": 15},
            *(15, RUNNING, 4),
            id="talks",
        ),
        pytest.param(
            {"arrived_at": 0, "admitted_at": 4, "talk_started_at": 5, "talk_ended_at": 30},
            *(40, TOOK_PLACE, 4),
            id="has talked",
        ),
        pytest.param(
            {"arrived_at": 0, "admitted_at": 4, "waited_until": 0, "seen": 50},
            *(90, NOT_HELD, 4),
            id="let in, and nobody was there",
        ),
        pytest.param(
            {"call_requested_at": 0, "called_at": 10}, 90, BY_TELEPHONE, 0, id="was called"
        ),
    ],
)
def test_what_is_said(
    appointment: Appointment, facts: dict[str, int], minute: int, talk: str, waited: int
) -> None:
    seen = facts.get("seen")
    for name, after in facts.items():
        if name != "seen":
            setattr(appointment, name, at(after))
    found = receipt_of(appointment, [], at(minute), at(seen) if seen is not None else None)
    assert (found.talk, found.waited_minutes) == (talk, waited)
    assert found.is_empty is (not facts)
    assert found.made_at == at(minute)


def test_only_who_is_there_and_not_let_in_waits(appointment: Appointment) -> None:
    appointment.arrived_at = at(0)
    assert receipt_of(appointment, [], at(5), at(5)).waits
    assert not receipt_of(appointment, [], at(5), at(4)).waits  # the last sign of life is old
    appointment.admitted_at = at(5)
    assert not receipt_of(appointment, [], at(6), at(6)).waits


@pytest.mark.parametrize(
    ("left", "ended", "now", "minutes"),
    [(None, None, 12, 12), (25, None, 40, 25), (25, 30, 40, 25), (None, 30, 40, 30)],
)
def test_the_minutes_of_the_talk(
    appointment: Appointment, left: int | None, ended: int | None, now: int, minutes: int
) -> None:
    appointment.arrived_at = appointment.talk_started_at = AT_TEN
    appointment.talk_left_at = at(left) if left else None
    appointment.talk_ended_at = at(ended) if ended else None
    assert receipt_of(appointment, [], at(now)).talk_minutes == minutes


def test_who_only_tried_has_a_receipt_with_the_moment(appointment: Appointment) -> None:
    found = receipt_of(appointment, [Trouble(kind="no-webrtc", at=at(1))], at(5))
    assert not found.is_empty
    assert found.arrived_at is None
    assert found.troubles == ((at(1), "no-webrtc"),)


def test_leaving_the_waiting_room_is_kept(session: Session, appointment: Appointment) -> None:
    operations.arrive(session, appointment, at(0))
    presence.leave(session, appointment.id, JOBSEEKER)
    operations.note_leaving(appointment, at(12))
    assert receipt.load(session, appointment, at(60)).waited_minutes == 12


def test_who_waits_when_it_is_ended_has_waited_until_then(
    session: Session, appointment: Appointment
) -> None:
    operations.arrive(session, appointment, at(0))
    presence.touch(session, appointment.id, JOBSEEKER, at(9))
    operations.end(session, appointment, at(9))
    found = receipt.load(session, appointment, at(60))
    assert (found.talk, found.waited_minutes) == (NOT_HELD, 9)


def test_who_is_let_in_has_waited_until_then(session: Session, appointment: Appointment) -> None:
    operations.arrive(session, appointment, at(0))
    operations.admit(session, appointment, at(3))
    operations.note_leaving(appointment, at(12))
    assert receipt.load(session, appointment, at(60)).waited_minutes == 3


def test_who_moves_the_appointment_has_not_arrived_for_the_new_time(
    session: Session, cast: Cast, appointment: Appointment
) -> None:
    operations.arrive(session, appointment, at(-10))
    booking.hand_to(session, appointment, cast.berger.id, at(60), at(-5))
    assert receipt.load(session, appointment, at(-5)).is_empty
    booking.hand_to(session, appointment, cast.aydin.id, at(60), at(-5))


def test_another_counsellor_at_the_same_time_loses_no_arrival(
    session: Session, cast: Cast, appointment: Appointment
) -> None:
    operations.arrive(session, appointment, at(-10))
    booking.hand_to(session, appointment, cast.aydin.id, AT_TEN, at(-5))
    assert appointment.arrived_at == at(-10)


# ---- By itself


def _arrived(session: Session, appointment: Appointment) -> None:
    operations.arrive(session, appointment, at(0))


def _tried(session: Session, appointment: Appointment) -> None:
    troubles.note(session, appointment, "no-webrtc", at(0))


@pytest.mark.parametrize("came", [_arrived, _tried])
def test_who_came_or_tried_in_vain_is_found_when_the_room_is_closed(
    session: Session, appointment: Appointment, came: Callable[..., None]
) -> None:
    came(session, appointment)
    session.flush()
    assert not ours(session, appointment, CLOSED - MINUTE)
    assert ours(session, appointment, CLOSED)
    assert ours(session, appointment, CLOSED + timedelta(hours=20))
    assert not ours(session, appointment, AT_TEN + receipt.LATEST)


def test_at_once_when_the_counsellor_has_ended_it(
    session: Session, appointment: Appointment
) -> None:
    _arrived(session, appointment)
    operations.end(session, appointment, at(10))
    assert ours(session, appointment, at(11))


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({"arrived_at": None}, id="nobody came"),
        pytest.param({"talk_started_at": at(5)}, id="there was a talk"),
        pytest.param({"called_at": at(5)}, id="they were called"),
        pytest.param({"status": CANCELLED}, id="cancelled"),
        pytest.param({"status": HELD}, id="it took place, says the counsellor"),
        pytest.param({"receipt_mailed_at": at(80)}, id="it has gone out"),
    ],
)
def test_all_others_get_none_by_themselves(
    session: Session, appointment: Appointment, facts: dict[str, Any]
) -> None:
    _arrived(session, appointment)
    for name, value in facts.items():
        setattr(appointment, name, value)
    session.flush()
    assert not ours(session, appointment, CLOSED)


def ours(session: Session, appointment: Appointment, now: datetime) -> bool:
    return appointment in receipt.unattended(session, now)


def test_others_of_the_cast_are_not_taken_for_ours(session: Session, cast: Cast) -> None:
    mine = an_appointment(session, cast.topic, cast.berger, AT_TEN)
    _arrived(session, mine)
    session.flush()
    found = {each.id for each in receipt.unattended(session, CLOSED)}
    assert mine.id in found
    assert cast.noise.id in found  # she has waited since eight
