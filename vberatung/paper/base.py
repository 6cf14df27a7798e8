"""Paper: A4 pages with our letters, as tagged PDF. Whoever prints passes finished texts."""

import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import cast

import segno
from fpdf import FPDF, ViewerPreferences

FONTS = Path(__file__).with_name("fonts")
FAMILY = "text"

MARGIN_MM, MARGIN_BOTTOM_MM = 25, 20
TEXT_PT, SMALL_PT = 11, 9
HEADING_PT = {1: 16, 2: 13, 3: 11}
LINE = 1.35
"""Distance of two lines, in font sizes."""
TERM_MM = 55
"""Width of the left column of `facts`."""
WORD = re.compile(r"\S+")
UNKNOWN = "\N{REPLACEMENT CHARACTER}"
"""Stands for what our fonts do not have: fpdf2 would write it into the log."""


class Paper(FPDF):
    """A document with one page; further ones follow by themselves.

    Tagged, so that a screen reader finds headings, text and the meaning of pictures.
    """

    def __init__(self, title: str, language: str, now: datetime, *, footer: str = "") -> None:
        super().__init__(unit="mm", format="A4")
        self.footer_text = footer
        for style, file in (("", "DejaVuSans.ttf"), ("B", "DejaVuSans-Bold.ttf")):
            self.add_font(FAMILY, style, FONTS / file)
        self.set_title(title)
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)
        self.set_lang(language)
        self.set_creation_date(now)
        self.set_margins(MARGIN_MM, MARGIN_MM, MARGIN_MM)
        self.set_auto_page_break(True, MARGIN_BOTTOM_MM)
        self.add_page()
        self.set_font(FAMILY, size=TEXT_PT)

    def heading(self, text: str, level: int = 1) -> None:
        """A heading that stays with at least two lines of what follows it."""
        size = HEADING_PT[level]
        self.gap(3 if level == 1 else 5)
        self._keep_together(2 * size + 2 * TEXT_PT)
        self._flow(f"/H{level}", text, size=size, bold=True)
        self.gap(1.5)

    def paragraph(self, text: str, *, size: float = TEXT_PT, bold: bool = False) -> None:
        self._flow("/P", text, size=size, bold=bold)
        self.gap(2)

    def facts(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Terms on the left, what they are on the right; pairs without text are left out."""
        for term, text in pairs:
            if text:
                self._fact(term, text)
        self.gap(2)

    def qr(self, link: str, alt: str, size_mm: float = 35) -> None:
        """A QR code with its quiet zone, at the current position."""
        picture = io.BytesIO()
        segno.make(link, error="m", micro=False).save(picture, kind="png", scale=8, border=4)
        self.image(picture, w=size_mm, h=size_mm, alt_text=alt)

    def gap(self, mm: float) -> None:
        self.set_y(self.get_y() + mm)

    def as_bytes(self) -> bytes:
        return bytes(self.output())

    def footer(self) -> None:
        """What the document is, and which page of how many; screen readers skip it."""
        self._out("/Artifact BMC")
        self.set_y(-15)
        self.set_font(FAMILY, size=SMALL_PT)
        text = " · ".join(filter(None, (self.footer_text, f"{self.page_no()}/{{nb}}")))
        self.cell(text=self.printable(text))
        self._out("EMC")

    def printable(self, text: str) -> str:
        """The text without control characters, and with UNKNOWN for letters we do not have."""
        known = self.fonts[FAMILY].cmap  # type: ignore[union-attr]
        text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\t", " "))
        return "".join(
            sign if sign == "\n" or ord(sign) in known else UNKNOWN
            for sign in text
            if sign == "\n" or unicodedata.category(sign) not in ("Cc", "Cf", "Cs")
        )

    @contextmanager
    def tagged(self, kind: str) -> Iterator[None]:
        """What is written inside, on this page, is one element: /H1 to /H3, /P.

        fpdf2 makes such elements for pictures only (ISO 32000-1, 14.7 and 14.8).
        """
        number = self.struct_builder.next_mcid_for_page(self.page)
        self._add_marked_content(struct_type=kind, mcid=number)
        self._out(f"{kind} <</MCID {number}>> BDC")
        yield
        self._out("EMC")

    def _fact(self, term: str, text: str) -> None:
        self.set_font(FAMILY, "B", TEXT_PT)
        terms = self._lines(term, TERM_MM - 3)
        self._keep_together(len(terms) * TEXT_PT)
        page, top = self.page, self.get_y()
        self._flow("/P", term, width=TERM_MM - 3, bold=True)
        below = self.get_y()
        self.set_y(top)
        self._flow("/P", text, left=MARGIN_MM + TERM_MM)
        if self.page == page:
            self.set_y(max(below, self.get_y()))
        self.gap(1)

    def _flow(
        self,
        kind: str,
        text: str,
        *,
        left: float = MARGIN_MM,
        width: float | None = None,
        size: float = TEXT_PT,
        bold: bool = False,
    ) -> None:
        """Write lines from here on, over as many pages as they need: an element lies on one."""
        style = "B" if bold else ""
        self.set_font(FAMILY, style, size)
        width = width or self.w - self.r_margin - left
        lines = self._lines(text, width)
        while lines:
            height = LINE * self.font_size
            fit = int((self.page_break_trigger - self.get_y()) / height + 1e-6)
            if fit < 1:
                self.add_page()
                self.set_font(FAMILY, style, size)
                continue
            with self.tagged(kind):
                for line in lines[:fit]:
                    self.set_x(left)
                    self.cell(width, height, line, new_x="LMARGIN", new_y="NEXT")
            lines = lines[fit:]

    def _lines(self, text: str, width: float) -> list[str]:
        """The text broken into lines, in the font that is set."""
        text = self._with_breaks(self.printable(text), width)
        broken = self.multi_cell(width, text=text, dry_run=True, output="LINES", align="L")
        return cast(list[str], broken)

    def _with_breaks(self, text: str, width: float) -> str:
        """A mail address that is too long for a line is broken after its @, not anywhere."""
        return WORD.sub(
            lambda word: word[0] if self._fits(word[0], width) else word[0].replace("@", "@\n"),
            text,
        )

    def _fits(self, line: str, width: float) -> bool:
        return bool(self.get_string_width(line) <= width - 2 * self.c_margin)

    def _keep_together(self, height_pt: float) -> None:
        """Begin a new page unless so much fits on this one."""
        if self.get_y() + LINE * height_pt / self.k > self.page_break_trigger:
            self.add_page()
