"""The device test: every step, every failure with its next step, in every engine that can."""

import json
import math
import time
import wave
from array import array
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.coturn import NoCoturn, Relay, relay
from tests.support.turn import Way

from . import installed
from .accessibility import LANGUAGES, Axe, assert_fits, assert_for_everybody, open_in
from .engines import Chromium, Firefox, Tab
from .keyboard import tab_to
from .lynx import Lynx
from .server import Server
from .talk import assert_silent, sign_in

Open = Callable[..., Chromium]
EVERYWHERE = "0.0.0.0"  # noqa: S104  # in a network that leads nowhere
RATE = 48000
"""Samples a second."""
WAYS: tuple[Way, ...] = ("udp", "tcp", "tls")
FIRST_FRAME_WITHIN_S = 1.5 + 0.5
"""After the permission, and what this machine needs to look at it."""
RESULT_WITHIN_S = 45.0
RESULT = "document.querySelector('[data-testid=check-result]').dataset.result"
SAID = "document.querySelector('[data-said]').textContent"
STEP = "document.querySelector('[data-step=%s]').dataset.state"
VISIBLE = "document.querySelector('%s').getClientRects().length > 0"
CAUSES = """Array.from(document.querySelectorAll('[data-cause]'))
  .filter((each) => each.getClientRects().length).map((each) => each.dataset.cause)"""
FRAMES = """(() => {
  const video = document.querySelector('[data-testid=%s]');
  if (!video.videoWidth) { return 0; }
  return video.mozPaintedFrames || video.webkitDecodedFrameCount
    || video.getVideoPlaybackQuality().totalVideoFrames;
})()"""
ECHO, OWN = FRAMES % "echo-video", FRAMES % "own-picture"
NO_WEBRTC = "delete window.RTCPeerConnection; delete window.webkitRTCPeerConnection;"
IN_AN_APP = "Object.defineProperty(navigator, 'mediaDevices', {value: undefined});"
REFUSED = """navigator.mediaDevices.getUserMedia = () => {
  const error = new DOMException('%s', '%s'); return Promise.reject(error); };"""
FIRST_REFUSED = """
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = (wanted) => (window.allowed
    ? ask(wanted) : Promise.reject(new DOMException('', 'NotAllowedError')));"""
SERVER_SAYS = """
  window.WebSocket = class {
    constructor() { setTimeout(() => { this.readyState = 1; this.onopen(); }, 0); }
    send(text) {
      (window.sent = window.sent || []).push(JSON.parse(text));
      const said = %s[JSON.parse(text).type];
      if (said) setTimeout(() => this.onmessage({data: JSON.stringify(said)}), 100);
    }
    close() { this.onmessage = () => {}; }
  };"""
NOBODY_ANSWERS = """
  window.WebSocket = class {
    constructor() { setTimeout(() => this.onclose({code: 1006}), 100); }
    close() {}
  };"""
WAITS = SERVER_SAYS % json.dumps({"hello": {"type": "wait", "before": 3}})
TOO_MANY = SERVER_SAYS % json.dumps({"hello": {"type": "error", "code": "too-fast"}})
NOTE_WHAT_IS_SAID = """
  window.said = [''];
  new MutationObserver(() => {
    const words = (document.querySelector('[data-said]') || {textContent: ''}).textContent;
    if (words !== said[said.length - 1]) { said.push(words); }
  }).observe(document, {childList: true, characterData: true, subtree: true});"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Reached at every address, for the page without a secure connection."""
    with Server(tmp_path_factory.mktemp("server"), host=EVERYWHERE) as server:
        yield server


@pytest.fixture(scope="module")
def silence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a muted microphone hears."""
    return sound(tmp_path_factory.mktemp("sound") / "silence.wav", [0] * RATE)


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Something like syllables: old engines take the beeps of their made-up devices for noise."""
    syllable = [30000 * abs(math.sin(math.pi * at / (RATE / 4))) for at in range(RATE)]
    voice = [((at * 140 / RATE) % 1 - 0.5) * loud for at, loud in enumerate(syllable)]
    return sound(tmp_path_factory.mktemp("sound") / "speech.wav", [round(each) for each in voice])


