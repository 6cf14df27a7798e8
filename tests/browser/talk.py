"""What people do in a talk, in their words."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from . import installed
from .engines import Chromium, Tab
from .server import Server

STATE = "document.querySelector('[data-testid=state]').dataset.state"
CAN_JOIN = "document.querySelector('[data-testid=join]').getClientRects().length > 0"
IN_THE_TALK = ("admitted", "connecting", "connected", "reconnecting")
FRAMES = """(() => {
  const video = document.querySelector('[data-testid=remote-video]');
  if (!video || !video.videoWidth) { return 0; }
  return video.mozPaintedFrames || video.webkitDecodedFrameCount
    || video.getVideoPlaybackQuality().totalVideoFrames;
})()"""
PACKETS = "roomStats().then((all) => all.reduce((sum, one) => sum + one.audioPacketsReceived, 0))"
NETWORK_ERRORS = ("Failed to load resource", "WebSocket connection to")
ENOUGH_FRAMES = 10
MOVES_WITHIN_SECONDS = 30
CONNECTS_WITHIN_SECONDS = 60


def sign_in(counsellor: Tab, server: Server) -> None:
    """Sign in, if need be, and see who comes today."""
    counsellor.open(server.url + "/team/anmelden")
    if counsellor.evaluate("location.pathname") == "/team/":
        return
    counsellor.type_into("[name=email]", server.email)
    counsellor.type_into("[name=password]", server.password)
    counsellor.press("Enter")
    counsellor.wait("location.pathname === '/team/' && document.readyState === 'complete'")


def open_room(jobseeker: Tab, url: str) -> None:
    """From the personal link to the page before the room."""
    jobseeker.open(url)
    jobseeker.click_on("a[href$='/raum']")
    jobseeker.wait("location.pathname.endsWith('/raum') && document.readyState === 'complete'")


def enter_waiting_room(jobseeker: Tab, url: str) -> None:
    """Agree, and be there. Whoever was admitted before is in the talk at once."""
    open_room(jobseeker, url)
    if jobseeker.evaluate(CAN_JOIN):
        jobseeker.click("join")
    wait_for_state(jobseeker, "waiting", *IN_THE_TALK)


def admit(counsellor: Tab) -> None:
    """Let in who waits."""
    counsellor.click("admit")
    counsellor.wait(
        "location.pathname.startsWith('/team/raum/') && document.readyState === 'complete'"
    )
    wait_for_state(counsellor, *IN_THE_TALK)


def begin_talk(jobseeker: Tab, counsellor: Tab, server: Server) -> None:
    """Both in the room, from their own front doors."""
    sign_in(counsellor, server)
    enter_waiting_room(jobseeker, server.talk_url)
    if state(jobseeker) == "waiting":
        admit(counsellor)
    else:  # admitted in an earlier test
        counsellor.click_on("a[href^='/team/raum/']")
    assert_see_each_other_move(jobseeker, counsellor)


@contextmanager
def running_talk(server: Server, script: str = "") -> Iterator[tuple[Chromium, Chromium]]:
    """Jobseeker and counsellor see each other; `script` runs before those of each page."""
    path = installed.chromium()
    with Chromium(path) as jobseeker, Chromium(path) as counsellor:
        for tab in (jobseeker, counsellor):
            tab.run_before_scripts(script)
        begin_talk(jobseeker, counsellor, server)
        yield jobseeker, counsellor
        for tab in (jobseeker, counsellor):
            assert_silent(tab)


def state(tab: Tab) -> str:
    return str(tab.wait(STATE))


def wait_for_state(tab: Tab, *states: str, seconds: float = CONNECTS_WITHIN_SECONDS) -> None:
    tab.wait(f"{json.dumps(states)}.includes({STATE})", seconds)


def toggle(tab: Tab, what: str, on: bool) -> None:
    """Press `mic` or `camera`; its button says how it is now."""
    pressed = f"document.querySelector('[data-testid={what}]').getAttribute('aria-pressed')"
    tab.wait(f"{pressed} === '{json.dumps(not on)}'")
    tab.click(what)
    tab.wait(f"{pressed} === '{json.dumps(on)}'")


def assert_see_each_other_move(one: Tab, other: Tab) -> None:
    """Pictures arrive one after the other, and sound, on both sides."""
    for tab in (one, other):
        wait_for_state(tab, "connected")
    before = [(_figure(tab, FRAMES), _figure(tab, PACKETS)) for tab in (one, other)]
    for tab, (frames, packets) in zip((one, other), before, strict=True):
        tab.wait(f"{FRAMES} >= {frames + ENOUGH_FRAMES}", MOVES_WITHIN_SECONDS)
        tab.wait(f"{PACKETS}.then((packets) => packets > {packets})", MOVES_WITHIN_SECONDS)


def assert_silent(tab: Tab) -> None:
    """No script failed, and nothing violated the content security policy."""
    errors = [error for error in tab.console_errors() if not error.startswith(NETWORK_ERRORS)]
    assert not errors, f"the browser complained: {errors}"


def _figure(tab: Tab, js: str) -> Any:
    return tab.evaluate(js) or 0
