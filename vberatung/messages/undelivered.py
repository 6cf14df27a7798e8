"""Messages that did not reach their people: what the office has to take care of."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import joinedload

from vberatung.db import AnySession
from vberatung.messages.models import NOT_NEEDED, OutboxMessage

PATIENCE = timedelta(minutes=15)
"""A server may be away for a moment: only what has failed for longer is worth a word."""
PER_PAGE = 20


def page_of(
    session: AnySession, office_id: int, now: datetime, page: int
) -> Sequence[OutboxMessage]:
    """One page of the office's undelivered messages, the newest first, with whom they are for.

    Pages count from 1.
    """
    return session.scalars(
        select(OutboxMessage)
        .where(_open(office_id, now))
        .options(joinedload(OutboxMessage.appointment), joinedload(OutboxMessage.invitation))
        .order_by(OutboxMessage.created_at.desc(), OutboxMessage.id.desc())
        .limit(PER_PAGE)
        .offset(PER_PAGE * (page - 1))
    ).all()


def pages_of(session: AnySession, office_id: int, now: datetime) -> int:
    """How many pages `page_of` has; at least one."""
    return max(1, -(-count(session, office_id, now) // PER_PAGE))


def count(session: AnySession, office_id: int, now: datetime) -> int:
    return session.scalar(select(func.count(OutboxMessage.id)).where(_open(office_id, now))) or 0


def one_of(session: AnySession, office_id: int, id: int, now: datetime) -> OutboxMessage | None:
    """The message if it is one of the office's undelivered ones, locked until we commit."""
    return session.scalar(
        select(OutboxMessage).where(OutboxMessage.id == id, _open(office_id, now)).with_for_update()
    )


def can_send_again(message: OutboxMessage, now: datetime) -> bool:
    """It was given up, and would still be of use. What is still tried needs no help."""
    return message.gave_up_at is not None and now < message.expires_at


def send_again(message: OutboxMessage, now: datetime) -> None:
    """Back into the queue, as if it were new."""
    if can_send_again(message, now):
        message.gave_up_at, message.problem = None, None
        message.tries, message.next_try_at = 0, now


def note_handled(message: OutboxMessage, now: datetime) -> None:
    """The office has dealt with it: nobody needs to see it any more."""
    message.handled_at = now


def _open(office_id: int, now: datetime) -> ColumnElement[bool]:
    given_up = and_(OutboxMessage.gave_up_at.is_not(None), OutboxMessage.problem != NOT_NEEDED)
    failing = and_(
        OutboxMessage.gave_up_at.is_(None),
        OutboxMessage.tries > 0,
        OutboxMessage.created_at <= now - PATIENCE,
    )
    return and_(
        OutboxMessage.office_id == office_id,
        OutboxMessage.sent_at.is_(None),
        OutboxMessage.handled_at.is_(None),
        or_(given_up, failing),
    )
