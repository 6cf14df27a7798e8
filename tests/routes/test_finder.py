"""Pain: "Which office is mine?" – the postcode answers it, and the list stays as the other way."""

import pytest
from sqlalchemy.orm import Session

from tests.support.browser import Browser, Page, text_of
from tests.support.cast import Cast
from vberatung.offices import postcodes
from vberatung.offices.postcodes import Range


@pytest.fixture(autouse=True)
def served(session: Session, cast: Cast) -> None:
    postcodes.replace(session, cast.office, [Range("01000", "01999"), Range("08001", "08001")])
    postcodes.replace(session, cast.other_office, [Range("01900", "02999")])


def search(browser: Browser, typed: str) -> Page:
    return browser.submit(browser.get("/"), plz=typed)


def found(page: Page) -> list[str]:
    return [link.attrib["href"] for part in page.marked("found") for link in part.iter("a")]


@pytest.mark.parametrize("typed", ["01067", " 01067 ", "D-01067"])
def test_the_office_of_a_postcode(browser: Browser, typed: str) -> None:
    page = search(browser, typed)
    assert page.status == 200
    assert found(page) == ["/musterstadt/"]


def test_two_offices_for_one_postcode(browser: Browser) -> None:
    assert found(search(browser, "01900")) == ["/musterstadt/", "/seeheim/"]


def test_an_unknown_postcode_leads_to_the_list(browser: Browser) -> None:
    page = search(browser, "99998")
    assert page.status == 200
    assert text_of(page.one("div", role="status")).endswith("rufen Sie eine davon an.")
    assert {"/musterstadt/", "/seeheim/"} <= set(page.links())


@pytest.mark.parametrize("typed", ["", "1067", "Musterstadt", "010671", "0\0", "' OR 1=1"])
def test_what_is_no_postcode(browser: Browser, typed: str) -> None:
    page = search(browser, typed)
    assert page.status == 422
    assert page.one("input", name="plz").attrib["aria-invalid"] == "true"
    assert "fünf Ziffern" in page.text
    assert {"/musterstadt/", "/seeheim/"} <= set(page.links())


def test_the_page_without_a_search_has_the_list(browser: Browser) -> None:
    page = browser.get("/")
    assert found(page) == []
    assert {"/musterstadt/", "/seeheim/"} <= set(page.links())
