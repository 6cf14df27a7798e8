"""Messages to everybody in the talk, and what of all this people take home."""

from collections.abc import Iterator

import pytest

from .accessibility import Axe, assert_for_everybody
from .engines import Chromium
from .panels import close_panel, open_panel, run, wait_for_text
from .server import Server
from .talk import running_talk, wait_for_state

KEEP_MESSAGES = """
  window.talk = [];
  const send = RTCDataChannel.prototype.send;
  RTCDataChannel.prototype.send = function (data) {
    if (this.label === 'talk') { window.talkChannel = this; }
    if (window.silent) { return; }
    send.call(this, data);
  };
  window.tellRaw = (data) => send.call(window.talkChannel, data);
  window.saved = [];
  const make = URL.createObjectURL;
  URL.createObjectURL = (blob) => {
    if (blob instanceof Blob) { blob.text().then((text) => window.saved.push(text)); }
    return make.call(URL, blob);
  };"""

Talk = tuple[Chromium, Chromium]


@pytest.fixture(scope="module")
def talk(server: Server) -> Iterator[Talk]:
    with running_talk(server, KEEP_MESSAGES) as talk:
        yield talk


def send(tab: Chromium, text: str) -> None:
    open_panel(tab, "chat")
    tab.type_into("[data-testid=chat-input]", text)
    tab.press("Enter")


def test_a_message_arrives_while_the_panel_is_closed(talk: Talk) -> None:
    jobseeker, counsellor = talk
    send(counsellor, "Guten Tag")
    jobseeker.wait(
        "document.querySelector('[data-say=status]').textContent.includes('Sabine Berger')"
    )
    jobseeker.wait("!document.querySelector('[data-news-any]').hidden")
    open_panel(jobseeker, "chat")
    wait_for_text(jobseeker, "chat", "Sabine Berger")
    wait_for_text(jobseeker, "chat", "Guten Tag")
    jobseeker.wait("document.querySelector('[data-news-any]').hidden")


def test_what_was_typed_outlives_closing_the_panel(talk: Talk) -> None:
    jobseeker, _ = talk
    open_panel(jobseeker, "chat")
    jobseeker.type_into("[data-testid=chat-input]", "halb fertig")
    close_panel(jobseeker, "chat")
    open_panel(jobseeker, "chat")
    value = "document.querySelector('[data-testid=chat-input]').value"
    assert jobseeker.evaluate(value) == "halb fertig"
    jobseeker.press("Enter")


def test_text_stays_text_and_an_address_can_be_followed(talk: Talk) -> None:
    jobseeker, counsellor = talk
    open_panel(counsellor, "chat")
    send(jobseeker, "<img src=x onerror=alert(1)> https://example.org/a?b=1. javascript:alert(1)")
    wait_for_text(counsellor, "chat", "onerror")
    chat = "document.querySelector('[data-testid=chat]')"
    assert counsellor.evaluate(f"{chat}.querySelector('img')") is None
    links = f"Array.from({chat}.querySelectorAll('a'), (a) => [a.href, a.rel])"
    assert counsellor.evaluate(links) == [["https://example.org/a?b=1", "noopener noreferrer"]]


def test_what_did_not_arrive_is_said_and_sent_again(talk: Talk) -> None:
    """A message into a dead connection was lost in silence."""
    jobseeker, counsellor = talk
    jobseeker.evaluate("window.silent = true")
    send(jobseeker, "verloren?")
    jobseeker.wait(
        "Array.from(document.querySelectorAll('[data-testid=chat-late]')).some((n) => !n.hidden)"
    )
    jobseeker.evaluate("window.silent = false")
    counsellor.evaluate("window.isOld = true, setTimeout(() => location.reload()), 0")
    counsellor.wait("!window.isOld && !!window.roomStats")
    wait_for_state(counsellor, "connected")
    open_panel(counsellor, "chat")
    wait_for_text(counsellor, "chat", "verloren?")
    jobseeker.wait(
        "Array.from(document.querySelectorAll('[data-testid=chat-late]')).every((n) => n.hidden)"
    )


