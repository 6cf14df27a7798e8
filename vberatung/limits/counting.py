"""Counting in one statement: however many ask at the same moment, each gets a number of its own."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, case, delete
from sqlalchemy.dialects import postgresql, sqlite

from vberatung import crypto
from vberatung.db import AnySession
from vberatung.limits.models import RateCount
from vberatung.limits.rules import Rule

INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class TooOften(Exception):
    """The rule allows no more until `again_at`."""

    def __init__(self, again_at: datetime) -> None:
        self.again_at = again_at


def take(session: AnySession, rule: Rule, who: str, now: datetime) -> None:
    """Count one within the session's transaction, or raise TooOften.

    A rollback gives it back: what came to nothing does not count.
    """
    window = timedelta(minutes=rule.minutes)
    count, ends_at = hit(session, key_hash(f"{rule.name}:{who}"), 1, window, now)
    if count > rule.amount:
        raise TooOften(ends_at)


def hit(
    connection: Connection | AnySession, key: bytes, amount: int, window: timedelta, now: datetime
) -> tuple[int, datetime]:
    """Add to the key's count; the new count, and when its window ends.

    The first one opens the window, an expired one is opened anew.
    """
    bind = connection if isinstance(connection, Connection) else connection.get_bind()
    insert = INSERTS[bind.dialect.name]
    row = insert(RateCount).values(key_hash=key, count=amount, expires_at=now + window)
    over = RateCount.expires_at <= now
    statement = row.on_conflict_do_update(
        index_elements=[RateCount.key_hash],
        set_={
            "count": case((over, amount), else_=RateCount.count + amount),
            "expires_at": case((over, row.excluded.expires_at), else_=RateCount.expires_at),
        },
    ).returning(RateCount.count, RateCount.expires_at)
    # Not as an object: the session must not keep a count that others change.
    count, ends_at = connection.execute(statement).one()
    return count, ends_at.astimezone(UTC)


def key_hash(key: str) -> bytes:
    """No address, and nobody's contact, is in the table."""
    return crypto.keyed_hash("rate:" + key)


def forget_old(session: AnySession, now: datetime) -> None:
    """Delete the counts whose window is over."""
    session.execute(delete(RateCount).where(RateCount.expires_at <= now))
