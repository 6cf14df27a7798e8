"""Whether people were written to: no page may promise a message that was left out."""

from sqlalchemy import ColumnElement, select

from vberatung.booking.models import Appointment
from vberatung.db import AnySession
from vberatung.messages.models import OutboxMessage
from vberatung.registration.models import Registration


def of_appointment(session: AnySession, appointment: Appointment) -> bool:
    """Of its present time."""
    since = appointment.moved_at or appointment.booked_at
    return _written(
        session,
        OutboxMessage.appointment_id == appointment.id,
        OutboxMessage.purpose.in_(("booked", "moved", "changed")),
        OutboxMessage.created_at >= since,
    )


def of_registration(session: AnySession, registration: Registration) -> bool:
    """Its receipt is written in the moment in which it is sent."""
    return _written(
        session,
        OutboxMessage.office_id == registration.office_id,
        OutboxMessage.purpose == "registered",
        OutboxMessage.created_at == registration.sent_at,
    )


def _written(session: AnySession, *conditions: ColumnElement[bool]) -> bool:
    return session.scalar(select(OutboxMessage.id).where(*conditions).limit(1)) is not None
