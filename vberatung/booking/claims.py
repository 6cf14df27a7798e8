"""Time in quanta of five minutes: the unit that a claim takes."""

from datetime import datetime, timedelta
from typing import Protocol

QUANTUM_S = 300


class Lengths(Protocol):
    """What a topic, or its rule, says of one talk; all in minutes."""

    @property
    def duration_min(self) -> int: ...
    @property
    def buffer_before_min(self) -> int: ...
    @property
    def buffer_after_min(self) -> int: ...


def quantum_of(moment: datetime) -> int:
    """The number of the five minutes (since 1970-01-01 UTC) that `moment` lies in."""
    return int(moment.timestamp()) // QUANTUM_S


def quanta(start: datetime, end: datetime, before_min: int, after_min: int) -> range:
    """Every quantum that [start, end) touches, buffers included. Empty spans claim nothing."""
    first = quantum_of(start - timedelta(minutes=before_min))
    last = -(-int((end + timedelta(minutes=after_min)).timestamp()) // QUANTUM_S)
    return range(first, last)


def quanta_of(topic: Lengths, start: datetime) -> range:
    """Every quantum that a talk on this topic takes from its counsellor, buffers included."""
    end = start + timedelta(minutes=topic.duration_min)
    return quanta(start, end, topic.buffer_before_min, topic.buffer_after_min)
