"""The verbs of booking. Each flushes and never commits: the edge commits once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from vberatung import crypto, tokens
from vberatung.booking import queries
from vberatung.booking.claims import quanta
from vberatung.booking.models import BOOKED, CANCELLED, Appointment, Claim, Link
from vberatung.db import AnySession
from vberatung.offices.models import Topic


class SlotTaken(Exception):
    """Nobody of the pool is free at this time: taken meanwhile, past, or never offered."""


class TooLate(Exception):
    """The appointment has begun, is cancelled, or is over: it can no longer be changed."""


@dataclass(frozen=True)
class Person:
    """What the jobseeker told us of themselves. Name, and one way of contact or none."""

    name: str
    email: str | None
    phone: str | None
    notes: str | None
    language: str


def book(
    session: AnySession,
    topic: Topic,
    channel: str,
    start: datetime,
    person: Person,
    now: datetime,
) -> Appointment:
    """Book the first free counsellor in fair order, or raise SlotTaken.

    The database decides who is free: each candidate's claims are inserted, and a conflict
    with somebody else's claim sends us to the next candidate.
    """
    if channel not in topic.channels:
        raise ValueError(f"{channel} is not offered for this topic")
    free = queries.free_slots_of(session, topic, now).get(start, ())
    for counsellor_id in queries.by_load(session, free, start):
        try:
            return arrange(session, topic, counsellor_id, channel, start, person, now)
        except SlotTaken:
            continue
    raise SlotTaken


def arrange(
    session: AnySession,
    topic: Topic,
    counsellor_id: int,
    channel: str,
    start: datetime,
    person: Person,
    now: datetime,
) -> Appointment:
    """An appointment with this counsellor at any time they have not promised to somebody else."""
    appointment = Appointment(
        office_id=topic.office_id,
        topic=topic,
        counsellor_id=counsellor_id,
        channel=channel,
        starts_at=start,
        ends_at=start + timedelta(minutes=topic.duration_min),
        status=BOOKED,
        booked_at=now,
        name=person.name,
        email=person.email,
        phone=person.phone,
        notes=person.notes,
        language=person.language,
        uid=tokens.calendar_uid(),
    )
    with session.begin_nested():
        session.add(appointment)
        session.flush()
        try:
            session.execute(insert(Claim), _claims_for(appointment))
        except IntegrityError as error:
            raise SlotTaken from error  # and leave the savepoint, appointment included
    return appointment


def issue_link(session: AnySession, appointment: Appointment, now: datetime) -> str:
    """A new personal link; its token is returned once and stored only as a keyed hash."""
    token = tokens.link_token()
    session.add(
        Link(
            token_hash=crypto.keyed_hash("link:" + token),
            appointment=appointment,
            created_at=now,
        )
    )
    session.flush()
    return token


def can_cancel(appointment: Appointment, now: datetime) -> bool:
    return (
        appointment.status == BOOKED
        and appointment.talk_ended_at is None
        and now < appointment.starts_at
    )


def lock(session: AnySession, appointment: Appointment) -> None:
    """Let nobody else change it until we commit, and see what others have changed.

    PostgreSQL locks the row; on SQLite `begin_write` has locked everything.
    """
    session.execute(select(Appointment.id).filter_by(id=appointment.id).with_for_update())
    session.refresh(appointment)


def cancel(session: AnySession, appointment: Appointment, now: datetime) -> None:
    """Cancel and give the time back, until the start."""
    lock(session, appointment)
    if not can_cancel(appointment, now):
        raise TooLate
    appointment.status = CANCELLED
    appointment.sequence += 1
    session.execute(delete(Claim).where(Claim.appointment_id == appointment.id))
    session.flush()


def _claims_for(appointment: Appointment) -> list[dict[str, int]]:
    """In ascending order: two overlapping bookings can wait for each other, but never deadlock."""
    topic = appointment.topic
    needed = quanta(
        appointment.starts_at,
        appointment.ends_at,
        topic.buffer_before_min,
        topic.buffer_after_min,
    )
    return [
        {
            "counsellor_id": appointment.counsellor_id,
            "quantum": quantum,
            "appointment_id": appointment.id,
        }
        for quantum in needed
    ]
