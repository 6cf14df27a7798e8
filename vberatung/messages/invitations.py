"""What became of the messages to invited people."""

from collections.abc import Iterable

from sqlalchemy import Select, delete, func, select

from vberatung.db import AnySession
from vberatung.messages.models import OutboxMessage


def undelivered(office_id: int, among: Iterable[int] | None = None) -> Select[int | None]:
    """The ids of the office's invitations, or of some of them, whose newest message was given up.

    Of all of them it is a part of other queries: an office may have had ten thousands.
    """
    newest = (
        select(func.max(OutboxMessage.id))
        .where(OutboxMessage.office_id == office_id, OutboxMessage.invitation_id.is_not(None))
        .group_by(OutboxMessage.invitation_id)
    )
    if among is not None:
        newest = newest.where(OutboxMessage.invitation_id.in_(list(among)))
    return select(OutboxMessage.invitation_id).where(
        OutboxMessage.id.in_(newest), OutboxMessage.gave_up_at.is_not(None)
    )


def withdraw(session: AnySession, invitation_id: int) -> None:
    """Delete what has not been sent about this invitation."""
    session.execute(
        delete(OutboxMessage).where(
            OutboxMessage.invitation_id == invitation_id, OutboxMessage.sent_at.is_(None)
        )
    )
