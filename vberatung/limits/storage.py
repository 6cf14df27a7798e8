"""Where Flask-Limiter keeps its counts: in our database, so that all processes share them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from limits.storage import Storage
from sqlalchemy import Connection, Engine, delete, select
from sqlalchemy.exc import SQLAlchemyError

from vberatung import clock
from vberatung.limits.counting import hit, key_hash
from vberatung.limits.models import RateCount

_engine: Callable[[], Engine]


def use_engine(engine: Callable[[], Engine]) -> None:
    """Flask-Limiter makes the storage by its scheme and knows of no engine."""
    global _engine
    _engine = engine


class DatabaseStorage(Storage):
    """Fixed windows. Each count is a short transaction on a connection of its own.

    It must be over before the request's own writing transaction begins: SQLite has one writer.
    """

    STORAGE_SCHEME = ["database"]  # noqa: RUF012  # as its base class declares it

    def __init__(
        self, uri: str | None = None, *, engine: Callable[[], Engine] | None = None, **_: Any
    ) -> None:
        super().__init__(uri)
        self._engine = engine or _engine

    @property
    def base_exceptions(self) -> type[Exception]:
        return SQLAlchemyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        with self._writing() as connection:
            window = timedelta(seconds=expiry)
            return hit(connection, key_hash(key), amount, window, clock.now())[0]

    def get(self, key: str) -> int:
        count, _ends_at = self._row(key)
        return count

    def get_expiry(self, key: str) -> float:
        """Seconds since 1970; a key without a count could be used at once."""
        _count, ends_at = self._row(key)
        return ends_at.timestamp()

    def check(self) -> bool:
        with self._engine().connect() as connection:
            return connection.scalar(select(1)) == 1

    def reset(self) -> int:
        with self._writing() as connection:
            return connection.execute(delete(RateCount)).rowcount

    def clear(self, key: str) -> None:
        with self._writing() as connection:
            connection.execute(delete(RateCount).where(RateCount.key_hash == key_hash(key)))

    def _row(self, key: str) -> tuple[int, datetime]:
        now = clock.now()
        row = select(RateCount.count, RateCount.expires_at).where(
            RateCount.key_hash == key_hash(key), RateCount.expires_at > now
        )
        with self._engine().connect() as connection:
            found = connection.execute(row).one_or_none()
        return (found[0], found[1]) if found else (0, now)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._engine().connect() as connection:
            connection = connection.execution_options(begin_immediate=True)
            with connection.begin():
                yield connection
