"""Who is there: a sign of life with a time to live, so it survives restarts and lost sockets."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, String, and_, cast, delete, func, literal, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from vberatung.booking.models import CANCELLED, Appointment
from vberatung.db import AnySession
from vberatung.people.models import Staff
from vberatung.room.models import Guest, Presence
from vberatung.room.places import COUNSELLOR, GUEST, JOBSEEKER

LIVES = timedelta(seconds=40)
RENEW_EVERY = timedelta(seconds=15)


def touch(session: AnySession, appointment_id: int, place: str, now: datetime) -> bool:
    """This place is there now; True when it was not before."""
    came = not is_present(session, appointment_id, place, now)
    renewed = update(Presence).where(*_is(appointment_id, place)).values(seen_at=now)
    if session.execute(renewed).rowcount:  # type: ignore[attr-defined]
        return came
    try:
        with session.begin_nested():
            session.add(Presence(appointment_id=appointment_id, place=place, seen_at=now))
    except IntegrityError:  # the same side came through another socket at this moment
        session.execute(renewed)
    return came


def renew(session: AnySession, appointment_id: int, place: str, now: datetime) -> bool:
    """This place is still there; False, and nothing written, when it was not."""
    still = (*_is(appointment_id, place), Presence.seen_at > now - LIVES)
    renewed = update(Presence).where(*still).values(seen_at=now)
    return bool(session.execute(renewed).rowcount)  # type: ignore[attr-defined]


def leave(session: AnySession, appointment_id: int, place: str) -> None:
    """This place has gone, and we know it."""
    session.execute(delete(Presence).where(*_is(appointment_id, place)))


def _is(appointment_id: int, place: str) -> tuple[ColumnElement[bool], ...]:
    return (Presence.appointment_id == appointment_id, Presence.place == place)


def leave_all(session: AnySession, appointment_id: int) -> None:
    session.execute(delete(Presence).where(Presence.appointment_id == appointment_id))


def anybody(session: AnySession, appointment_id: int, now: datetime) -> bool:
    """Whether any place of this room is taken."""
    there = select(Presence.place).where(
        Presence.appointment_id == appointment_id, Presence.seen_at > now - LIVES
    )
    return session.scalar(there.limit(1)) is not None


def is_present(session: AnySession, appointment_id: int, place: str, now: datetime) -> bool:
    presence = session.get(Presence, (appointment_id, place))
    return presence is not None and presence.seen_at > now - LIVES


def counts(session: AnySession, now: datetime) -> tuple[int, int, int]:
    """Rooms with somebody in them, the people there, and the jobseekers who wait to be let in."""
    waits = and_(Presence.place == JOBSEEKER, Appointment.admitted_at.is_(None))
    rooms, people, waiting = session.execute(
        select(
            func.count(Presence.appointment_id.distinct()),
            func.count(),
            func.count().filter(waits),
        )
        .join(Appointment, Appointment.id == Presence.appointment_id)
        .where(Presence.seen_at > now - LIVES)
    ).one()
    return rooms, people, waiting


def waiting_for(session: AnySession, staff: Staff, now: datetime) -> Sequence[Appointment]:
    """The counsellor's appointments whose jobseeker waits right now, first come first."""
    everybody = everybody_waiting_for(session, staff, now)
    return [appointment for appointment, guest in everybody if guest is None]


def everybody_waiting_for(
    session: AnySession, staff: Staff, now: datetime
) -> Sequence[tuple[Appointment, Guest | None]]:
    """Who waits for this counsellor in whichever room, jobseekers and guests, first come first."""
    place = literal(GUEST).concat(cast(Guest.id, String))
    rows = session.execute(
        select(Appointment, Guest)
        .join(Presence, Presence.appointment_id == Appointment.id)
        .outerjoin(Guest, and_(Guest.appointment_id == Appointment.id, Presence.place == place))
        .where(
            Appointment.counsellor_id == staff.id,
            Appointment.status != CANCELLED,
            Appointment.talk_ended_at.is_(None),
            or_(
                and_(Presence.place == JOBSEEKER, Appointment.admitted_at.is_(None)),
                and_(
                    Guest.id.is_not(None),
                    or_(Guest.admitted_at.is_(None), Guest.admitted_at < Appointment.moved_at),
                    Guest.removed_at.is_(None),
                ),
            ),
            Presence.seen_at > now - LIVES,
        )
        .options(joinedload(Appointment.topic))
        .order_by(func.coalesce(Guest.consented_at, Appointment.arrived_at))
    ).all()
    return [(appointment, guest) for appointment, guest in rows]


def talks_with_another(session: AnySession, appointment: Appointment, now: datetime) -> bool:
    """Whether the counsellor is in the room of another appointment whose talk is running."""
    running = (
        select(Appointment.id)
        .join(Presence, Presence.appointment_id == Appointment.id)
        .where(
            Appointment.counsellor_id == appointment.counsellor_id,
            Appointment.id != appointment.id,
            Appointment.talk_started_at.is_not(None),
            Appointment.talk_left_at.is_(None),
            Appointment.talk_ended_at.is_(None),
            Presence.place == COUNSELLOR,
            Presence.seen_at > now - LIVES,
        )
    )
    return session.scalar(running.limit(1)) is not None
