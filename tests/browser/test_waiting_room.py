"""Waiting for the talk: who comes, how long it takes, and what one can show for it afterwards.

These tests are one story: Aylin waits through most of them.
"""

import json
import time
from collections.abc import Callable, Iterator

import pytest

from . import installed
from .accessibility import Axe, assert_fits, assert_for_everybody, open_in
from .engines import Chromium
from .server import Server
from .talk import admit, assert_silent, enter_waiting_room, sign_in, state, wait_for_state

Open = Callable[..., Chromium]
AT_ONCE_S = 1.0
MESSAGE = "document.querySelector('[data-testid=waiting-message]')"
QUEUE = "document.querySelector('[data-testid=queue]').textContent"
PHONE = "document.querySelector('[data-testid=waiting-phone] a[href^=\"tel:\"]')"
SAID = "document.querySelector('[data-say=heard]').textContent"
CAN_ASK_FOR_A_CALL = """Array.from(document.querySelectorAll(
  '[data-testid=call-me], [form=call-me]')).some((button) => button.getClientRects().length > 0)"""
NO_WEBRTC = "delete window.RTCPeerConnection; delete window.webkitRTCPeerConnection;"
NO_CAMERA = """
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = (wanted) => (wanted.video
    ? Promise.reject(new DOMException('', 'NotReadableError')) : ask(wanted));"""

ANOTHER = """
    start = talk.starts_at + timedelta(minutes=60)
    other = operations.arrange(
        db.session, talk.topic, talk.counsellor_id, "video", start,
        Person("Cem Kaya", "cem@example.org", None, None, "de"), now)
    other.starts_at, other.ends_at = talk.starts_at + timedelta(minutes=5), talk.ends_at
    print(operations.issue_link(db.session, other, now))
"""
LONG_AGO = "talk.starts_at -= timedelta(minutes=9); talk.arrived_at -= timedelta(minutes=9)"


@pytest.fixture(scope="module")
def aylin(server: Server) -> Iterator[Chromium]:
    """She waits through most of this file."""
    with Chromium(installed.chromium()) as tab:
        enter_waiting_room(tab, server.talk_url)
        tab.wait(f"{QUEUE}.length > 0")
        yield tab
        assert_silent(tab)


@pytest.fixture(scope="module")
def berger(server: Server, aylin: Chromium) -> Iterator[Chromium]:
    with Chromium(installed.chromium()) as tab:
        sign_in(tab, server)
        tab.wait("document.querySelector('[data-testid=phrase]')")
        yield tab
        assert_silent(tab)


def test_a_message_is_in_the_waiting_room_at_once(
    server: Server, aylin: Chromium, berger: Chromium, record_property: Callable[..., None]
) -> None:
    berger.click("phrase")
    pressed = time.monotonic()
    aylin.wait(f"{MESSAGE} && {MESSAGE}.textContent.includes('Es dauert noch etwa 5 Minuten.')", 5)
    took = time.monotonic() - pressed
    record_property("message in the waiting room after, s", round(took, 2))
    assert took <= AT_ONCE_S
    assert "Es dauert noch etwa 5 Minuten." in aylin.evaluate(SAID)
    assert "als Nächstes" not in aylin.evaluate(SAID)  # only what is new is read out
    berger.wait("document.querySelector('[data-testid=said]').textContent.includes('5 Minuten')")


def test_own_words_arrive_as_words(aylin: Chromium, berger: Chromium) -> None:
    berger.click_on("[id^=write-]")
    berger.wait("document.querySelector('[name=message]') && document.readyState === 'complete'")
    berger.type_into("[name=message]", "Ich suche <i>Ihre Akte</i>.")
    berger.press("Enter")
    berger.wait("location.pathname === '/team/' && document.readyState === 'complete'")
    aylin.wait(f"{MESSAGE}.textContent.includes('Ich suche <i>Ihre Akte</i>.')", 5)
    assert not aylin.evaluate(f"!!{MESSAGE}.querySelector('i')")