def sound(path: Path, samples: Sequence[int]) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(array("h", samples).tobytes())
    return path


def start(tab: Tab, url: str) -> None:
    tab.open(url)
    tab.click("start-check")


def result(tab: Tab) -> str:
    return str(tab.wait(RESULT, RESULT_WITHIN_S))


# ---- All is well


@pytest.fixture(scope="module")
def tested(server: Server) -> Iterator[Chromium]:
    """A browser in which all is well, and the test for the appointment has been made."""
    with Chromium(installed.chromium()) as tab:
        tab.run_before_scripts(NOTE_WHAT_IS_SAID)
        start(tab, server.talk_url + "/technik")
        assert result(tab) == "ok"
        yield tab
        assert_silent(tab)


def test_all_is_well_in_every_step(tested: Chromium) -> None:
    for name in ("browser", "secure", "camera", "microphone", "connection"):
        assert tested.evaluate(STEP % name) == "ok", name
    assert tested.evaluate(STEP % "speaker") == "idle"
    assert tested.evaluate(CAUSES) == []
    assert tested.evaluate(f"{OWN} > 5")


def test_the_figures_and_the_ways_are_there_for_the_it(tested: Chromium) -> None:
    figures = (
        "Array.from(document.querySelectorAll('[data-figure]')).map((each) => each.textContent)"
    )
    assert all(tested.evaluate(figures))
    assert tested.evaluate("document.querySelector('[data-way=direct]').dataset.state") == "ok"
    assert tested.evaluate("!document.querySelector('[data-no-relay]').hidden")


def test_the_result_is_said_once(tested: Chromium) -> None:
    said = [each for each in tested.evaluate("said") if each]
    assert [each for each in said if "Alles klappt" in each] == said[-1:]
    assert len(said) == 2  # that it runs, and how it came out


def test_the_focus_is_still_on_the_button(tested: Chromium) -> None:
    assert tested.evaluate("document.activeElement.dataset.testid") == "start-check"


def test_the_counsellor_sees_it(server: Server, tested: Chromium, counsellor: Chromium) -> None:
    tested.wait("!document.querySelector('[data-kept]').hidden")
    sign_in(counsellor, server)
    assert "Technik klappt (getestet" in counsellor.text()


def test_the_level_is_a_meter(tested: Chromium) -> None:
    meter = "document.querySelector('[role=meter]')"
    tested.wait(f"Number({meter}.getAttribute('aria-valuenow')) > 0")
    assert tested.evaluate(f"{meter}.getAttribute('aria-valuemax')") == "100"


def test_whoever_hears_the_tone_says_so(tested: Chromium) -> None:
    tested.click("play-tone")
    tested.click("tone-not-heard")
    tested.wait(f"{RESULT} === 'limited'")
    assert tested.evaluate(CAUSES) == ["speaker"]
    tested.click("tone-heard")
    tested.wait(f"{RESULT} === 'ok'")
    assert tested.evaluate("document.querySelector('[data-open=speaker]').hidden")


def test_the_finished_page_is_for_everybody(server: Server, tested: Chromium, axe: Axe) -> None:
    tested.evaluate("document.querySelector('details').open = true")
    assert_for_everybody(tested, axe)


def test_the_echo_comes_back_in_time_and_without_sound(
    server: Server, jobseeker: Chromium, record_property: Callable[..., None]
) -> None:
    start(jobseeker, server.url + "/technik")
    jobseeker.wait(f"{OWN} > 0")
    permitted = time.monotonic()
    jobseeker.wait(f"{ECHO} > 0", 20)
    took = time.monotonic() - permitted
    record_property("first frame of the echo after the own picture, s", round(took, 2))
    assert took <= FIRST_FRAME_WITHIN_S
    muted = "document.querySelector('[data-testid=echo-video]').muted"
    assert jobseeker.evaluate(muted)
    before = jobseeker.evaluate(ECHO)
    jobseeker.click("echo-sound")
    jobseeker.wait(f"!{muted}")
    jobseeker.wait(f"{ECHO} > {before + 5}")
    jobseeker.click("echo-sound")
    jobseeker.wait(muted)


