"""The verbs of registering. Each flushes and never commits."""

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select

from vberatung import crypto, links, tokens
from vberatung.booking.models import Appointment
from vberatung.booking.operations import Person
from vberatung.db import AnySession
from vberatung.links import Link
from vberatung.offices.holidays import holidays_of
from vberatung.offices.models import Office
from vberatung.registration import deadlines
from vberatung.registration.answers import COMPANY_TRAINING, STEPS, read_day
from vberatung.registration.models import Registration

KEEP_DRAFT = timedelta(days=7)
"""After the last step that was saved."""
NUMBER_LENGTH = 12
FIELDS = frozenset(name for step in STEPS.values() for name in step)


class AlreadySent(Exception):
    """What was sent is frozen."""


def start(session: AnySession, office: Office, language: str, now: datetime) -> Registration:
    """An empty draft."""
    draft = Registration(
        office=office,
        language=language,
        answers="{}",
        started_at=now,
        delete_after=now + KEEP_DRAFT,
    )
    session.add(draft)
    session.flush()
    return draft


def issue_link(session: AnySession, registration: Registration, now: datetime) -> str:
    """A new personal link; its token is returned once and stored only as a keyed hash."""
    return links.issue(session, Link.registration_id, registration.id, now)


def answers_of(registration: Registration) -> dict[str, str]:
    answers: dict[str, str] = json.loads(registration.answers)
    return answers


def save(
    session: AnySession,
    draft: Registration,
    answers: Mapping[str, str | None],
    now: datetime,
    *,
    language: str | None = None,
) -> None:
    """Keep these answers beside those of the other steps. AlreadySent changes nothing."""
    lock(session, draft)
    if draft.sent_at:
        raise AlreadySent
    _write(draft, answers_of(draft) | dict(answers))
    draft.language = language or draft.language
    draft.delete_after = now + KEEP_DRAFT
    session.flush()


def send(
    session: AnySession, draft: Registration, answers: Mapping[str, str | None], now: datetime
) -> bool:
    """Freeze these answers and give them a number; False when it was sent before."""
    lock(session, draft)
    if draft.sent_at:
        return False
    _write(draft, {name: text for name, text in answers.items() if name in FIELDS})
    draft.sent_at = now
    draft.number = tokens.grouped(
        tokens.spell(crypto.keyed_hash("number:" + tokens.link_token()), NUMBER_LENGTH)
    )
    draft.delete_after = now + timedelta(days=draft.office.registration_keep_days)
    session.flush()
    return True


def lock(session: AnySession, registration: Registration) -> None:
    """Let nobody else change it until we commit, and see what others have changed."""
    session.execute(select(Registration.id).filter_by(id=registration.id).with_for_update())
    session.refresh(registration)


def person_of(registration: Registration) -> Person:
    """What is known of the person, for booking the first talk and for writing to them."""
    answers = answers_of(registration)
    return Person(
        name=answers.get("name", ""),
        email=answers.get("email"),
        phone=answers.get("phone"),
        notes=None,
        language=registration.language,
        interpreter=answers.get("interpreter"),
        interpreter_language=answers.get("interpreter_language"),
    )


def deadline_of(office: Office, answers: Mapping[str, str]) -> deadlines.Deadline | None:
    """The deadline by these answers; None without an end, or where there is no such duty."""
    ends_on = read_day(answers.get("ends_on"))
    if ends_on is None or answers.get("kind") == COMPANY_TRAINING:
        return None

    def is_holiday(day: date) -> bool:
        return day in holidays_of(office.holiday_region, day.year)

    return deadlines.deadline(ends_on, read_day(answers.get("known_on")), is_holiday)


def note_booking(session: AnySession, registration: Registration, appointment: Appointment) -> None:
    """The first talk has been booked."""
    registration.appointment = appointment
    session.flush()


def note_handled(session: AnySession, registration: Registration, now: datetime) -> None:
    """Somebody of the office has taken care of it."""
    registration.handled_at = registration.handled_at or now
    session.flush()


def delete_old(session: AnySession, now: datetime) -> int:
    """Delete drafts and sent ones whose time is over, with their links; their number."""
    over = session.scalars(
        select(Registration.id)
        .where(Registration.delete_after <= now)
        .with_for_update(skip_locked=True)
    ).all()
    if over:
        session.execute(delete(Link).where(Link.registration_id.in_(over)))
        session.execute(delete(Registration).where(Registration.id.in_(over)))
    return len(over)


def _write(registration: Registration, answers: Mapping[str, str | None]) -> None:
    kept = {name: text for name, text in answers.items() if text}
    registration.answers = json.dumps(kept, ensure_ascii=False)
