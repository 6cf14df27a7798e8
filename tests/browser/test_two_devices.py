"""One link, two devices: the second asks before it takes the place of the first."""

from collections.abc import Callable

from .engines import Chromium
from .server import Server
from .talk import (
    assert_see_each_other_move,
    begin_talk,
    enter_waiting_room,
    open_room,
    wait_for_state,
)


def test_the_second_device_takes_over_when_asked_to(
    server: Server,
    jobseeker: Chromium,
    counsellor: Chromium,
    open_chromium: Callable[..., Chromium],
) -> None:
    begin_talk(jobseeker, counsellor, server)

    phone = open_chromium()
    open_room(phone, server.talk_url)
    wait_for_state(phone, "occupied")
    assert "anderen Gerät" in phone.text()
    assert_see_each_other_move(jobseeker, counsellor)  # asking has disturbed nobody

    phone.click("takeover")
    wait_for_state(jobseeker, "replaced")
    assert "anderen Gerät" in jobseeker.text()
    assert_see_each_other_move(phone, counsellor)


def test_a_second_tab_asks_too(server: Server, jobseeker: Chromium) -> None:
    enter_waiting_room(jobseeker, server.talk_url)
    tab = jobseeker.new_tab()
    open_room(tab, server.talk_url)
    wait_for_state(tab, "occupied")
    tab.close()
