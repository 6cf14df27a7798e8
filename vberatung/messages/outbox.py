"""The outbox: written with its cause and delivered afterwards, at least once.

Two workers never send the same message; only a crash between sending and noting it sends it
again.
"""

import logging
import time
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, func, or_, select, update

from vberatung.booking.models import BOOKED, Appointment
from vberatung.db import AnySession, begin_write
from vberatung.messages import models
from vberatung.messages.models import Mail, OutboxMessage, Sms
from vberatung.messages.transport import Refused, Transport
from vberatung.offices.queries import offices_by_keep_days

RUNS_FOR_S = 45
"""After that the rest waits for the next run: other jobs want their turn."""
LEASE = timedelta(minutes=5)
"""While a process sends a message, no other may try: longer than a run and its last message,
however slowly the other side answers."""
LONGEST_PAUSE = timedelta(hours=1)
KEPT_FOR = timedelta(days=30)
"""So long it can be seen that a message was sent. It holds a name, an address and a link."""

WAITING = (OutboxMessage.sent_at.is_(None), OutboxMessage.gave_up_at.is_(None))

log = logging.getLogger(__name__)


def put(
    session: AnySession,
    message: Mail | Sms,
    now: datetime,
    expires_at: datetime,
    *,
    purpose: str,
    office_id: int | None = None,
    appointment_id: int | None = None,
    invitation_id: int | None = None,
) -> OutboxMessage:
    """Write it into the transaction that causes it. After `expires_at` nobody needs it."""
    about = {"appointment_id": appointment_id, "invitation_id": invitation_id}
    row = OutboxMessage(**columns(message, now, expires_at, purpose), office_id=office_id, **about)
    session.add(row)
    session.flush()
    return row


def columns(
    message: Mail | Sms, now: datetime, expires_at: datetime, purpose: str
) -> dict[str, Any]:
    """The values of a new row."""
    return {
        "kind": message.kind,
        "purpose": purpose,
        "recipient": message.recipient,
        "subject": message.subject,
        "body": message.body,
        "calendar": message.calendar,
        "calendar_method": message.method,
        "created_at": now,
        "expires_at": expires_at,
        "next_try_at": now,
        "tries": 0,
    }


def withdraw(session: AnySession, appointment_id: int, purposes: Collection[str]) -> None:
    """Delete what has not been sent about this appointment for these purposes."""
    session.execute(
        delete(OutboxMessage).where(
            OutboxMessage.appointment_id == appointment_id,
            OutboxMessage.purpose.in_(purposes),
            OutboxMessage.sent_at.is_(None),
        )
    )


def backlog(session: AnySession, now: datetime) -> tuple[int, float]:
    """How many messages are on their way, and for how many seconds the oldest has been."""
    number, oldest = session.execute(
        select(func.count(), func.min(OutboxMessage.created_at)).where(*WAITING)
    ).one()
    return number, (now - oldest).total_seconds() if oldest else 0


def delete_old(session: AnySession, now: datetime) -> None:
    """Delete what was sent, or needs nobody's attention any more, KEPT_FOR ago.

    What could not be delivered waits for the office as long as it keeps registrations.
    """
    long_ago = now - KEPT_FOR
    not_needed = OutboxMessage.problem == models.NOT_NEEDED
    over = or_(
        OutboxMessage.sent_at <= long_ago,
        OutboxMessage.handled_at <= long_ago,
        and_(OutboxMessage.gave_up_at <= long_ago, not_needed),
        and_(OutboxMessage.gave_up_at <= long_ago, OutboxMessage.office_id.is_(None)),
    )
    session.execute(delete(OutboxMessage).where(over))
    for days, ids in offices_by_keep_days(session).items():
        unseen = OutboxMessage.gave_up_at <= now - timedelta(days=days)
        session.execute(delete(OutboxMessage).where(OutboxMessage.office_id.in_(ids), unseen))


def deliver_due(session: AnySession, carriers: Mapping[str, Transport], now: datetime) -> int:
    """Send every message whose time has come; the number of those sent. Commits after each step.

    `carriers` are the transports by kind of message.
    """
    due = session.scalars(
        select(OutboxMessage.id)
        .where(*WAITING, OutboxMessage.next_try_at <= now)
        .order_by(OutboxMessage.next_try_at, OutboxMessage.id)
    ).all()
    session.rollback()
    sent, began = 0, time.monotonic()
    try:
        for id in due:
            passed = int(time.monotonic() - began)
            if passed >= RUNS_FOR_S:
                break
            if _lease(session, id, now):
                sent += _deliver(session, id, carriers, now + timedelta(seconds=passed))
    finally:
        for carrier in carriers.values():
            carrier.close()
    return sent


def _lease(session: AnySession, id: int, now: datetime) -> bool:
    """Keep all other workers from this message."""
    begin_write(session)
    leased = session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == id, *WAITING, OutboxMessage.next_try_at <= now)
        .values(next_try_at=now + LEASE)
    )
    session.commit()
    return bool(leased.rowcount)  # type: ignore[attr-defined]


def _deliver(
    session: AnySession, id: int, carriers: Mapping[str, Transport], now: datetime
) -> bool:
    message = session.get(OutboxMessage, id)
    if message is None:  # withdrawn in this moment
        session.rollback()
        return False
    useless = _useless(session, message, now)
    session.expunge(message)
    session.rollback()  # no transaction is open while a server makes us wait
    if useless:
        outcome: dict[str, object] = {"gave_up_at": now, "problem": useless}
    else:
        outcome = _try(message, carriers, now)
    begin_write(session)
    session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == id)
        .values(tries=OutboxMessage.tries + 1, **outcome)
    )
    session.commit()
    return "sent_at" in outcome


def _useless(session: AnySession, message: OutboxMessage, now: datetime) -> str | None:
    """Why it must not be sent any more: it is too late, or reminds of what is not to be."""
    if message.expires_at <= now:
        return models.EXPIRED
    if message.purpose != models.REMINDER:
        return None
    still = select(Appointment.id).where(
        Appointment.id == message.appointment_id,
        Appointment.status == BOOKED,
        Appointment.starts_at == message.expires_at,
    )
    return None if session.scalar(still) else models.NOT_NEEDED


def _try(
    message: OutboxMessage, carriers: Mapping[str, Transport], now: datetime
) -> dict[str, object]:
    """Send it, and what to note about that."""
    try:
        carriers[message.kind].send(message)
    except Refused as error:
        log.warning("message %s refused: %s", message.id, error)
        return {"gave_up_at": now, "problem": models.REFUSED}
    except Exception as error:  # whatever is wrong with this one, the others must go out
        log.warning("message %s not delivered: %s", message.id, type(error).__name__)
        pause = min(timedelta(minutes=2 ** min(message.tries, 10)), LONGEST_PAUSE)
        return {"next_try_at": now + pause, "problem": _problem(error)}
    return {"sent_at": now, "problem": None}


def _problem(error: Exception) -> str:
    if not isinstance(error, OSError):
        return models.BROKEN
    return models.LATER if hasattr(error, "smtp_code") else models.UNREACHABLE
