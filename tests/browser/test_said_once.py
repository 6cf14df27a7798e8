"""One place says what happens, whoever has something to say: nothing is silent, nothing stays."""

from collections.abc import Iterator

import pytest

from .engines import Chromium
from .panels import run
from .server import Server
from .talk import running_talk, wait_for_state

REGION = "document.querySelector('[data-say=status]')"
STATUS = f"{REGION}.textContent"
LIVE = f"{REGION}.getAttribute('aria-live')"
ENDS_WITHIN_S = 10

Talk = tuple[Chromium, Chromium]


@pytest.fixture(scope="module")
def talk(server: Server) -> Iterator[Talk]:
    with running_talk(server) as talk:
        yield talk


def announce(tab: Chromium, text: str) -> None:
    js = "window.over = window.over || []; room.announce('%s', () => over.push('%s'))"
    run(tab, "room", "room.js", js % (text, text))


def wait_until_all_is_said(tab: Chromium) -> None:
    tab.wait(f"{STATUS} === 'Verbunden' && {LIVE} === 'off'", ENDS_WITHIN_S)


def test_what_was_read_out_before_comes_back_in_silence(talk: Talk) -> None:
    jobseeker, _ = talk
    announce(jobseeker, "Eins")
    assert jobseeker.evaluate(f"[{STATUS}, {LIVE}]") == ["Eins", None]
    wait_until_all_is_said(jobseeker)


def test_whatever_is_said_after_that_is_read_out(talk: Talk) -> None:
    jobseeker, _ = talk
    announce(jobseeker, "Zwei")
    wait_until_all_is_said(jobseeker)
    announce(jobseeker, "Drei")
    assert jobseeker.evaluate(f"[{STATUS}, {LIVE}]") == ["Drei", None]


def test_who_says_something_learns_that_it_is_over_and_only_once(talk: Talk) -> None:
    jobseeker, _ = talk
    wait_until_all_is_said(jobseeker)
    jobseeker.evaluate("window.over = [], 0")
    announce(jobseeker, "Vier")
    announce(jobseeker, "Fünf")
    assert jobseeker.evaluate("over") == ["Vier"]
    wait_until_all_is_said(jobseeker)
    assert jobseeker.evaluate("over") == ["Vier", "Fünf"]


def test_a_new_view_is_read_out_at_any_moment(talk: Talk) -> None:
    jobseeker, counsellor = talk
    announce(jobseeker, "Sechs")
    wait_until_all_is_said(jobseeker)
    counsellor.click("hang-up")
    wait_for_state(jobseeker, "admitted")
    assert jobseeker.evaluate(LIVE) is None
    assert "ist gerade nicht da" in jobseeker.evaluate(STATUS)
