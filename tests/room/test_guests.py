"""Third persons, as the domain knows them."""

import hashlib
import re

import pytest
from sqlalchemy.orm import Session

from tests.support.cast import AT_TEN, MORNING
from vberatung.booking.models import CANCELLED, Appointment
from vberatung.booking.operations import TooLate
from vberatung.config import PROJECT
from vberatung.room import access, guests
from vberatung.room.models import Guest
from vberatung.room.places import COMPANION, INTERPRETER, MOST_GUESTS, MOST_PEOPLE, SIGN_INTERPRETER

TEXTS = {
    "guest-2026-11": "74a757d0304c2c1307a2d2d9be4405b6c6370a2c778520e7fc39e12816d246cb",
    "guest-2026-11-23": "4fd84b9fc338e0a76e954e3c3bbed387967d45ad79de38fddb35604f99ea41e4",
}
"""Version → SHA-256 of the sentences; a changed text is a new version in a new line."""


@pytest.fixture
def oksana(session: Session, appointment: Appointment) -> Guest:
    return guests.invite(session, appointment, INTERPRETER, "Oksana Bondar", MORNING)


def test_three_may_be_asked_and_no_more(session: Session, appointment: Appointment) -> None:
    assert MOST_GUESTS == MOST_PEOPLE - 2 == 3
    for name in ("Oksana", "Jonas", "Leyla"):
        guests.invite(session, appointment, INTERPRETER, name, MORNING)
    with pytest.raises(guests.TooManyGuests):
        guests.invite(session, appointment, INTERPRETER, "Mehmet", MORNING)


def test_who_was_removed_makes_room(
    session: Session, appointment: Appointment, oksana: Guest
) -> None:
    for name in ("Jonas", "Leyla"):
        guests.invite(session, appointment, SIGN_INTERPRETER, name, MORNING)
    guests.remove(session, appointment, oksana.id, MORNING)
    guests.invite(session, appointment, INTERPRETER, "Mehmet", MORNING)
    names = [guest.name for guest in guests.guests_of(session, appointment)]
    assert names == ["Jonas", "Leyla", "Mehmet"]


def test_a_jobseeker_brings_a_companion_and_nobody_else(
    session: Session, appointment: Appointment
) -> None:
    for role in (INTERPRETER, "colleague", "counsellor", "jobseeker", ""):
        with pytest.raises(ValueError, match="cannot be invited"):
            guests.invite(session, appointment, role, "X", MORNING, by_jobseeker=True)
    assert guests.invite(session, appointment, COMPANION, "X", MORNING, by_jobseeker=True)


def test_nobody_is_asked_to_a_talk_that_is_no_more(
    session: Session, appointment: Appointment
) -> None:
    appointment.status = CANCELLED
    with pytest.raises(access.RoomOver):
        guests.invite(session, appointment, INTERPRETER, "Oksana", MORNING)


def test_the_link_of_who_was_removed_leads_to_nobody(
    session: Session, appointment: Appointment, oksana: Guest
) -> None:
    token = guests.issue_link(session, oksana, MORNING)
    assert guests.guest_of_token(session, token) is oksana
    guests.remove(session, appointment, oksana.id, MORNING)
    assert guests.guest_of_token(session, token) is None
    assert guests.guest_of_token(session, token, removed=True) is oksana


def test_the_name_can_be_corrected_until_one_is_let_in(
    session: Session, appointment: Appointment, oksana: Guest
) -> None:
    guests.rename(session, oksana, "Oksana Bondarenko")
    assert guests.admit(session, appointment, oksana.id, AT_TEN)
    with pytest.raises(TooLate):
        guests.rename(session, oksana, "Sabine Berger")
    assert oksana.name == "Oksana Bondarenko"


def test_a_changed_consent_is_a_new_version() -> None:
    page = (PROJECT / "vberatung/templates/room/_before_guest.html").read_text()
    panel = page.partition('data-testid="consent"')[2].partition("</div>")[0]
    sentences = re.findall(r'_\("([^"]+)"', panel)
    digest = hashlib.sha256("\n".join(sentences).encode()).hexdigest()
    assert TEXTS[guests.CONSENT_VERSION] == digest