def test_who_turns_the_camera_off_ends_the_echo(server: Server, jobseeker: Chromium) -> None:
    start(jobseeker, server.url + "/technik")
    jobseeker.wait(f"{ECHO} > 0", 20)
    jobseeker.click("stop-check")
    jobseeker.wait(f"!({VISIBLE % '[data-testid=echo-video]'})")
    assert jobseeker.evaluate("document.activeElement.dataset.testid") == "start-check"
    jobseeker.click("start-check")
    assert result(jobseeker) == "ok"


# ---- What fails


@pytest.mark.parametrize(
    ("options", "light", "causes"),
    [
        pytest.param(
            {"allow_devices": False}, "failed", ["camera-denied", "microphone-denied"], id="denied"
        ),
        pytest.param({"devices": "microphone"}, "limited", ["camera-missing"], id="no camera"),
        pytest.param(
            {"devices": "none"}, "failed", ["camera-missing", "microphone-missing"], id="nothing"
        ),
        pytest.param({"audio": "silence"}, "limited", ["microphone-silent"], id="silent"),
    ],
)
def test_each_trouble_with_the_devices_has_its_cause(
    server: Server,
    open_chromium: Open,
    silence: Path,
    options: dict[str, Any],
    light: str,
    causes: list[str],
) -> None:
    if "audio" in options:
        options = {"audio": silence}
    tab = open_chromium(**options)
    start(tab, server.talk_url + "/technik")
    if options.get("devices") == "none" and not tab.evaluate(NO_DEVICES):
        installed.leave_out("this machine has a camera or a microphone of its own")
    assert result(tab) == light
    assert tab.evaluate(CAUSES) == causes
    assert tab.evaluate(STEP % "connection") == "ok"  # the line is tested all the same
    assert tab.evaluate(VISIBLE % "[data-testid=call-me]")


NO_DEVICES = "navigator.mediaDevices.enumerateDevices().then((devices) => devices.length === 0)"


@pytest.mark.parametrize(
    ("name", "message", "ending"),
    [
        ("NotAllowedError", "Permission denied by system", "system"),
        ("NotReadableError", "", "busy"),
        ("OverconstrainedError", "", "failed"),
    ],
)
def test_what_the_browser_says_becomes_a_cause(
    server: Server, open_chromium: Open, name: str, message: str, ending: str
) -> None:
    tab = open_chromium()
    tab.run_before_scripts(REFUSED % (message, name))
    start(tab, server.url + "/technik")
    assert result(tab) == "failed"
    assert tab.evaluate(CAUSES) == [f"camera-{ending}", f"microphone-{ending}"]


@pytest.mark.parametrize(("script", "causes"), [(NO_WEBRTC, ["browser"]), (IN_AN_APP, ["in-app"])])
def test_what_no_test_can_help_is_said_before_anything_is_pressed(
    server: Server, open_chromium: Open, script: str, causes: list[str]
) -> None:
    tab = open_chromium()
    tab.run_before_scripts(script)
    tab.open(server.url + "/technik")
    tab.wait(f"JSON.stringify({CAUSES}) === {json.dumps(json.dumps(causes))}")
    tab.click("start-check")
    assert result(tab) == "failed"
    assert tab.evaluate(STEP % "camera") == "skipped"
    tab.click("start-check")
    assert_silent(tab)


def test_a_page_without_a_secure_connection(server: Server, open_chromium: Open) -> None:
    tab = open_chromium()
    start(tab, server.url.replace("127.0.0.1", installed.outer_address()) + "/technik")
    assert result(tab) == "failed"
    assert tab.evaluate(CAUSES) == ["insecure"]


