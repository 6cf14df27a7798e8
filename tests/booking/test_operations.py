from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tests.support.cast import AT_TEN, AYLIN, MORNING, OLENA, Cast, an_appointment
from vberatung import crypto
from vberatung.booking import operations
from vberatung.booking.claims import quantum_of
from vberatung.booking.models import BOOKED, CANCELLED, PHONE, VIDEO, Appointment, Claim
from vberatung.booking.operations import SlotTaken, TooLate
from vberatung.links import Link


def book(session: Session, cast: Cast, start: datetime = AT_TEN) -> Appointment:
    return operations.book(session, cast.topic, VIDEO, start, AYLIN, MORNING)


def claims_of(session: Session, appointment: Appointment) -> list[int]:
    mine = select(Claim.quantum).where(Claim.appointment_id == appointment.id)
    return list(session.scalars(mine.order_by(Claim.quantum)))


def test_a_booking_has_what_was_asked_for(session: Session, cast: Cast) -> None:
    booked = book(session, cast)
    assert (booked.topic, booked.office, booked.channel) == (cast.topic, cast.office, VIDEO)
    assert (booked.starts_at, booked.ends_at) == (AT_TEN, AT_TEN + timedelta(minutes=30))
    assert (booked.name, booked.email, booked.phone) == (AYLIN.name, AYLIN.email, AYLIN.phone)
    assert (booked.status, booked.sequence, booked.booked_at) == (BOOKED, 0, MORNING)


def test_a_booking_claims_the_talk_and_the_buffer(session: Session, cast: Cast) -> None:
    first = quantum_of(AT_TEN)
    assert claims_of(session, book(session, cast)) == [first + n for n in range(7)]


def test_bookings_are_spread_over_the_pool_until_nobody_is_left(
    session: Session, cast: Cast
) -> None:
    assert {book(session, cast).counsellor, book(session, cast).counsellor} == {
        cast.berger,
        cast.aydin,
    }
    with pytest.raises(SlotTaken):
        book(session, cast)


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(AT_TEN - timedelta(days=1), id="past"),
        pytest.param(AT_TEN - timedelta(minutes=15), id="within the notice"),
        pytest.param(AT_TEN + timedelta(minutes=1), id="off the grid"),
        pytest.param(AT_TEN.replace(hour=18), id="open in the other office only"),
        pytest.param(AT_TEN + timedelta(days=21), id="beyond the horizon"),
        pytest.param(AT_TEN.replace(year=9999, month=12, day=31), id="the end of time"),
        pytest.param(AT_TEN.replace(year=1, month=1, day=1), id="the beginning of time"),
    ],
)
def test_a_time_that_is_not_offered_cannot_be_booked(
    session: Session, cast: Cast, start: datetime
) -> None:
    with pytest.raises(SlotTaken):
        book(session, cast, start)


def test_a_channel_that_the_topic_does_not_have_is_refused(session: Session, cast: Cast) -> None:
    with pytest.raises(ValueError, match="phone"):
        operations.book(session, cast.first_talk, PHONE, AT_TEN, AYLIN, MORNING)


def test_a_refused_booking_leaves_no_trace(session: Session, cast: Cast) -> None:
    an_appointment(session, cast.first_talk, cast.berger, AT_TEN)
    before = [session.scalar(select(func.count()).select_from(t)) for t in (Appointment, Claim)]
    with pytest.raises(SlotTaken):
        an_appointment(session, cast.topic, cast.berger, AT_TEN + timedelta(minutes=30), OLENA)
    after = [session.scalar(select(func.count()).select_from(t)) for t in (Appointment, Claim)]
    assert after == before


def test_a_claim_cannot_be_there_twice_whatever_the_program_does(
    session: Session, cast: Cast, appointment: Appointment
) -> None:
    duplicate = Claim(
        counsellor_id=cast.berger.id, quantum=quantum_of(AT_TEN), appointment_id=cast.noise.id
    )
    session.add(duplicate)
    with pytest.raises(IntegrityError):
        session.flush()


def test_cancelling_gives_the_time_back(session: Session, cast: Cast) -> None:
    booked = book(session, cast)
    operations.cancel(session, booked, MORNING)
    assert (booked.status, booked.sequence) == (CANCELLED, 1)
    assert claims_of(session, booked) == []
    again = an_appointment(session, cast.topic, booked.counsellor, AT_TEN, OLENA)
    assert claims_of(session, again)


def test_cancelling_one_keeps_the_claims_of_the_others(session: Session, cast: Cast) -> None:
    kept = claims_of(session, cast.noise)
    operations.cancel(session, book(session, cast), MORNING)
    assert claims_of(session, cast.noise) == kept


def test_until_the_start_one_can_change(session: Session, appointment: Appointment) -> None:
    operations.cancel(session, appointment, AT_TEN - timedelta(seconds=1))
    assert appointment.status == CANCELLED


def test_what_has_begun_cannot_be_cancelled(session: Session, appointment: Appointment) -> None:
    with pytest.raises(TooLate):
        operations.cancel(session, appointment, AT_TEN)


def test_one_cannot_cancel_twice(session: Session, appointment: Appointment) -> None:
    operations.cancel(session, appointment, MORNING)
    with pytest.raises(TooLate):
        operations.cancel(session, appointment, MORNING)
    assert appointment.sequence == 1


def test_a_link_is_stored_only_as_a_keyed_hash(session: Session, appointment: Appointment) -> None:
    token = operations.issue_link(session, appointment, MORNING)
    stored = session.scalars(
        select(Link.token_hash).where(Link.appointment_id == appointment.id)
    ).one()
    assert stored == crypto.keyed_hash("link:" + token)
    assert len(token) == 22


def test_an_appointment_can_have_several_links(session: Session, appointment: Appointment) -> None:
    tokens = {operations.issue_link(session, appointment, MORNING) for _ in range(3)}
    assert len(tokens) == 3


def test_calendar_entries_have_a_name_of_their_own(session: Session, cast: Cast) -> None:
    assert book(session, cast).uid != book(session, cast).uid
