"""Reads calendar files in a process of its own: what hangs or eats memory dies alone."""

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from vberatung.calendars import reading
from vberatung.calendars.problems import CalendarProblem, Problem
from vberatung.calendars.reading import Reading
from vberatung.clock import LOCAL_ZONE

LONGEST_S = 20
"""Seconds by the wall; those of the processor are `reading.CPU_S`."""

PROBLEMS = {"Unreadable": Problem.NOT_A_CALENDAR, "TooMuch": Problem.TOO_LARGE}


def read_apart(files: Sequence[bytes], begin: datetime, end: datetime) -> Reading:
    """`reading.busy_times`, but it ends in any case. Raises CalendarProblem."""
    question = {
        "files": [file.decode("latin-1") for file in files],
        "begin": begin.timestamp(),
        "end": end.timestamp(),
        "zone": LOCAL_ZONE.key,
    }
    try:
        process = subprocess.run(  # noqa: S603  # our own interpreter and file
            [sys.executable, "-I", reading.__file__],
            input=json.dumps(question).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # it could quote entries
            env={},  # it needs none of our secrets
            timeout=LONGEST_S,
            check=True,
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
        raise CalendarProblem(Problem.TOO_LARGE) from error
    answer = json.loads(process.stdout)
    if "problem" in answer:
        raise CalendarProblem(PROBLEMS[answer["problem"]])
    busy = [tuple(datetime.fromtimestamp(at, UTC) for at in span) for span in answer["busy"]]
    return Reading([(starts, ends) for starts, ends in busy], answer["skipped"])
