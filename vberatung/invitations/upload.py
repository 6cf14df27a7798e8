"""Reading a list of people as a spreadsheet writes it. Pure: standard library only.

Accepted: UTF-8 with or without byte order mark, UTF-16 with one, Windows-1252; separated by
semicolon, comma or tab; cells quoted as in RFC 4180. One person a line, under a line of headings.
"""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

MOST_BYTES = 1_000_000
MOST_ROWS = 500
DELIMITERS = ";,\t"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a cell that begins so for a formula (OWASP: CSV injection)."""

TOO_LARGE, NO_TEXT, EMPTY, TOO_MANY_ROWS, NO_NAME, NO_CONTACT, TWICE, OPEN_QUOTE = (
    "too_large",
    "no_text",
    "empty",
    "too_many_rows",
    "no_name",
    "no_contact",
    "twice",
    "open_quote",
)

NAME, FIRST_NAME, LAST_NAME, EMAIL, PHONE, STREET, POSTCODE, CITY, LANGUAGE = (
    "name",
    "first_name",
    "last_name",
    "email",
    "phone",
    "street",
    "postcode",
    "city",
    "language",
)
HEADINGS = {
    NAME: "name vorundnachname nachnamevorname vollständigername fullname",
    FIRST_NAME: "vorname vornamen firstname givenname",
    LAST_NAME: "nachname familienname lastname surname",
    EMAIL: "email mail emailadresse mailadresse emailaddress",
    PHONE: "telefon telefonnummer mobil mobilnummer mobiltelefon handy handynummer phone mobile",
    STREET: "strasse strassehausnummer strasseundhausnummer strassenr anschrift adresse street",
    POSTCODE: "plz postleitzahl postcode zip",
    CITY: "ort stadt wohnort city town",
    LANGUAGE: "sprache language",
}
COLUMNS = {word: column for column, words in HEADINGS.items() for word in words.split()}
TEMPLATE = (
    ("Vorname", "Nachname", "E-Mail", "Telefon", "Straße", "PLZ", "Ort", "Sprache"),
    ("Erika", "Mustermann", "erika@example.org", "0170 1234567", "Am Ring 1", "01234", "Ort", "de"),
)


class UnusableList(Exception):
    """The whole file cannot be used; `reason` is one of the words above, `where` a line or name."""

    def __init__(self, reason: str, where: object = "") -> None:
        super().__init__(reason)
        self.reason, self.where = reason, where


@dataclass(frozen=True)
class Row:
    line: int
    """Of the file, counted from 1, where the row begins."""
    cells: dict[str, str]
    """By the names of HEADINGS, stripped; a cell that is missing is empty."""
    surplus: bool
    """There are more cells than headings: a separator stands where it should not."""

    @property
    def name(self) -> str:
        both = f"{self.cells.get(FIRST_NAME, '')} {self.cells.get(LAST_NAME, '')}"
        return self.cells.get(NAME, "") or both.strip()

    @property
    def address(self) -> str:
        """Lines as on an envelope, below the name."""
        place = f"{self.cells.get(POSTCODE, '')} {self.cells.get(CITY, '')}".strip()
        return "\n".join(filter(None, (self.cells.get(STREET, ""), place)))


@dataclass(frozen=True)
class PeopleList:
    rows: Sequence[Row]
    ignored: Sequence[str]
    """Headings of columns that we know nothing of."""


def text_of(data: bytes) -> str:
    """The file's text; UnusableList when it is too large or a spreadsheet's own format."""
    if len(data) > MOST_BYTES:
        raise UnusableList(TOO_LARGE)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise UnusableList(NO_TEXT)


def read(text: str) -> PeopleList:
    """The rows of the list, or UnusableList. Empty rows are passed over, their lines counted."""
    lines = _rows(text)
    headings = next(lines, None)
    if headings is None:
        raise UnusableList(EMPTY)
    columns = _columns(headings[1])
    rows: list[Row] = []
    for line, cells in lines:
        if len(rows) == MOST_ROWS:
            raise UnusableList(TOO_MANY_ROWS)
        known = {column: cell for column, cell in zip(columns, cells, strict=False) if column}
        rows.append(Row(line, known, surplus=any(cells[len(columns) :])))
    if not rows:
        raise UnusableList(EMPTY)
    unknown = (name for name, column in zip(headings[1], columns, strict=True) if not column)
    return PeopleList(rows, [name for name in unknown if name])


def template() -> str:
    return as_csv(TEMPLATE)


def as_csv(rows: Iterable[Iterable[str]]) -> str:
    """A file that a German Excel opens by a double click, with no cell that it would calculate."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=";")
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return "\N{ZERO WIDTH NO-BREAK SPACE}" + file.getvalue()


def harmless(cell: str) -> str:
    """The cell with an apostrophe before it if a spreadsheet would calculate it."""
    return "'" + cell if cell.startswith(FORMULA_STARTS) else cell


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Line number and stripped cells of each row that has any."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    line = 1
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                yield line, stripped
            line = reader.line_num + 1
    except csv.Error as error:
        raise UnusableList(OPEN_QUOTE, line) from error


def _delimiter(text: str) -> str:
    """The one that the headings use most. csv.Sniffer takes a comma wherever there is one."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(DELIMITERS, key=first.count)


def _columns(headings: Sequence[str]) -> list[str]:
    """For each heading its column, or nothing."""
    columns = [COLUMNS.get(_plain(heading), "") for heading in headings]
    for column, count in Counter(filter(None, columns)).items():
        if count > 1:
            raise UnusableList(TWICE, headings[columns.index(column)])
    if NAME not in columns and LAST_NAME not in columns:
        raise UnusableList(NO_NAME)
    if not {EMAIL, PHONE, STREET}.intersection(columns):
        raise UnusableList(NO_CONTACT)
    return columns


def _plain(heading: str) -> str:
    """E-Mail-Adresse and e_mail adresse are the same; so are Straße and Strasse."""
    return "".join(sign for sign in heading.casefold() if sign.isalnum())
