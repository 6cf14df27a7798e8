import pytest
from sqlalchemy.orm import Session

from tests.support.browser import Browser
from tests.support.cast import Cast
from vberatung.offices.models import Office

PAGES = ("/hilfe", "/barrierefreiheit", "/datenschutz", "/impressum")


def test_the_start_page_lists_the_offices(browser: Browser, cast: Cast) -> None:
    assert {"/musterstadt/", "/seeheim/"} <= set(browser.get("/").links())


def test_a_single_office_is_the_start_page(browser: Browser, session: Session) -> None:
    session.add(
        Office(
            slug="allein", name="Jobcenter Allein", description={"de": "Nur wir."}, phone="1",
            email="a@example.org", street="Weg 1", postcode="01234", city="Allein",
        )
    )  # fmt: skip
    page = browser.visit("/")
    assert page.path == "/allein/"
    assert page.h1 == "Jobcenter Allein"


def test_without_an_office_the_start_page_still_answers(browser: Browser) -> None:
    assert browser.get("/").status == 200


@pytest.mark.parametrize("path", PAGES)
def test_every_page_names_every_office_with_a_way_to_reach_it(
    browser: Browser, cast: Cast, path: str
) -> None:
    page = browser.get(path)
    assert page.status == 200
    assert "Jobcenter Musterstadt" in page.text
    assert "mailto:kontakt@seeheim.example" in page.links()


@pytest.mark.parametrize("path", PAGES)
def test_every_page_speaks_english_too(browser: Browser, cast: Cast, path: str) -> None:
    page = browser.get(path + "?lang=en")
    assert page.root.attrib["lang"] == "en"


@pytest.mark.parametrize("path", ["/", "/musterstadt/", "/musterstadt/termin", *PAGES])
def test_every_page_leads_to_the_four_that_must_be_near(
    browser: Browser, cast: Cast, path: str
) -> None:
    links = {link.attrib.get("href") for link in browser.get(path).all("a")}
    assert set(PAGES) <= links


def test_an_office_shows_its_topics_and_its_own_contact(browser: Browser, cast: Cast) -> None:
    page = browser.get("/musterstadt/")
    assert [link.attrib["href"] for link in page.marked("topic")] == [
        "/musterstadt/termin?topic=weiterbildung",
        "/musterstadt/termin?topic=erstgespraech",
    ]
    assert "Seeheim" not in page.text


def test_an_unknown_office_is_not_found_and_the_page_helps(browser: Browser, cast: Cast) -> None:
    page = browser.get("/nirgendwo/")
    assert page.status == 404
    assert "/" in page.links()
    assert "mailto:kontakt@musterstadt.example" in page.links()


def test_an_address_without_its_slash_is_led_on(browser: Browser, cast: Cast) -> None:
    assert browser.visit("/musterstadt").h1 == "Jobcenter Musterstadt"
