"""A whole talk: from the arrival to the end, the way the two people see it."""

from collections.abc import Callable
from typing import Any

from .engines import Chromium
from .server import Server
from .talk import (
    admit,
    assert_see_each_other_move,
    enter_waiting_room,
    open_room,
    sign_in,
    wait_for_state,
)

NOTE_THE_ARRIVAL = """(() => {
  const look = () => {
    const arrival = document.querySelector('[data-testid=arrival]');
    if (arrival && !window.arrivedAt) { window.arrivedAt = Date.now(); }
  };
  new MutationObserver(look).observe(document.body, {childList: true, subtree: true});
  look();
})()"""
NOTE_THE_JOIN = """document.querySelector('[data-testid=join]')
  .addEventListener('click', () => { window.joinedAt = Date.now(); })"""
ARRIVAL_WITHIN_MS = 5000  # the goal is 1000, but test machines are shared


def test_from_the_arrival_to_the_end(
    server: Server,
    jobseeker: Chromium,
    counsellor: Chromium,
    record_property: Callable[[str, Any], None],
) -> None:
    sign_in(counsellor, server)
    counsellor.evaluate(NOTE_THE_ARRIVAL)
    assert not counsellor.evaluate("window.arrivedAt")

    open_room(jobseeker, server.talk_url)
    jobseeker.evaluate(NOTE_THE_JOIN)
    jobseeker.click("join")
    wait_for_state(jobseeker, "waiting")
    took = counsellor.wait("window.arrivedAt") - jobseeker.evaluate("joinedAt")
    record_property("arrival_ms", took)
    assert took < ARRIVAL_WITHIN_MS

    admit(counsellor)
    assert_see_each_other_move(jobseeker, counsellor)

    jobseeker.click("hang-up")
    wait_for_state(jobseeker, "ended")
    wait_for_state(counsellor, "admitted")
    enter_waiting_room(jobseeker, server.talk_url)
    assert_see_each_other_move(jobseeker, counsellor)

    counsellor.click("end-for-all")
    counsellor.click("end-for-all-confirm")
    wait_for_state(counsellor, "ended")
    wait_for_state(jobseeker, "ended")
    assert_devices_are_off(jobseeker)
    assert_devices_are_off(counsellor)

    jobseeker.click("after")
    jobseeker.click_on("[name=recommend][value=yes]")
    jobseeker.click_on("main button[type=submit]")
    jobseeker.wait(
        "!document.querySelector('[name=recommend]') && document.readyState === 'complete'"
    )
    assert "Dank" in jobseeker.text()


def assert_devices_are_off(tab: Chromium) -> None:
    live = """Array.from(document.querySelectorAll('video')).some((video) => video.srcObject
      && video.srcObject.getTracks().some((track) => track.readyState === 'live'))"""
    assert not tab.evaluate(live)
