"""From the notice to the booked first talk: keyboard alone, on the screen of a small phone."""

from .engines import Chromium
from .keyboard import follow, tab_to, write
from .server import Server
from .walks import far_ahead

GO_ON = "main form .kern-btn--primary"
DONE = "document.readyState === 'complete' && location"
FOCUS_ON_MISTAKES = "document.activeElement.matches('#error-summary')"


def test_register_and_book_the_first_talk(server: Server, jobseeker: Chromium) -> None:
    jobseeker.set_viewport(360, 740, mobile=True)
    jobseeker.open(server.url + "/musterstadt/")
    follow(jobseeker, "[data-testid=register]", f"{DONE}.pathname.endsWith('/arbeitsuchend')")
    write(jobseeker, "ends_on", "31.12.2026")
    write(jobseeker, "known_on", "20.11.2026")
    jobseeker.press("Enter")
    jobseeker.wait("document.querySelector('[data-testid=deadline]')")
    assert jobseeker.evaluate("document.activeElement.id") == "frist"
    jobseeker.open(server.url + "/musterstadt/arbeitsuchend/neu")

    follow(jobseeker, GO_ON, FOCUS_ON_MISTAKES)
    follow(jobseeker, "#error-summary a", "document.activeElement.name === 'name'")
    jobseeker.write("Aylin Özdemir")
    for name, text in {
        "born_on": "01.02.1990",
        "street": "Am Ring 1",
        "postcode": "01234",
        "city": "Musterstadt",
        "email": "aylin@example.org",
    }.items():
        write(jobseeker, name, text)
    follow(jobseeker, GO_ON, f"{DONE}.pathname.endsWith('/arbeit')")

    choose(jobseeker, "kind")
    write(jobseeker, "employer", "Bäckerei Muster")
    write(jobseeker, "job", "Verkäuferin")
    write(jobseeker, "ends_on", far_ahead())
    write(jobseeker, "known_on", "20.11.2026")
    follow(jobseeker, GO_ON, FOCUS_ON_MISTAKES)  # is that so?
    choose(jobseeker, "confirmed")
    follow(jobseeker, GO_ON, f"{DONE}.pathname.endsWith('/suche')")

    write(jobseeker, "jobs", "Verkauf")
    write(jobseeker, "hours", "30")
    write(jobseeker, "from_on", far_ahead())
    write(jobseeker, "region", "Musterstadt")
    choose(jobseeker, "mobility")
    follow(jobseeker, GO_ON, FOCUS_ON_MISTAKES)  # is that so?
    choose(jobseeker, "confirmed")
    follow(jobseeker, GO_ON, f"{DONE}.pathname.endsWith('/pruefen')")
    follow(jobseeker, "[data-testid=send]", f"{DONE}.pathname.endsWith('/bestaetigung')")
    assert "Ihre Meldung ist angekommen" in jobseeker.text()

    follow(jobseeker, "[data-testid=book-first]", "document.querySelector('[data-testid=slot]')")
    follow(jobseeker, "[data-testid=slot]", "document.querySelector('[name=name]')")
    assert jobseeker.evaluate("document.querySelector('[name=name]').value") == "Aylin Özdemir"
    follow(jobseeker, GO_ON, f"{DONE}.pathname.endsWith('/gebucht')")
    assert "Ihr Termin ist gebucht" in jobseeker.text()


def choose(tab: Chromium, name: str) -> None:
    """The first of the answers, or the box."""
    tab_to(tab, f"[name={name}]")
    tab.press("Space")
    assert tab.evaluate("document.activeElement.checked")
