"""The counsellor in and around a talk: devices, who else comes, time, and what is noted."""

import time
from collections.abc import Callable, Iterator

import pytest

from . import installed
from .accessibility import Axe, assert_fits, assert_for_everybody
from .engines import Chromium
from .keyboard import follow, tab_to
from .panels import close_panel, run
from .server import Server
from .talk import (
    admit,
    assert_see_each_other_move,
    assert_silent,
    enter_waiting_room,
    sign_in,
    wait_for_state,
)
from .third_persons import STATUS

OTHERS = "document.querySelector('[data-testid=other-waiting]')"
SOON = "document.querySelector('[data-testid=time-soon]')"
LEFT = "document.querySelector('[data-testid=time-left]').textContent"
MINUTES_LEFT = f"Number(({LEFT}.match(/[0-9]+/) || [0])[0])"
LEVEL = "+document.querySelector('[role=meter]').getAttribute('aria-valuenow')"
DAY = "location.pathname === '/team/' && document.readyState === 'complete'"
FOCUSED = "document.activeElement"
SECONDS_UNTIL_THE_DESK_LOOKS = 20

COUNTS_SOUNDS = """
  window.sounds = 0;
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    if (!(this instanceof HTMLVideoElement)) { window.sounds++; }
    return play.call(this);
  };
  window.AudioContext = class extends AudioContext {
    constructor() { super(); window.sounds++; }
  };"""

NOTE_WHAT_IS_SAID = """
  window.said = [];
  new MutationObserver(() => {
    const status = document.querySelector('[data-say=status]');
    if (status) { said.push(status.textContent); }
  }).observe(document, {childList: true, characterData: true, subtree: true});"""
NEXT_ONE = """
    cem = Person("Cem Yılmaz", "cem@example.org", None, None, "de")
    start = talk.ends_at + timedelta(minutes=10)
    to_come = operations.arrange(
        db.session, talk.topic, talk.counsellor_id, "video", start, cem, now)
    print(operations.issue_link(db.session, to_come, now))
"""
BACK_IN_TIME = """
    # Everything is earlier, so that the talk ends in less than five minutes.
    from vberatung.booking.models import Claim
    from vberatung.booking.claims import QUANTUM_S
    quanta = int((talk.ends_at - now).total_seconds() // QUANTUM_S)
    for each in db.session.query(Appointment).filter_by(counsellor_id=talk.counsellor_id):
        if each.id != talk.id:  # whoever is in the room sits there for this time
            each.starts_at -= timedelta(seconds=quanta * QUANTUM_S)
        each.ends_at -= timedelta(seconds=quanta * QUANTUM_S)
    claims = db.session.query(Claim).filter_by(counsellor_id=talk.counsellor_id)
    for claim in claims.order_by(Claim.quantum).all():
        claim.quantum -= quanta
        db.session.flush()
"""


@pytest.fixture(scope="module")
def berger(server: Server) -> Iterator[Chromium]:
    with Chromium(installed.chromium()) as tab:
        tab.run_before_scripts(NOTE_WHAT_IS_SAID)
        sign_in(tab, server)
        yield tab
        assert_silent(tab)


@pytest.fixture(scope="module")
def aylin() -> Iterator[Chromium]:
    with Chromium(installed.chromium()) as tab:
        yield tab
        assert_silent(tab)


def test_devices_are_checked_before_the_first_talk_with_the_keyboard_alone(
    server: Server, berger: Chromium, axe: Axe
) -> None:
    assert "noch nicht geprüft" in berger.text()
    follow(berger, "[id^=room-]", "location.pathname === '/team/geraete'")
    berger.wait("document.querySelector('[data-testid=own-picture]').videoWidth > 0")
    berger.press("Tab")  # in Chromium, sound is heard once something was pressed
    berger.wait(f"{LEVEL} > 0")
    berger.wait("document.querySelector('[data-testid=check-said]').textContent.includes('geht')")
    tab_to(berger, "#check-microphone")
    assert_for_everybody(berger, axe)
    berger.press("ArrowDown")
    chosen = berger.wait("document.getElementById('check-microphone').value")
    assert chosen != "default"
    berger.wait("document.querySelector('[data-testid=own-picture]').videoWidth > 0")
    follow(berger, "[data-testid=check-done]", "location.pathname.startsWith('/team/raum/')")
    wait_for_state(berger, "waiting")
    used = "return room.own('audio') && room.own('audio').getSettings().deviceId"
    berger.wait("!document.querySelector('.room--no-self')")
    assert run(berger, "room", "room.js", used) == chosen
    berger.open(server.url + "/team/")
    assert "noch nicht geprüft" not in berger.text()


