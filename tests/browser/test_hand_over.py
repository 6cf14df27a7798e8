"""The talk goes on at another device, and nobody is thrown out."""

from collections.abc import Iterator

import pytest

from . import installed
from .engines import Chromium
from .server import Server
from .talk import assert_see_each_other_move, assert_silent, begin_talk, wait_for_state

CODE = "document.querySelector('[data-testid=hand-over-code]')"
VIEW = "document.querySelector('[data-room]').dataset.view"

Devices = tuple[Chromium, Chromium, Chromium]


@pytest.fixture
def devices(server: Server) -> Iterator[Devices]:
    """The jobseeker's, the counsellor's, and one more."""
    path = installed.chromium()
    with Chromium(path) as jobseeker, Chromium(path) as counsellor, Chromium(path) as another:
        begin_talk(jobseeker, counsellor, server)
        yield jobseeker, counsellor, another
        for tab in (jobseeker, counsellor, another):
            assert_silent(tab)


def hand_over(tab: Chromium) -> str:
    """The link in the code that is shown."""
    tab.click("more")
    tab.click("open-hand_over")
    tab.wait("document.querySelector('[data-testid=hand-over]')")
    tab.click("hand-over")
    tab.wait(CODE)
    return str(tab.evaluate(f"{CODE}.dataset.link"))


def take(tab: Chromium, link: str) -> None:
    tab.open(link)
    tab.click("take")
    wait_for_state(tab, "connected")


def test_the_jobseeker_goes_on_with_another_device(devices: Devices) -> None:
    old, counsellor, new = devices
    link = hand_over(old)
    take(new, link)
    old.wait(f"{VIEW} === 'replaced'")
    assert_see_each_other_move(new, counsellor)
    counsellor.wait("document.querySelectorAll('[data-testid=tile]').length === 1")
    old.open(link)
    old.wait("document.querySelector('h1').textContent.includes('gilt nicht mehr')")


def test_the_counsellor_goes_on_with_a_device_that_is_not_signed_in(devices: Devices) -> None:
    jobseeker, old, new = devices
    take(new, hand_over(old))
    old.wait(f"{VIEW} === 'replaced'")
    assert_see_each_other_move(jobseeker, new)
    new.open(new.evaluate("location.origin") + "/team/")
    new.wait("location.pathname === '/team/anmelden'")
