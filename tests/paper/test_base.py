import io
import logging
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from tests.support.cast import MORNING
from vberatung.paper.base import FONTS, UNKNOWN, Paper

LARGEST_FONTS = 300_000
"""Bytes of both together: they are in every installation, and read for every document."""


def a_paper() -> Paper:
    return Paper("Prüfung", "de", MORNING, footer="Jobcenter")


def read(paper: Paper) -> PdfReader:
    return PdfReader(io.BytesIO(paper.as_bytes()))


def text_of(paper: Paper) -> str:
    return "\n".join(page.extract_text() for page in read(paper).pages)


@pytest.mark.parametrize(
    "text",
    ["Öffnungszeiten: äöüß € „so“ – bis 10 %", "Ğülşah İğdır", "Олена Коваленко", "Ελλάδα", "Łódź"],
)
def test_names_of_all_europe_are_written(text: str) -> None:
    paper = a_paper()
    paper.paragraph(text)
    assert text in text_of(paper)


def test_letters_that_come_apart_are_put_together() -> None:
    paper = a_paper()
    paper.paragraph("O\u0308zdemir")
    assert "Özdemir" in text_of(paper)


def test_what_we_have_no_letters_for_is_marked_and_not_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    paper = a_paper()
    paper.paragraph("Na\u4e2d\U0001f600me\0")
    with caplog.at_level(logging.WARNING):
        text = text_of(paper)
    assert f"Na{UNKNOWN}{UNKNOWN}me" in text
    assert "\u4e2d" not in caplog.text
    assert "missing" not in caplog.text


def test_it_says_its_title_and_language() -> None:
    reader = read(a_paper())
    assert reader.metadata is not None
    assert reader.metadata.title == "Prüfung"
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == "de"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]


def test_the_same_texts_make_the_same_bytes() -> None:
    first, second = a_paper(), a_paper()
    for paper in (first, second):
        paper.heading("Überschrift")
        paper.qr("https://beratung.example/x", "Bild")
    assert first.as_bytes() == second.as_bytes()


def test_headings_text_and_pictures_are_tagged() -> None:
    paper = a_paper()
    paper.heading("Eins")
    paper.heading("Zwei", 2)
    paper.paragraph("Text")
    paper.facts([("Name", "Aylin"), ("leer", "")])
    paper.qr("https://beratung.example/x", "Ihr Link")
    reader = read(paper)
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    tags = elements(reader)
    kinds = [tag["/S"] for tag in tags]
    assert kinds == ["/H1", "/H2", "/P", "/P", "/P", "/Figure"]
    assert tags[-1]["/Alt"] == "Ihr Link"


def test_long_texts_go_on_over_the_pages() -> None:
    paper = a_paper()
    paper.paragraph("\n".join(f"Zeile {number}" for number in range(150)))
    paper.facts([("Lang", "\n".join(f"Reihe {number}" for number in range(150)))])
    paper.paragraph("Ende")
    text, reader = text_of(paper), read(paper)
    assert all(f"Zeile {number}\n" in text for number in range(150))
    assert all(f"Reihe {number}\n" in text for number in range(150))
    assert len(reader.pages) > 4
    assert f"1/{len(reader.pages)}" in reader.pages[0].extract_text()
    assert "Ende" in reader.pages[-1].extract_text()


def test_a_heading_stays_with_what_follows() -> None:
    for lines in range(30, 50):
        paper = a_paper()
        paper.paragraph("\n".join("x" * (lines > 0) for _ in range(lines)))
        paper.heading("Kopf", 2)
        paper.paragraph("Folgt")
        page = next(p for p in read(paper).pages if "Kopf" in p.extract_text())
        assert "Folgt" in page.extract_text()


def test_the_fonts_are_small_and_their_licence_is_with_them() -> None:
    fonts = list(FONTS.glob("*.ttf"))
    assert len(fonts) == 2
    assert sum(font.stat().st_size for font in fonts) < LARGEST_FONTS
    assert "Bitstream" in Path(FONTS / "LICENSE").read_text()


def elements(reader: PdfReader) -> list[dict[str, Any]]:
    root: Any = reader.trailer["/Root"]
    document = root["/StructTreeRoot"]["/K"][0].get_object()
    return [kid.get_object() for kid in document["/K"]]