def test_the_arrival_of_the_next_person_is_seen_and_never_heard(
    server: Server,
    aylin: Chromium,
    berger: Chromium,
    open_chromium: Callable[..., Chromium],
    axe: Axe,
    record_property: Callable[..., None],
) -> None:
    berger.run_before_scripts(COUNTS_SOUNDS)
    enter_waiting_room(aylin, server.talk_url)
    admit(berger)
    assert_see_each_other_move(aylin, berger)
    link = f"{server.url}/termin/{server.change_talk(NEXT_ONE)}"
    server.change_talk(BACK_IN_TIME)
    second = open_chromium()
    second.open(link + "/raum")
    second.wait("document.querySelector('[data-testid=join]')")
    second.click("join")
    pressed = time.monotonic()
    berger.wait(OTHERS, 5)
    took = time.monotonic() - pressed
    record_property("next person shown in the room after, s", round(took, 2))
    assert took <= 1
    assert "Cem Yılmaz wartet seit" in berger.evaluate(f"{OTHERS}.textContent")
    assert "Cem Yılmaz wartet seit" in berger.evaluate(STATUS)
    assert berger.evaluate("document.querySelector('[data-say=alert]').textContent") == ""
    assert berger.evaluate("window.sounds") == 0
    axe(berger)
    wait_for_state(second, "waiting")
    second.open("about:blank")
    berger.wait(f"!{OTHERS}", 5)


def test_five_minutes_before_the_end_it_is_said_once_and_to_the_counsellor_only(
    aylin: Chromium, berger: Chromium
) -> None:
    berger.wait(SOON, SECONDS_UNTIL_THE_DESK_LOOKS)
    berger.wait("said.some((words) => words.includes('Ihr nächster Termin beginnt um'))", 2)
    assert "noch" in berger.evaluate(LEFT)
    berger.wait(f"{STATUS} === 'Verbunden'", 10)
    berger.wait(f"{SOON}.textContent.includes('Minute')")
    assert "Minuten." not in aylin.evaluate(STATUS)
    assert not aylin.evaluate("!!document.querySelector('[data-desk-section]')")
    assert berger.evaluate("window.sounds") == 0


def test_the_talk_is_made_longer_with_the_keyboard_alone(berger: Chromium, axe: Axe) -> None:
    tab_to(berger, "[data-testid=desk-extend]")
    berger.press("Enter")
    berger.wait("document.querySelector('[data-testid=extend-5]')")
    assert berger.evaluate(f"{FOCUSED}.id") == "panel-time"
    limit = berger.evaluate("document.querySelector('[data-testid=time-limit]').innerText")
    assert "Ihr nächster Termin beginnt um" in limit
    assert "Sie können bis" in limit
    assert not berger.evaluate("!!document.querySelector('[data-testid=extend-10]')")
    axe(berger)
    left = berger.evaluate(MINUTES_LEFT)
    follow(berger, "[data-testid=extend-5]", "document.querySelector('[data-testid=time-news]')")
    berger.wait(f"{STATUS}.startsWith('Verlängert bis')")
    assert berger.evaluate(f"{FOCUSED}.id") == "panel-time"
    berger.wait(f"{MINUTES_LEFT} >= {left} + 4", 2)  # a minute may have passed meanwhile
    berger.wait("!document.querySelector('[data-testid=extend-5]')")
    assert "nicht verlängern" in berger.text()
    close_panel(berger, "time")
    for width, height in ((320, 568), (640, 300), (1280, 800)):
        berger.set_viewport(width, height)
        assert berger.evaluate("document.documentElement.scrollWidth") <= width


def test_after_the_talk_its_outcome_is_noted_with_the_keyboard_alone(
    aylin: Chromium, berger: Chromium, axe: Axe
) -> None:
    berger.click("end-for-all")
    berger.click("end-for-all-confirm")
    for tab in (aylin, berger):
        wait_for_state(tab, "ended")
    follow(berger, "[data-testid=after]", "location.pathname.endsWith('/ergebnis')")
    berger.wait("document.readyState === 'complete'")
    assert berger.evaluate("document.querySelector('[name=choice]:checked').value") == "video"
    assert_for_everybody(berger, axe)
    tab_to(berger, "[name=note]")
    berger.write("Bringt nächstes Mal Zeugnisse mit.")
    follow(berger, "form[action$=ergebnis] button[type=submit]", DAY)
    assert "hat stattgefunden" in berger.text()
    assert "Zeugnisse" not in berger.text()
    assert_for_everybody(berger, axe)
    aylin.click("after")
    aylin.wait("location.pathname.endsWith('/danke') && document.readyState === 'complete'")
    assert "Vielen Dank" in aylin.evaluate("document.querySelector('h1').textContent")
    assert_fits(aylin, 320)
