import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import StrictUndefined
from jinja2.meta import find_referenced_templates

from tests.support.installation import installed
from tests.support.settings import settings
from vberatung.config import PROJECT

FOLDER = PROJECT / "vberatung" / "templates"
TEMPLATES = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.*"))
RENDERED_IN_PYTHON = re.compile(r"\"([\w/]+\.(?:html|txt))\"|f\"([\w/]+)/\{")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with installed(settings(tmp_path_factory.mktemp("templates"))) as app:
        yield app


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_compiles(made: Flask, name: str) -> None:
    assert made.jinja_env.get_template(name)


def test_a_name_that_nobody_gave_is_an_error(made: Flask) -> None:
    assert made.jinja_env.undefined is StrictUndefined


def test_html_is_escaped(made: Flask) -> None:
    assert made.jinja_env.autoescape("errors/broken.html")  # type: ignore[operator]
    assert "safe" not in re.findall(r"\|\s*(\w+)", (FOLDER / "base.html").read_text())


def test_no_template_switches_escaping_off() -> None:
    for name in TEMPLATES:
        source = (FOLDER / name).read_text()
        assert not re.search(r"\|\s*safe\b|autoescape\s+false", source), name


def test_every_template_is_used(made: Flask) -> None:
    """But for the components: they are a kit."""
    used: set[str] = set()
    for name in TEMPLATES:
        source = (FOLDER / name).read_text()
        used |= {str(found) for found in find_referenced_templates(made.jinja_env.parse(source))}
    for file in (PROJECT / "vberatung").rglob("*.py"):
        for whole, folder in RENDERED_IN_PYTHON.findall(file.read_text()):
            used |= {whole} if whole else _all_in(folder)
    assert {name for name in TEMPLATES if not name.startswith("components/")} - used == set()


def test_the_room_speaks_with_one_voice_of_each_kind() -> None:
    """A screen reader mixes up what several live regions say; fragments use those of room.html."""
    room = [name for name in TEMPLATES if name.startswith("room/") and _is_in_the_room(name)]
    regions = r'role="(?:status|alert)"|aria-live'
    found = {name: re.findall(regions, (FOLDER / name).read_text()) for name in room}
    assert {name: roles for name, roles in found.items() if roles} == {
        "room/room.html": ['role="status"', 'role="alert"']
    }


def _is_in_the_room(name: str) -> bool:
    """And no page of its own."""
    return name == "room/room.html" or "{% extends" not in (FOLDER / name).read_text()


def _all_in(folder: str) -> set[str]:
    return {name for name in TEMPLATES if Path(name).parent.as_posix() == folder}
