"""The whole talk with the keyboard alone: the focus is never lost, and one voice speaks."""

from collections.abc import Iterator

import pytest

from . import installed
from .accessibility import Axe, assert_for_everybody
from .engines import Chromium, Tab
from .keyboard import follow, tab_to
from .panels import bring_third
from .server import Server
from .talk import (
    assert_see_each_other_move,
    assert_silent,
    open_room,
    sign_in,
    wait_for_state,
)

FOCUSED = "document.activeElement"
HAS_FOCUS = f"{FOCUSED} !== document.body && {FOCUSED}.getClientRects().length > 0"
ON_HEADING = f"{FOCUSED}.hasAttribute('data-heading')"
REGIONS = """['status', 'alert'].map((role) =>
  document.querySelectorAll('[role=' + role + '], [aria-live]:not([role])').length)"""
PRESSED = "document.querySelector('[data-testid={}]').getAttribute('aria-pressed')"
STATUS = "document.querySelector('[data-say=status]').textContent"
PARTS = "Array.from(document.querySelectorAll('[data-part]'), (panel) => panel.dataset.part)"
OPENED = "Array.from(document.querySelectorAll('[data-part]:not([hidden])'), (p) => p.dataset.part)"
KEYS = {"c": "chat", "t": "rtt", "p": "people", "s": "show", "w": "tools", "?": "keys"}

Talk = tuple[Chromium, Chromium]


@pytest.fixture(scope="module")
def talk(server: Server) -> Iterator[Talk]:
    """From the link into the talk, with the keyboard."""
    path = installed.chromium()
    with Chromium(path) as jobseeker, Chromium(path) as counsellor:
        sign_in(counsellor, server)
        open_room(jobseeker, server.talk_url)
        assert_one_voice(jobseeker)
        tab_to(jobseeker, "[data-testid=join]")
        jobseeker.press("Enter")
        wait_for_state(jobseeker, "waiting")
        assert jobseeker.evaluate(ON_HEADING)
        assert_one_voice(jobseeker)

        counsellor.wait("document.querySelector('[data-testid=admit]')")
        tab_to(counsellor, "[data-testid=admit]")
        counsellor.press("Enter")
        assert_see_each_other_move(jobseeker, counsellor)
        yield jobseeker, counsellor
        for tab in (jobseeker, counsellor):
            assert_silent(tab)


def on(testid: str) -> str:
    return f"{FOCUSED}.dataset.testid === '{testid}'"


def assert_one_voice(tab: Tab) -> None:
    """Announcements come from one place, or a screen reader mixes them up."""
    assert tab.evaluate(REGIONS) == [1, 1], tab.evaluate("document.body.innerHTML")


def is_open(tab: Tab, *parts: str) -> None:
    tab.wait(f"JSON.stringify({OPENED}) === JSON.stringify({list(parts)!r})")


def test_a_switch_says_what_it_does_and_keeps_the_focus(talk: Talk) -> None:
    for tab in talk:
        tab_to(tab, "[data-testid=mic]")
        for control in ("mic", "camera"):
            tab.wait(f"{PRESSED.format(control)} === 'true'")
            assert tab.evaluate(on(control))
            assert "ausschalten" in tab.evaluate(f"{FOCUSED}.title")
            tab.press("Enter")
            tab.wait(f"{PRESSED.format(control)} === 'false'")
            assert "einschalten" in tab.evaluate(f"{FOCUSED}.title")
            tab.press("Space")
            tab.wait(f"{PRESSED.format(control)} === 'true'")
            assert tab.evaluate(on(control))
            tab.press("Tab")
        assert tab.evaluate(on("more"))
        assert_one_voice(tab)


def test_every_part_opens_and_closes(talk: Talk) -> None:
    for tab in talk:
        for part in tab.evaluate(PARTS):
            tab_to(tab, "[data-testid=more]")
            tab.press("Enter")
            if not tab.evaluate(on(f"open-{part}")):
                tab_to(tab, f"[data-testid=open-{part}]")
            tab.press("Enter")
            panel = f"document.querySelector('[data-part={part}]')"
            tab.wait(f"{panel}.querySelector('[data-part-body]:not([hidden]) > *')")
            tab.wait(f"{panel}.contains({FOCUSED})")
            assert_one_voice(tab)
            tab_to(tab, f"[data-part={part}] [data-testid=close-part]")
            tab.press("Enter")
            is_open(tab)
            tab.wait(on("more"))


