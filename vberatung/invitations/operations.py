"""The verbs of inviting. Each flushes and never commits: the edge commits once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import delete, or_, select

from vberatung import clock, links
from vberatung.booking.models import PENDING, Appointment
from vberatung.db import AnySession
from vberatung.invitations import queries, states
from vberatung.invitations.models import INVITED, LETTER, WAYS, Invitation
from vberatung.links import Link
from vberatung.offices.models import Office, Topic
from vberatung.offices.queries import offices_by_keep_days
from vberatung.people.models import Staff

MOST_A_DAY = 1000
"""Invitations of one office on one local day: an account in wrong hands sends no more."""
VALID_DAYS = 14


class TooManyInvitations(Exception):
    """The office has invited MOST_A_DAY people today; `left` more could be."""

    def __init__(self, left: int) -> None:
        super().__init__(f"{left} left")
        self.left = left


class AlreadyInvited(Exception):
    """This person has an open invitation to the same topic."""


class NotOpen(Exception):
    """It has been withdrawn, has expired, or has led to an appointment."""


@dataclass(frozen=True)
class Terms:
    """To what, with whom, how long: the same for everybody on a list."""

    topic: Topic
    channel: str | None = None
    """None leaves the choice to the invited person."""
    counsellor_id: int | None = None
    """With whom; None is anybody who takes the topic."""
    valid_days: int = VALID_DAYS
    reason: str = INVITED


@dataclass(frozen=True)
class Invitee:
    """Whom we invite, and by which of WAYS; what this way needs must be there."""

    name: str
    way: str
    email: str | None = None
    phone: str | None = None
    """In E.164 form."""
    address: str | None = None
    """Street and place, one line each."""
    language: str = "de"

    @property
    def person_hash(self) -> bytes:
        return queries.person_hash(self.name, self.email or self.phone or self.address or "")


def invite(
    session: AnySession, by: Staff, terms: Terms, invitee: Invitee, now: datetime
) -> Invitation:
    """A new invitation; AlreadyInvited or TooManyInvitations when it must not be."""
    [invitation] = invite_all(session, by, terms, [invitee], now)
    return invitation


def invite_all(
    session: AnySession, by: Staff, terms: Terms, invitees: Iterable[Invitee], now: datetime
) -> list[Invitation]:
    """All of them or, with AlreadyInvited or TooManyInvitations, none."""
    invitees = list(invitees)
    _check_terms(by, terms, invitees)
    # Two at once would both count what was there before them.
    session.execute(select(Office.id).where(Office.id == by.office_id).with_for_update())
    left = MOST_A_DAY - queries.invited_since(session, by.office_id, _midnight(now))
    if len(invitees) > left:
        raise TooManyInvitations(max(left, 0))
    hashes = [invitee.person_hash for invitee in invitees]
    known = queries.open_person_hashes(session, terms.topic, hashes, now)
    if known or len(set(hashes)) < len(hashes):
        raise AlreadyInvited
    made = [_invitation(by, terms, invitee, now) for invitee in invitees]
    session.add_all(made)
    session.flush()
    return made


def is_open(invitation: Invitation, now: datetime) -> bool:
    """Whether the invited person can still choose a time."""
    return states.is_open(queries.facts_of(invitation), now)


def send_again(session: AnySession, invitation: Invitation, now: datetime) -> None:
    """It goes out once more and may be reminded of once more; NotOpen when that is of no use."""
    _lock_open(session, invitation, now)
    invitation.sent_at, invitation.reminded_at = now, None
    session.flush()


def note_printed(session: AnySession, letters: Sequence[Invitation], now: datetime) -> list[str]:
    """These letters are being printed: the token of a fresh link for each, in their order."""
    made = [links.new(Link.invitation_id, letter.id, now) for letter in letters]
    for letter in letters:
        letter.sent_at = now
    session.add_all(link for _, link in made)
    session.flush()
    return [token for token, _ in made]


def withdraw(session: AnySession, invitation: Invitation, now: datetime) -> None:
    """Its links then say so. NotOpen when there is nothing left to withdraw."""
    _lock_open(session, invitation, now)
    invitation.withdrawn_at = now
    session.flush()


def note_booking(
    session: AnySession, invitation: Invitation, appointment: Appointment, now: datetime
) -> None:
    """It has led to this appointment. One that is not confirmed yet may still come to nothing."""
    invitation.appointment = appointment
    invitation.booked_at = None if appointment.status == PENDING else now
    session.flush()


def remind_due(session: AnySession, now: datetime, most: int = 200) -> list[Invitation]:
    """Note the reminder of those that are due, the oldest first; whoever calls sends it."""
    due = queries.perhaps_to_remind(session, now, most)
    reminded = [each for each in due if states.reminder_is_due(queries.facts_of(each), now)]
    for invitation in reminded:
        invitation.reminded_at = now
    session.flush()
    return reminded


def delete_old(session: AnySession, now: datetime) -> None:
    """Delete the invitations that ended as long ago as the office keeps registrations.

    Their links and messages go with them. One that led to an appointment ends with it.
    """
    for days, ids in offices_by_keep_days(session).items():
        long_ago = now - timedelta(days=days)
        ahead = select(Appointment.id).where(
            Appointment.id == Invitation.appointment_id, Appointment.ends_at > long_ago
        )
        over = or_(Invitation.expires_at <= long_ago, Invitation.withdrawn_at <= long_ago)
        session.execute(
            delete(Invitation).where(Invitation.office_id.in_(ids), over, ~ahead.exists())
        )


def last_moment(now: datetime, days: int) -> datetime:
    """The last minute of the local day so many days from now."""
    day = clock.local_day(now) + timedelta(days=days)
    return datetime.combine(day, time(23, 59), clock.LOCAL_ZONE)


def _invitation(by: Staff, terms: Terms, invitee: Invitee, now: datetime) -> Invitation:
    return Invitation(
        office_id=by.office_id,
        topic=terms.topic,
        invited_by_id=by.id,
        counsellor_id=terms.counsellor_id,
        channel=terms.channel,
        way=invitee.way,
        reason=terms.reason,
        name=invitee.name,
        email=invitee.email,
        phone=invitee.phone,
        address=invitee.address,
        language=invitee.language,
        person_hash=invitee.person_hash,
        created_at=now,
        expires_at=last_moment(now, terms.valid_days),
        sent_at=None if invitee.way == LETTER else now,
    )


def _check_terms(by: Staff, terms: Terms, invitees: Iterable[Invitee]) -> None:
    if terms.topic.office_id != by.office_id:
        raise ValueError("the topic belongs to another office")
    if terms.channel is not None and terms.channel not in terms.topic.channels:
        raise ValueError(f"{terms.channel} is not offered for this topic")
    for invitee in invitees:
        needed = dict(zip(WAYS, (invitee.email, invitee.phone, invitee.address), strict=True))
        if not needed[invitee.way]:
            raise ValueError(f"nobody can be reached by {invitee.way} without a contact")


def lock_open(session: AnySession, invitation: Invitation, now: datetime) -> bool:
    """Let nobody else change or use it until we commit; whether a time can still be chosen."""
    session.execute(select(Invitation.id).filter_by(id=invitation.id).with_for_update())
    session.refresh(invitation)
    return is_open(invitation, now)


def _lock_open(session: AnySession, invitation: Invitation, now: datetime) -> None:
    if not lock_open(session, invitation, now):
        raise NotOpen


def _midnight(now: datetime) -> datetime:
    return clock.to_local(now).replace(hour=0, minute=0, second=0, microsecond=0)
