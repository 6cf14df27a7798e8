from datetime import timedelta

from sqlalchemy.orm import Session

from tests.support.cast import MORNING, Cast
from vberatung.booking.models import Appointment
from vberatung.room import presence
from vberatung.room.places import COUNSELLOR, JOBSEEKER

SECOND = timedelta(seconds=1)


def test_a_sign_of_life_lasts_forty_seconds(session: Session, appointment: Appointment) -> None:
    presence.touch(session, appointment.id, JOBSEEKER, MORNING)
    after = MORNING + presence.LIVES
    assert presence.is_present(session, appointment.id, JOBSEEKER, after - SECOND)
    assert not presence.is_present(session, appointment.id, JOBSEEKER, after)


def test_it_is_renewed(session: Session, appointment: Appointment) -> None:
    presence.touch(session, appointment.id, JOBSEEKER, MORNING)
    presence.touch(session, appointment.id, COUNSELLOR, MORNING)
    assert presence.renew(session, appointment.id, JOBSEEKER, MORNING + presence.RENEW_EVERY)
    session.expire_all()
    later = MORNING + presence.LIVES
    assert presence.is_present(session, appointment.id, JOBSEEKER, later)
    assert not presence.is_present(session, appointment.id, COUNSELLOR, later)


def test_only_whoever_is_there_renews(session: Session, appointment: Appointment) -> None:
    assert not presence.renew(session, appointment.id, JOBSEEKER, MORNING)
    presence.touch(session, appointment.id, JOBSEEKER, MORNING)
    later = MORNING + presence.LIVES
    assert not presence.renew(session, appointment.id, JOBSEEKER, later)
    assert not presence.is_present(session, appointment.id, JOBSEEKER, later)


def test_the_sides_are_apart_and_each_can_leave(session: Session, appointment: Appointment) -> None:
    presence.touch(session, appointment.id, JOBSEEKER, MORNING)
    presence.touch(session, appointment.id, COUNSELLOR, MORNING)
    presence.leave(session, appointment.id, JOBSEEKER)
    session.expire_all()
    assert not presence.is_present(session, appointment.id, JOBSEEKER, MORNING)
    assert presence.is_present(session, appointment.id, COUNSELLOR, MORNING)


def test_a_guest_is_somebody_but_no_jobseeker_who_waits(
    session: Session, cast: Cast, appointment: Appointment
) -> None:
    presence.touch(session, appointment.id, "guest-7", MORNING)
    assert presence.is_present(session, appointment.id, "guest-7", MORNING)
    assert not presence.is_present(session, appointment.id, "guest-8", MORNING)
    assert presence.anybody(session, appointment.id, MORNING)
    assert not presence.anybody(session, appointment.id, MORNING + presence.LIVES)
    assert presence.waiting_for(session, cast.berger, MORNING) == []


def test_somebody_comes_once(session: Session, appointment: Appointment) -> None:
    assert presence.touch(session, appointment.id, "guest-7", MORNING)
    session.expire_all()
    assert not presence.touch(session, appointment.id, "guest-7", MORNING + SECOND)


def test_only_the_counsellors_own_jobseekers_wait(session: Session, cast: Cast) -> None:
    assert presence.waiting_for(session, cast.berger, MORNING) == []
    assert [a.id for a in presence.waiting_for(session, cast.noack, MORNING)] == [cast.noise.id]