def test_keys_do_what_buttons_do_and_say_so(talk: Talk) -> None:
    for tab in talk:
        tab.evaluate("document.querySelector('[data-heading]').focus()")
        for key, button, word in (("m", "mic", "Mikrofon"), ("v", "camera", "Kamera")):
            tab.press(key)
            tab.wait(f"{PRESSED.format(button)} === 'false' && {STATUS} === '{word} ist aus.'")
            tab.press(key)
            tab.wait(f"{PRESSED.format(button)} === 'true' && {STATUS} === '{word} ist an.'")
        for key, part in KEYS.items():
            tab.press(key)
            is_open(tab, part)
            tab.press("Escape")
            is_open(tab)
            tab.wait(on("more"))
        assert_see_each_other_move(*talk)


def test_in_a_field_keys_are_letters(talk: Talk) -> None:
    jobseeker, _ = talk
    jobseeker.press("c")
    jobseeker.wait(on("chat-input"))
    jobseeker.write("mvp?")
    assert jobseeker.evaluate(f"{FOCUSED}.value") == "mvp?"
    assert jobseeker.evaluate(PRESSED.format("mic")) == "true"
    is_open(jobseeker, "chat")
    jobseeker.press("Escape")
    is_open(jobseeker)


def test_keys_with_control_or_alt_stay_the_browsers(talk: Talk) -> None:
    jobseeker, _ = talk
    for held in ("ctrlKey", "altKey", "metaKey", "repeat", "isComposing"):
        jobseeker.evaluate(
            "document.activeElement.dispatchEvent(new KeyboardEvent('keydown',"
            f" {{key: 'm', bubbles: true, {held}: true}}))"
        )
    assert jobseeker.evaluate(PRESSED.format("mic")) == "true"


def test_keys_of_another_alphabet_count_by_their_place(talk: Talk) -> None:
    jobseeker, _ = talk
    for now in ("false", "true"):
        jobseeker.evaluate(
            "document.activeElement.dispatchEvent(new KeyboardEvent('keydown',"
            " {key: 'ь', code: 'KeyM', bubbles: true}))"
        )
        jobseeker.wait(f"{PRESSED.format('mic')} === '{now}'")


def test_the_list_says_what_keys_do_and_switches_them_off(talk: Talk, axe: Axe) -> None:
    """WCAG 2.1.4."""
    jobseeker, counsellor = talk
    shortcut = "document.querySelector('[data-testid=mic]').getAttribute('aria-keyshortcuts')"
    assert jobseeker.evaluate(shortcut) == "M"
    jobseeker.press("?")
    is_open(jobseeker, "keys")
    assert "Mikrofon ein- oder ausschalten" in jobseeker.text()
    assert_for_everybody(jobseeker, axe)
    tab_to(jobseeker, "[data-testid=keys-on]")
    jobseeker.press("Space")
    jobseeker.wait(f"{shortcut} === null")
    jobseeker.press("Escape")
    for key in ("m", "c", "?"):
        jobseeker.press(key)
    assert jobseeker.evaluate(PRESSED.format("mic")) == "true"
    is_open(jobseeker)

    jobseeker.evaluate("window.isOld = true, setTimeout(() => location.reload()), 0")
    jobseeker.wait("!window.isOld && !!window.roomStats")
    assert_see_each_other_move(jobseeker, counsellor)
    jobseeker.press("m")
    tab_to(jobseeker, "[data-testid=more]")
    jobseeker.press("Enter")
    tab_to(jobseeker, "[data-testid=open-keys]")
    jobseeker.press("Enter")
    jobseeker.wait("document.querySelector('[data-testid=keys-on]')")
    assert jobseeker.evaluate(PRESSED.format("mic")) == "true"
    tab_to(jobseeker, "[data-testid=keys-on]")
    jobseeker.press("Space")
    jobseeker.press("m")
    jobseeker.wait(f"{PRESSED.format('mic')} === 'false'")
    jobseeker.press("m")
    jobseeker.wait(f"{PRESSED.format('mic')} === 'true'")
    jobseeker.press("Escape")


