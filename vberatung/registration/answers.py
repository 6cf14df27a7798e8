"""What a registration asks for, how its days are read, and what looks wrong in it. Pure.

An answer is the text that was typed, under the name of its field. Days, once sent, are ISO dates.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

PERSON = (
    "name",
    "born_on",
    "street",
    "postcode",
    "city",
    "email",
    "phone",
    "language",
    "interpreter",
    "interpreter_language",
)
JOB = ("kind", "employer", "job", "ends_on", "known_on", "notice_by")
SEARCH = ("jobs", "hours", "from_on", "region", "mobility", "wishes")
STEPS = {"person": PERSON, "job": JOB, "search": SEARCH}
CONFIRMED = "confirmed"
"""Of the answers: the keys of those doubts that the person has confirmed, one a line."""

PERMANENT, FIXED_TERM, COMPANY_TRAINING, OTHER_TRAINING = KINDS = (
    "permanent",
    "fixed_term",
    "company_training",
    "other_training",
)
EMPLOYER, MYSELF, AGREEMENT, EXPIRY = NOTICES = ("employer", "myself", "agreement", "expiry")
NEAR, COMMUTE, MOVE = MOBILITIES = ("near", "commute", "move")

DAY = re.compile(r"(\d{1,2})\s*[./\s-]\s*(\d{1,2})\s*[./\s-]\s*(\d+)\.?", re.ASCII)
ISO_DAY = re.compile(r"(\d{4,})-(\d\d)-(\d\d)", re.ASCII)

YEARS = range(1850, 2200)
"""Others are slips of the finger, and further days could not be counted with."""
YEAR_DIGITS = 4
NO_SUCH_DAY, ODD_YEAR, UNREADABLE = NO_DAYS = ("no_such_day", "odd_year", "unreadable")
YOUNGEST, OLD, OLDEST = 14, 100, 120
"""Years. Younger people have no employment (§§ 5 and 7 JArbSchG); older than `OLD` is asked for."""
FAR_YEARS, TOO_FAR_YEARS = 2, 10
LONG_HOURS, WEEK_HOURS = 48, 168
"""Hours a week: more than on average is allowed (§ 3 ArbZG); more than a week has."""

Answers = Mapping[str, str]


@dataclass(frozen=True)
class Finding:
    """What is wrong with a field, or `doubtful`: unlikely, but the person may confirm it."""

    field: str
    code: str
    value: str
    doubtful: bool = False

    @property
    def key(self) -> str:
        """Names the doubt and the answer it is about: another answer is asked about again."""
        return f"{self.code}:{self.value}"


def read_day(text: str | None) -> date | None:
    """Day, month and year in this order, or an ISO date; None for anything else."""
    year, month, day = _parts(text) or ("", "", "")
    if not _is_year(year):
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def why_no_day(text: str) -> str:
    """One of NO_DAYS for a text that `read_day` does not take."""
    parts = _parts(text)
    if parts is None:
        return UNREADABLE
    return NO_SUCH_DAY if _is_year(parts[0]) else ODD_YEAR


def _parts(text: str | None) -> tuple[str, str, str] | None:
    """Year, month and day as they were written."""
    text = (text or "").strip()
    if found := ISO_DAY.fullmatch(text):
        return found[1], found[2], found[3]
    found = DAY.fullmatch(text)
    return (found[3], found[2], found[1]) if found else None


def _is_year(digits: str) -> bool:
    return len(digits) == YEAR_DIGITS and int(digits) in YEARS


def years_between(day: date, later: date) -> int:
    """Full years, as one counts an age."""
    return later.year - day.year - ((later.month, later.day) < (day.month, day.day))


def findings(answers: Answers, today: date) -> Iterator[Finding]:
    """Everything that cannot be, or is unlikely, in what has been answered so far."""
    days = {name: read_day(answers.get(name)) for name in ("born_on", "ends_on", "known_on")}
    days["from_on"] = read_day(answers.get("from_on"))
    yield from _age(days["born_on"], today)
    yield from _end(days["ends_on"], days["known_on"], today)
    yield from _search(days["from_on"], days["ends_on"], today)
    yield from _hours(answers.get("hours"))


def _age(born_on: date | None, today: date) -> Iterator[Finding]:
    if born_on is None:
        return
    age, value = years_between(born_on, today), born_on.isoformat()
    if born_on > today:
        yield Finding("born_on", "born_later", value)
    elif age < YOUNGEST:
        yield Finding("born_on", "too_young", value)
    elif age > OLDEST:
        yield Finding("born_on", "too_old", value)
    elif age >= OLD:
        yield Finding("born_on", "very_old", value, doubtful=True)


def _end(ends_on: date | None, known_on: date | None, today: date) -> Iterator[Finding]:
    if known_on and known_on > today:
        yield Finding("known_on", "known_later", known_on.isoformat())
    if ends_on is None:
        return
    value = ends_on.isoformat()
    if abs(ends_on.year - today.year) > TOO_FAR_YEARS:
        yield Finding("ends_on", "end_impossible", value)
    elif years_between(today, ends_on) >= FAR_YEARS:
        yield Finding("ends_on", "end_far", value, doubtful=True)
    elif ends_on < today:
        yield Finding("ends_on", "end_past", value, doubtful=True)
    if known_on and ends_on < known_on <= today:
        both = f"{value}:{known_on.isoformat()}"
        yield Finding("known_on", "known_after_end", both, doubtful=True)


def _search(from_on: date | None, ends_on: date | None, today: date) -> Iterator[Finding]:
    if from_on is None:
        return
    value = from_on.isoformat()
    if from_on < today:
        yield Finding("from_on", "search_past", value)
    elif years_between(today, from_on) >= FAR_YEARS:
        yield Finding("from_on", "search_far", value, doubtful=True)
    elif ends_on and from_on <= ends_on:
        both = f"{value}:{ends_on.isoformat()}"
        yield Finding("from_on", "search_before_end", both, doubtful=True)


def _hours(text: str | None) -> Iterator[Finding]:
    if not (text or "").strip().isdecimal():
        return
    hours = int(str(text)[:6])
    if not 0 < hours <= WEEK_HOURS:
        yield Finding("hours", "hours_impossible", str(hours))
    elif hours > LONG_HOURS:
        yield Finding("hours", "hours_long", str(hours), doubtful=True)
