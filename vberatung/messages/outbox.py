"""The outbox: written with its cause and delivered afterwards, at least once.

Two workers never send the same mail; only a crash between sending and noting it sends it again.
"""

import logging
from datetime import datetime, timedelta

from sqlalchemy import select, update

from vberatung.db import AnySession, begin_write
from vberatung.messages.models import Mail, OutboxMail
from vberatung.messages.transport import Transport

LEASE = timedelta(minutes=2)
"""While a process sends a mail, no other may try."""
LONGEST_PAUSE = timedelta(hours=1)

log = logging.getLogger(__name__)


def put(session: AnySession, mail: Mail, now: datetime, expires_at: datetime) -> OutboxMail:
    """Write the mail into the transaction that causes it. After `expires_at` nobody needs it."""
    row = OutboxMail(
        recipient=mail.recipient,
        subject=mail.subject,
        body=mail.body,
        calendar=mail.calendar,
        calendar_method=mail.method,
        created_at=now,
        expires_at=expires_at,
        next_try_at=now,
    )
    session.add(row)
    session.flush()
    return row


def deliver_due(session: AnySession, transport: Transport, now: datetime) -> int:
    """Send every mail whose time has come; the number of those sent. Commits after each step."""
    waiting = (OutboxMail.sent_at.is_(None), OutboxMail.gave_up_at.is_(None))
    due = session.scalars(
        select(OutboxMail.id)
        .where(*waiting, OutboxMail.next_try_at <= now)
        .order_by(OutboxMail.next_try_at, OutboxMail.id)
    ).all()
    session.rollback()
    sent = 0
    for id in due:
        begin_write(session)
        leased = session.execute(
            update(OutboxMail)
            .where(OutboxMail.id == id, *waiting, OutboxMail.next_try_at <= now)
            .values(next_try_at=now + LEASE)
        )
        session.commit()
        if leased.rowcount == 1:  # type: ignore[attr-defined]
            sent += _deliver(session, id, transport, now)
    return sent


def _deliver(session: AnySession, id: int, transport: Transport, now: datetime) -> bool:
    state = select(OutboxMail.expires_at, OutboxMail.tries).where(OutboxMail.id == id)
    expires_at, tries = session.execute(state).one()
    outcome: dict[str, object]
    if expires_at <= now:
        outcome = {"gave_up_at": now, "problem": "expired"}
    else:
        try:
            mail = session.get_one(OutboxMail, id)
            session.expunge(mail)
            session.rollback()  # no transaction is open while a mail server makes us wait
            transport.send(mail)
            outcome = {"sent_at": now, "problem": None}
        except Exception as error:  # whatever is wrong with this one, the others must go out
            log.warning("mail %s not delivered: %s", id, type(error).__name__)
            pause = min(timedelta(minutes=2**tries), LONGEST_PAUSE)
            outcome = {"next_try_at": now + pause, "problem": type(error).__name__}
    session.rollback()
    begin_write(session)
    session.execute(
        update(OutboxMail).where(OutboxMail.id == id).values(tries=OutboxMail.tries + 1, **outcome)
    )
    session.commit()
    return "sent_at" in outcome