def test_a_hint_that_is_closed_leaves_the_focus(talk: Talk) -> None:
    jobseeker, _ = talk
    jobseeker.evaluate("ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)")
    jobseeker.evaluate(
        "navigator.mediaDevices.getUserMedia = () =>"
        " Promise.reject(new DOMException('', 'NotAllowedError')), 0"
    )
    jobseeker.evaluate(
        """document.querySelector('[data-testid=self-video]').srcObject.getVideoTracks()
           .forEach((track) => { track.stop(); track.dispatchEvent(new Event('ended')); })"""
    )
    heard = "document.querySelector('[role=alert] [data-say=heard]').textContent"
    jobseeker.wait(f"{heard} && {heard} === document.querySelector('[data-say=devices]').innerText")
    tab_to(jobseeker, "[data-testid=devices-dismiss]")
    jobseeker.press("Enter")
    jobseeker.wait("!document.querySelector('[data-testid=devices]').getClientRects().length")
    assert jobseeker.evaluate(ON_HEADING)
    jobseeker.evaluate("navigator.mediaDevices.getUserMedia = ask, 0")
    tab_to(jobseeker, "[data-testid=camera]")
    jobseeker.press("Enter")
    jobseeker.wait(f"{PRESSED.format('camera')} === 'true'")


def test_whoever_is_let_in_takes_the_focus_from_nobody(
    talk: Talk, server: Server, third: Chromium
) -> None:
    jobseeker, counsellor = talk
    announced = "window.said = [], new MutationObserver(() => said.push(" + STATUS + "))"
    counsellor.evaluate(
        f"({announced}).observe(document.querySelector('[data-say=status]'), {{childList: true}})"
    )
    bring_third(third, counsellor, server, "Ivo Dolmetsch")
    assert "Ivo Dolmetsch, Dolmetschen, wartet." in counsellor.evaluate("said")
    assert counsellor.evaluate(HAS_FOCUS)
    for tab in (jobseeker, counsellor):
        assert_one_voice(tab)
    tab_to(jobseeker, "[data-tile-of^=guest] [data-testid=pin]")
    third.click("hang-up")
    jobseeker.wait("document.querySelectorAll('[data-testid=tile]').length === 1")
    assert jobseeker.evaluate(HAS_FOCUS)


def test_the_end(talk: Talk) -> None:
    jobseeker, counsellor = talk
    tab_to(counsellor, "[data-testid=end-for-all]")
    counsellor.press("Enter")
    counsellor.wait(on("end-for-all-back"))  # who presses twice ends nothing
    counsellor.press("Escape")
    counsellor.wait(on("end-for-all"))
    tab_to(jobseeker, "[data-testid=hang-up]")
    jobseeker.press("Enter")
    wait_for_state(jobseeker, "ended")
    assert jobseeker.evaluate(ON_HEADING)
    assert_one_voice(jobseeker)
    follow(jobseeker, "[data-testid=rejoin]", "document.querySelector('[data-view=connected]')")
    assert jobseeker.evaluate(HAS_FOCUS)

    counsellor.press("Enter")
    counsellor.wait(on("end-for-all-back"))
    counsellor.press("Shift+Tab")
    counsellor.wait(on("end-for-all-confirm"))
    counsellor.press("Enter")
    for tab in (counsellor, jobseeker):
        wait_for_state(tab, "ended")
        assert tab.evaluate(HAS_FOCUS)
        assert_one_voice(tab)
    follow(jobseeker, "[data-testid=after]", "document.querySelector('[name=recommend]')")


@pytest.fixture
def third() -> Iterator[Chromium]:
    with Chromium(installed.chromium()) as tab:
        yield tab
        assert_silent(tab)
