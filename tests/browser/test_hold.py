"""A time is held while the form is open; a page that is left gives it back."""

from .engines import Chromium
from .server import Server
from .test_booking_with_javascript import free_time

TIMER = "document.querySelector('[data-testid=hold-timer]')"
SLOT = "document.querySelector('[data-testid=slot]')"


def choose(server: Server, tab: Chromium) -> str:
    """Press the first free time; which it was."""
    tab.open(free_time(server, tab).partition("&slot=")[0])
    slot: str = tab.evaluate(f"{SLOT}.value")
    tab.evaluate(f"{SLOT}.click()")
    tab.wait(f"{TIMER} && {TIMER}.innerText.includes('Noch 10 Minuten')")  # the script has come too
    return slot


def test_the_timer_counts_and_survives_a_reload(server: Server, jobseeker: Chromium) -> None:
    choose(server, jobseeker)
    jobseeker.evaluate("location.reload()")
    jobseeker.wait(f"document.readyState === 'complete' && {TIMER}.innerText.includes('Noch')")
    assert not jobseeker.console_errors()


def test_the_end_of_the_hold_is_announced(server: Server, jobseeker: Chromium) -> None:
    choose(server, jobseeker)
    jobseeker.evaluate(
        "(() => { const later = Date.now() + 11 * 60000; Date.now = () => later; })()"
    )
    jobseeker.wait(f"{TIMER}.innerText.includes('abgelaufen')")
    said = "document.querySelector('[data-hold] [role=status]').textContent"
    assert "abgelaufen" in jobseeker.evaluate(said)


def test_another_time_can_be_chosen_at_once(server: Server, jobseeker: Chromium) -> None:
    slot = choose(server, jobseeker)
    jobseeker.evaluate("document.querySelector('main button[formaction]').click()")
    jobseeker.wait(SLOT)
    assert jobseeker.evaluate(f"{SLOT}.value") == slot
