import io
from typing import Any

import pypdf
import pytest
import zxingcpp

from tests.support.cast import MORNING
from vberatung.paper.letter import (
    ADDRESS_HEIGHT,
    ADDRESS_LEFT,
    ADDRESS_TOP,
    ADDRESS_WIDTH,
    SUBJECT_TOP,
    Letter,
    Letters,
)

MM = 72 / 25.4
PAGE_HEIGHT_MM = 297
LINK = "https://beratung.example/einladung/abcdefghijklmnopqrstuv"
LONG = "Wir möchten mit Ihnen darüber sprechen, wie es für Sie weitergeht. " * 8


def a_letter(*recipient: str) -> Letter:
    return Letter(
        sender=("Jobcenter Musterstadt", "Lindenallee 12", "01234 Musterstadt"),
        recipient=recipient or ("Aylin Özdemir", "Hauptstraße 7", "01234 Musterstadt"),
        information=(("Telefon", "+49 30 23125000"), ("Datum", "Montag, 23. November 2026")),
        subject="Einladung",
        before=("Guten Tag,", LONG),
        link=LINK,
        qr_alt="QR-Code",
        ways=(("Scannen Sie das Bild.", ""), ("Der Code:", "ACEF-HKLM-PRTU")),
        after=("Das ist freiwillig.", "Mit freundlichen Grüßen"),
    )


def printed(*letters: Letter) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(Letters("Einladungen", "de", MORNING, letters).as_bytes()))


def positions(page: pypdf.PageObject) -> dict[str, tuple[float, float]]:
    """Words → millimetres of their line from the left and from the top."""
    found: dict[str, tuple[float, float]] = {}

    def note(text: str, cm: Any, tm: Any, font: Any, size: Any) -> None:
        if text.strip():
            found[text.strip()] = (tm[4] / MM + cm[4] / MM, PAGE_HEIGHT_MM - (tm[5] + cm[5]) / MM)

    page.extract_text(visitor_text=note)
    return found


def test_each_person_has_one_page() -> None:
    pdf = printed(a_letter("Aylin", "Ring 1", "01234 Ort"), a_letter("Олена", "A 2", "01234 Ort"))
    assert len(pdf.pages) == 2
    first, second = (page.extract_text() for page in pdf.pages)
    assert "Aylin" in first
    assert "Олена" not in first
    assert "Олена" in second
    assert all("ACEF-HKLM-PRTU" in text and LINK in text for text in (first, second))


@pytest.mark.parametrize(
    "recipient",
    [
        ("Aylin Özdemir", "Hauptstraße 7", "01234 Musterstadt"),
        ("Maximiliane " * 16, "bei Schmidt", "Hinterhaus", "Straße 7", "01234 Musterstadt"),
        ("Anna", "Berg", "Cem", "Dora", "Emil", "01234 Musterstadt"),
        ("Maximiliane " * 16, *["Wohnheim-Musterstraße " * 2] * 4, "01234 Musterstadt"),
    ],
    ids=["usual", "very long name", "six lines", "all of it long"],
)
def test_the_address_stands_in_the_window(recipient: tuple[str, ...]) -> None:
    [page] = printed(a_letter(*recipient)).pages
    found = {
        text: place
        for text, place in positions(page).items()
        if place[0] < ADDRESS_LEFT + ADDRESS_WIDTH and ADDRESS_TOP < place[1] < SUBJECT_TOP
    }
    assert {recipient[0].split()[0], "01234 Musterstadt"} <= {
        text if text[0].isdigit() else text.split()[0] for text in found
    }
    for left, top in found.values():
        assert left + 0.01 >= ADDRESS_LEFT + 5
        assert top <= ADDRESS_TOP + ADDRESS_HEIGHT


def test_nothing_but_address_and_sender_is_in_the_window() -> None:
    shown = {
        text
        for text, (left, top) in positions(printed(a_letter()).pages[0]).items()
        if left < ADDRESS_LEFT + ADDRESS_WIDTH and ADDRESS_TOP < top < ADDRESS_TOP + ADDRESS_HEIGHT
    }
    assert shown == {
        "Jobcenter Musterstadt · Lindenallee 12 · 01234 Musterstadt",
        "Aylin Özdemir",
        "Hauptstraße 7",
        "01234 Musterstadt",
    }


def test_fold_and_punch_marks_are_where_the_norm_wants_them() -> None:
    content = printed(a_letter()).pages[0].get_contents()
    assert content is not None
    lines = content.get_data().decode("latin-1").split("\n")
    marks = {
        round(PAGE_HEIGHT_MM - float(line.split()[1]) / MM, 1)
        for line in lines
        if line.endswith(" l S") and float(line.split()[0]) < 20 * MM
    }
    assert marks == {105.0, 148.5, 210.0}


def test_a_phone_reads_the_code() -> None:
    [image] = printed(a_letter()).pages[0].images
    assert image.image is not None
    assert [code.text for code in zxingcpp.read_barcodes(image.image)] == [LINK]


@pytest.mark.parametrize(
    ("mail", "lines"),
    [
        ("kontakt@musterstadt.example", ["kontakt@musterstadt.example"]),
        (
            "arbeitsvermittlung-und-beratung@jobcenter-musterstadt-nord.example",
            ["arbeitsvermittlung-und-beratung@", "jobcenter-musterstadt-nord.example"],
        ),
        (
            "post@jobcenter-landkreis-musterstadt.example",
            ["post@", "jobcenter-landkreis-musterstadt.example"],
        ),
    ],
    ids=["usual", "both parts long", "long host"],
)
def test_a_mail_address_is_never_broken_inside_a_word(mail: str, lines: list[str]) -> None:
    letter = Letter(**{**vars(a_letter()), "information": (("E-Mail", mail),)})
    text = printed(letter).pages[0].extract_text().splitlines()
    assert text[text.index("E-Mail") + 1 :][: len(lines)] == lines


def test_a_long_sender_stays_in_one_line() -> None:
    sender = ("Agentur für Arbeit und Jobcenter Musterstadt-Nord", "Große Lindenallee 112a")
    letter = Letter(**{**vars(a_letter()), "sender": (*sender, "01234 Musterstadt an der Elbe")})
    text = printed(letter).pages[0].extract_text()
    assert " · ".join((*sender, "01234 Musterstadt an der Elbe")) in text
