"""What reaches old phones: syntax of 2017, nothing inline, no other host."""

import re
from pathlib import Path

import pytest

from vberatung.config import PROJECT

STATIC = PROJECT / "vberatung" / "static"
OURS = sorted((STATIC / "js").rglob("*.js"))
TEMPLATES = sorted((PROJECT / "vberatung" / "templates").rglob("*.html"))

NEWER_THAN_2017 = {
    "optional chaining": r"\?\.[a-zA-Z_(\[]",
    "nullish coalescing": r"\?\?",
    "catch without binding": r"catch\s*\{",
    "object spread": r"[{,]\s*\.\.\.\w+\s*[,}]",
    "private field": r"this\.#",
    "for await": r"for\s+await",
    "dynamic import": r"\bimport\(",
    "flatMap, fromEntries, at, replaceAll": r"\.(flatMap|at|replaceAll)\(|fromEntries",
    "replaceChildren": r"\.replaceChildren\(",
}
INLINE = r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)"
COMMENT = re.compile(r"/\*.*?\*/|(?<!:)//[^\n]*", re.DOTALL)


def code(script: Path) -> str:
    return COMMENT.sub("", script.read_text())


def test_there_are_scripts() -> None:
    assert {"room.js", "signalling.js", "live.js", "enhance.js"} <= {file.name for file in OURS}


@pytest.mark.parametrize("script", OURS, ids=lambda file: file.name)
def test_syntax_is_not_newer_than_2017(script: Path) -> None:
    assert [name for name, newer in NEWER_THAN_2017.items() if re.search(newer, code(script))] == []


@pytest.mark.parametrize("name", ["signalling.js", "media.js"])
def test_what_talks_to_the_network_does_not_touch_the_page(name: str) -> None:
    assert "document." not in code(STATIC / "js" / "room" / name)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_templates_have_nothing_inline(template: Path) -> None:
    assert not re.search(INLINE, template.read_text())


@pytest.mark.parametrize(
    "file", [*OURS, *sorted((STATIC / "css").glob("*.css")), *TEMPLATES], ids=lambda file: file.name
)
def test_no_other_host_is_asked(file: Path) -> None:
    loads = re.findall(
        r"(?:src|url\(|@import|action)[=(\s\"']*(?:https?:)?//[\w.]+", file.read_text()
    )
    assert loads == []
