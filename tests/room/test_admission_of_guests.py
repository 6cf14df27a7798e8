"""Each guest is let in alone and removed for good, by the counsellor of this talk only."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests.support.cast import AT_TEN, MORNING, OLENA, Cast, an_appointment
from vberatung.booking import operations as booking
from vberatung.booking.models import Appointment
from vberatung.room import guests, operations, presence
from vberatung.room.access import NotOpenYet, RoomOver
from vberatung.room.models import Guest
from vberatung.room.places import COMPANION, INTERPRETER, place_of_guest

OVER = AT_TEN + timedelta(hours=2)
SECOND = timedelta(seconds=1)


@pytest.fixture
def guest(session: Session, appointment: Appointment) -> Guest:
    return guests.invite(session, appointment, INTERPRETER, "Олена Ткач", MORNING)


@pytest.fixture
def stranger(session: Session, cast: Cast) -> Guest:
    """The guest of another talk."""
    other = an_appointment(session, cast.other_topic, cast.noack, AT_TEN, OLENA)
    return guests.invite(session, other, COMPANION, "Emre", MORNING)


def test_each_talk_has_guests_of_its_own(
    session: Session, appointment: Appointment, guest: Guest, stranger: Guest
) -> None:
    assert guests.guests_of(session, appointment) == [guest]
    assert guests.guests_of(session, stranger.appointment) == [stranger]


def test_a_jobseekers_link_is_not_a_guests(
    session: Session, appointment: Appointment, guest: Guest
) -> None:
    jobseekers = booking.issue_link(session, appointment, MORNING)
    assert guests.guest_of_token(session, jobseekers) is None


def test_a_guest_agrees_and_then_waits(
    session: Session, appointment: Appointment, guest: Guest
) -> None:
    guests.arrive(session, guest, AT_TEN)
    assert guest.consented_at == AT_TEN
    assert guest.consent_version == guests.CONSENT_VERSION
    assert not operations.is_admitted(session, appointment, place_of_guest(guest.id))


@pytest.mark.parametrize(("moment", "error"), [(MORNING, NotOpenYet), (OVER, RoomOver)])
def test_guests_have_the_rooms_times(
    session: Session, appointment: Appointment, guest: Guest, moment: object, error: type[Exception]
) -> None:
    with pytest.raises(error):
        guests.arrive(session, guest, moment)  # type: ignore[arg-type]
    with pytest.raises(error):
        guests.admit(session, appointment, guest.id, moment)  # type: ignore[arg-type]
    assert (guest.consented_at, guest.admitted_at) == (None, None)


def test_each_guest_is_let_in_alone(
    session: Session, appointment: Appointment, guest: Guest
) -> None:
    other = guests.invite(session, appointment, COMPANION, "Ayşe", MORNING)
    assert guests.admit(session, appointment, guest.id, AT_TEN)
    assert operations.is_admitted(session, appointment, place_of_guest(guest.id))
    assert not operations.is_admitted(session, appointment, place_of_guest(other.id))
    assert appointment.admitted_at is None
    guests.admit(session, appointment, guest.id, AT_TEN + timedelta(minutes=5))
    assert guest.admitted_at == AT_TEN


@pytest.mark.parametrize("id", [0, 9_999_999_999])
def test_who_was_never_asked_is_neither_let_in_nor_removed(
    session: Session, appointment: Appointment, id: int
) -> None:
    assert not guests.admit(session, appointment, id, AT_TEN)
    guests.remove(session, appointment, id, AT_TEN)


def test_the_guest_of_another_talk_is_neither_let_in_nor_removed(
    session: Session, appointment: Appointment, stranger: Guest
) -> None:
    assert not guests.admit(session, appointment, stranger.id, AT_TEN)
    guests.remove(session, appointment, stranger.id, AT_TEN)
    assert (stranger.admitted_at, stranger.removed_at) == (None, None)


def test_removed_once_is_removed_for_good(
    session: Session, appointment: Appointment, guest: Guest
) -> None:
    place = place_of_guest(guest.id)
    presence.touch(session, appointment.id, place, AT_TEN)
    guests.admit(session, appointment, guest.id, AT_TEN)
    for minutes in (0, 5):
        guests.remove(session, appointment, guest.id, AT_TEN + timedelta(minutes=minutes))
    assert guest.removed_at == AT_TEN
    assert not guests.admit(session, appointment, guest.id, AT_TEN)
    assert not operations.is_admitted(session, appointment, place)
    session.expire_all()
    assert not presence.is_present(session, appointment.id, place, AT_TEN)


def test_who_was_let_in_at_a_former_time_waits_at_the_new_one(
    session: Session, cast: Cast, appointment: Appointment, guest: Guest
) -> None:
    early, later = AT_TEN - timedelta(minutes=10), AT_TEN + timedelta(hours=1)
    place = place_of_guest(guest.id)
    guests.admit(session, appointment, guest.id, early)
    presence.touch(session, appointment.id, place, later)
    booking.hand_to(session, appointment, cast.berger.id, later, early + SECOND)
    session.flush()
    assert not operations.is_admitted(session, appointment, place)
    assert (appointment, guest) in presence.everybody_waiting_for(session, cast.berger, later)
    guests.rename(session, guest, "Olena Tkatsch")
    guests.admit(session, appointment, guest.id, later)
    assert guest.admitted_at == later
    assert operations.is_admitted(session, appointment, place)
    assert (appointment, guest) not in presence.everybody_waiting_for(session, cast.berger, later)


def test_who_was_let_in_by_a_former_counsellor_waits_for_the_new_one(
    session: Session, cast: Cast, appointment: Appointment, guest: Guest
) -> None:
    early = AT_TEN - timedelta(minutes=10)
    guests.admit(session, appointment, guest.id, early)
    booking.hand_to(session, appointment, cast.aydin.id, AT_TEN, early + SECOND)
    assert not operations.is_admitted(session, appointment, place_of_guest(guest.id))
