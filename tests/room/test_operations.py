from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.support.cast import AT_TEN, MORNING
from vberatung.booking.models import BOOKED, CANCELLED, HELD, Appointment
from vberatung.room import operations, presence
from vberatung.room.access import NotOpenYet, RoomOver
from vberatung.room.places import COUNSELLOR, JOBSEEKER

Verb = Callable[[Session, Appointment, datetime], None]
LATER = AT_TEN + timedelta(minutes=25)


def test_arriving_is_consent_and_presence(session: Session, appointment: Appointment) -> None:
    operations.arrive(session, appointment, AT_TEN)
    assert appointment.consented_at == appointment.arrived_at == AT_TEN
    assert presence.is_present(session, appointment.id, JOBSEEKER, AT_TEN)
    assert appointment.admitted_at is None


def test_the_first_consent_and_arrival_count(session: Session, appointment: Appointment) -> None:
    operations.arrive(session, appointment, AT_TEN)
    operations.arrive(session, appointment, LATER)
    assert appointment.consented_at == appointment.arrived_at == AT_TEN


@pytest.mark.parametrize("verb", [operations.arrive, operations.admit])
def test_nobody_enters_outside_the_rooms_times(
    session: Session, appointment: Appointment, verb: Verb
) -> None:
    with pytest.raises(NotOpenYet):
        verb(session, appointment, MORNING)
    with pytest.raises(RoomOver):
        verb(session, appointment, AT_TEN + timedelta(hours=2))
    assert (appointment.arrived_at, appointment.admitted_at) == (None, None)


def test_an_admission_is_never_taken_back(session: Session, appointment: Appointment) -> None:
    operations.admit(session, appointment, AT_TEN)
    operations.admit(session, appointment, LATER)
    assert appointment.admitted_at == AT_TEN


def test_the_minutes_count_from_the_first_time_that_both_are_in(appointment: Appointment) -> None:
    operations.note_talk(appointment, AT_TEN)
    operations.note_talk(appointment, LATER)
    assert appointment.talk_started_at == AT_TEN


def test_who_goes_before_the_talk_has_not_left_it(appointment: Appointment) -> None:
    operations.note_departure(appointment, AT_TEN)
    assert appointment.talk_left_at is None


def test_ending_a_talk_closes_the_room(session: Session, appointment: Appointment) -> None:
    operations.arrive(session, appointment, AT_TEN)
    operations.note_talk(appointment, AT_TEN)
    assert operations.end(session, appointment, LATER) is True
    assert (appointment.status, appointment.talk_ended_at) == (HELD, LATER)
    session.expire_all()
    for role in (JOBSEEKER, COUNSELLOR):
        assert not presence.is_present(session, appointment.id, role, LATER)


def test_a_talk_ends_once(session: Session, appointment: Appointment) -> None:
    operations.note_talk(appointment, AT_TEN)
    operations.end(session, appointment, LATER)
    assert operations.end(session, appointment, LATER + timedelta(minutes=5)) is False
    assert appointment.talk_ended_at == LATER


def test_what_did_not_take_place_is_not_held(session: Session, appointment: Appointment) -> None:
    assert operations.end(session, appointment, AT_TEN) is False
    assert appointment.status == BOOKED


def test_a_call_is_asked_for_and_done(session: Session, appointment: Appointment) -> None:
    operations.request_call(session, appointment, "+493023125777", MORNING)
    assert (appointment.phone, appointment.call_requested_at) == ("+493023125777", MORNING)
    operations.note_call(session, appointment, AT_TEN)
    assert appointment.called_at == AT_TEN
    operations.request_call(session, appointment, "+493023125778", LATER)
    assert appointment.call_requested_at == MORNING
    assert not appointment.called_at


@pytest.mark.parametrize("status", [CANCELLED, HELD])
def test_nobody_is_called_when_it_is_over(
    session: Session, appointment: Appointment, status: str
) -> None:
    appointment.status = status
    appointment.talk_ended_at = AT_TEN if status == HELD else None
    with pytest.raises(RoomOver):
        operations.request_call(session, appointment, "+493023125777", AT_TEN)
    assert appointment.call_requested_at is None


def test_a_cancelled_talk_is_not_held_when_its_room_ends(
    session: Session, appointment: Appointment
) -> None:
    operations.note_talk(appointment, AT_TEN)
    appointment.status = CANCELLED
    session.flush()
    assert not operations.end(session, appointment, AT_TEN)
    assert appointment.status == CANCELLED
