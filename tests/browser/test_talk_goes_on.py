"""What happens during a talk, and what must not end it."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .engines import Chromium, Tab
from .panels import close_panel
from .server import Server
from .talk import (
    FRAMES,
    assert_see_each_other_move,
    running_talk,
    toggle,
    wait_for_state,
)

KEEP_SOCKETS = """
  window.sockets = [];
  window.WebSocket = new Proxy(WebSocket, {construct: (Socket, args) => {
    const socket = new Socket(...args);
    window.sockets.push(socket);
    return socket;
  }});"""
KEEP_CONNECTIONS = """
  window.connections = [];
  window.RTCPeerConnection = new Proxy(RTCPeerConnection, {construct: (Connection, args) => {
    const connection = new Connection(...args);
    connections.push(connection);
    return connection;
  }});"""
PRETEND = """
  window.wakeLocks = 0;
  if (navigator.wakeLock) navigator.wakeLock.request = () => {
    wakeLocks++;
    return Promise.resolve({release: () => Promise.resolve()});
  };
  Object.defineProperty(document, 'hidden', {get: () => Boolean(window.isHidden)});
  const muted = Object.getOwnPropertyDescriptor(MediaStreamTrack.prototype, 'muted');
  Object.defineProperty(MediaStreamTrack.prototype, 'muted',
    {get() { return this.claimsToBeMuted || muted.get.call(this); }});
  window.ownTracks = () => document.querySelector('[data-testid=self-video]').srcObject.getTracks()
    .sort((one, other) => one.kind < other.kind ? -1 : 1);
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const stream = await ask(wanted);
    if (!window.giveSilence) return stream;
    const silence = new AudioContext().createMediaStreamDestination().stream.getAudioTracks()[0];
    silence.isSilent = true;
    return new MediaStream([silence, ...stream.getVideoTracks()]);
  };"""
LAST = "connections[connections.length - 1]"
UFRAG = LAST + ".localDescription.sdp.split('a=ice-ufrag:')[1].split('\\r')[0]"
CONNECTED = LAST + ".connectionState === 'connected'"
STAY_LOST = """connections.slice(-1).forEach((connection) => {
  const states = {connectionState: 'failed', iceConnectionState: 'failed'};
  Object.keys(states).forEach((name) =>
    Object.defineProperty(connection, name, {get: () => states[name]}));
  connection.dispatchEvent(new Event('connectionstatechange'));
})"""
LOSE_SOCKET = "sockets.forEach((socket) => socket.close())"
HAS_NEW_SOCKET = "sockets.length > %d && sockets[sockets.length - 1].readyState === WebSocket.OPEN"

Talk = tuple[Chromium, Chromium]


@pytest.fixture(scope="module")
def talk(server: Server) -> Iterator[Talk]:
    """One talk for all tests here: each leaves it as it found it."""
    with running_talk(server, KEEP_SOCKETS + KEEP_CONNECTIONS + PRETEND) as talk:
        yield talk


def test_the_other_side_is_told_of_a_muted_microphone(talk: Talk) -> None:
    for speaker, listener in (talk, talk[::-1]):
        toggle(speaker, "mic", on=False)
        listener.wait(note("audio"))
        toggle(speaker, "mic", on=True)
        listener.wait(f"!{note('audio')}")


def test_the_camera_goes_off_and_on_again(talk: Talk) -> None:
    for shown, viewer in (talk, talk[::-1]):
        toggle(shown, "camera", on=False)
        viewer.wait(note("video"))
        assert shown.evaluate(f"{own_tracks('video')}.length") == 0  # the lamp is out
        toggle(shown, "camera", on=True)
        viewer.wait(f"!{note('video')}")
        assert_see_each_other_move(shown, viewer)


def test_the_picture_goes_on_while_the_socket_is_dead(talk: Talk) -> None:
    for loser, other in (talk, talk[::-1]):
        sockets = loser.evaluate("sockets.length")
        frames = loser.evaluate(FRAMES)
        loser.evaluate(LOSE_SOCKET)
        loser.wait(f"{FRAMES} > {frames + 10}")
        loser.wait(HAS_NEW_SOCKET % sockets)
        assert_the_socket_works(loser, other)


def test_a_reloaded_page_is_back_in_the_talk(talk: Talk) -> None:
    jobseeker, counsellor = talk
    toggle(jobseeker, "mic", on=False)
    reload(jobseeker)
    assert_see_each_other_move(jobseeker, counsellor)
    counsellor.wait(note("audio"))
    toggle(jobseeker, "mic", on=True)


def test_two_pages_reloaded_at_once_find_each_other(talk: Talk) -> None:
    for first, second in (talk, talk[::-1]):
        reload(first, second)
        assert_see_each_other_move(first, second)


def test_the_talk_outlives_a_restart_of_the_server(talk: Talk, server: Server) -> None:
    jobseeker, counsellor = talk
    frames = [tab.evaluate(FRAMES) for tab in talk]
    sockets = [tab.evaluate("sockets.length") for tab in talk]
    server.stop()
    for tab, before in zip(talk, frames, strict=True):
        tab.wait(f"{FRAMES} > {before + 10}")
    server.start()
    for tab, count in zip(talk, sockets, strict=True):
        tab.wait(HAS_NEW_SOCKET % count, 30)
        wait_for_state(tab, "connected")
    assert_the_socket_works(jobseeker, counsellor)
    assert_see_each_other_move(jobseeker, counsellor)


def test_a_reloaded_page_is_back_within_two_seconds(
    talk: Talk, record_property: Callable[[str, Any], None]
) -> None:
    jobseeker, counsellor = talk
    before = time.monotonic()
    reload(jobseeker)
    jobseeker.wait(f"{FRAMES} > 0")
    record_property("reload_s", round(time.monotonic() - before, 2))
    assert_see_each_other_move(jobseeker, counsellor)


def test_a_network_that_changes_makes_a_new_way(talk: Talk) -> None:
    assert_the_socket_works(*talk)
    time.sleep(2)  # just after an offer no further one is made
    connections = [tab.evaluate("connections.length") for tab in talk]
    for tab in talk:
        before = tab.evaluate(UFRAG)
        tab.evaluate("window.dispatchEvent(new Event('online')), 0")
        tab.wait(f"{UFRAG} !== {before!r} && {CONNECTED}")
    assert_see_each_other_move(*talk)
    assert connections == [tab.evaluate("connections.length") for tab in talk]


def test_after_three_tries_there_is_a_new_connection(talk: Talk) -> None:
    """Restarts that reach nobody: the old connection never comes back."""
    jobseeker, counsellor = talk
    before = counsellor.evaluate("connections.length")
    for tab in talk:
        tab.evaluate(STAY_LOST)
    counsellor.wait(f"connections.length > {before}", 60)
    assert_see_each_other_move(jobseeker, counsellor)


def test_after_a_phone_call_devices_that_only_claim_to_live_are_asked_for_anew(talk: Talk) -> None:
    jobseeker, counsellor = talk
    toggle(jobseeker, "mic", on=False)
    jobseeker.evaluate("ownTracks().forEach((track) => { track.claimsToBeMuted = true; })")
    come_back(jobseeker)
    jobseeker.wait("ownTracks().length === 2 && !ownTracks().some((track) => track.muted)")
    # Off stays off.
    assert jobseeker.evaluate("ownTracks().every((track) => track.enabled)") is False
    toggle(jobseeker, "mic", on=True)
    assert_see_each_other_move(jobseeker, counsellor)


def test_pictures_that_stood_still_go_on_with_the_page(talk: Talk) -> None:
    """A phone pauses every media element when it is locked, and plays none by itself."""
    jobseeker, counsellor = talk
    pictures = "Array.from(document.querySelectorAll('video'))"
    hide(jobseeker)
    jobseeker.evaluate(f"{pictures}.forEach((video) => video.pause()), 0")
    assert jobseeker.evaluate("document.querySelector('[data-testid=self-video]').paused")
    come_back(jobseeker)
    jobseeker.wait(f"{pictures}.every((video) => !video.paused)")
    assert_see_each_other_move(jobseeker, counsellor)


def test_a_device_that_ends_while_nobody_looks_comes_back_with_the_page(talk: Talk) -> None:
    jobseeker, counsellor = talk
    hide(jobseeker)
    jobseeker.evaluate(
        "ownTracks().forEach((track) => { track.stop(); track.dispatchEvent(new Event('ended')); })"
    )
    counsellor.wait(note("video"))
    come_back(jobseeker)
    counsellor.wait(f"!{note('video')}")
    assert_see_each_other_move(jobseeker, counsellor)


def test_a_device_that_is_muted_for_two_seconds_is_asked_for_anew(talk: Talk) -> None:
    jobseeker, counsellor = talk
    jobseeker.evaluate(
        """ownTracks().forEach((track) => {
          track.claimsToBeMuted = true; track.dispatchEvent(new Event('mute')); })"""
    )
    jobseeker.wait("ownTracks().length === 2 && !ownTracks().some((track) => track.muted)")
    assert_see_each_other_move(jobseeker, counsellor)


def test_a_silent_microphone_is_asked_for_anew_after_an_interruption(talk: Talk) -> None:
    jobseeker, counsellor = talk
    jobseeker.evaluate(
        "window.giveSilence = true, ownTracks()[0].dispatchEvent(new Event('ended'))"
    )
    jobseeker.wait("ownTracks().some((track) => track.isSilent)")
    jobseeker.evaluate("window.giveSilence = false")
    come_back(jobseeker)
    jobseeker.wait("ownTracks().length === 2 && !ownTracks().some((track) => track.isSilent)", 20)
    assert_see_each_other_move(jobseeker, counsellor)


def test_the_title_tells_quietly_what_nobody_saw(talk: Talk) -> None:
    jobseeker, counsellor = talk
    assert jobseeker.evaluate("document.title").startswith("Verbunden")
    hide(jobseeker)
    counsellor.click("more")
    counsellor.click("open-chat")
    counsellor.type_into("[data-testid=chat-input]", "Hallo")
    counsellor.click("chat-send")
    jobseeker.wait("document.title.startsWith('● Verbunden')")
    come_back(jobseeker)
    jobseeker.wait("document.title.startsWith('Verbunden')")
    close_panel(counsellor, "chat")


def test_the_screen_stays_on(talk: Talk) -> None:
    for tab in talk:
        assert tab.evaluate("wakeLocks") > 0


def hide(tab: Tab) -> None:
    tab.evaluate("window.isHidden = true, document.dispatchEvent(new Event('visibilitychange'))")


def come_back(tab: Tab) -> None:
    tab.evaluate("window.isHidden = false, document.dispatchEvent(new Event('visibilitychange'))")


def reload(*tabs: Tab) -> None:
    """All at once."""
    for tab in tabs:
        tab.evaluate("window.isOld = true, setTimeout(() => location.reload()), 0")
    for tab in tabs:
        tab.wait("!window.isOld && !!window.roomStats")


def assert_the_socket_works(one: Tab, other: Tab) -> None:
    wait_for_state(one, "connected")
    toggle(one, "mic", on=False)
    other.wait(note("audio"))
    toggle(one, "mic", on=True)
    other.wait(f"!{note('audio')}")


def note(name: str) -> str:
    """Whether a note about the other person can be seen."""
    return (
        f"(document.querySelector('[data-tile-of] [data-note={name}]').getClientRects().length > 0)"
    )


def own_tracks(kind: str) -> str:
    return f"""document.querySelector('[data-testid=self-video]').srcObject.getTracks()
      .filter((track) => track.kind === '{kind}' && track.readyState === 'live')"""
