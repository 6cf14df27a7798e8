"""What somebody in the talk can send who means harm: the others' pages go on."""

import base64
import io
import time
from collections.abc import Iterator

import pytest
from PIL import Image

from .engines import Chromium
from .panels import open_panel, wait_for_text
from .server import Server
from .talk import running_talk

KEEP = """
  const send = RTCDataChannel.prototype.send;
  RTCDataChannel.prototype.send = function (data) {
    if (this.label === 'talk') { window.talkChannel = this; }
    send.call(this, data);
  };
  const describe = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = function (description) {
    window.connection = this;
    return describe.call(this, description);
  };
  window.tell = (data) => send.call(window.talkChannel, JSON.stringify(data));
  window.tellAll = (entries) => {
    for (let at = 0; at < entries.length; at += 40) {
      tell({part: 'tools', entries: entries.slice(at, at + 40)}); } };
  window.openChannel = (label, then) => {
    const channel = connection.createDataChannel(label);
    channel.onopen = () => then && then(channel);
    return channel; };
  window.showRaw = (number, text, announced = 0) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    window.shown = openChannel('show', (channel) => {
      for (let n = 0; n < announced; n++) { channel.send(JSON.stringify(
        {step: 'page', number: 1, pages: 1, bytes: 3145728, text: ''})); }
      channel.send(JSON.stringify(
        {step: 'page', number: number, pages: 9, bytes: bytes.length, text: ''}));
      for (let at = 0; at < bytes.length; at += 16384) {
        channel.send(bytes.slice(at, at + 16384)); }
      window.sent = number; }); };"""
NUMBER = "document.querySelector('[data-show-number]').textContent"
CELLS = "document.querySelectorAll('[data-cells] > li').length"
ROWS = "document.querySelectorAll('[data-list=option] > li').length"
SOON_S = 3

Talk = tuple[Chromium, Chromium]


@pytest.fixture(scope="module")
def talk(server: Server) -> Iterator[Talk]:
    with running_talk(server, KEEP) as (stranger, other):
        open_panel(stranger, "chat")  # what is sent shows the channel
        stranger.type_into("[data-testid=chat-input]", "Guten Tag")
        stranger.press("Enter")
        stranger.wait("window.talkChannel && window.connection && true")
        yield stranger, other


def answers_within(tab: Chromium, seconds: float) -> float:
    """The longest that the tab was busy in the next seconds."""
    longest = 0.0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        start = time.monotonic()
        tab.evaluate("1")
        longest = max(longest, time.monotonic() - start)
        time.sleep(0.05)
    return longest


def a_jpeg(width: int, height: int, progressive: bool = False) -> str:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(file, "JPEG", progressive=progressive)
    return base64.b64encode(file.getvalue()).decode()


def test_a_flood_of_rows_does_not_stop_the_page(talk: Talk) -> None:
    """360 small messages made a table of 32,400 cells: no answer for 91 seconds."""
    stranger, other = talk
    open_panel(other, "tools")
    other.click("tool-matrix")
    stranger.evaluate("""tellAll([...Array(180)].flatMap((_, n) => [
      ['option.o' + (1000 + n), n, 1, 'gggggggg'], ['criterion.c' + (1000 + n), n, 1, 'gggggggg']]))
    """)
    assert answers_within(other, 6) < SOON_S
    other.wait(f"{CELLS} > 100")
    assert other.evaluate(CELLS) <= 12 * 12


def test_whoever_finds_a_list_full_is_told_so_and_can_make_room(talk: Talk) -> None:
    _, other = talk
    other.click("add-option")
    wait_for_text(other, "full-option", "Die Liste ist voll.")
    other.wait(
        "document.querySelector('[data-say=status]').textContent.startsWith('Die Liste ist voll.')"
    )
    full = "!document.querySelector('[data-full=option]').hidden"
    for _ in range(30):
        if not other.evaluate(full):
            break
        other.evaluate("document.querySelector('[data-list=option] [data-remove]').click()")
    before = other.evaluate(ROWS)
    other.click("add-option")
    other.wait(f"{ROWS} === {before + 1}")


