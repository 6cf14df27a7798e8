"""The office had to cancel: an invitation to choose another time."""

from datetime import datetime

from vberatung.booking.models import Appointment
from vberatung.db import AnySession
from vberatung.invitations.models import CANCELLED_BY_OFFICE, LETTER, Invitation
from vberatung.invitations.operations import VALID_DAYS, last_moment
from vberatung.invitations.queries import person_hash
from vberatung.people.models import Staff


def invite_instead(
    session: AnySession, appointment: Appointment, by: Staff, way: str, now: datetime
) -> Invitation:
    """To the same topic, in any of its channels, with anybody.

    Until a new time is chosen it knows the appointment that was cancelled: its page names it.
    Neither the day's limit nor an invitation that is open already stands in the way: these people
    had an appointment. A letter needs an address, which the office adds.
    """
    contact = appointment.email or appointment.phone or ""
    invitation = Invitation(
        office_id=appointment.office_id,
        topic_id=appointment.topic_id,
        appointment=appointment,
        invited_by_id=by.id,
        way=way,
        reason=CANCELLED_BY_OFFICE,
        name=appointment.name,
        email=appointment.email,
        phone=appointment.phone,
        language=appointment.language,
        person_hash=person_hash(appointment.name, contact),
        created_at=now,
        expires_at=last_moment(now, VALID_DAYS),
        sent_at=None if way == LETTER else now,
    )
    session.add(invitation)
    session.flush()
    return invitation
