"""One visit to a calendar elsewhere: fetch it, read it. It may take a minute; no database."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from vberatung.calendars.apart import read_apart
from vberatung.calendars.fetching import Source, fetch
from vberatung.calendars.problems import CalendarProblem, Problem
from vberatung.calendars.reading import Reading

log = logging.getLogger(__name__)

BEFORE, AFTER = timedelta(days=1), timedelta(days=90)
"""Topics that can be booked further ahead offer times that were not compared with it yet."""
"""The window that is read, from now."""


def visit(source: Source, allowed_hosts: Sequence[str], now: datetime) -> Reading | Problem:
    """What the calendar says, or why it could not be read."""
    begin, end = now - BEFORE, now + AFTER
    try:
        return read_apart(fetch(source, allowed_hosts, begin, end), begin, end)
    except CalendarProblem as error:
        return error.problem
    except Exception as error:  # whatever a stranger's answer does to a library, others go on
        log.warning("a calendar could not be read: %s", type(error).__name__)
        return Problem.SERVER_ERROR
