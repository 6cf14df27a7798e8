"""What is kept of a device test, for how long, and that a moved appointment keeps it."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.cast import AT_TEN, MORNING, OLENA, Cast, an_appointment
from vberatung.booking import operations
from vberatung.booking.models import CANCELLED, HELD, PENDING, Appointment
from vberatung.techcheck import results
from vberatung.techcheck.models import TechCheck

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def kept(session: Session, appointment: Appointment) -> tuple[str, list[str]] | None:
    check = results.of(session, appointment)
    return (check.light, check.causes) if check else None


def test_the_latest_result_counts(session: Session, appointment: Appointment) -> None:
    results.keep(session, appointment, ["camera-denied", "browser"], MORNING)
    assert kept(session, appointment) == ("failed", ["browser", "camera-denied"])
    results.keep(session, appointment, [], MORNING + MINUTE)
    assert kept(session, appointment) == ("ok", [])
    assert len(session.scalars(select(TechCheck)).all()) == 1


def test_an_older_one_does_not_replace_it(session: Session, appointment: Appointment) -> None:
    results.keep(session, appointment, ["speaker"], MORNING)
    results.keep(session, appointment, [], MORNING - MINUTE)
    assert kept(session, appointment) == ("limited", ["speaker"])


def test_an_unknown_cause_leaves_everything_as_it_is(
    session: Session, appointment: Appointment
) -> None:
    results.keep(session, appointment, ["speaker"], MORNING)
    with pytest.raises(ValueError, match="no such cause"):
        results.keep(session, appointment, ["198.51.100.7"], MORNING + MINUTE)
    assert kept(session, appointment) == ("limited", ["speaker"])


@pytest.mark.parametrize("status", [CANCELLED, HELD])
def test_nothing_is_kept_for_what_is_not_to_come(
    session: Session, appointment: Appointment, status: str
) -> None:
    appointment.status = status
    session.flush()
    assert results.keep(session, appointment, [], MORNING) is None
    assert kept(session, appointment) is None


def test_nothing_is_kept_after_the_end(session: Session, appointment: Appointment) -> None:
    assert results.keep(session, appointment, [], appointment.ends_at) is None
    assert results.keep(session, appointment, [], appointment.ends_at - MINUTE)


def test_who_has_not_confirmed_yet_may_test(session: Session, appointment: Appointment) -> None:
    appointment.status = PENDING
    session.flush()
    assert results.keep(session, appointment, [], MORNING)


def test_a_moved_appointment_keeps_it(session: Session, appointment: Appointment) -> None:
    results.keep(session, appointment, ["speaker"], MORNING)
    operations.move(session, appointment, AT_TEN + 30 * MINUTE, MORNING)
    assert kept(session, appointment) == ("limited", ["speaker"])


def test_each_appointment_has_its_own(
    session: Session, cast: Cast, appointment: Appointment
) -> None:
    other = an_appointment(session, cast.topic, cast.berger, AT_TEN + 60 * MINUTE, OLENA)
    results.keep(session, appointment, ["browser"], MORNING)
    assert results.of(session, other) is None
    found = results.of_all(session, [appointment, other])
    assert {id: check.light for id, check in found.items()} == {appointment.id: "failed"}
    assert results.tested(session, [appointment.id, other.id]) == {appointment.id}
    assert results.of_all(session, []) == {}


def test_a_day_after_the_appointment_it_is_deleted(
    session: Session, appointment: Appointment
) -> None:
    results.keep(session, appointment, [], MORNING)
    last = appointment.ends_at + DAY
    results.delete_old(session, last - MINUTE)
    assert results.tested(session, [appointment.id])
    results.delete_old(session, last)
    assert not results.tested(session, [appointment.id])


def test_it_goes_with_its_appointment(session: Session, appointment: Appointment) -> None:
    results.keep(session, appointment, [], MORNING)
    session.commit()
    session.delete(appointment)
    session.commit()
    assert session.scalars(select(TechCheck)).all() == []
