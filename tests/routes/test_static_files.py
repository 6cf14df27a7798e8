import gzip
from pathlib import Path

import pytest

from tests.support.browser import Browser
from tests.support.cast import Cast
from vberatung.routes.static_files import STATIC, version


def addresses(browser: Browser) -> list[str]:
    page = browser.get("/")
    links = [link.attrib["href"] for link in page.all("link", rel="stylesheet")]
    return links + [script.attrib["src"] for script in page.all("script")]


def test_every_style_and_script_of_a_page_is_there(browser: Browser, cast: Cast) -> None:
    assert addresses(browser)
    for address in addresses(browser):
        assert browser.get(address).status == 200


def test_they_may_be_kept_for_ever(browser: Browser, cast: Cast) -> None:
    for address in addresses(browser):
        kept = browser.get(address).response.headers["Cache-Control"]
        assert "immutable" in kept
        assert "max-age=31536000" in kept


def test_the_address_changes_with_the_content() -> None:
    assert len(version()) == 12
    assert version() == version()


@pytest.mark.parametrize(
    "path", ["../config.py", "..%2fconfig.py", "%2e%2e/config.py", "/etc/passwd", "%00", "", "nope"]
)
def test_nothing_else_can_be_fetched(browser: Browser, cast: Cast, path: str) -> None:
    assert browser.get(f"/static/v-{version()}/{path}").status in (404, 308)


@pytest.mark.parametrize("name", ["css/base.css", "js/room/room.js"])
def test_what_the_browser_has_is_not_sent_again_and_a_part_is_never_wrong(
    browser: Browser, name: str
) -> None:
    address = f"/static/v-{version()}/{name}"
    whole = browser.get(address).response
    known = browser.get(address, headers={"If-None-Match": whole.headers["ETag"]}).response
    assert (known.status_code, known.data) == (304, b"")
    part = browser.get(address, headers={"Range": "bytes=0-9"}).response
    assert (part.status_code, part.data) in ((200, whole.data), (206, whole.data[:10]))


@pytest.mark.parametrize("kind", ["text/css", "text/javascript"])
def test_files_have_their_type(browser: Browser, kind: str) -> None:
    suffix = {"text/css": "css", "text/javascript": "js"}[kind]
    for file in Path(STATIC).rglob(f"*.{suffix}"):
        name = file.relative_to(STATIC).as_posix()
        page = browser.get(f"/static/v-{version()}/{name}")
        assert page.response.mimetype == kind


@pytest.mark.parametrize("accepted", ["gzip, deflate", "gzip, deflate, br, zstd"])
def test_scripts_and_styles_are_sent_compressed(browser: Browser, accepted: str) -> None:
    for name in ("js/room/room.js", "css/app.css"):
        headers = {"Accept-Encoding": accepted}
        page = browser.get(f"/static/v-{version()}/{name}", headers=headers)
        assert page.response.headers.get("Content-Encoding") in accepted.split(", ")
        assert len(page.response.data) < (STATIC / name).stat().st_size / 2


def test_comments_and_indentation_are_not_sent(browser: Browser) -> None:
    for name in ("js/room/room.js", "css/app.css"):
        sent = browser.get(f"/static/v-{version()}/{name}").response.text
        assert "/**" not in sent
        assert "\n  " not in sent
        assert len(sent) < (STATIC / name).stat().st_size


def test_the_licence_of_others_is_sent(browser: Browser) -> None:
    assert "EUPL-1.2" in browser.get(f"/static/v-{version()}/css/base.css").response.text


FIRST_TALK = ("room", "signalling", "media", "quality")


def test_the_scripts_of_the_first_talk_are_small(browser: Browser) -> None:
    addresses = [f"/static/v-{version()}/js/room/{name}.js" for name in FIRST_TALK]
    scripts = [browser.get(address).response.text.encode() for address in addresses]
    assert sum(len(gzip.compress(script)) for script in scripts) <= 16_700
