"""Counting in one statement: however many ask at the same moment, each gets a number of its own."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, case, delete, select
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
    statement = _counted(connection, [key], amount, window, now).returning(
        RateCount.count, RateCount.expires_at
    )
    # Not as an object: the session must not keep a count that others change.
    count, ends_at = connection.execute(statement).one()
    return count, ends_at.astimezone(UTC)


def note(session: AnySession, rule: Rule, whos: Collection[str], now: datetime) -> None:
    """Count one for each of them in one statement, whatever the rule allows."""
    if whos:
        keys = sorted(key_hash(f"{rule.name}:{who}") for who in set(whos))  # nobody deadlocks
        session.execute(_counted(session, keys, 1, timedelta(minutes=rule.minutes), now))


def _counted(
    connection: Connection | AnySession,
    keys: Sequence[bytes],
    amount: int,
    window: timedelta,
    now: datetime,
) -> Any:
    """The statement that adds to these counts."""
    bind = connection if isinstance(connection, Connection) else connection.get_bind()
    insert = INSERTS[bind.dialect.name]
    new = {"count": amount, "expires_at": now + window}
    row = insert(RateCount).values([{"key_hash": key, **new} for key in keys])
    over = RateCount.expires_at <= now
    return row.on_conflict_do_update(
        index_elements=[RateCount.key_hash],
        set_={
            "count": case((over, amount), else_=RateCount.count + amount),
            "expires_at": case((over, row.excluded.expires_at), else_=RateCount.expires_at),
        },
    )


def used_up(
    session: AnySession, rule: Rule, whos: Collection[str], now: datetime
) -> frozenset[str]:
    """Those of them for whom `take` would raise TooOften; nothing is counted."""
    keys = {key_hash(f"{rule.name}:{who}"): who for who in whos}
    full = select(RateCount.key_hash).where(
        RateCount.key_hash.in_(keys), RateCount.expires_at > now, RateCount.count >= rule.amount
    )
    return frozenset(keys[bytes(key)] for key in session.scalars(full))


def one_contact(contact: str) -> str:
    """A mail address or number as it is counted: name+anything@… is all one mailbox."""
    local, at, domain = contact.strip().casefold().rpartition("@")
    return f"{local.partition('+')[0] or local}{at}{domain}"


def key_hash(key: str) -> bytes:
    """No address, and nobody's contact, is in the table."""
    return crypto.keyed_hash("rate:" + key)


def forget_old(session: AnySession, now: datetime) -> None:
    """Delete the counts whose window is over."""
    session.execute(delete(RateCount).where(RateCount.expires_at <= now))
