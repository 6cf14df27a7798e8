import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vberatung.invitations import upload
from vberatung.invitations.upload import UnusableList, read, text_of

PEOPLE = (
    "Name;E-Mail;Telefon;Straße;PLZ;Ort\r\nAylin Özdemir;aylin@example.org;;Ring 1;01234;Ort\r\n"
)


def reason(text: str) -> str:
    with pytest.raises(UnusableList) as refused:
        read(text)
    return refused.value.reason


@pytest.mark.parametrize(
    "data",
    [
        PEOPLE.encode(),
        codecs.BOM_UTF8 + PEOPLE.encode(),
        PEOPLE.encode("cp1252"),
        codecs.BOM_UTF16_LE + PEOPLE.encode("utf-16-le"),
    ],
    ids=["utf-8", "utf-8 with mark", "windows-1252", "utf-16"],
)
def test_what_excel_writes_is_read(data: bytes) -> None:
    [row] = read(text_of(data)).rows
    assert row.name == "Aylin Özdemir"
    assert row.address == "Ring 1\n01234 Ort"


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_the_separator_is_found_out(separator: str) -> None:
    text = 'Nachname|Vorname|E-Mail\nBerg|"Anna, Maria; A."|a@b.de'
    [row] = read(text.replace("|", separator)).rows
    assert row.name == "Anna, Maria; A. Berg"
    assert row.cells["email"] == "a@b.de"


def test_a_comma_in_a_heading_does_not_make_it_the_separator() -> None:
    list = read("Name;E-Mail;Bemerkung, intern, kurz\nAnna;a@b.de;x")
    assert list.rows[0].cells["email"] == "a@b.de"
    assert list.ignored == ["Bemerkung, intern, kurz"]


@pytest.mark.parametrize(
    "heading", ["E-Mail", "EMAIL", "e_mail-adresse", " Mail ", "E-Mail-Adresse"]
)
def test_headings_are_known_in_many_spellings(heading: str) -> None:
    assert read(f"Name;{heading}\nAnna;a@b.de").rows[0].cells["email"] == "a@b.de"


def test_lines_are_counted_as_an_editor_shows_them() -> None:
    text = 'Name;E-Mail\n\nAnna;a@b.de\n"Berta\nBerg";b@b.de\n;;\nCem;c@b.de\n'
    assert [row.line for row in read(text).rows] == [3, 4, 7]


def test_a_row_with_too_many_cells_is_marked() -> None:
    short, long = read("Name;E-Mail\nAnna\nBerg;Anna;a@b.de").rows
    assert (short.surplus, long.surplus) == (False, True)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", upload.EMPTY),
        ("\n\n", upload.EMPTY),
        ("Name;E-Mail\n", upload.EMPTY),
        ("E-Mail;Telefon\na@b.de;1", upload.NO_NAME),
        ("Vorname;E-Mail\nA;a@b.de", upload.NO_NAME),
        ("Name;Ort\nA;B", upload.NO_CONTACT),
        ("Name;E-Mail;Mail\nA;a@b.de;", upload.TWICE),
        ('Name;E-Mail\nA;"a@b.de\nB;b@b.de', upload.OPEN_QUOTE),
        ("Name;E-Mail\n" + "A;a@b.de\n" * (upload.MOST_ROWS + 1), upload.TOO_MANY_ROWS),
    ],
)
def test_a_list_that_cannot_be_used_says_why(text: str, why: str) -> None:
    assert reason(text) == why


def test_a_lone_quote_does_not_swallow_the_rest_of_the_list() -> None:
    with pytest.raises(UnusableList) as refused:
        read('Name;E-Mail\nA;a@b.de\nB;"b@b.de\nC;c@b.de\n')
    assert refused.value.where == 3


def test_five_hundred_people_fit() -> None:
    assert len(read("Name;E-Mail\n" + "A;a@b.de\n" * upload.MOST_ROWS).rows) == upload.MOST_ROWS


@pytest.mark.parametrize(
    ("data", "why"),
    [(b"PK\x03\x04\0\0", upload.NO_TEXT), (b"a" * (upload.MOST_BYTES + 1), upload.TOO_LARGE)],
)
def test_a_file_that_is_no_list_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(UnusableList) as refused:
        text_of(data)
    assert refused.value.reason == why


@given(st.binary(max_size=300))
def test_whatever_is_uploaded_is_read_or_refused(data: bytes) -> None:
    try:
        list = read(text_of(b"Name;E-Mail\n" + data))
    except UnusableList:
        return
    assert list.rows


@pytest.mark.parametrize("cell", ["=1+1", "+49", "-2", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_spreadsheet_calculates_nothing_that_people_have_typed(cell: str) -> None:
    assert upload.as_csv([[cell]]).lstrip("\ufeff").strip('"\r\n').startswith("'")


def test_the_template_can_be_uploaded() -> None:
    [row] = read(text_of(upload.template().encode())).rows
    assert (row.name, row.line) == ("Erika Mustermann", 2)
    assert not read(upload.template().lstrip("\ufeff")).ignored
