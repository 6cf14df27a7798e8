"""English is complete, and says the same things."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from vberatung.config import PROJECT

ENGLISH = PROJECT / "vberatung" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
METHODS = [
    ("**.py", "python"),
    ("templates/**.html", "jinja2"),
    ("templates/mail/**.txt", "jinja2"),
]
KEYWORDS = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
PLACEHOLDER = re.compile(r"%\(\w+\)s")


def texts(value: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


@pytest.fixture(scope="module")
def english() -> dict[str, Message]:
    with ENGLISH.open("rb") as file:
        return {texts(m.id)[0]: m for m in read_po(file, locale="en") if m.id}


def test_every_sentence_of_the_sources_is_translated(english: dict[str, Message]) -> None:
    found = extract_from_dir(str(Path(PROJECT / "vberatung")), METHODS, keywords=KEYWORDS)
    sentences = {texts(message)[0] for _, _, message, _, _ in found}
    assert len(sentences) > 300
    untranslated = {s for s in sentences if s not in english or not all(texts(english[s].string))}
    assert not untranslated


def test_placeholders_are_the_same(english: dict[str, Message]) -> None:
    for message in english.values():
        for german, text in zip(texts(message.id), texts(message.string), strict=True):
            assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(german))


def test_nothing_is_fuzzy(english: dict[str, Message]) -> None:
    assert not [m.id for m in english.values() if m.fuzzy]
