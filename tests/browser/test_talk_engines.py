"""Engines since early 2018 talk with each other, in twos and in threes."""

import time
from collections.abc import Iterator

import pytest

from . import installed
from .engines import Chromium, Firefox, Tab
from .panels import bring_third, close_panel, open_panel, run, wait_for_text
from .server import Server
from .talk import (
    assert_see_each_other_move,
    assert_silent,
    begin_talk,
    toggle,
    wait_for_state,
)
from .third_persons import wait_for_tiles

OLD = (64, 78, 92)
ALL_WAYS = """const each = await Promise.all(room.mesh.all.map((call) => call.stats()));
  return each.map((one) => Math.min(one.framesDecoded, one.audioPacketsReceived))"""
SHOW_A_PICTURE = """(() => new Promise((done) => {
  const canvas = document.createElement('canvas');
  canvas.width = 300; canvas.height = 200;
  canvas.getContext('2d').fillStyle = '#f00';
  canvas.getContext('2d').fillRect(0, 0, 300, 200);
  canvas.toBlob((blob) => {
    const files = new DataTransfer();
    files.items.add(new File([blob], 'bild.png', {type: 'image/png'}));
    const input = document.querySelector('[data-testid=show-document]');
    input.files = files.files;
    input.dispatchEvent(new Event('change'));
    done(true);
  });
}))()"""
SEES_RED = """(() => {
  const canvas = document.querySelector('[data-testid=shown-page]');
  if (!canvas || !canvas.width || !canvas.getClientRects().length) { return false; }
  const [red, green] = canvas.getContext('2d').getImageData(9, 9, 1, 1).data;
  return red > 200 && green < 50;
})()"""


@pytest.fixture(scope="module")
def counsellor() -> Iterator[Chromium]:
    """The same for all: sign-in and start are the longest part of each talk."""
    with Chromium(installed.chromium()) as tab:
        yield tab
        assert_silent(tab)


@pytest.fixture
def old(request: pytest.FixtureRequest) -> Iterator[Chromium]:
    """One process for each call: Chromium 64 crashes when it leaves a live one."""
    with Chromium(installed.old_chromium(request.param)) as tab:
        yield tab
        assert_silent(tab)


@pytest.mark.parametrize("old", [64], indirect=True)
def test_a_counsellor_with_firefox_and_a_jobseeker_with_an_old_phone(
    server: Server, old: Chromium, firefox: Firefox
) -> None:
    begin_talk(old, firefox, server)
    # Nobody has clicked on this page yet, so Firefox plays the picture alone.
    firefox.click("sound")
    firefox.wait("!document.querySelector('[data-testid=remote-video]').muted")
    assert_devices_can_be_switched(old, firefox)


@pytest.mark.parametrize("old", OLD, indirect=True)
def test_a_jobseeker_with_an_old_phone(server: Server, old: Chromium, counsellor: Chromium) -> None:
    begin_talk(old, counsellor, server)
    assert_devices_can_be_switched(old, counsellor)


def test_a_jobseeker_with_firefox(server: Server, firefox: Firefox, counsellor: Chromium) -> None:
    begin_talk(firefox, counsellor, server)
    assert_devices_can_be_switched(firefox, counsellor)


@pytest.mark.parametrize("old", [64], indirect=True)
def test_three_people_with_three_engines(
    server: Server, old: Chromium, firefox: Firefox, counsellor: Chromium
) -> None:
    begin_talk(old, counsellor, server)
    bring_third(firefox, counsellor, server, "Ivo Dolmetsch")
    people = (old, firefox, counsellor)
    assert_everybody_sees_and_hears_everybody(people)

    everybody_reads_the_chat(people)
    everybody_reads_letter_by_letter(people)
    everybody_writes_in_the_same_tool(people)
    a_picture_is_seen_by(counsellor, (old, firefox))
    a_picture_is_seen_by(old, (counsellor, firefox))
    the_words_are_the_same(people)
    for tab in people:
        open_panel(tab, "devices")
        tab.wait("document.querySelector('[data-testid=choose-camera]').options.length > 0")
        close_panel(tab, "devices")
    assert_everybody_sees_and_hears_everybody(people)

    counsellor.click("end-for-all")
    counsellor.click("end-for-all-confirm")
    for tab in people:
        wait_for_state(tab, "ended")


