"""What a talk leaves behind, and when it is deleted."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from vberatung.booking.models import Appointment
from vberatung.db import AnySession
from vberatung.offices.queries import offices_by_keep_days
from vberatung.room.models import Guest, HandOver, Presence

ROOM_TRACES_KEPT_FOR = timedelta(days=1)
"""No room is open for so long: what only the room needs is of no use any more."""


def delete_old(session: AnySession, now: datetime) -> None:
    """Hand-overs and signs of life after a day; guests as long after the talk as the office keeps
    registrations. Their links go with them."""
    yesterday = now - ROOM_TRACES_KEPT_FOR
    session.execute(delete(HandOver).where(HandOver.created_at <= yesterday))
    session.execute(delete(Presence).where(Presence.seen_at <= yesterday))
    for days, ids in offices_by_keep_days(session).items():
        over = select(Appointment.id).where(
            Appointment.id == Guest.appointment_id,
            Appointment.office_id.in_(ids),
            Appointment.ends_at <= now - timedelta(days=days),
        )
        session.execute(delete(Guest).where(over.exists()))
