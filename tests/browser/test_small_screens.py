"""Phones upright and across, large letters, the wishes of the system: all stays in reach."""

import json
from collections.abc import Iterator

import pytest

from .engines import Chromium, Tab
from .panels import close_panel, open_panel
from .server import Server
from .talk import running_talk, toggle

UPRIGHT = [(320, 568), (360, 740), (768, 1024), (1280, 720)]
ACROSS = [(640, 300), (740, 360)]
LARGE_LETTERS = [(360, 740), (1280, 720)]
LEAST_PICTURE = 120
LEAST_PICTURE_IN_STRIP = 90
NARROWEST = 320

WIDE = """[document.documentElement, document.querySelector('[data-room]'),
    ...document.querySelectorAll('[data-part]:not([hidden])')]
  .filter((one) => one.scrollWidth > one.clientWidth + 1)
  .map((one) => one.className + ': ' + one.scrollWidth + ' > ' + one.clientWidth)"""
BURIED = """Array.from(document.querySelectorAll('[data-room] button, [data-room] textarea'))
  .filter((one) => one.getClientRects().length)
  .filter((one) => {
    one.scrollIntoView({block: 'center'});
    const box = one.getBoundingClientRect();
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    return !top || !(one.contains(top) || top.contains(one) && top.closest('label'));
  })
  .map((one) => one.dataset.testid || one.textContent.trim())"""
AT_ONCE = """(() => {
  document.querySelector('[data-room]').scrollTop = 0;
  const box = document.querySelector('[data-testid=%s]').getBoundingClientRect();
  const inside = box.top >= 0 && box.bottom <= innerHeight
    && box.left >= 0 && box.right <= innerWidth;
  const points = [[0.1, 0.1], [0.9, 0.1], [0.5, 0.5], [0.1, 0.9], [0.9, 0.9]];
  return inside && points.every(([x, y]) => {
    const top = document.elementFromPoint(box.left + box.width * x, box.top + box.height * y);
    return top && top.closest('[data-testid=%s]');
  });
})()"""
PICTURE = """(() => {
  document.querySelector('[data-room]').scrollTop = 0;
  const tile = document.querySelector('[data-testid=remote-video]').getBoundingClientRect();
  const bar = document.querySelector('.room__bar').getBoundingClientRect();
  return Math.min(tile.bottom, bar.top) - Math.max(tile.top, 0);
})()"""
MOVES = """Array.from(document.querySelectorAll('*')).filter((one) => {
  const style = getComputedStyle(one);
  return style.animationName !== 'none' || style.scrollBehavior === 'smooth'
    || style.transitionDuration.split(',').some((time) => parseFloat(time) > 0);
}).map((one) => one.outerHTML.slice(0, 80))"""

Talk = tuple[Chromium, Chromium]


@pytest.fixture(scope="module")
def talk(server: Server) -> Iterator[Talk]:
    with running_talk(server) as talk:
        yield talk


@pytest.fixture(autouse=True)
def as_before(talk: Talk) -> Iterator[None]:
    yield
    for tab in talk:
        tab.set_letters(16)
        tab.emulate_media()
        tab.set_viewport(1280, 720)


@pytest.mark.parametrize(("width", "height"), UPRIGHT + ACROSS)
def test_everything_is_in_reach(talk: Talk, width: int, height: int) -> None:
    """The counsellor has more buttons: what fits there fits the jobseeker, but for the smallest."""
    for tab in talk if width == NARROWEST else talk[1:]:
        tab.set_viewport(width, height, mobile=width < 800)
        assert tab.evaluate(PICTURE) >= LEAST_PICTURE
        assert_all_in_reach(tab)


@pytest.mark.parametrize(("width", "height"), LARGE_LETTERS)
def test_letters_of_twice_the_size(talk: Talk, width: int, height: int) -> None:
    """WCAG 1.4.4."""
    for tab in talk[1:]:
        tab.set_viewport(width, height)
        tab.set_letters(32)
        assert tab.evaluate(PICTURE) >= LEAST_PICTURE
        assert_all_in_reach(tab)


