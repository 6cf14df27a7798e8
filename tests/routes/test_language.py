import pytest

from tests.support.browser import Browser, Page
from tests.support.cast import Cast


def lang(page: Page) -> str:
    return page.root.attrib["lang"]


def test_german_is_spoken_unless_somebody_asks(browser: Browser, cast: Cast) -> None:
    assert lang(browser.get("/")) == "de"


@pytest.mark.parametrize(
    ("accepted", "spoken"),
    [
        ("en-GB,en;q=0.9,de;q=0.8", "en"),
        ("de-AT,en;q=0.5", "de"),
        ("tr,uk;q=0.9", "de"),
        ("tr,en;q=0.5", "en"),
        ("EN-us", "en"),
        ("en;q=0, de;q=0.1", "de"),
        ("*", "de"),
        (",,;q=x", "de"),
    ],
)
def test_the_browser_proposes(browser: Browser, cast: Cast, accepted: str, spoken: str) -> None:
    assert lang(browser.get("/", headers={"Accept-Language": accepted})) == spoken


def test_a_choice_is_kept(browser: Browser, cast: Cast) -> None:
    browser.get("/?lang=en")
    assert lang(browser.get("/hilfe", headers={"Accept-Language": "de"})) == "en"


def test_a_choice_can_be_taken_back(browser: Browser, cast: Cast) -> None:
    browser.get("/?lang=en")
    assert lang(browser.get("/?lang=de")) == "de"
    assert lang(browser.get("/")) == "de"


def test_a_language_that_we_do_not_speak_changes_nothing(browser: Browser, cast: Cast) -> None:
    page = browser.get("/?lang=tlh")
    assert lang(page) == "de"
    assert not page.response.headers.getlist("Set-Cookie")


def test_the_links_to_the_languages_keep_what_has_been_chosen(browser: Browser, cast: Cast) -> None:
    page = browser.get("/musterstadt/termin?topic=weiterbildung&channel=video")
    other = page.link("English")
    assert lang(browser.get("/musterstadt/termin" + other)) == "en"
    assert browser.get("/musterstadt/termin" + other).marked("slot")


def test_the_present_language_is_marked(browser: Browser, cast: Cast) -> None:
    marked = browser.get("/?lang=en").all("a", aria_current="true")
    assert [link.attrib["lang"] for link in marked] == ["en"]
