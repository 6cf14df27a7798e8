"""Who is there: a sign of life with a time to live, so it survives restarts and lost sockets."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from vberatung.booking.models import CANCELLED, Appointment
from vberatung.db import AnySession
from vberatung.people.models import Staff
from vberatung.room.access import JOBSEEKER
from vberatung.room.models import Presence

LIVES = timedelta(seconds=40)
RENEW_EVERY = timedelta(seconds=15)


def touch(session: AnySession, appointment_id: int, role: str, now: datetime) -> bool:
    """This side is there now; True when it was not before."""
    came = not is_present(session, appointment_id, role, now)
    row = (Presence.appointment_id == appointment_id, Presence.role == role)
    renewed = update(Presence).where(*row).values(seen_at=now)
    if session.execute(renewed).rowcount:  # type: ignore[attr-defined]
        return came
    try:
        with session.begin_nested():
            session.add(Presence(appointment_id=appointment_id, role=role, seen_at=now))
    except IntegrityError:  # the same side came through another socket at this moment
        session.execute(renewed)
    return came


def leave(session: AnySession, appointment_id: int, role: str) -> None:
    """This side has gone, and we know it."""
    session.execute(
        delete(Presence).where(Presence.appointment_id == appointment_id, Presence.role == role)
    )


def is_present(session: AnySession, appointment_id: int, role: str, now: datetime) -> bool:
    presence = session.get(Presence, (appointment_id, role))
    return presence is not None and presence.seen_at > now - LIVES


def waiting_for(session: AnySession, staff: Staff, now: datetime) -> Sequence[Appointment]:
    """The counsellor's appointments whose jobseeker waits right now, first come first."""
    return session.scalars(
        select(Appointment)
        .join(Presence, Presence.appointment_id == Appointment.id)
        .where(
            Appointment.counsellor_id == staff.id,
            Appointment.status != CANCELLED,
            Appointment.admitted_at.is_(None),
            Appointment.talk_ended_at.is_(None),
            Presence.role == JOBSEEKER,
            Presence.seen_at > now - LIVES,
        )
        .options(joinedload(Appointment.topic))
        .order_by(Appointment.arrived_at)
    ).all()
