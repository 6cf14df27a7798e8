"""Every trouble with devices or browser has its own sentence, and the telephone as a way out."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from . import installed
from .engines import Chromium
from .server import Server
from .talk import enter_waiting_room, open_room, sign_in, wait_for_state

Open = Callable[..., Chromium]
TROUBLE = "document.querySelector('[data-testid=devices] [data-say=devices]').innerText"
EVERYWHERE = "0.0.0.0"  # noqa: S104  # in a network that leads nowhere
NO_WEBRTC = "delete window.RTCPeerConnection; delete window.webkitRTCPeerConnection;"
NO_DEVICES = "navigator.mediaDevices.enumerateDevices().then((devices) => devices.length === 0)"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Reached at every address, for the page without a secure connection."""
    with Server(tmp_path_factory.mktemp("server"), host=EVERYWHERE) as server:
        yield server


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        pytest.param({"allow_devices": False}, "sind für diese Seite gesperrt", id="denied"),
        pytest.param({"devices": "microphone"}, "Es wurde keine Kamera gefunden", id="no camera"),
        pytest.param({"devices": "none"}, "keine Kamera und kein Mikrofon", id="nothing"),
    ],
)
def test_trouble_with_the_devices(
    server: Server, open_chromium: Open, options: dict[str, Any], sentence: str
) -> None:
    jobseeker = open_chromium(**options)
    enter_waiting_room(jobseeker, server.talk_url)
    if options.get("devices") == "none" and not jobseeker.evaluate(NO_DEVICES):
        installed.leave_out("this machine has a camera or a microphone of its own")
    assert_says(jobseeker, sentence)
    assert_offers_a_call(jobseeker)


def test_a_page_without_a_secure_connection(server: Server, open_chromium: Open) -> None:
    jobseeker = open_chromium()
    insecure = server.talk_url.replace("127.0.0.1", installed.outer_address())
    enter_waiting_room(jobseeker, insecure)
    assert jobseeker.evaluate("!navigator.mediaDevices")
    assert_says(jobseeker, "ohne sichere Verbindung")
    assert_offers_a_call(jobseeker)


def test_a_browser_that_cannot(server: Server, open_chromium: Open) -> None:
    jobseeker = open_chromium()
    jobseeker.run_before_scripts(NO_WEBRTC)
    open_room(jobseeker, server.talk_url)
    wait_for_state(jobseeker, "unsupported")
    assert "Ihr Browser kann keine Videogespräche" in jobseeker.text()
    phone = "document.querySelector('form .room__phone[href^=\"tel:\"]')"
    assert jobseeker.evaluate(f"{phone}.getClientRects().length > 0")
    assert_offers_a_call(jobseeker)


def test_without_a_camera_the_talk_takes_place(
    server: Server, open_chromium: Open, counsellor: Chromium
) -> None:
    jobseeker = open_chromium(devices="microphone")
    sign_in(counsellor, server)
    enter_waiting_room(jobseeker, server.talk_url)
    counsellor.click("admit")
    wait_for_state(jobseeker, "connected")
    jobseeker.wait("roomStats().then(([stats]) => stats.framesDecoded > 10)")
    counsellor.wait("roomStats().then(([stats]) => stats.audioPacketsReceived > 10)")


def test_one_tap_asks_for_a_call(server: Server, jobseeker: Chromium, counsellor: Chromium) -> None:
    sign_in(counsellor, server)
    enter_waiting_room(jobseeker, server.talk_url)
    jobseeker.click("call-me")
    wait_for_state(jobseeker, "phone")
    counsellor.wait("document.querySelector('[data-testid=call-request] a[href^=\"tel:\"]')")


def assert_says(tab: Chromium, sentence: str) -> None:
    tab.wait(f"{TROUBLE}.includes('{sentence}')")


def assert_offers_a_call(tab: Chromium) -> None:
    tab.wait("document.querySelector('[data-testid=call-me]').getClientRects().length > 0")
