"""Whatever goes wrong: a page that says what happened and what to do now."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask, abort

from tests.support import databases
from tests.support.browser import Browser
from tests.support.installation import installed
from tests.support.settings import settings


@pytest.fixture(scope="module")
def app_that_fails(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application with pages that go wrong in every way."""
    with installed(settings(tmp_path_factory.mktemp("errors"))) as app:
        databases.migrate(app)

        @app.get("/fails/<int:code>")
        def fails(code: int) -> str:
            abort(code)

        @app.get("/breaks")
        def breaks() -> str:
            raise RuntimeError("geheim")

        yield app


@pytest.fixture
def failing(app_that_fails: Flask) -> Browser:
    return Browser(app_that_fails)


@pytest.mark.parametrize("code", [400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429])
def test_a_mistake_of_the_visitor_gets_a_page_with_a_way_on(failing: Browser, code: int) -> None:
    page = failing.get(f"/fails/{code}")
    assert page.status == code
    assert page.links() or page.all("h2")


@pytest.mark.parametrize("code", [500, 501, 502, 503])
def test_a_mistake_of_ours_is_admitted(failing: Browser, code: int) -> None:
    page = failing.get(f"/fails/{code}")
    assert page.status >= 500
    assert "liegt an uns" in page.text


def test_an_exception_tells_the_visitor_nothing(failing: Browser) -> None:
    page = failing.get("/breaks")
    assert page.status == 500
    assert "geheim" not in page.response.get_data(as_text=True)


def test_every_error_speaks_english_too(failing: Browser) -> None:
    for path in ("/fails/404?lang=en", "/breaks?lang=en"):
        assert failing.get(path).root.attrib["lang"] == "en"


@pytest.mark.parametrize("path", ["/", "/nirgendwo/", "/termin/abc", "/no/such/page"])
def test_without_a_database_the_page_still_says_so(
    install: Callable[..., Flask], tmp_path: Path, path: str
) -> None:
    browser = Browser(install(DATABASE_URL=f"sqlite:///{tmp_path}/no/such/folder.db"))
    page = browser.get(path)
    assert page.status == 500
    assert "liegt an uns" in page.text
