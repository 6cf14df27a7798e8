"""Which office is there for a postcode: looking it up, and the list as an office uploads it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete, select

from vberatung.db import AnySession
from vberatung.offices.models import Office, ServedPostcode

POSTCODE = re.compile(r"[0-9]{5}")
SEPARATORS = re.compile(r"\s*[;,\t]\s*|\s*[-–]\s*")  # 01000;01999 and 01000-01999
MOST_LINES = 10_000
"""There are about 8,200 postcodes in Germany."""
NOT_A_POSTCODE, BACKWARDS, TOO_MANY = "not_a_postcode", "backwards", "too_many"


@dataclass(frozen=True, order=True)
class Range:
    """Postcodes, both included; a single one is its own end."""

    first: str
    last: str

    def __str__(self) -> str:
        return self.first if self.first == self.last else f"{self.first}–{self.last}"


@dataclass(frozen=True)
class LineError:
    """What is wrong in which line, counted from 1."""

    line: int
    problem: str
    text: str


def find(session: AnySession, postcode: str) -> list[Office]:
    """The offices that serve it, by name."""
    serving = select(ServedPostcode.office_id).where(
        ServedPostcode.first <= postcode, ServedPostcode.last >= postcode
    )
    offices = select(Office).where(Office.id.in_(serving)).order_by(Office.name)
    return list(session.scalars(offices))


def read_postcode(typed: str) -> str | None:
    """The postcode, as people write it ("D-01067", "01 067"); None if it is none."""
    text = re.sub(r"\s", "", typed).upper().removeprefix("D-")
    return text if POSTCODE.fullmatch(text) else None


def decode(data: bytes) -> str:
    """A file of a spreadsheet: UTF-8, or what Windows writes."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def read_csv(text: str) -> tuple[list[Range], list[LineError]]:
    """Merged ranges, and what is wrong, line by line.

    A line is a postcode, a range ("01000-01999"), or two columns (from; to). Further columns with
    words, such as the name of the place, empty lines and a heading are left out.
    """
    ranges, errors = [], []
    lines = text.splitlines()
    if len(lines) > MOST_LINES:
        return [], [LineError(MOST_LINES + 1, TOO_MANY, "")]
    for number, line in enumerate(lines, start=1):
        cells = [cell.strip().strip('"').strip() for cell in SEPARATORS.split(line.strip())]
        numbers = [cell for cell in cells if any(c.isdigit() for c in cell)]
        if not any(cells) or (number == 1 and not numbers):
            continue
        wrong = next((c for c in numbers[:2] or cells[:1] if not POSTCODE.fullmatch(c)), None)
        if wrong is not None:
            errors.append(LineError(number, NOT_A_POSTCODE, wrong[:40]))
        elif numbers[0] > numbers[:2][-1]:
            errors.append(LineError(number, BACKWARDS, f"{numbers[0]}–{numbers[1]}"))
        else:
            ranges.append(Range(numbers[0], numbers[:2][-1]))
    return merge(ranges), errors


def merge(ranges: Iterable[Range]) -> list[Range]:
    """The same postcodes in as few ranges as possible, in order."""
    merged: list[Range] = []
    for one in sorted(ranges):
        if merged and int(one.first) <= int(merged[-1].last) + 1:
            merged[-1] = Range(merged[-1].first, max(merged[-1].last, one.last))
        else:
            merged.append(one)
    return merged


def write_csv(ranges: Iterable[Range]) -> str:
    """A file that `read_csv` reads and that spreadsheets open (RFC 4180 with semicolons)."""
    return "".join(["von;bis\r\n", *(f"{one.first};{one.last}\r\n" for one in ranges)])


def served_by(session: AnySession, office: Office) -> list[Range]:
    rows = select(ServedPostcode.first, ServedPostcode.last).filter_by(office_id=office.id)
    return sorted(Range(first, last) for first, last in session.execute(rows))


def served_by_others_too(
    session: AnySession, office: Office, ranges: list[Range]
) -> list[tuple[Range, str]]:
    """What another office serves as well, with that office's name: allowed, but worth a look."""
    rows = session.execute(
        select(ServedPostcode.first, ServedPostcode.last, Office.name)
        .join(Office, Office.id == ServedPostcode.office_id)
        .where(Office.id != office.id)
    )
    return sorted(
        (Range(max(one.first, first), min(one.last, last)), name)
        for first, last, name in rows
        for one in ranges
        if one.first <= last and first <= one.last
    )


def replace(session: AnySession, office: Office, ranges: list[Range]) -> None:
    """From now on the office serves these and no others."""
    session.execute(delete(ServedPostcode).where(ServedPostcode.office_id == office.id))
    session.add_all(
        ServedPostcode(office_id=office.id, first=one.first, last=one.last) for one in ranges
    )
    session.flush()
