from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.support.cast import AT_TEN, AYLIN, MORNING, Cast
from vberatung.booking import operations
from vberatung.booking.models import BOOKED, PENDING, VIDEO, Appointment, Claim
from vberatung.booking.operations import CONFIRM_WITHIN, TooLate
from vberatung.booking.queries import appointments_of


@pytest.fixture
def pending(session: Session, cast: Cast) -> Appointment:
    """Aylin has booked for ten; the mail waits for her click."""
    cast.topic.notice_min = 0
    return operations.book(session, cast.topic, VIDEO, AT_TEN, AYLIN, MORNING, pending=True)


def claims_of(session: Session, id: int) -> int:
    return session.scalar(select(func.count()).where(Claim.appointment_id == id)) or 0


def test_a_pending_appointment_keeps_its_time(session: Session, pending: Appointment) -> None:
    assert pending.status == PENDING
    assert claims_of(session, pending.id) == 7
    assert pending.confirm_until == MORNING + CONFIRM_WITHIN


def test_the_counsellor_does_not_see_it_yet(
    session: Session, cast: Cast, pending: Appointment
) -> None:
    assert pending not in appointments_of(session, cast.berger, MORNING)
    operations.confirm(session, pending, MORNING)
    assert pending in appointments_of(session, cast.berger, MORNING)


def test_confirming_twice_tells_once(session: Session, pending: Appointment) -> None:
    assert operations.confirm(session, pending, MORNING)
    assert not operations.confirm(session, pending, MORNING)
    assert (pending.status, pending.confirm_until) == (BOOKED, None)


def test_what_nobody_confirms_is_given_up(session: Session, pending: Appointment) -> None:
    id = pending.id
    assert operations.give_up_unconfirmed(session, MORNING) == 0
    assert operations.give_up_unconfirmed(session, MORNING + CONFIRM_WITHIN) == 1
    session.expire_all()
    assert session.get(Appointment, id) is None
    assert claims_of(session, id) == 0


def test_what_was_confirmed_stays(session: Session, pending: Appointment) -> None:
    operations.confirm(session, pending, MORNING)
    assert operations.give_up_unconfirmed(session, MORNING + timedelta(days=1)) == 0


def test_after_the_start_it_is_too_late(session: Session, pending: Appointment) -> None:
    with pytest.raises(TooLate):
        operations.confirm(session, pending, AT_TEN)
