"""Booking with the keyboard alone, on the screen of a small phone."""

from urllib.parse import quote

from .engines import Chromium
from .keyboard import follow, tab_to, write
from .server import Server

ON = "document.readyState === 'complete' && location"


def test_book_with_the_keyboard(server: Server, jobseeker: Chromium) -> None:
    jobseeker.set_viewport(360, 740, mobile=True)
    jobseeker.open(server.url + "/")
    if jobseeker.evaluate("location.pathname === '/'"):  # several offices
        follow(jobseeker, "main a[href$='/']", f"{ON}.pathname !== '/'")
    follow(jobseeker, "[data-testid=topic]", f"{ON}.search.includes('topic=')")
    follow(jobseeker, "[data-channel=video]", f"{ON}.search.includes('channel=video')")
    tab_to(jobseeker, "[data-testid=slot]")
    time = jobseeker.evaluate("document.activeElement.innerText")
    day = jobseeker.evaluate("document.activeElement.getAttribute('aria-label')").split(", ")[0]
    jobseeker.press("Enter")
    jobseeker.wait("document.querySelector('[name=name]')")
    write(jobseeker, "name", "Aylin Özdemir")
    write(jobseeker, "email", "aylin@example.org")
    write(jobseeker, "phone", "0170 1234567")
    follow(jobseeker, "main form button", f"{ON}.pathname.endsWith('/gebucht')")
    assert "Ihr Termin ist gebucht" in jobseeker.text()

    follow(jobseeker, "main .actions a:not([download])", f"/^.termin.[^/]+$/.test({ON}.pathname)")
    shown = "document.querySelector('[data-testid=appointment-time]').innerText"
    appointment = jobseeker.evaluate(shown)
    assert day in appointment
    assert time in appointment


def test_a_mistake_is_explained_and_nothing_is_lost(server: Server, jobseeker: Chromium) -> None:
    jobseeker.set_viewport(360, 740, mobile=True)
    jobseeker.open(free_time(server, jobseeker))
    write(jobseeker, "email", "aylin@")
    jobseeker.press("Enter")
    jobseeker.wait("document.activeElement.matches('#error-summary, #error-summary *')")
    for name in ("name", "email"):
        assert jobseeker.evaluate(f"document.querySelector('[name={name}]').ariaInvalid") == "true"
    assert jobseeker.evaluate("document.querySelector('[name=email]').value") == "aylin@"


def free_time(server: Server, tab: Chromium) -> str:
    """The address of the last step, for the first time that is free."""
    tab.open(server.url + "/")
    if tab.evaluate("location.pathname === '/'"):
        tab.open(tab.evaluate("document.querySelector('main a[href$=\"/\"]').href"))
    for choice in ("[data-testid=topic]", "[data-channel=video]"):
        tab.open(tab.evaluate(f'document.querySelector("{choice}").href'))
    slot = tab.evaluate("document.querySelector('[data-testid=slot]').value")
    return f"{tab.evaluate('location.href')}&slot={quote(slot)}"