def test_in_an_app_the_link_can_be_copied(server: Server, open_chromium: Open) -> None:
    tab = open_chromium()
    tab.run_before_scripts(IN_AN_APP + NOTE_COPY)
    start(tab, server.talk_url + "/technik")
    tab.click("copy-link")
    tab.wait(f"(window.copied || '').endsWith({json.dumps(server.talk_path + '/technik')})")
    tab.wait("document.querySelector('[data-copied]').textContent.includes('kopiert')")


NOTE_COPY = (
    "navigator.clipboard.writeText = (text) => { window.copied = text; return Promise.resolve(); };"
)


def test_after_a_refusal_the_step_can_be_repeated(server: Server, open_chromium: Open) -> None:
    tab = open_chromium()
    tab.run_before_scripts(FIRST_REFUSED)
    start(tab, server.talk_url + "/technik")
    assert result(tab) == "failed"
    tab.evaluate("window.allowed = true")
    tab.click("again-camera")
    tab.wait(f"{STEP % 'camera'} === 'ok'")
    tab.click("again-microphone")
    tab.wait(f"{RESULT} === 'ok'")
    assert tab.evaluate(CAUSES) == []
    tab.click("again-connection")
    tab.wait(f"{ECHO} > 0", 20)
    assert result(tab) == "ok"
    assert_silent(tab)


def test_the_focus_does_not_get_lost_when_a_button_goes_away(
    server: Server, open_chromium: Open
) -> None:
    tab = open_chromium()
    tab.run_before_scripts(FIRST_REFUSED)
    start(tab, server.url + "/technik")
    result(tab)
    tab.click("again-microphone")
    tab.wait(f"{STEP % 'microphone'} === 'failed'")
    assert (
        tab.evaluate("document.activeElement.closest('[data-step]').dataset.step") == "microphone"
    )


def test_a_silent_microphone_that_is_switched_on_again(server: Server, jobseeker: Chromium) -> None:
    """Nothing need be pressed: as soon as there is sound, all is well."""
    jobseeker.run_before_scripts(QUIET_AT_FIRST)
    start(jobseeker, server.url + "/technik")
    jobseeker.wait(f"{STEP % 'microphone'} === 'limited'")
    jobseeker.evaluate("window.quiet = false")
    jobseeker.wait(f"{STEP % 'microphone'} === 'ok'")
    assert result(jobseeker) == "ok"


QUIET_AT_FIRST = """
  window.quiet = true;
  const look = AnalyserNode.prototype.getByteTimeDomainData;
  AnalyserNode.prototype.getByteTimeDomainData = function (samples) {
    if (window.quiet) { samples.fill(128); } else { look.call(this, samples); }
  };"""


# ---- The server and the way to it


def test_who_must_wait_for_a_place_is_told_and_may_test_the_line_alone(
    server: Server, open_chromium: Open, axe: Axe
) -> None:
    tab = open_chromium()
    tab.run_before_scripts(WAITS)
    start(tab, server.url + "/technik")
    tab.wait("document.querySelector('[data-before]').textContent === '3'")
    tab.wait(f"{SAID}.includes('Vor Ihnen: 3')")
    assert tab.evaluate("sent[0].media")
    assert_for_everybody(tab, axe)
    tab.click("line-only")
    tab.wait("sent.length === 2 && !sent[1].media")


def test_too_many_tests_are_no_trouble_of_the_person(server: Server, open_chromium: Open) -> None:
    tab = open_chromium()
    tab.run_before_scripts(TOO_MANY)
    start(tab, server.talk_url + "/technik")
    tab.wait(f"{SAID}.includes('noch nicht getestet')")
    assert tab.evaluate(RESULT) == ""
    assert tab.evaluate(CAUSES) == []
    assert tab.evaluate("document.querySelector('[data-kept]').hidden")


