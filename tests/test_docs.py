"""The documents speak of things that exist."""

import re
from pathlib import Path

import pytest

from vberatung.config import PROJECT

DOCUMENTS = [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]
NAMED = re.compile(r"`((?:vberatung|tests|docs|deploy|tools|bench|migrations)/[\w/.-]+)`")
LINKED = re.compile(r"\]\((?!https?:)([^)#]+)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.name)
def test_every_file_that_is_named_exists(document: Path) -> None:
    text = document.read_text()
    named = {PROJECT / path for path in NAMED.findall(text)}
    linked = {(document.parent / path).resolve() for path in LINKED.findall(text)}
    assert [path for path in named | linked if not path.exists()] == []
