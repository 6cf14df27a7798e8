"""iCalendar files (RFC 5545) → the times at which their owner is busy, merged, in UTC. Pure.

Rules of repetition come from strangers and can keep a processor busy for years. So this file
also runs as a program of its own (see `apart`), with limits that the system enforces; it imports
nothing of this house.
"""

import json
import resource
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Component

Busy = tuple[datetime, datetime]

MOST_BUSY_TIMES = 5_000
"""Of one calendar after merging; a year of anybody's life holds fewer."""
MEMORY_BYTES = 1024**3
CPU_S = 10

TOO_FINE = ("SECONDLY", "MINUTELY")
TIMES = ("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "FREEBUSY")
DAY = timedelta(days=1)


class Unreadable(Exception):
    """This is no calendar file at all."""


class TooMuch(Exception):
    """A calendar with more busy times than anybody has."""


@dataclass(frozen=True)
class Reading:
    """What a calendar says of the window, and how many entries could not be understood."""

    busy: Sequence[Busy]
    skipped: int = 0


def busy_times(files: Iterable[bytes], begin: datetime, end: datetime, zone: ZoneInfo) -> Reading:
    """The busy times within [begin, end). Whole days and floating times are those of `zone`.

    Free (transparent) and cancelled events do not count. An entry that makes no sense is left
    out and counted. Raises Unreadable and TooMuch.
    """
    spans: list[Busy] = []
    skipped = 0
    for file in files:
        for entry in _entries(file):
            try:
                spans += _spans(entry, begin, end, zone)
            except Exception:  # the libraries raise whatever their parts raise
                skipped += 1
    busy = _merged(spans, begin, end)
    if len(busy) > MOST_BUSY_TIMES:
        raise TooMuch
    return Reading(busy, skipped)


def _entries(file: bytes) -> Iterator[Calendar]:
    """Each event with its overrides, and each list of free and busy times, by itself."""
    try:
        calendars = Calendar.from_ical(file, multiple=True)
    except Exception as error:
        raise Unreadable from error
    if not calendars or any(calendar.name != "VCALENDAR" for calendar in calendars):
        raise Unreadable
    for calendar in calendars:
        entries: defaultdict[str, Calendar] = defaultdict(Calendar)
        for number, component in enumerate(calendar.subcomponents):
            if component.name in ("VEVENT", "VFREEBUSY"):
                entries[str(component.get("UID", number))].add_component(component)
        yield from entries.values()


def _spans(entry: Calendar, begin: datetime, end: datetime, zone: ZoneInfo) -> list[Busy]:
    for component in entry.subcomponents:
        _check(component)
    spans: list[Busy] = []
    for free_busy in entry.walk("VFREEBUSY"):
        spans += _free_busy(free_busy, zone)
    # A day of margin: the library compares floating times with the window's wall time.
    for event in recurring_ical_events.of(entry).between(begin - DAY, end + DAY):
        if event.get("STATUS", "").upper() != "CANCELLED" and _is_opaque(event):
            spans.append((_utc(event["DTSTART"].dt, zone), _utc(event["DTEND"].dt, zone)))
    return spans


def _check(component: Component) -> None:
    """Raise ValueError for times that the parser gave up on, and for rules that nobody has."""
    if any(str(name).upper() in TIMES for name, _ in component.errors):
        raise ValueError("a time that is none")
    for rule in _listed(component.get("RRULE")):
        if any(str(frequency).upper() in TOO_FINE for frequency in rule.get("FREQ", [])):
            raise ValueError("a rule that repeats every minute")


def _is_opaque(event: Component) -> bool:
    return str(event.get("TRANSP", "OPAQUE")).upper() != "TRANSPARENT"


def _free_busy(component: Component, zone: ZoneInfo) -> Iterator[Busy]:
    """RFC 5545, 3.8.2.6: every type but FREE is some kind of busy, also one we do not know."""
    for line in _listed(component.get("FREEBUSY")):
        if line.params.get("FBTYPE", "BUSY").upper() == "FREE":
            continue
        for period in _listed(getattr(line, "dts", line)):
            start, end = period.dt
            end = start + end if isinstance(end, timedelta) else end
            yield _utc(start, zone), _utc(end, zone)


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _utc(moment: date, zone: ZoneInfo) -> datetime:
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time(), zone)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _merged(spans: Iterable[Busy], begin: datetime, end: datetime) -> list[Busy]:
    """The same time, in order, without overlaps, cut to the window."""
    merged: list[Busy] = []
    for starts, ends in sorted(spans):
        starts, ends = max(starts, begin), min(ends, end)
        if starts >= ends:
            continue
        if merged and starts <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(ends, merged[-1][1]))
        else:
            merged.append((starts, ends))
    return merged


def main() -> None:
    """Read the question from standard input, write the answer to standard output, both JSON."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    question = json.load(sys.stdin.buffer)
    files = (file.encode("latin-1") for file in question["files"])
    begin, end = (datetime.fromtimestamp(question[name], UTC) for name in ("begin", "end"))
    answer: dict[str, object]
    try:
        reading = busy_times(files, begin, end, ZoneInfo(question["zone"]))
    except (Unreadable, TooMuch) as error:
        answer = {"problem": type(error).__name__}
    else:
        busy = [(starts.timestamp(), ends.timestamp()) for starts, ends in reading.busy]
        answer = {"busy": busy, "skipped": reading.skipped}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
