"""A talk that takes longer than planned takes nobody else's time."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.booking.test_races import crowd
from tests.support import consistency, databases
from tests.support.cast import AT_TEN, MORNING, Cast, an_appointment, works
from vberatung.booking import operations
from vberatung.booking.extension import MOST_MORE, extend, leeway
from vberatung.booking.free import ANY, free_slots_of
from vberatung.booking.models import CANCELLED, EXCUSED, MISSED, OUTCOMES, VIDEO, Appointment
from vberatung.booking.operations import Person, SlotTaken, TooLate
from vberatung.offices.models import Topic

TWENTY = AT_TEN + timedelta(minutes=20)
HALF = AT_TEN + timedelta(minutes=30)
"""The planned end. A buffer of five minutes comes after it."""


def minutes(count: int) -> datetime:
    return AT_TEN + timedelta(minutes=count)


def next_at(session: Session, cast: Cast, start: datetime) -> Appointment:
    return an_appointment(session, cast.topic, cast.berger, start)


def test_the_end_moves_and_the_time_is_claimed(
    session: Session, cast: Cast, appointment: Appointment
) -> None:
    assert extend(session, appointment, 15, TWENTY) == appointment.ends_at == minutes(45)
    assert appointment.sequence == 0, "nobody's calendar is told"
    session.commit()
    consistency.check(session, TWENTY)
    with pytest.raises(SlotTaken):
        next_at(session, cast, HALF + timedelta(minutes=15))
    next_at(session, cast, minutes(50))


def test_twice_is_longer(session: Session, cast: Cast, appointment: Appointment) -> None:
    for _ in range(2):
        extend(session, appointment, 10, TWENTY)
    assert appointment.ends_at == minutes(50)
    session.commit()
    consistency.check(session, TWENTY)


def test_nobody_can_book_the_time_that_was_taken(
    session: Session, cast: Cast, appointment: Appointment
) -> None:
    cast.topic.notice_min = 0
    works(session, cast.berger, 0, 12, 13)
    extend(session, appointment, 15, TWENTY)
    session.flush()
    free = {
        s
        for s, ids in free_slots_of(session, cast.topic, TWENTY, ANY).items()
        if cast.berger.id in ids
    }
    assert minutes(45) not in free
    assert minutes(60) in free


def test_before_the_next_appointment_the_buffer_stays(
    session: Session, cast: Cast, appointment: Appointment
) -> None:
    next_at(session, cast, minutes(45))
    found = leeway(session, appointment, TWENTY)
    assert (found.until, found.next_start, found.held) == (minutes(40), minutes(45), False)
    assert found.steps == [(5, minutes(35)), (10, minutes(40))]
    with pytest.raises(SlotTaken):
        extend(session, appointment, 15, TWENTY)
    assert appointment.ends_at == HALF
    assert extend(session, appointment, 10, TWENTY) == minutes(40)
    session.commit()
    consistency.check(session, TWENTY)


def test_where_the_next_one_follows_at_once_nothing_is_possible(
    session: Session, cast: Cast, appointment: Appointment
) -> None:
    next_at(session, cast, minutes(35))
    assert leeway(session, appointment, TWENTY).steps == []
    with pytest.raises(SlotTaken):
        extend(session, appointment, 5, TWENTY)


def test_the_buffer_before_the_next_one_counts_too(
    session: Session, cast: Cast, appointment: Appointment
) -> None:
    cast.first_talk.buffer_before_min = 10
    an_appointment(session, cast.first_talk, cast.berger, minutes(55))
    assert leeway(session, appointment, TWENTY).until == minutes(40)
    with pytest.raises(SlotTaken):
        extend(session, appointment, 15, TWENTY)


@pytest.mark.parametrize(
    ("held_for", "possible"), [(timedelta(minutes=10), False), (-AT_TEN.resolution, True)]
)
def test_what_is_held_for_somebody_is_not_taken_until_the_hold_is_over(
    session: Session, cast: Cast, appointment: Appointment, held_for: timedelta, possible: bool
) -> None:
    operations.keep(
        *(session, cast.topic, cast.berger.id, minutes(45), b"v", b"a"),
        now=TWENTY,
        until=TWENTY + held_for,
    )
    found = leeway(session, appointment, TWENTY)
    if possible:
        assert found.until is None
        assert extend(session, appointment, 15, TWENTY) == minutes(45)
        return
    assert (found.held, found.next_start, found.until) == (True, minutes(45), minutes(40))
    with pytest.raises(SlotTaken):
        extend(session, appointment, 15, TWENTY)


def test_the_time_of_who_is_excused_is_free(
    session: Session, cast: Cast, appointment: Appointment
) -> None:
    other = next_at(session, cast, minutes(35))
    other.status = EXCUSED
    session.flush()
    assert len(leeway(session, appointment, TWENTY).steps) == 3
    assert extend(session, appointment, 15, TWENTY) == minutes(45)


def test_after_the_end_it_is_counted_from_now(
    session: Session, cast: Cast, appointment: Appointment
) -> None:
    late = minutes(43)
    assert leeway(session, appointment, late).base == minutes(40)
    assert extend(session, appointment, 5, late) == minutes(45)
    session.commit()
    consistency.check(session, late)


def test_the_next_one_who_is_due_already_is_named(
    session: Session, cast: Cast, appointment: Appointment
) -> None:
    next_at(session, cast, minutes(35))
    found = leeway(session, appointment, minutes(38))
    assert (found.next_start, found.steps) == (minutes(35), [])


def test_other_counsellors_do_not_stand_in_the_way(
    session: Session, cast: Cast, appointment: Appointment
) -> None:
    an_appointment(session, cast.topic, cast.aydin, HALF)
    assert leeway(session, appointment, TWENTY).until is None
    extend(session, appointment, 15, TWENTY)


def test_what_is_over_is_not_extended(session: Session, appointment: Appointment) -> None:
    appointment.talk_ended_at = TWENTY
    session.flush()
    with pytest.raises(TooLate):
        extend(session, appointment, 5, TWENTY)
    appointment.talk_ended_at, appointment.status = None, CANCELLED
    session.flush()
    with pytest.raises(TooLate):
        extend(session, appointment, 5, TWENTY)


def test_an_hour_more_is_the_most(session: Session, appointment: Appointment) -> None:
    for _ in range(4):
        extend(session, appointment, 15, TWENTY)
    assert appointment.ends_at == HALF + MOST_MORE == minutes(90)
    assert leeway(session, appointment, TWENTY).steps == []
    with pytest.raises(TooLate):
        extend(session, appointment, 5, TWENTY)
    assert appointment.ends_at == minutes(90)


@pytest.mark.parametrize("late", [timedelta(hours=1), timedelta(days=3)])
def test_long_after_the_end_nothing_is_extended(
    session: Session, appointment: Appointment, late: timedelta
) -> None:
    assert leeway(session, appointment, HALF + late).steps == []
    with pytest.raises(TooLate):
        extend(session, appointment, 5, HALF + late)
    assert appointment.ends_at == HALF


def test_the_last_five_minutes_of_that_hour_can_be_had(
    session: Session, appointment: Appointment
) -> None:
    late = HALF + MOST_MORE - timedelta(minutes=5)
    assert leeway(session, appointment, late).steps == [(5, HALF + MOST_MORE)]
    assert extend(session, appointment, 5, late) == HALF + MOST_MORE
    session.commit()
    consistency.check(session, late)


@pytest.mark.parametrize("status", OUTCOMES)
def test_what_has_an_outcome_is_not_extended(
    session: Session, appointment: Appointment, status: str
) -> None:
    appointment.status = status
    session.flush()
    assert leeway(session, appointment, TWENTY).steps == []
    with pytest.raises(TooLate):
        extend(session, appointment, 5, TWENTY)


def test_who_came_after_being_noted_as_missing_gets_more_time(
    session: Session, appointment: Appointment
) -> None:
    appointment.status, appointment.talk_started_at = MISSED, TWENTY
    session.flush()
    assert extend(session, appointment, 5, TWENTY) == minutes(35)


def test_only_the_steps_that_are_offered(session: Session, appointment: Appointment) -> None:
    with pytest.raises(ValueError, match="not offered"):
        extend(session, appointment, 600, TWENTY)


def test_extending_and_booking_at_the_same_moment(
    app: Flask, session: Session, cast: Cast, appointment: Appointment
) -> None:
    """One of them has the time, and the other is told so."""
    id, topic_id, berger_id = appointment.id, cast.topic.id, cast.berger.id

    def work(own: Session, number: int) -> object:
        if number % 2:
            return extend(own, own.get_one(Appointment, id), (5, 10, 15)[number % 3], TWENTY)
        topic, person = own.get_one(Topic, topic_id), Person(f"P{number}", None, None, None, "de")
        start = minutes(35 + 5 * (number % 4))
        return operations.arrange(own, topic, berger_id, VIDEO, start, person, MORNING).id

    outcomes = crowd(databases.engine_of(app), work, 20)
    session.commit()
    consistency.check(session, TWENTY)
    assert any(not isinstance(outcome, Exception) for outcome in outcomes)
    assert any(isinstance(outcome, SlotTaken) for outcome in outcomes)
