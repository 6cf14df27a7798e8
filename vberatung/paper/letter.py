"""Letters by DIN 5008:2020, form B: the address shows in the window of a DIN long envelope."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from vberatung.paper.base import FAMILY, LINE, TEXT_PT, Paper

# All in millimetres from the upper left corner of the page.
ADDRESS_LEFT, ADDRESS_TOP, ADDRESS_WIDTH, ADDRESS_HEIGHT = 20, 45, 85, 45
"""The address field."""
RETURN_BASE = ADDRESS_TOP + 17.7
"""Below the zone for the return line begins that of the address, 27.3 high."""
HEAD_TOP, HEAD_PT = 20, 15
TEXT_LEFT, TEXT_RIGHT = 25, 20
INSIDE_WIDTH = ADDRESS_LEFT + ADDRESS_WIDTH - TEXT_LEFT
INFORMATION_LEFT, INFORMATION_TOP, INFORMATION_WIDTH = 125, 50, 65
SUBJECT_TOP = 98.5
FOLDS, PUNCH = (105, 210), 148.5
MARK_FROM, FOLD_TO, PUNCH_TO = 4, 9, 11

ADDRESS_LINES = 6
ADDRESS_PT = (9.5, 9, 8.5, 8, 7.5, 7)
"""Six lines of the largest are 27.1 high."""
RETURN_PT, SMALLEST_PT = 7.0, 5.0
INFORMATION_PT = (9.5, 9, 8.5, 8, 7.5, 7)
QR_SIZE = 42
LINK_PT = 8


@dataclass(frozen=True)
class Letter:
    """One page of finished texts."""

    sender: Sequence[str]
    """Name, street and place of the office."""
    recipient: Sequence[str]
    """As on the envelope: the name first, the place last."""
    information: Sequence[tuple[str, str]]
    """Beside the address: telephone, date …"""
    subject: str
    before: Sequence[str]
    """Paragraphs above the QR code."""
    link: str
    """In the QR code, and below it in small letters."""
    qr_alt: str
    ways: Sequence[tuple[str, str]]
    """Beside the QR code: what to do, and the words to type, which stand out."""
    after: Sequence[str]


class Letters(Paper):
    """One letter a page."""

    def __init__(self, title: str, language: str, now: datetime, letters: Iterable[Letter]) -> None:
        super().__init__(title, language, now)
        self.set_right_margin(TEXT_RIGHT)
        for number, letter in enumerate(letters):
            if number:
                self.add_page()
            self._write(letter)

    def footer(self) -> None:
        """Fold and punch marks; screen readers skip them."""
        self._out("/Artifact BMC")
        self.set_line_width(0.1)
        for height, end in (*((fold, FOLD_TO) for fold in FOLDS), (PUNCH, PUNCH_TO)):
            self.line(MARK_FROM, height, end, height)
        self._out("EMC")

    def _write(self, letter: Letter) -> None:
        self.set_y(HEAD_TOP)
        self._flow("/P", letter.sender[0], size=HEAD_PT, bold=True)
        self._return_line(" · ".join(letter.sender))
        self._address(letter.recipient)
        self._information(letter.information)
        self.set_y(SUBJECT_TOP)
        self._flow("/H1", letter.subject, bold=True)
        self.gap(5)
        for text in letter.before:
            self.paragraph(text)
        self._ways(letter)
        for text in letter.after:
            self.paragraph(text)

    def _return_line(self, text: str) -> None:
        text, size = self.printable(text), RETURN_PT
        self.set_font(FAMILY, size=size)
        while self.get_string_width(text) > INSIDE_WIDTH and size > SMALLEST_PT:
            size -= 0.25
            self.set_font_size(size)
        self.set_xy(TEXT_LEFT, RETURN_BASE - LINE * self.font_size - 0.5)
        with self.tagged("/P"):
            self.cell(INSIDE_WIDTH, LINE * self.font_size, text, border="B")

    def _address(self, recipient: Sequence[str]) -> None:
        """Smaller, if it needs more than six lines; in the end the name is cut, never the place."""
        name, *rest = recipient
        for size in ADDRESS_PT:
            self.set_font(FAMILY, size=size)
            above = self._lines(name, INSIDE_WIDTH)
            below = [part for line in rest for part in self._lines(line, INSIDE_WIDTH)]
            if len(above) + len(below) <= ADDRESS_LINES:
                break
        lines = [*above[: max(ADDRESS_LINES - len(below), 1)], *below][:ADDRESS_LINES]
        self.set_y(RETURN_BASE)
        self._flow("/P", "\n".join(lines), left=TEXT_LEFT, width=INSIDE_WIDTH, size=size)

    def _information(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.set_y(INFORMATION_TOP)
        for term, text in pairs:
            self._flow("/P", term, left=INFORMATION_LEFT, width=INFORMATION_WIDTH, size=8)
            size = self._size_for_words(text, INFORMATION_WIDTH)
            self._flow("/P", text, left=INFORMATION_LEFT, width=INFORMATION_WIDTH, size=size)
            self.gap(1.5)

    def _size_for_words(self, text: str, width: float) -> float:
        """Smaller where a word, such as half of a mail address, would otherwise be broken."""
        for size in INFORMATION_PT:
            self.set_font(FAMILY, size=size)
            words = self._with_breaks(self.printable(text), width).split()
            if all(self._fits(word, width) for word in words):
                break
        return size

    def _ways(self, letter: Letter) -> None:
        """The QR code on the left, beside it what to do with it and without it."""
        top = self.get_y()
        self.set_xy(TEXT_LEFT, top)
        self.qr(letter.link, letter.qr_alt, QR_SIZE)
        left = TEXT_LEFT + QR_SIZE + 4
        self.set_y(top + 2)
        for what, words in letter.ways:
            self._flow("/P", what, left=left)
            if words:
                self._flow("/P", words, left=left, bold=True, size=TEXT_PT - 1)
            self.gap(2)
        self.set_y(max(self.get_y(), top + QR_SIZE))
        self._flow("/P", letter.link, size=LINK_PT)
        self.gap(4)
