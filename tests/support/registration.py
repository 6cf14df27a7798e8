"""Registering as jobseeking, as far as a test wants to go."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.browser import Browser, Page
from vberatung.registration.models import Registration

START = "/musterstadt/arbeitsuchend"
NEW = f"{START}/neu"
PERSON = {
    "name": "Aylin Özdemir",
    "born_on": "3.4.1990",
    "street": "Lindenallee 5",
    "postcode": "01234",
    "city": "Musterstadt",
    "email": "aylin@example.org",
    "phone": "0151 12345678",
}
JOB = {
    "kind": "fixed_term",
    "employer": "Bäckerei Krümel",
    "job": "Verkäuferin",
    "ends_on": "15.06.2027",
    "known_on": "02.11.2026",
    "notice_by": "expiry",
}
SEARCH = {
    "jobs": "Verkauf\nCafé",
    "hours": "30",
    "from_on": "16.06.2027",
    "region": "Musterstadt",
    "mobility": "commute",
    "wishes": "Vormittags.",
}


def person_step(browser: Browser, **changes: str | None) -> Page:
    """The page after the first step."""
    return browser.submit(browser.get(NEW), **{**PERSON, **changes})


def job_step(browser: Browser, **changes: str | None) -> Page:
    return browser.submit(person_step(browser), **{**JOB, **changes})


def search_step(browser: Browser, **changes: str | None) -> Page:
    """The page to check and send."""
    return browser.submit(job_step(browser), **{**SEARCH, **changes})


def register(browser: Browser) -> Page:
    """The receipt."""
    return browser.submit(search_step(browser), "/pruefen")


def newest(session: Session) -> Registration:
    return session.scalars(select(Registration).order_by(Registration.id.desc()).limit(1)).one()


def token_of(page: Page) -> str:
    """The draft's or receipt's link, as it stands in the address."""
    return page.path.split("/")[3]