def test_the_place_in_the_queue(server: Server, aylin: Chromium, open_chromium: Open) -> None:
    token = server.change_talk(ANOTHER)
    second = open_chromium()
    enter_waiting_room(second, f"{server.url}/termin/{token}")
    second.wait(f"{QUEUE}.includes('Vor Ihnen wartet noch 1 Person.')")
    assert "Aylin" not in second.text()
    assert "Sie sind als Nächstes an der Reihe." in aylin.evaluate(QUEUE)
    assert_silent(second)


def test_the_focus_stays_where_it_is_when_something_is_new(
    aylin: Chromium, berger: Chromium
) -> None:
    aylin.evaluate("document.getElementById('waiting-receipt').focus()")
    say(berger, ":10-minutes", "10 Minuten")
    aylin.wait(f"{MESSAGE}.textContent.includes('10 Minuten')", 5)
    assert aylin.evaluate("document.activeElement.id") == "waiting-receipt"


def test_the_telephone_comes_after_the_minutes_that_the_office_sets(
    server: Server, aylin: Chromium, berger: Chromium
) -> None:
    set_minutes(server, berger, 60)
    server.change_talk(LONG_AGO)
    enter_waiting_room(aylin, server.talk_url)  # whoever was there was there for another time
    aylin.wait(f"{QUEUE}.length > 0")
    news(server, aylin, berger)
    assert not aylin.evaluate(f"!!{PHONE}")
    set_minutes(server, berger, 9)
    news(server, aylin, berger)
    aylin.wait(PHONE)
    assert "Sie können auch anrufen" in aylin.evaluate(SAID)


def set_minutes(server: Server, berger: Chromium, minutes: int) -> None:
    berger.open(server.url + "/verwaltung/")
    berger.evaluate(f"document.querySelector('[name=phone_after_min]').value = '{minutes}'")
    berger.click_on("form[action$='/verwaltung/'] button[type=submit]")
    berger.wait("document.querySelector('main [role=status]')")


def news(server: Server, aylin: Chromium, berger: Chromium) -> None:
    """Another message: the waiting room is fetched again."""
    before = aylin.evaluate(f"{MESSAGE}.textContent")
    minutes = 5 if "10 Minuten" in before else 10
    berger.open(server.url + "/team/")
    say(berger, f":{minutes}-minutes", f"{minutes} Minuten")
    aylin.wait(f"{MESSAGE}.textContent.includes('{minutes} Minuten')", 5)


def say(berger: Chromium, phrase: str, words: str) -> None:
    """One press, to Aylin, and it stands beside her."""
    aylins = "[data-testid=arrival]:first-of-type"
    berger.click_on(f"{aylins} [value='{phrase}']")
    berger.wait(
        f"document.readyState === 'complete' && document.querySelector('{aylins} "
        f"[data-testid=said]').textContent.includes('{words}')"
    )


def test_the_waiting_room_is_for_everybody(aylin: Chromium, axe: Axe) -> None:
    assert_for_everybody(aylin, axe)


def test_the_pages_around_it_are_for_everybody(
    server: Server, aylin: Chromium, berger: Chromium, open_chromium: Open, axe: Axe
) -> None:
    reader = open_chromium()
    for path in ("/nachweis", "/raum/stoerung"):
        for language in ("de", "en"):
            open_in(reader, server.talk_url + path, language)
            assert_for_everybody(reader, axe)
    berger.open(server.url + "/team/")
    assert_for_everybody(berger, axe)
    berger.open(str(berger.evaluate("document.querySelector('[id^=write-]').href")))
    assert_for_everybody(berger, axe)


def test_without_javascript_the_same_is_said_on_a_page(
    server: Server, aylin: Chromium, open_chromium: Open, axe: Axe
) -> None:
    reader = open_chromium()
    reader._command("Emulation.setScriptExecutionDisabled", value=True)
    reader.open(server.talk_url + "/raum/da")
    assert "10 Minuten" in reader.text() or "5 Minuten" in reader.text()
    reader._command("Emulation.setScriptExecutionDisabled", value=False)  # for axe alone
    axe(reader)
    assert_fits(reader, 320)


