"""Real-time text (EN 301 549, 6.2): each letter on the other side while it is written."""

from collections.abc import Iterator

import pytest

from . import installed
from .accessibility import Axe, assert_for_everybody
from .engines import Chromium
from .keyboard import tab_to
from .panels import bring_third, close_panel, open_panel, run, text_of, wait_for_text
from .server import Server
from .talk import assert_silent, open_room, running_talk, toggle, wait_for_state

KEEP_CONNECTIONS = """
  window.connections = [];
  window.RTCPeerConnection = new Proxy(RTCPeerConnection, {construct: (Connection, args) => {
    const connection = new Connection(...args);
    window.connections.push(connection);
    window.channels = window.channels || [];
    connection.addEventListener('datachannel', (event) => window.channels.push(event.channel));
    const create = connection.createDataChannel.bind(connection);
    connection.createDataChannel = (...channel) => {
      const created = create(...channel);
      window.channels.push(created);
      return created;
    };
    return connection;
  }});"""
OPEN_T140 = """channels.filter((channel) => channel.label === 'rtt' && channel.protocol === 't140'
  && channel.ordered && channel.readyState === 'open').length"""
LOSE_THE_CHANNEL = "channels.filter((channel) => channel.label === 'rtt').forEach((c) => c.close())"

Talk = tuple[Chromium, Chromium]


@pytest.fixture(scope="module")
def talk(server: Server) -> Iterator[Talk]:
    with running_talk(server, KEEP_CONNECTIONS) as talk:
        yield talk


def write(tab: Chromium, text: str) -> None:
    open_panel(tab, "rtt")
    tab.evaluate("document.querySelector('[data-testid=rtt-input]').focus()")
    tab.write(text)


def test_each_letter_is_there_before_the_line_is_finished(talk: Talk) -> None:
    jobseeker, counsellor = talk
    write(counsellor, "Ich")
    open_panel(jobseeker, "rtt")
    wait_for_text(jobseeker, "rtt-now", "Ich")
    assert text_of(jobseeker, "rtt-now") == "Sabine Berger Ich"  # a name at each line
    assert "Ich" not in text_of(jobseeker, "rtt-log")
    counsellor.press("Enter")
    wait_for_text(jobseeker, "rtt-log", "Ich")
    assert text_of(jobseeker, "rtt-now") == ""
    assert "Sie Ich" in text_of(counsellor, "rtt-log")


def test_one_t140_channel_for_the_pair(talk: Talk) -> None:
    for tab in talk:
        tab.wait(f"{OPEN_T140} === 1")


def test_both_write_at_once(talk: Talk) -> None:
    jobseeker, counsellor = talk
    for one, other in zip("hallo", "guten", strict=True):
        write(jobseeker, one)
        write(counsellor, other)
    wait_for_text(counsellor, "rtt-now", "hallo")
    wait_for_text(jobseeker, "rtt-now", "guten")
    for tab in talk:
        tab.press("Enter")
    wait_for_text(counsellor, "rtt-log", "hallo")


def test_what_is_taken_back_goes_on_the_other_side_too(talk: Talk) -> None:
    jobseeker, counsellor = talk
    write(counsellor, "falsch")
    wait_for_text(jobseeker, "rtt-now", "falsch")
    change = """(() => { const input = document.querySelector('[data-testid=rtt-input]');
      input.value = 'fair 👍'; input.dispatchEvent(new Event('input')); })()"""
    counsellor.evaluate(change)
    wait_for_text(jobseeker, "rtt-now", "fair 👍")
    counsellor.press("Enter")
    wait_for_text(jobseeker, "rtt-log", "fair 👍")


def test_it_works_without_a_microphone_and_marks_the_tile(talk: Talk) -> None:
    jobseeker, counsellor = talk
    close_panel(jobseeker, "rtt")
    toggle(counsellor, "mic", on=False)
    write(counsellor, "stumm")
    jobseeker.wait("document.querySelector('.tile--typing')")
    sign = "document.querySelector('.tile--typing [data-rtt-sign]').textContent"
    assert jobseeker.evaluate(sign) == "schreibt"
    text = "document.querySelector('.tile--typing [data-rtt-text]').textContent"
    jobseeker.wait(f"{text} === 'stumm'")
    jobseeker.wait("!document.querySelector('.tile--typing')")
    toggle(counsellor, "mic", on=True)
    counsellor.evaluate("document.querySelector('[data-testid=rtt-input]').focus()")
    counsellor.press("Enter")