def assert_devices_can_be_switched(jobseeker: Tab, counsellor: Tab) -> None:
    for what in ("mic", "camera"):
        toggle(jobseeker, what, on=False)
        toggle(jobseeker, what, on=True)
    assert_see_each_other_move(jobseeker, counsellor)


def assert_everybody_sees_and_hears_everybody(people: tuple[Tab, ...]) -> None:
    """More pictures and more sound from each other person, and each picture is shown."""
    before = [run(tab, "room", "room.js", ALL_WAYS) for tab in people]
    for tab, figures in zip(people, before, strict=True):
        wait_for_tiles(tab, len(people) - 1)
        for _ in range(30):
            now = run(tab, "room", "room.js", ALL_WAYS)
            if all(new > old + 5 for new, old in zip(now, figures, strict=True)):
                break
            time.sleep(0.5)
        else:
            raise AssertionError(f"of some there is no picture or no sound: {figures} → {now}")


def everybody_reads_the_chat(people: tuple[Tab, ...]) -> None:
    for number, tab in enumerate(people):
        open_panel(tab, "chat")
        tab.type_into("[data-testid=chat-input]", f"Nachricht {number}")
        tab.click("chat-send")
    for tab in people:
        for number in range(len(people)):
            wait_for_text(tab, "chat", f"Nachricht {number}")


def everybody_reads_letter_by_letter(people: tuple[Tab, ...]) -> None:
    for number, tab in enumerate(people):
        open_panel(tab, "rtt")
        tab.evaluate("document.querySelector('[data-testid=rtt-input]').focus()")
        tab.write(f"live{number}")
    for number, tab in enumerate(people):
        for other in range(len(people)):
            if other != number:
                wait_for_text(tab, "rtt-now", f"live{other}")


def everybody_writes_in_the_same_tool(people: tuple[Tab, ...]) -> None:
    *others, counsellor = people
    open_panel(counsellor, "tools")
    counsellor.click("tool-steps")
    first = "(document.querySelector('[data-testid=what]') || {value: ''}).value"
    counsellor.type_into("[data-testid=what]", "Schritt")
    for tab in others:
        tab.wait(f"{first} === 'Schritt'")
    open_panel(others[0], "tools")
    others[0].type_into("[data-testid=what]", "Anders")
    for tab in people:
        tab.wait(f"{first} === 'Anders'")


def a_picture_is_seen_by(shower: Tab, viewers: tuple[Tab, ...]) -> None:
    open_panel(shower, "show")
    for tab in viewers:  # whoever writes is not interrupted
        tab.evaluate("document.activeElement.blur()")
    shower.evaluate(SHOW_A_PICTURE)
    for tab in (shower, *viewers):
        tab.wait(SEES_RED)
    shower.click("show-end")
    for tab in viewers:
        tab.wait(f"!{SEES_RED}")


def the_words_are_the_same(people: tuple[Tab, ...]) -> None:
    """Of each pair, four words: so each word list is on exactly two pages."""
    found: list[str] = []
    for tab in people:
        open_panel(tab, "code")
    for tab in people:
        words = "Array.from(document.querySelectorAll('[data-testid=security-code]'), "
        tab.wait(f"{words} (one) => one.textContent).filter(Boolean).length === {len(people) - 1}")
        found += tab.evaluate(f"{words} (one) => one.textContent)")
    assert sorted(found) == sorted(2 * sorted(set(found))), found
    assert all(len(words.split()) == 4 for words in found)