def test_pages_with_letters_of_twice_the_size(talk: Talk, server: Server) -> None:
    tab = talk[0].new_tab()
    tab.set_viewport(360, 740, mobile=True)
    tab.set_letters(32)
    for page in ("", "/raum", "/nachweis", "/anruf"):
        tab.open(server.talk_url + page)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 360, page
    tab.close()


@pytest.mark.parametrize(("width", "height"), ACROSS)
def test_across_people_see_each_other_beside_the_chat(talk: Talk, width: int, height: int) -> None:
    for tab in talk:
        tab.set_viewport(width, height, mobile=True)
        open_panel(tab, "chat")
        assert tab.evaluate(PICTURE) >= LEAST_PICTURE
        panel = "document.querySelector('[data-part=chat]').getBoundingClientRect().left"
        tile = "document.querySelector('[data-testid=tile]').getBoundingClientRect().right"
        assert tab.evaluate(f"{tile} <= {panel} + 1")
        assert tab.evaluate(AT_ONCE % (("chat-send",) * 2))
        close_panel(tab, "chat")


@pytest.mark.parametrize(("width", "height"), [(320, 568), (360, 740)])
def test_upright_a_strip_with_the_others_stays_above_a_panel(
    talk: Talk, width: int, height: int
) -> None:
    for tab in talk:
        tab.set_viewport(width, height, mobile=True)
        open_panel(tab, "rtt")
        assert tab.evaluate(PICTURE) >= LEAST_PICTURE_IN_STRIP
        panel = "document.querySelector('[data-part=rtt]').getBoundingClientRect().top"
        tile = "document.querySelector('[data-testid=tile]').getBoundingClientRect().bottom"
        assert tab.evaluate(f"{tile} <= {panel} + 1")
        close_panel(tab, "rtt")


def test_in_the_colours_of_the_system_a_switch_that_is_off_can_be_seen(talk: Talk) -> None:
    jobseeker, _ = talk
    jobseeker.emulate_media(forced_colors=True)
    slash = (
        """getComputedStyle(document.querySelector('[data-testid=mic] .control__slash')).display"""
    )
    assert jobseeker.evaluate(slash) == "none"
    toggle(jobseeker, "mic", on=False)
    assert jobseeker.evaluate(slash) == "inline"
    toggle(jobseeker, "mic", on=True)
    borders = """Array.from(document.querySelectorAll('.control'))
      .every((one) => parseFloat(getComputedStyle(one).borderTopWidth) > 0)"""
    assert jobseeker.evaluate(borders)


def test_nothing_moves_for_those_who_do_not_want_it(talk: Talk) -> None:
    for tab in talk:
        tab.emulate_media(reduced_motion=True)
        open_panel(tab, "chat")
        assert tab.evaluate(MOVES) == []
        close_panel(tab, "chat")


def assert_all_in_reach(tab: Tab) -> None:
    """In the talk, with the menu, with each part, and with the last question."""
    fits(tab)
    tab.click("more")
    fits(tab)
    tab.click("more")
    parts = "Array.from(document.querySelectorAll('[data-part]'), (part) => part.dataset.part)"
    for part in tab.evaluate(parts):
        open_panel(tab, part)
        fits(tab, part)
    close_panel(tab, part)
    if tab.evaluate("!!document.querySelector('[data-testid=end-for-all]')"):
        tab.click("end-for-all")
        fits(tab, button="end-for-all-confirm")
        tab.click("end-for-all-back")


def fits(tab: Tab, part: str = "", button: str = "") -> None:
    last = button or tab.evaluate(
        "document.querySelector('[data-testid=end-for-all]') ? 'end-for-all' : 'hang-up'"
    )
    wide, buried = tab.evaluate(WIDE), tab.evaluate(BURIED)
    assert (wide, buried) == ([], []), part
    assert tab.evaluate(AT_ONCE % (last, last)), f"{json.dumps(last)} is covered, with {part}"
