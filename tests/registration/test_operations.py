from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.support.cast import AT_TEN, MORNING, Cast, an_appointment
from tests.support.databases import raw_bytes, raw_rows
from vberatung import clock
from vberatung.links import Link
from vberatung.offices.models import Office
from vberatung.registration import operations
from vberatung.registration.export import export
from vberatung.registration.models import Registration
from vberatung.registration.queries import registration_of_link

SENT = {
    "name": "Aylin Özdemir",
    "email": "aylin@example.org",
    "phone": "+4915112345678",
    "interpreter": "spoken",
    "interpreter_language": "Türkisch",
    "kind": "permanent",
    "ends_on": "2027-06-15",
    "known_on": "2026-11-02",
}


def draft_of(session: Session, office: Office) -> Registration:
    return operations.start(session, office, "de", clock.now())


def sent(session: Session, office: Office, **changes: str) -> Registration:
    registration = draft_of(session, office)
    operations.send(session, registration, SENT | changes, clock.now())
    return registration


def test_each_step_is_kept_beside_the_others(session: Session, cast: Cast) -> None:
    draft = draft_of(session, cast.office)
    operations.save(session, draft, {"name": "Aylin", "city": "Musterstadt"}, clock.now())
    operations.save(session, draft, {"jobs": "Verkauf", "city": None}, clock.now())
    assert operations.answers_of(draft) == {"name": "Aylin", "jobs": "Verkauf"}


def test_what_was_sent_has_a_time_and_a_number(session: Session, cast: Cast) -> None:
    registration = sent(session, cast.office)
    assert registration.sent_at == MORNING
    assert len(str(registration.number)) == len("ABCD-EFGH-KLMN")


def test_a_number_is_never_given_twice(session: Session, cast: Cast) -> None:
    numbers = [sent(session, cast.office).number for _ in range(30)]
    assert len(set(numbers)) == len(numbers)


def test_sending_again_changes_nothing(session: Session, cast: Cast) -> None:
    registration = sent(session, cast.office)
    number = registration.number
    again = operations.send(session, registration, {"name": "Mallory"}, clock.now())
    assert (again, registration.number) == (False, number)
    assert operations.answers_of(registration)["name"] == "Aylin Özdemir"


def test_what_was_sent_is_frozen(session: Session, cast: Cast) -> None:
    registration = sent(session, cast.office)
    with pytest.raises(operations.AlreadySent):
        operations.save(session, registration, {"name": "Mallory"}, clock.now())


def test_only_the_questions_are_sent(session: Session, cast: Cast) -> None:
    registration = sent(session, cast.office, confirmed="end_far:2029-01-01", homepage="x")
    assert operations.answers_of(registration) == SENT


def test_the_database_says_nothing_about_the_person(
    session: Session, cast: Cast, empty_database: str
) -> None:
    sent(session, cast.office)
    session.commit()
    stolen = raw_bytes(raw_rows(empty_database))
    assert b"zdemir" not in stolen
    assert b"2027-06-15" not in stolen


def test_a_link_leads_to_its_registration_and_to_no_other_thing(
    session: Session, cast: Cast, token: str
) -> None:
    draft = draft_of(session, cast.office)
    own = operations.issue_link(session, draft, clock.now())
    assert registration_of_link(session, own) is draft
    assert registration_of_link(session, token) is None
    assert registration_of_link(session, own + "x") is None


def test_the_person_is_known_when_they_book(session: Session, cast: Cast) -> None:
    person = operations.person_of(sent(session, cast.office))
    assert (person.name, person.email) == ("Aylin Özdemir", "aylin@example.org")
    assert (person.phone, person.language) == ("+4915112345678", "de")
    assert (person.interpreter, person.interpreter_language) == ("spoken", "Türkisch")
    assert replace(person, notes=None) == person


def test_the_first_talk_is_noted(session: Session, cast: Cast) -> None:
    registration = sent(session, cast.office)
    talk = an_appointment(session, cast.topic, cast.berger, AT_TEN)
    operations.note_booking(session, registration, talk)
    assert registration.appointment_id == talk.id


def test_the_deadline_knows_the_holidays_of_the_office(session: Session, cast: Cast) -> None:
    known = {"ends_on": "2026-12-31", "known_on": "2026-11-15"}  # the third day: 18 November
    assert _last_day(cast.office, known) == date(2026, 11, 18)
    cast.office.holiday_region = "SN"  # Buß- und Bettag
    assert _last_day(cast.office, known) == date(2026, 11, 19)


def test_training_in_a_company_has_no_deadline(session: Session, cast: Cast) -> None:
    assert operations.deadline_of(cast.office, {"ends_on": "2027-06-15"})
    training = {"ends_on": "2027-06-15", "kind": "company_training"}
    assert operations.deadline_of(cast.office, training) is None


def test_a_draft_is_deleted_seven_days_after_its_last_step(session: Session, cast: Cast) -> None:
    draft = draft_of(session, cast.office)
    operations.issue_link(session, draft, clock.now())
    later = clock.now() + timedelta(days=3)
    operations.save(session, draft, {"name": "Aylin"}, later)
    assert operations.delete_old(session, later + timedelta(days=6, hours=23)) == 0
    assert operations.delete_old(session, later + timedelta(days=7)) == 1
    assert _count(session, Registration) == _count(session, Link) == 0


def test_what_was_sent_is_deleted_after_the_time_of_its_office(
    session: Session, cast: Cast
) -> None:
    cast.office.registration_keep_days = 30
    sent(session, cast.office)
    kept = sent(session, cast.other_office)
    assert operations.delete_old(session, clock.now() + timedelta(days=29)) == 0
    assert operations.delete_old(session, clock.now() + timedelta(days=30)) == 1
    assert session.scalars(select(Registration)).all() == [kept]


def test_the_export_has_every_key_whatever_was_answered(session: Session, cast: Cast) -> None:
    exported = export(sent(session, cast.office))
    assert exported["format"] == "vberatung.registration/1"
    assert exported["deadline"] == {"rule": "three_months", "last_day": "2027-03-15"}
    person, search = exported["person"], exported["search"]
    assert isinstance(person, dict)
    assert isinstance(search, dict)
    assert (person["name"], person["street"]) == ("Aylin Özdemir", None)
    assert list(search) == ["jobs", "hours", "from_on", "region", "mobility", "wishes"]
    moment = datetime.fromisoformat(str(exported["sent_at"]))
    assert (moment, moment.tzinfo) == (MORNING, UTC)


def _last_day(office: Office, answers: dict[str, str]) -> date | None:
    found = operations.deadline_of(office, answers)
    return found.last_day if found else None


def _count(session: Session, table: type[Registration] | type[Link]) -> int:
    return session.scalar(select(func.count(table.id))) or 0
