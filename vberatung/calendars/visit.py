"""One visit to a calendar elsewhere: fetch it, read it. It may take a minute; no database."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from vberatung.calendars.apart import read_apart
from vberatung.calendars.fetching import Source, fetch
from vberatung.calendars.problems import CalendarProblem, Problem
from vberatung.calendars.reading import Reading

log = logging.getLogger(__name__)

MARGIN = timedelta(days=1)
"""What is read beyond the first and the last day that can be booked."""


def visit(
    source: Source, allowed_hosts: Sequence[str], now: datetime, ahead: timedelta
) -> Reading | Problem:
    """What the calendar says of the time `ahead`, or why it could not be read."""
    begin, end = now - MARGIN, now + ahead + MARGIN
    try:
        return read_apart(fetch(source, allowed_hosts, begin, end), begin, end)
    except CalendarProblem as error:
        return error.problem
    except Exception as error:  # whatever a stranger's answer does to a library, others go on
        log.warning("a calendar could not be read: %s", type(error).__name__)
        return Problem.SERVER_ERROR
