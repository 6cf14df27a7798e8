from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.cast import AT_TEN, AYLIN, MONDAY, MORNING, OLENA, Cast, an_appointment, works
from vberatung.booking import operations
from vberatung.booking.claims import quanta
from vberatung.booking.free import Wish
from vberatung.booking.hours import WeeklyHours
from vberatung.booking.models import IN_PERSON, PHONE, VIDEO, Appointment, Claim
from vberatung.booking.operations import SlotTaken, TooLate

AT_ELEVEN = AT_TEN + timedelta(hours=1)


def claims(session: Session, appointment: Appointment) -> list[int]:
    mine = select(Claim.quantum).where(Claim.appointment_id == appointment.id)
    return sorted(session.scalars(mine))


def test_moving_changes_old_and_new_in_one_step(session: Session, appointment: Appointment) -> None:
    uid = appointment.uid
    operations.move(session, appointment, AT_ELEVEN, MORNING)
    assert appointment.starts_at == AT_ELEVEN
    assert claims(session, appointment) == list(
        quanta(AT_ELEVEN, AT_ELEVEN + timedelta(minutes=30), 0, 5)
    )
    assert (appointment.uid, appointment.sequence) == (uid, 1)


def test_one_can_move_by_less_than_the_talk_takes(
    session: Session, appointment: Appointment
) -> None:
    """Its own time does not stand in its way."""
    counsellor = appointment.counsellor_id
    operations.move(session, appointment, AT_TEN + timedelta(minutes=15), MORNING)
    assert appointment.counsellor_id == counsellor


def test_a_time_that_is_taken_leaves_everything_as_it_was(
    session: Session, cast: Cast, appointment: Appointment
) -> None:
    an_appointment(session, cast.topic, cast.berger, AT_ELEVEN, OLENA)
    before = claims(session, appointment)
    with pytest.raises(SlotTaken):
        operations.move(session, appointment, AT_ELEVEN, MORNING)
    assert appointment.starts_at == AT_TEN
    assert appointment.sequence == 0
    assert claims(session, appointment) == before


def test_a_colleague_takes_over_when_the_own_counsellor_is_busy(
    session: Session, cast: Cast, appointment: Appointment
) -> None:
    works(session, cast.aydin, MONDAY, 11, 12)
    an_appointment(session, cast.topic, cast.berger, AT_ELEVEN, OLENA)
    operations.move(session, appointment, AT_ELEVEN, MORNING)
    assert appointment.counsellor_id == cast.aydin.id


def test_what_has_begun_cannot_be_moved(session: Session, appointment: Appointment) -> None:
    with pytest.raises(TooLate):
        operations.move(session, appointment, AT_ELEVEN, AT_TEN)


def test_a_video_talk_can_always_become_a_call(session: Session, appointment: Appointment) -> None:
    operations.change_channel(session, appointment, PHONE, AT_TEN - timedelta(minutes=1))
    assert (appointment.channel, appointment.sequence) == (PHONE, 1)


def test_other_channels_need_hours_that_are_open_to_them(
    session: Session, cast: Cast, appointment: Appointment
) -> None:
    for hours in session.scalars(select(WeeklyHours)):
        hours.channels = [VIDEO]
    session.flush()
    with pytest.raises(SlotTaken):
        operations.change_channel(session, appointment, IN_PERSON, MORNING)
    assert appointment.channel == VIDEO


def test_what_the_topic_does_not_offer_is_refused(
    session: Session, cast: Cast, appointment: Appointment
) -> None:
    cast.topic.channels = [VIDEO]
    with pytest.raises(ValueError, match="phone"):
        operations.change_channel(session, appointment, PHONE, MORNING)


def test_the_language_chosen_for_the_talk_stays_when_it_is_moved(
    session: Session, cast: Cast
) -> None:
    cast.berger.languages, cast.aydin.languages = ["de"], ["de", "tr"]
    wish = Wish(VIDEO, spoken="tr")
    kept = operations.hold(session, cast.topic, AT_TEN, "visitor", "lobby", MORNING, wish)
    made = operations.book(session, cast.topic, VIDEO, AT_TEN, AYLIN, MORNING, hold=kept)
    assert (made.spoken, made.counsellor) == ("tr", cast.aydin)
    an_appointment(session, cast.topic, cast.aydin, AT_ELEVEN)
    with pytest.raises(SlotTaken):  # Berger is free, but does not speak it
        operations.move(session, made, AT_ELEVEN, MORNING)