def test_a_screen_reader_hears_whole_lines(talk: Talk) -> None:
    jobseeker, counsellor = talk
    open_panel(jobseeker, "rtt")
    heard = """(() => { window.heard = [];
      new MutationObserver((records) => records.forEach((record) => record.addedNodes.forEach(
        (node) => heard.push(node.textContent))))
        .observe(document.querySelector('[data-testid=rtt-aloud]'), {childList: true}); })()"""
    jobseeker.evaluate(heard)
    write(counsellor, "eine ganze Zeile")
    counsellor.press("Enter")
    jobseeker.wait("heard.length")
    assert jobseeker.evaluate("heard") == ["Sabine Berger: eine ganze Zeile"]
    live = "document.querySelector('[data-testid=rtt-%s]').closest('[aria-live], [role=log]')"
    for place in ("now", "log"):
        assert jobseeker.evaluate(f"{live % place} === null")


def test_what_may_be_lost_is_marked_after_a_reconnect(talk: Talk) -> None:
    jobseeker, counsellor = talk
    write(counsellor, "vor")
    wait_for_text(jobseeker, "rtt-now", "vor")
    counsellor.evaluate(LOSE_THE_CHANNEL)
    write(counsellor, "her")  # nothing of this is lost: it waits for the new channel
    wait_for_text(jobseeker, "rtt-now", "vor\ufffdher")
    wait_for_text(jobseeker, "rtt-state", "kann Text fehlen")
    counsellor.press("Enter")


def test_what_was_typed_outlives_closing_the_panel(talk: Talk) -> None:
    jobseeker, counsellor = talk
    write(jobseeker, "halb")
    close_panel(jobseeker, "rtt")
    open_panel(jobseeker, "rtt")
    assert jobseeker.evaluate("document.querySelector('[data-testid=rtt-input]').value") == "halb"
    write(jobseeker, "e")
    wait_for_text(counsellor, "rtt-now", "halbe")
    jobseeker.press("Enter")


def test_the_keyboard_is_enough(talk: Talk) -> None:
    jobseeker, _ = talk
    close_panel(jobseeker, "rtt")
    jobseeker.evaluate("document.querySelector('[data-testid=more]').focus()")
    jobseeker.press("Enter")
    jobseeker.evaluate("document.querySelector('[data-testid=open-rtt]').focus()")
    jobseeker.press("Enter")
    jobseeker.wait("document.activeElement.dataset.testid === 'rtt-input'")
    jobseeker.press("Shift+Tab")
    assert jobseeker.evaluate("document.activeElement.dataset.testid") == "close-part"
    tab_to(jobseeker, "[data-testid=rtt-input]")


def test_no_barrier(talk: Talk, axe: Axe) -> None:
    for tab in talk:
        open_panel(tab, "rtt")
        assert_for_everybody(tab, axe)


def test_both_begin_at_once_and_after_a_reload_it_goes_on(talk: Talk) -> None:
    jobseeker, counsellor = talk
    for tab in talk:
        tab.evaluate("window.isOld = true, setTimeout(() => location.reload()), 0")
    for tab in talk:
        tab.wait("!window.isOld && !!window.roomStats")
    for tab in talk:
        wait_for_state(tab, "connected")
    for tab in talk:
        tab.evaluate("document.querySelector('[data-open=rtt]').click()")
    write(jobseeker, "links")
    write(counsellor, "rechts")
    wait_for_text(counsellor, "rtt-now", "links")
    wait_for_text(jobseeker, "rtt-now", "rechts")
    assert "\ufffd" not in text_of(jobseeker, "rtt-now") + text_of(counsellor, "rtt-now")
    jobseeker.evaluate("window.isOld = true, setTimeout(() => location.reload()), 0")
    jobseeker.wait("!window.isOld && !!window.roomStats")
    wait_for_state(jobseeker, "connected")
    write(counsellor, "!")
    open_panel(jobseeker, "rtt")
    wait_for_text(jobseeker, "rtt-now", "rechts!")
    wait_for_text(counsellor, "rtt-log", "links\ufffd")
    write(jobseeker, "neu")
    wait_for_text(counsellor, "rtt-now", "neu")


