"""What a booking begins with: an invitation, a registration, an earlier talk, or nothing.

`occasion=<kind>.<token>` travels through the steps in the address. It fills in what is known
already, and after the booking it is told about it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from vberatung.booking.models import HELD, Appointment
from vberatung.booking.operations import Person
from vberatung.booking.queries import appointment_of_link
from vberatung.db import AnySession
from vberatung.invitations import operations as invitations
from vberatung.invitations.queries import invitation_of_link
from vberatung.offices.models import Office, Topic
from vberatung.registration import operations as registrations
from vberatung.registration.queries import registration_of_link

AGAIN, INVITATION, REGISTRATION = "wieder", "einladung", "meldung"


@dataclass(frozen=True)
class Occasion:
    """`key` as in the address; the person as far as they are known; with whom they may talk."""

    key: str
    office_id: int
    person: Person
    counsellor_id: int | None = None
    counsellor_name: str = ""
    invited: bool = False
    """The office wrote to this person, about the topic."""
    invites: Callable[[AnySession, Topic, str | None, datetime], bool] = lambda *_: False
    """Whether whoever books this topic with this mail address, or none, is the invited person and
    has not booked yet: nothing is to be proved once more. Others wait until we commit."""
    topic_id: int | None = None
    """The topic that the counsellor is known from; None is every topic."""
    note_booking: Callable[[AnySession, Appointment, datetime], None] = lambda *_: None


def occasion_of(
    session: AnySession, office: Office, key: str | None, now: datetime
) -> Occasion | None:
    """The occasion at this office, or None when there is none or it is over."""
    kind, _, token = (key or "").partition(".")
    read = {AGAIN: _again, INVITATION: _invitation, REGISTRATION: _registration}.get(kind)
    found = read(session, f"{kind}.{token}", token, now) if read and token else None
    return found if found and found.office_id == office.id else None


def _again(session: AnySession, key: str, token: str, now: datetime) -> Occasion | None:
    """The same counsellor again, for whoever had a talk on this topic."""
    earlier = appointment_of_link(session, token)
    if earlier is None:
        return None
    had_talk = earlier.status == HELD or earlier.talk_started_at is not None
    return Occasion(
        key=key,
        office_id=earlier.office_id,
        person=person_of(earlier),
        counsellor_id=earlier.counsellor_id if had_talk else None,
        counsellor_name=earlier.counsellor.name if had_talk else "",
        topic_id=earlier.topic_id,
    )


def _invitation(session: AnySession, key: str, token: str, now: datetime) -> Occasion | None:
    invitation = invitation_of_link(session, token)
    if invitation is None or not invitations.is_open(invitation, now):
        return None
    person = Person(invitation.name, invitation.email, invitation.phone, None, invitation.language)
    cancelled = invitation.appointment
    if cancelled:
        person = replace(
            person,
            interpreter=cancelled.interpreter,
            interpreter_language=cancelled.interpreter_language,
            companion=cancelled.companion,
            access_needs=cancelled.access_needs,
        )

    def invites(session: AnySession, topic: Topic, email: str | None, now: datetime) -> bool:
        known = (invitation.email or "").casefold()
        if topic.id != invitation.topic_id or (email and email.casefold() != known):
            return False
        return invitations.lock_open(session, invitation, now)

    def note(session: AnySession, appointment: Appointment, now: datetime) -> None:
        if appointment.topic_id == invitation.topic_id:
            invitations.note_booking(session, invitation, appointment, now)

    return Occasion(
        key=key,
        office_id=invitation.office_id,
        person=person,
        counsellor_id=invitation.counsellor_id,
        counsellor_name=invitation.counsellor.name if invitation.counsellor else "",
        invited=True,
        invites=invites,
        topic_id=invitation.topic_id,
        note_booking=note,
    )


def _registration(session: AnySession, key: str, token: str, now: datetime) -> Occasion | None:
    registration = registration_of_link(session, token)
    if registration is None or registration.sent_at is None:
        return None

    def note(session: AnySession, appointment: Appointment, now: datetime) -> None:
        registrations.note_booking(session, registration, appointment)

    return Occasion(
        key=key,
        office_id=registration.office_id,
        person=registrations.person_of(registration),
        note_booking=note,
    )


def person_of(appointment: Appointment) -> Person:
    """What the jobseeker told us for this appointment."""
    return Person(
        name=appointment.name,
        email=appointment.email,
        phone=appointment.phone,
        notes=appointment.notes,
        language=appointment.language,
        interpreter=appointment.interpreter,
        interpreter_language=appointment.interpreter_language,
        companion=appointment.companion,
        access_needs=appointment.access_needs,
    )