def test_a_server_that_restarts_says_nothing_of_the_line(
    server: Server, open_chromium: Open
) -> None:
    tab = open_chromium()
    tab.open(server.talk_url + "/technik")
    tab.click("start-check")
    tab.wait(f"{ECHO} > 0", RESULT_WITHIN_S)
    server.stop()
    tab.wait(f"{STEP % 'connection'} === 'later'", RESULT_WITHIN_S)
    assert "connection-weak" not in tab.evaluate(CAUSES)
    server.start()


def test_without_the_server_there_is_no_talk(server: Server, open_chromium: Open) -> None:
    tab = open_chromium()
    tab.run_before_scripts(NOBODY_ANSWERS)
    start(tab, server.url + "/technik")
    assert result(tab) == "failed"
    assert tab.evaluate(CAUSES) == ["connection-server"]


def test_where_udp_does_not_get_through_it_says_so(server: Server, open_chromium: Open) -> None:
    tab = open_chromium()
    tab.run_before_scripts(NO_UDP)
    start(tab, server.url + "/technik")
    assert result(tab) == "failed"
    assert tab.evaluate(CAUSES) == ["connection-none"]
    assert tab.evaluate("document.querySelector('[data-way=direct]').dataset.state") == "failed"


NO_UDP = """
  const accept = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = function (answer) {
    const sdp = answer.sdp.replace(/a=candidate.*\\r\\n/g, '');
    return accept.call(this, {type: answer.type, sdp: sdp});
  };"""
"""The server's candidates are not reached: a firewall swallows what is sent to them."""


@pytest.fixture(scope="module")
def turn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    try:
        with relay(tmp_path_factory.mktemp("relay"), installed.outer_address()) as relayed:
            yield relayed
    except NoCoturn as reason:
        installed.leave_out(str(reason))


def test_each_way_to_the_relay_is_tried_by_itself(
    turn: Relay, tmp_path: Path, open_chromium: Open
) -> None:
    urls = [turn.url(way) for way in WAYS]
    closed = turn.url("tcp").replace(str(turn.port), "9")
    tab = open_chromium(flags=["--ignore-certificate-errors"])
    for listed, works in ((urls, "ok"), ([closed], "failed")):
        settings = {"TURN_URLS": ",".join(listed), "TURN_SECRET": turn.secret}
        folder = tmp_path / works
        folder.mkdir()
        with Server(folder, **settings) as server:
            start(tab, server.url + "/technik")
            result(tab)
            for way in WAYS if works == "ok" else ("tcp",):
                state = f"document.querySelector('[data-way={way}]')"
                tab.wait(f"{state}.dataset.state === '{works}'", 10)
                assert tab.evaluate(f"!{state}.hidden")
            assert tab.evaluate("document.querySelector('[data-no-relay]').hidden")


def test_where_only_the_relay_gets_through_the_talk_works(
    turn: Relay, tmp_path: Path, open_chromium: Open
) -> None:
    settings = {"TURN_URLS": turn.url("tcp"), "TURN_SECRET": turn.secret}
    with Server(tmp_path, host=EVERYWHERE, **settings) as server:
        tab = open_chromium()
        tab.run_before_scripts(ONLY_RELAY)
        start(tab, server.url + "/technik")
        assert result(tab) == "ok"
        assert tab.evaluate(CAUSES) == ["relay-only"]
        assert tab.evaluate("document.querySelector('[data-way=direct]').dataset.state") == "failed"
        assert tab.evaluate("document.querySelector('[data-way=tcp]').dataset.state") == "ok"


ONLY_RELAY = """
  window.RTCPeerConnection = new Proxy(RTCPeerConnection, {construct: (Connection, [settings]) =>
    new Connection(Object.assign({}, settings, {iceTransportPolicy: 'relay'}))});"""


