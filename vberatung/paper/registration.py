"""The receipt of a registration as jobseeking: when it came, and all that was answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from vberatung.paper.base import SMALL_PT, Paper

Facts = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Receipt:
    """Finished texts in the reader's language; `sections` are headings with their answers."""

    title: str
    language: str
    sent_at: datetime
    office: Sequence[str]
    opening: Sequence[str]
    facts: Facts
    sections: Sequence[tuple[str, Facts]]
    closing: Sequence[str]
    footer: str


def pdf(receipt: Receipt) -> bytes:
    """The same bytes each time: what was sent is frozen."""
    paper = Paper(receipt.title, receipt.language, receipt.sent_at, footer=receipt.footer)
    paper.paragraph("\n".join(receipt.office), size=SMALL_PT)
    paper.heading(receipt.title)
    for text in receipt.opening:
        paper.paragraph(text)
    paper.facts(receipt.facts)
    for heading, facts in receipt.sections:
        paper.heading(heading, 2)
        paper.facts(facts)
    for text in receipt.closing:
        paper.paragraph(text, size=SMALL_PT)
    return paper.as_bytes()