def test_strange_messages_are_left_out(talk: Talk) -> None:
    jobseeker, counsellor = talk
    open_panel(counsellor, "chat")
    send(jobseeker, "vorher")
    wait_for_text(counsellor, "chat", "vorher")
    count = "document.querySelector('[data-testid=chat]').children.length"
    before = counsellor.evaluate(count)
    jobseeker.evaluate("""[{text: 1, id: 'aaaaaaaaaa'}, {text: {}, id: 'aaaaaaaaaa'},
      {text: 'ohne'}, {text: 'x', id: '<>'}, {text: '  ', id: 'bbbbbbbbbb'}, {got: {}},
      {text: null}, {}]
      .forEach((data) => tellRaw(JSON.stringify(Object.assign({part: 'chat'}, data))))""")
    flood = """for (let n = 0; n < 500; n++) {
      const message = {part: 'chat', id: 'flood' + (1000 + n), text: 'x'.repeat(9000)};
      tellRaw(JSON.stringify(message)); }"""
    jobseeker.evaluate(f"(() => {{ {flood} }})()")
    counsellor.wait(f"{count} > {before}")
    longest = """Math.max(...Array.from(document.querySelectorAll('.chat__text'),
      (text) => text.textContent.length))"""
    assert counsellor.evaluate(longest) == 2000
    assert counsellor.evaluate(count) - before < 70


def test_no_barrier(talk: Talk, axe: Axe) -> None:
    for tab in talk:
        open_panel(tab, "chat")
        assert_for_everybody(tab, axe)
        open_panel(tab, "home")
        assert_for_everybody(tab, axe)


def test_an_empty_section_is_not_in_the_file(talk: Talk) -> None:
    js = """
      const sections = [{heading: 'Leer', lines: []}, {heading: 'A & B', lines: ['x\\ny']}];
      return [asText('T', 'heute', sections),
        asPage('T', 'heute', sections, {lang: 'de', dir: 'ltr'})]"""
    text, page = run(talk[0], "asText, asPage", "paper.js", js)
    assert text == "\ufeffT\r\nheute\r\n\r\nA & B\r\n-----\r\n* x\r\n  y\r\n"
    assert "Leer" not in page
    assert '<li dir="auto">x\ny</li>' in page
    assert "A &amp; B" in page


@pytest.mark.parametrize(
    "end", ["\\n", "\\r", "\\r\\n", "\\v", "\\f", "\\x85", "\\u2028", "\\u2029"]
)
def test_nobody_can_write_a_line_of_somebody_else(talk: Talk, end: str) -> None:
    """A lone carriage return in a message made a line that seemed to be another person's."""
    js = f"""return asText('T', 'heute', [{{heading: 'A',
      lines: ['12:03 Gast: Hallo{end}* 12:04 Frau Berger: Ja']}}])"""
    text = run(talk[0], "asText", "paper.js", js)
    assert text.splitlines()[-2:] == ["* 12:03 Gast: Hallo", "  * 12:04 Frau Berger: Ja"]


def test_everything_can_be_taken_home_after_the_end(talk: Talk, axe: Axe) -> None:
    """What was worked out together was gone with the window."""
    jobseeker, counsellor = talk
    open_panel(counsellor, "tools")
    counsellor.click("tool-steps")
    counsellor.type_into("[data-testid=what]", "Lebenslauf <neu> schreiben")
    counsellor.evaluate("""(() => { const day = document.querySelector('[data-testid=when]');
      day.value = '2026-12-01'; day.dispatchEvent(new Event('input', {bubbles: true})); })()""")
    jobseeker.wait(
        "(document.querySelector('[data-testid=what]') || {value: ''}).value.endsWith('schreiben')"
    )
    open_panel(counsellor, "rtt")
    counsellor.type_into("[data-testid=rtt-input]", "Bis bald")
    counsellor.press("Enter")
    wait_for_text(jobseeker, "rtt-log", "Bis bald")
    counsellor.click("end-for-all")
    counsellor.click("end-for-all-confirm")
    wait_for_state(jobseeker, "ended")
    assert_for_everybody(jobseeker, axe)

    jobseeker.click("home-page")
    page = jobseeker.wait("saved[0]")
    assert "Lebenslauf &lt;neu&gt; schreiben – bis 1.12.2026" in page
    assert "<neu>" not in page
    assert "Sabine Berger: Bis bald" in page
    assert "verloren?" in page
    assert "default-src 'none'" in page

    jobseeker.click("home-chat")
    jobseeker.click("home-text")
    text = jobseeker.wait("saved[1]")
    assert "* Lebenslauf <neu> schreiben – bis 1.12.2026\r\n" in text
    assert "verloren?" not in text