def test_the_receipt_is_shown_and_printed(
    server: Server, aylin: Chromium, open_chromium: Open
) -> None:
    reader = open_chromium()
    reader.run_before_scripts("window.print = () => { window.printed = true; };")
    reader.open(server.talk_url + "/nachweis")
    assert "Dieser Nachweis zeigt, dass Sie da waren" in reader.text()
    reader.click_on("[data-print]")
    assert reader.evaluate("window.printed")
    reader._command("Emulation.setEmulatedMedia", media="print")
    shown = "(selector) => document.querySelector(selector).getClientRects().length > 0"
    assert reader.evaluate(f"({shown})('[data-testid=receipt]')")
    assert not reader.evaluate(f"({shown})('[data-print]')")


def test_when_the_server_was_away_the_receipt_says_so(server: Server, aylin: Chromium) -> None:
    aylin.wait("performance.getEntriesByType('resource').some((e) => /troubles/.test(e.name))")
    server.stop()
    wait_for_state(aylin, "reconnecting")
    assert aylin.evaluate(CAN_ASK_FOR_A_CALL)
    time.sleep(11)  # that long it counts
    server.start()
    wait_for_state(aylin, "waiting")
    aylin.wait(
        "fetch(location.pathname.replace('/raum', '/nachweis')).then((answer) => answer.text())"
        ".then((page) => page.includes('Es gab keine Verbindung zum Server.'))",
        20,
    )


def test_admission_ends_the_message_and_the_talk_begins(
    server: Server, aylin: Chromium, berger: Chromium
) -> None:
    berger.open(server.url + "/team/")
    admit(berger)
    wait_for_state(aylin, "connected")
    assert not aylin.evaluate(f"{MESSAGE} && {MESSAGE}.getClientRects().length > 0")
    assert server.change_talk("print(talk.waiting_message)") == "None"


def test_whose_camera_is_lost_in_the_talk_can_ask_for_a_call(
    server: Server, aylin: Chromium, berger: Chromium
) -> None:
    aylin.evaluate(f"(() => {{ {NO_CAMERA} }})()")
    for on in (False, True):
        aylin.click("camera")
        aylin.wait(f"{json.dumps(on)} || document.querySelector('.room--no-self')")
    aylin.wait("document.querySelector('[data-testid=devices]').getClientRects().length > 0")
    assert state(aylin) == "connected"
    aylin.click_on("button[form=call-me]")
    wait_for_state(aylin, "phone")
    receipt_says(aylin, server, "Um einen Anruf gebeten")


# ---- Troubles


def receipt_says(tab: Chromium, server: Server, words: str) -> None:
    tab.wait(
        f"fetch('{server.talk_path}/nachweis').then((answer) => answer.text())"
        f".then((page) => page.includes({words!r}))"
    )


def test_a_browser_without_webrtc_has_tried(server: Server, open_chromium: Open) -> None:
    unable = open_chromium()
    unable.run_before_scripts(NO_WEBRTC)
    unable.open(server.talk_url + "/raum")
    wait_for_state(unable, "unsupported")
    assert unable.evaluate(CAN_ASK_FOR_A_CALL)
    assert unable.evaluate("!!document.querySelector('.room__help a[href^=\"tel:\"]')")
    receipt_says(unable, server, "Der Browser kann keine Videogespräche.")


@pytest.mark.parametrize(
    ("options", "script", "words"),
    [
        ({"allow_devices": False}, "", "Kamera oder Mikrofon waren im Browser gesperrt."),
        ({}, NO_CAMERA, "Ein anderes Programm hat Kamera oder Mikrofon benutzt."),
    ],
    ids=["refused", "busy"],
)
def test_what_is_wrong_with_the_devices_is_on_the_receipt(
    server: Server,
    open_chromium: Open,
    options: dict[str, bool],
    script: str,
    words: str,
) -> None:
    tab = open_chromium(**options)
    tab.run_before_scripts(script)
    tab.open(server.talk_url + "/raum")
    shown = "document.querySelector('[data-testid={}]').getClientRects().length > 0"
    tab.wait(f"{shown.format('takeover')} || {shown.format('devices')}")
    if tab.evaluate(shown.format("takeover")):
        tab.click("takeover")
    tab.wait(shown.format("devices"))
    assert tab.evaluate(CAN_ASK_FOR_A_CALL)
    receipt_says(tab, server, words)
