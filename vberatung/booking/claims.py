"""Time in quanta of five minutes: the unit that a claim takes."""

from datetime import datetime, timedelta

QUANTUM_S = 300


def quantum_of(moment: datetime) -> int:
    """The number of the five minutes (since 1970-01-01 UTC) that `moment` lies in."""
    return int(moment.timestamp()) // QUANTUM_S


def quanta(start: datetime, end: datetime, before_min: int, after_min: int) -> range:
    """Every quantum that [start, end) touches, buffers included. Empty spans claim nothing."""
    first = quantum_of(start - timedelta(minutes=before_min))
    last = -(-int((end + timedelta(minutes=after_min)).timestamp()) // QUANTUM_S)
    return range(first, last)