def test_hanging_up_ends_the_line(talk: Talk) -> None:
    """For both sides; whoever comes back begins a new one."""
    jobseeker, counsellor = talk
    write(jobseeker, "unfertig")
    wait_for_text(counsellor, "rtt-now", "unfertig")
    jobseeker.click("hang-up")
    wait_for_text(counsellor, "rtt-log", "unfertig")
    assert text_of(counsellor, "rtt-now") == ""
    jobseeker.click("rejoin")
    wait_for_state(jobseeker, "connected")
    write(jobseeker, "wieder")
    wait_for_text(counsellor, "rtt-now", "wieder")
    assert "unfertig" not in text_of(counsellor, "rtt-now")
    assert "unfertig" in text_of(jobseeker, "rtt-log")
    jobseeker.press("Enter")


def test_three_people_read_each_other(talk: Talk, server: Server, third: Chromium) -> None:
    counsellor = talk[1]
    bring_third(third, counsellor, server, "Ivo Dolmetsch")
    write(third, "drei")
    for tab in talk:
        wait_for_text(tab, "rtt-now", "Ivo Dolmetsch")
        wait_for_text(tab, "rtt-now", "drei")
    write(counsellor, "?")
    wait_for_text(third, "rtt-now", "?")


@pytest.fixture
def third() -> Iterator[Chromium]:
    with Chromium(installed.chromium()) as tab:
        yield tab
        assert_silent(tab)


# ---- T.140 alone


@pytest.fixture(scope="module")
def page(server: Server) -> Iterator[Chromium]:
    """A page of the room, for its modules."""
    with Chromium(installed.chromium()) as tab:
        open_room(tab, server.talk_url)
        yield tab


@pytest.mark.parametrize(
    ("before", "after", "typed"),
    [
        ("", "ab", "ab"),
        ("ab", "abc", "c"),
        ("abc", "ab", "\b"),
        ("abc", "axc", "\b\bxc"),
        ("a👍", "a", "\b"),
        ("same", "same", ""),
        ("abdef", "ab\u2028def", "\b\b\b\u2028def"),
    ],
)
def test_the_difference_is_typed(page: Chromium, before: str, after: str, typed: str) -> None:
    js = f"return difference({before!r}, {after!r})"
    assert run(page, "difference", "t140.js", js) == typed


RECEIVE = """const receiver = new Receiver();
  %r.forEach((block) => receiver.receive(block, 1000));
  return [receiver.lines, receiver.current]"""


@pytest.mark.parametrize(
    ("blocks", "lines", "current"),
    [
        (["Hal", "lo"], [], "Hallo"),
        (["a\u2028b"], ["a"], "b"),
        (["a\r", "\nb\r\rc\nd"], ["a", "b", "", "c"], "d"),
        (["ab\b\b\b\b", "c"], [], "c"),
        (["a\u2028", "\bb"], [], "ab"),
        (["a👍", "\b"], [], "a"),
        (["\ufeffa\u0007b\u0000"], [], "ab"),
        (["a\u009b1mb\u0098geheim\u009cc"], [], "abc"),
        (["<b>a</b>"], [], "<b>a</b>"),
    ],
)
def test_a_receiver(page: Chromium, blocks: list[str], lines: list[str], current: str) -> None:
    assert run(page, "Receiver", "t140.js", RECEIVE % blocks) == [lines, current]


def test_what_is_no_text_is_nothing(page: Chromium) -> None:
    js = """const receiver = new Receiver();
      [null, 1, {}, [], new ArrayBuffer(8), ''].forEach((block) => receiver.receive(block, 1000));
      return [receiver.lines, receiver.current, receiver.heard]"""
    assert run(page, "Receiver", "t140.js", js) == [[], "", False]


def test_a_flood_is_cut_and_marked_once(page: Chromium) -> None:
    js = """const receiver = new Receiver();
      for (let n = 0; n < 1000; n++) { receiver.receive('x'.repeat(100000), 1000); }
      const text = receiver.current;
      receiver.receive('y', 61000);
      return [text.length < 1000, text.split('\\uFFFD').length - 1, receiver.current.slice(-1)]"""
    assert run(page, "Receiver", "t140.js", js) == [True, 1, "y"]


def test_a_sender_keeps_to_thirty_characters_a_second(page: Chromium) -> None:
    js = """const sender = new Sender();
      sender.add('x'.repeat(1000));
      return [1000, 1000, 2000, 12000].map((now) => sender.take(now).length)"""
    assert run(page, "Sender", "t140.js", js) == [300, 0, 30, 300]


def test_what_was_taken_back_before_it_left_never_leaves(page: Chromium) -> None:
    js = """const sender = new Sender();
      sender.add('Passwort'); sender.add('\\b'.repeat(8)); sender.add('gut');
      return [sender.take(1000), sender.take(2000)]"""
    assert run(page, "Sender", "t140.js", js) == ["gut", ""]
