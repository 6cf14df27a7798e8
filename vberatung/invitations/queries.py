"""Reading invitations: whose link this is, and an office's list by state."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import joinedload

from vberatung import crypto, links
from vberatung.booking.models import CANCELLED, Appointment
from vberatung.booking.queries import LARGEST_ID
from vberatung.db import AnySession
from vberatung.invitations import states
from vberatung.invitations.models import LETTER, Invitation
from vberatung.invitations.states import Facts
from vberatung.links import Link
from vberatung.offices.models import Office, Topic

PAGE_SIZE = 50

Ids = Select[Any]
"""A query for ids: the invitations whose last message was given up, which others know."""

_WITH_ALL = (
    joinedload(Invitation.office).selectinload(Office.topics),
    joinedload(Invitation.topic),
    joinedload(Invitation.appointment),
    joinedload(Invitation.counsellor),
)

_BOOKED: ColumnElement[bool] = or_(
    and_(Invitation.appointment_id.is_not(None), Appointment.status != CANCELLED),
    and_(Invitation.appointment_id.is_(None), Invitation.booked_at.is_not(None)),
)
"""`facts_of(…).booked` for the database; the appointment is joined from outside."""


def person_hash(name: str, contact: str) -> bytes:
    """The same person, as far as name and contact tell. A family may share an address."""
    plain = " ".join(name.casefold().split()), " ".join(contact.casefold().split())
    return crypto.keyed_hash("invited:" + "\n".join(plain))


def facts_of(invitation: Invitation, *, undelivered: bool = False) -> Facts:
    appointment = invitation.appointment
    if appointment is None:
        booked = invitation.booked_at is not None
    else:
        booked = appointment.status != CANCELLED
    return Facts(
        letter=invitation.way == LETTER,
        expires_at=invitation.expires_at,
        sent_at=invitation.sent_at,
        reminded_at=invitation.reminded_at,
        withdrawn_at=invitation.withdrawn_at,
        booked=booked,
        undelivered=undelivered,
    )


def invitation_of_link(session: AnySession, token: str) -> Invitation | None:
    """Whatever its state. `states.is_open(facts_of(…), now)` says whether it is of use."""
    id = links.target_of_token(session, Link.invitation_id, token)
    if id is None:
        return None
    return session.scalar(select(Invitation).where(Invitation.id == id).options(*_WITH_ALL))


def invitation_of(session: AnySession, office_id: int, id: int) -> Invitation | None:
    """The invitation if it is this office's; what they may not see does not exist."""
    if id > LARGEST_ID:
        return None
    own = (Invitation.id == id, Invitation.office_id == office_id)
    return session.scalar(select(Invitation).where(*own).options(*_WITH_ALL))


def invitations_of(
    session: AnySession,
    office_id: int,
    now: datetime,
    state: str | None = None,
    *,
    undelivered: Ids | None = None,
    page: int = 1,
    size: int = PAGE_SIZE,
) -> tuple[Sequence[Invitation], bool]:
    """One page, newest first, of those in this state or of all; and whether more follow."""
    rows = session.scalars(
        select(Invitation)
        .outerjoin(Appointment, Appointment.id == Invitation.appointment_id)
        .where(Invitation.office_id == office_id, *_in_state(state, now, undelivered))
        .options(*_WITH_ALL)
        .order_by(Invitation.created_at.desc(), Invitation.id.desc())
        .offset((page - 1) * size)
        .limit(size + 1)
    ).all()
    return rows[:size], len(rows) > size


def letters_to_print(
    session: AnySession, office_id: int, now: datetime, most: int
) -> Sequence[Invitation]:
    """Letters that were not printed yet, the oldest first."""
    return session.scalars(
        select(Invitation)
        .outerjoin(Appointment, Appointment.id == Invitation.appointment_id)
        .where(Invitation.office_id == office_id, *_in_state(states.TO_PRINT, now, None))
        .options(*_WITH_ALL)
        .order_by(Invitation.created_at, Invitation.id)
        .limit(most)
    ).all()


def count_in_state(session: AnySession, office_id: int, now: datetime, state: str) -> int:
    rows = (
        select(func.count(Invitation.id))
        .outerjoin(Appointment, Appointment.id == Invitation.appointment_id)
        .where(Invitation.office_id == office_id, *_in_state(state, now, None))
    )
    return session.scalar(rows) or 0


def invited_since(session: AnySession, office_id: int, since: datetime) -> int:
    rows = select(func.count(Invitation.id)).where(
        Invitation.office_id == office_id, Invitation.created_at >= since
    )
    return session.scalar(rows) or 0


def open_person_hashes(
    session: AnySession, topic: Topic, hashes: Iterable[bytes], now: datetime
) -> set[bytes]:
    """Those of the people who have an open invitation to this topic."""
    rows = session.scalars(
        select(Invitation.person_hash)
        .outerjoin(Appointment, Appointment.id == Invitation.appointment_id)
        .where(
            Invitation.topic_id == topic.id,
            Invitation.person_hash.in_(list(hashes)),
            ~_BOOKED,
            *_still(now),
        )
    )
    return {found for found in rows if found is not None}


def perhaps_to_remind(session: AnySession, now: datetime, most: int) -> Sequence[Invitation]:
    """Locked: two workers never remind the same person."""
    return session.scalars(
        select(Invitation)
        .where(
            Invitation.way != LETTER,
            Invitation.reminded_at.is_(None),
            Invitation.booked_at.is_(None),
            Invitation.sent_at <= now - states.REMIND_AFTER,
            *_still(now + states.LEAST_TIME_LEFT),
        )
        .order_by(Invitation.sent_at)
        .limit(most)
        .with_for_update(skip_locked=True, of=Invitation)
    ).all()


def _still(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Invitation.withdrawn_at.is_(None), Invitation.expires_at > now


def _in_state(
    state: str | None, now: datetime, undelivered: Ids | None
) -> tuple[ColumnElement[bool], ...]:
    """`state_of` for the database."""
    if state is None:
        return ()
    failed = Invitation.id.in_(undelivered) if undelivered is not None else false()
    waits = and_(Invitation.way == LETTER, Invitation.sent_at.is_(None))
    left = (~_BOOKED, *_still(now))
    conditions: dict[str, tuple[ColumnElement[bool], ...]] = {
        states.BOOKED: (_BOOKED,),
        states.WITHDRAWN: (~_BOOKED, Invitation.withdrawn_at.is_not(None)),
        states.EXPIRED: (
            ~_BOOKED,
            Invitation.withdrawn_at.is_(None),
            Invitation.expires_at <= now,
        ),
        states.TO_PRINT: (*left, waits),
        states.UNDELIVERED: (*left, ~waits, failed),
        states.REMINDED: (*left, ~waits, ~failed, Invitation.reminded_at.is_not(None)),
        states.SENT: (*left, ~waits, ~failed, Invitation.reminded_at.is_(None)),
    }
    return conditions[state]
