"""The way to an appointment, as far as a test wants to go."""

from urllib.parse import quote

from tests.support.browser import Browser, Page

TEN = "2026-11-23T10:00+01:00"
HALF_PAST_ELEVEN = "2026-11-23T11:30+01:00"
TYPED = {
    "name": "Aylin Özdemir",
    "email": "aylin@example.org",
    "phone": "0151 12345678",
    "language": "de",
    "notes": "Bitte langsam sprechen.",
}


def step(
    office: str = "musterstadt",
    topic: str = "weiterbildung",
    channel: str = "video",
    slot: str = TEN,
) -> str:
    """The address of the details page, once everything is chosen."""
    return f"/{office}/termin?topic={topic}&channel={channel}&slot={quote(slot)}"


def details(browser: Browser, channel: str = "video", slot: str = TEN) -> Page:
    page = browser.get(step(channel=channel, slot=slot))
    assert page.status == 200, page.text
    return page


def book(browser: Browser, **changes: str | None) -> Page:
    """The page after the button was pressed, with what Aylin types unless changed."""
    page = details(browser, channel=changes.get("channel") or "video")
    return browser.submit(page, **TYPED | changes)