def test_a_row_with_a_name_of_the_language_is_a_row(talk: Talk) -> None:
    stranger, other = talk
    other.evaluate("document.querySelector('[data-list=option] [data-remove]').click()")
    stranger.evaluate("tellAll([['option.constructor', 99, 1, 'gggggggg']])")
    other.wait("document.querySelector('[data-row=\"option.constructor\"]')")


@pytest.mark.parametrize(
    ("number", "jpeg", "fine"),
    [
        (1, a_jpeg(64, 64), True),
        (2, a_jpeg(14000, 8), False),
        (3, a_jpeg(8, 14000), False),
        (4, a_jpeg(3200, 8), True),
        (5, a_jpeg(64, 64, progressive=True), False),
        (6, base64.b64encode(b"\xff\xd8" + b"\0" * 400).decode(), False),
        (7, base64.b64encode(b"\xff\xd8" + b"\xff\xe0\0\2" * 400).decode(), False),
        (8, a_jpeg(64, 64), True),
    ],
)
def test_only_pictures_of_a_usual_size_are_decoded(
    talk: Talk, number: int, jpeg: str, fine: bool
) -> None:
    """A grey picture of 14,000 by 14,000 in 766 kB stopped the page for ten seconds."""
    stranger, other = talk
    other.evaluate("document.activeElement.blur()")
    stranger.evaluate(f"showRaw({number}, '{jpeg}')")
    stranger.wait(f"window.sent === {number}")
    if fine:
        other.wait(f"document.querySelector('[data-show-number]') && {NUMBER} === '{number}'")
    else:
        time.sleep(1)
        assert other.evaluate(NUMBER) != str(number)


def test_pages_that_are_only_announced_take_no_memory(talk: Talk) -> None:
    """Three megabytes were taken for each."""
    stranger, other = talk
    other.evaluate("""(window.taken = 0, window.Uint8Array = new Proxy(Uint8Array, {
      construct: (made, args) => {
        if (typeof args[0] === 'number') { window.taken += args[0]; }
        return new made(...args); }})) && 1""")
    stranger.evaluate(f"showRaw(9, '{a_jpeg(64, 64)}', 1000)")
    other.wait(f"{NUMBER} === '9'")
    assert other.evaluate("taken") < 100_000


def test_one_channel_for_showing_and_none_for_what_is_unknown(talk: Talk) -> None:
    stranger, _ = talk
    stranger.evaluate("(window.unknown = openChannel('nothing')) && 1")
    stranger.wait("unknown.readyState === 'closed'")
    stranger.evaluate("(window.first = openChannel('show')) && 1")
    stranger.wait("first.readyState === 'open'")
    stranger.evaluate("(window.second = openChannel('show')) && 1")
    stranger.wait("first.readyState === 'closed' && second.readyState === 'open'")


def test_of_a_very_long_chat_the_end_is_taken_home(talk: Talk) -> None:
    _, other = talk
    open_panel(other, "chat")
    other.evaluate("""(() => {
      const make = URL.createObjectURL;
      URL.createObjectURL = (blob) => {
        blob.text().then((text) => { window.saved = text; });
        return make.call(URL, blob); };
      const input = document.querySelector('[data-testid=chat-input]');
      for (let n = 1; n <= 1010; n++) { input.value = 'Zeile ' + n;
        input.form.dispatchEvent(new Event('submit', {cancelable: true})); } })()""")
    open_panel(other, "home")
    other.click("home-text")
    text = other.wait("window.saved")
    assert text.count(": Zeile ") == 1000
    assert ": Zeile 1010\r\n" in text
    assert ": Zeile 10\r\n" not in text


def test_what_is_kept_for_a_part_that_does_not_come_has_an_end(talk: Talk) -> None:
    """Hundreds of messages of any size were kept for each channel."""
    stranger, other = talk
    other.evaluate("(window.fetch = () => new Promise(() => {})) && 1")
    stranger.evaluate("""(window.large = openChannel('rtt', (channel) => {
      const block = 'x'.repeat(60000);
      const pour = () => {
        while (channel.readyState === 'open' && channel.bufferedAmount < 1e6) {
          channel.send(block); }
        if (channel.readyState === 'open') { setTimeout(pour, 20); } };
      pour(); })) && 1""")
    stranger.wait("large.readyState === 'closed'", 60)
