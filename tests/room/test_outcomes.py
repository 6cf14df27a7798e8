"""How an appointment ended: noted by the counsellor, on the same day."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests.support.cast import AT_TEN, MORNING, Cast, an_appointment
from vberatung.booking.models import (
    BOOKED,
    CANCELLED,
    EXCUSED,
    FAILED,
    HELD,
    MISSED,
    OUTCOMES,
    PENDING,
    PHONE,
    STATES,
    VIDEO,
    Appointment,
)
from vberatung.booking.operations import TooLate
from vberatung.room import access, operations, outcomes

LATER = AT_TEN + timedelta(minutes=20)
MIDNIGHT = AT_TEN.replace(hour=0) + timedelta(days=1)


@pytest.mark.parametrize(
    ("choice", "status", "by"),
    [
        (VIDEO, HELD, VIDEO),
        (PHONE, HELD, PHONE),
        (MISSED, MISSED, None),
        (EXCUSED, EXCUSED, None),
        (FAILED, FAILED, None),
    ],
)
def test_each_choice_is_kept_and_chosen_again(
    session: Session, appointment: Appointment, choice: str, status: str, by: str | None
) -> None:
    outcomes.note(session, appointment, choice, "Zeugnisse fehlen noch.", LATER)
    session.expire_all()
    assert (appointment.status, appointment.took_place_by) == (status, by)
    assert appointment.outcome_note == "Zeugnisse fehlen noch."
    assert outcomes.suggested(appointment) == choice


@pytest.mark.parametrize(
    ("known", "choice"),
    [({"talk_started_at": AT_TEN}, VIDEO), ({"called_at": AT_TEN}, PHONE), ({}, None)],
)
def test_what_we_know_is_suggested(
    appointment: Appointment, known: dict[str, object], choice: str | None
) -> None:
    for name, value in known.items():
        setattr(appointment, name, value)
    assert outcomes.suggested(appointment) == choice


@pytest.mark.parametrize("channel", ["video", "phone", "in_person"])
def test_the_channel_that_was_booked_comes_first(
    session: Session, cast: Cast, channel: str
) -> None:
    made = an_appointment(session, cast.topic, cast.aydin, channel=channel)
    assert outcomes.choices_for(made)[0] == channel
    assert set(outcomes.choices_for(made)[2:]) == set(OUTCOMES) - {HELD}


def test_whoever_has_spoken_is_through(session: Session, appointment: Appointment) -> None:
    operations.arrive(session, appointment, AT_TEN)
    operations.note_talk(appointment, AT_TEN)
    assert outcomes.note(session, appointment, VIDEO, None, LATER) == 1
    assert appointment.talk_ended_at == LATER
    assert outcomes.note(session, appointment, PHONE, None, LATER) == 0, "counted once"
    assert appointment.status == HELD


def test_what_was_noted_by_mistake_is_counted_as_it_was(
    session: Session, appointment: Appointment
) -> None:
    operations.note_talk(appointment, AT_TEN)
    noted = [
        outcomes.note(session, appointment, choice, None, LATER)
        for choice in (VIDEO, MISSED, EXCUSED, VIDEO, VIDEO, FAILED, PHONE)
    ]
    assert noted == [1, -1, 0, 1, 0, -1, 1]


def test_a_call_is_noted_as_done(session: Session, appointment: Appointment) -> None:
    operations.request_call(session, appointment, "+493023125777", AT_TEN)
    assert outcomes.note(session, appointment, PHONE, None, LATER) == 0
    assert appointment.called_at == LATER


def test_a_failure_is_neither_missed_nor_counted_as_a_talk(
    session: Session, appointment: Appointment
) -> None:
    operations.note_talk(appointment, AT_TEN)
    assert outcomes.note(session, appointment, FAILED, None, LATER) == 0
    assert (appointment.status, appointment.talk_ended_at) == (FAILED, LATER)


def test_who_comes_after_all_finds_the_room_open_and_the_talk_counts(
    session: Session, appointment: Appointment
) -> None:
    outcomes.note(session, appointment, MISSED, None, LATER)
    assert access.is_open(operations.times_of(appointment), LATER)
    operations.arrive(session, appointment, LATER)
    operations.admit(session, appointment, LATER)
    operations.note_talk(appointment, LATER)
    assert operations.end(session, appointment, LATER + timedelta(minutes=5)) is True
    assert (appointment.status, appointment.took_place_by) == (HELD, VIDEO)


def test_before_it_has_begun_there_is_nothing_to_note(
    session: Session, appointment: Appointment
) -> None:
    assert not outcomes.can_note(appointment, AT_TEN - timedelta(minutes=1))
    with pytest.raises(TooLate):
        outcomes.note(session, appointment, EXCUSED, None, MORNING)
    appointment.talk_started_at = MORNING
    assert outcomes.can_note(appointment, MORNING)


@pytest.mark.parametrize("status", STATES)
def test_what_was_noted_can_be_changed_until_midnight(
    appointment: Appointment, status: str
) -> None:
    appointment.status = status
    assert outcomes.can_note(appointment, MIDNIGHT - timedelta(minutes=1)) == (
        status not in (PENDING, CANCELLED)
    )
    assert outcomes.can_note(appointment, MIDNIGHT) == (status == BOOKED), "what was forgotten"


def test_only_the_choices_that_are_offered(session: Session, appointment: Appointment) -> None:
    with pytest.raises(ValueError, match="no outcome"):
        outcomes.note(session, appointment, CANCELLED, None, LATER)
