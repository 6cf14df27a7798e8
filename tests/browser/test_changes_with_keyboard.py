"""Moving and cancelling with the keyboard alone, on the screen of a small phone."""

from .engines import Chromium
from .keyboard import follow, tab_to
from .server import Server
from .walks import book

DONE = "document.readyState === 'complete' && location"
TIME = "document.querySelector('[data-testid=appointment-time]').innerText"


def test_move_and_cancel(server: Server, jobseeker: Chromium) -> None:
    appointment = book(jobseeker, server, "aylin@example.org")
    jobseeker.set_viewport(360, 740, mobile=True)
    jobseeker.open(appointment)
    former = jobseeker.evaluate(TIME)
    follow(jobseeker, "[data-testid=reschedule]", f"{DONE}.pathname.endsWith('/verschieben')")
    tab_to(jobseeker, "[data-testid=slot]")
    start = jobseeker.evaluate("document.activeElement.innerText")
    jobseeker.press("Enter")
    jobseeker.wait(f"{DONE}.pathname.endsWith('/gebucht')")
    assert "Ihr Termin ist verschoben" in jobseeker.text()
    assert start in jobseeker.evaluate(TIME)
    assert jobseeker.evaluate(TIME) != former

    jobseeker.open(appointment)
    follow(jobseeker, "[data-testid=cancel]", f"{DONE}.pathname.endsWith('/absagen')")
    follow(jobseeker, "main form button", f"/^.termin.[^/]+$/.test({DONE}.pathname)")
    assert "Ihr Termin ist abgesagt" in jobseeker.text()
