"""Counting in one statement: however many ask at the same moment, each gets a number of its own."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, case, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from vberatung import crypto
from vberatung.db import AnySession
from vberatung.limits.models import RateCount
from vberatung.limits.rules import Rule

COUNTS = RateCount.__table__
"""Not the class: the session must not keep a count that others change."""
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
    counted = _counting(connection, now).returning(COUNTS.c.count, COUNTS.c.expires_at)
    row = {"key_hash": key, "count": amount, "expires_at": now + window}
    count, ends_at = connection.execute(counted, row).one()
    return count, ends_at.astimezone(UTC)


def note(session: AnySession, rule: Rule, whos: Collection[str], now: datetime) -> None:
    """Count one for each of them in one statement, whatever the rule allows."""
    if whos:
        keys = sorted(key_hash(f"{rule.name}:{who}") for who in set(whos))  # nobody deadlocks
        window = timedelta(minutes=rule.minutes)
        rows = [{"key_hash": key, "count": 1, "expires_at": now + window} for key in keys]
        session.execute(_counting(session, now), rows)


def _counting(connection: Connection | AnySession, now: datetime) -> Any:
    """The statement that adds the rows it gets to the counts; the same text each time, so that it
    is compiled once."""
    bind = connection if isinstance(connection, Connection) else connection.get_bind()
    row = INSERTS[bind.dialect.name](COUNTS)
    over = COUNTS.c.expires_at <= now
    return row.on_conflict_do_update(
        index_elements=[COUNTS.c.key_hash],
        set_={
            "count": case((over, row.excluded.count), else_=COUNTS.c.count + row.excluded.count),
            "expires_at": case((over, row.excluded.expires_at), else_=COUNTS.c.expires_at),
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
