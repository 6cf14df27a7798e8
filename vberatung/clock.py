"""The only door to the present time. Tests move it with `clock.set_to`."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

LOCAL_ZONE = ZoneInfo("Europe/Berlin")

_fixed: datetime | None = None


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _fixed or datetime.now(UTC)


def to_local(moment: datetime) -> datetime:
    """The same moment in the wall time of the offices."""
    return moment.astimezone(LOCAL_ZONE)


def local_day(moment: datetime) -> date:
    """The day of that moment in the offices' calendar."""
    return to_local(moment).date()


def local_monday(moment: datetime) -> date:
    """The Monday of that moment's week."""
    day = local_day(moment)
    return day - timedelta(days=day.weekday())


def today() -> date:
    """The present day in the offices' calendar."""
    return local_day(now())


@contextmanager
def set_to(moment: datetime) -> Iterator[None]:
    """Let every `now()` in the process answer `moment`; for tests."""
    global _fixed
    before, _fixed = _fixed, moment.astimezone(UTC)
    try:
        yield
    finally:
        _fixed = before