@pytest.mark.parametrize(
    ("unreachable", "light", "causes"),
    [
        ((700,), "limited", ["connection-small"]),
        ((700, 200), "limited", ["connection-sound"]),
        ((700, 200, 60), "failed", ["connection-weak"]),
    ],
)
def test_what_the_line_is_good_for(
    server: Server, open_chromium: Open, unreachable: tuple[int, ...], light: str, causes: list[str]
) -> None:
    """Where so many kilobits a second do not get through."""
    tab = open_chromium()
    tab.run_before_scripts(NEEDS_MORE % json.dumps(unreachable))
    start(tab, server.talk_url + "/technik")
    assert result(tab) == light
    assert tab.evaluate(CAUSES) == causes


NEEDS_MORE = """
  const text = Response.prototype.text;
  Response.prototype.text = function () {
    return text.call(this).then((html) => %s.reduce((before, kbit) =>
      before.replace('"kbit": ' + kbit, '"kbit": 999999999'), html));
  };"""


# ---- Everybody


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["/technik", "own", "own/problem"])
def test_before_the_test_the_pages_are_for_everybody(
    server: Server, open_chromium: Open, axe: Axe, path: str, language: str
) -> None:
    tab = open_chromium()
    own = path.replace("own", server.talk_path + "/technik")
    open_in(tab, server.url + own, language)
    tab.wait("document.querySelector('[data-testid=start-check], [data-testid=send-problem]')")
    assert_for_everybody(tab, axe)


def test_a_failed_test_is_for_everybody(server: Server, open_chromium: Open, axe: Axe) -> None:
    tab = open_chromium(allow_devices=False)
    start(tab, server.talk_url + "/technik")
    result(tab)
    assert_for_everybody(tab, axe)
    tab.set_letters(32)
    assert_fits(tab, 320)


def test_in_an_app_the_page_is_for_everybody(server: Server, open_chromium: Open, axe: Axe) -> None:
    tab = open_chromium()
    tab.run_before_scripts(IN_AN_APP)
    tab.open(server.talk_url + "/technik")
    tab.wait(f"{CAUSES}.length === 1")
    assert_for_everybody(tab, axe)


def test_with_the_keyboard_alone(server: Server, jobseeker: Chromium) -> None:
    jobseeker.open(server.talk_url + "/technik")
    tab_to(jobseeker, "[data-testid=start-check]")
    jobseeker.press("Enter")
    assert result(jobseeker) == "ok"
    tab_to(jobseeker, "[data-testid=play-tone]")
    jobseeker.press("Enter")
    tab_to(jobseeker, "[data-testid=tone-heard]")
    jobseeker.press("Space")
    jobseeker.wait(f"{STEP % 'speaker'} === 'ok'")
    tab_to(jobseeker, "[data-testid=again-connection]")
    jobseeker.press("Enter")
    jobseeker.wait(f"{STEP % 'connection'} === 'running'")
    assert jobseeker.evaluate("document.activeElement !== document.body")


def test_in_lynx_it_says_what_is_needed(server: Server) -> None:
    with Lynx(installed.program("lynx"), server.talk_url + "/technik?lang=de") as lynx:
        lynx.wait_for("braucht Ihr Browser JavaScript")
        lynx.wait_for("+49 30 23125")
        assert "gesperrt" not in lynx.text  # nothing of what only a script shows
        lynx.follow("Um einen Anruf bitten", "Telefonnummer")


# ---- Engines


@pytest.mark.parametrize("version", [64, 78, 92])
def test_in_an_old_chromium(server: Server, speech: Path, version: int) -> None:
    with Chromium(installed.old_chromium(version), audio=speech) as tab:
        start(tab, server.talk_url + "/technik")
        tab.wait(f"{ECHO} > 0", 20)
        assert result(tab) == "ok"
        assert_silent(tab)


def test_in_firefox(server: Server, firefox: Firefox) -> None:
    start(firefox, server.talk_url + "/technik")
    firefox.wait(f"{ECHO} > 0", 20)
    assert result(firefox) == "ok"
