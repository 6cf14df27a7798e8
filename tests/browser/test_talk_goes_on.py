"""What happens during a talk, and what must not end it."""

from collections.abc import Iterator

import pytest

from . import installed
from .engines import Chromium, Tab
from .server import Server
from .talk import (
    FRAMES,
    assert_see_each_other_move,
    assert_silent,
    begin_talk,
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
LOSE_SOCKET = "sockets.forEach((socket) => socket.close())"
HAS_NEW_SOCKET = "sockets.length > %d && sockets[sockets.length - 1].readyState === WebSocket.OPEN"

Talk = tuple[Chromium, Chromium]


@pytest.fixture(scope="module")
def talk(server: Server) -> Iterator[Talk]:
    """One talk for all tests here: each leaves it as it found it."""
    path = installed.chromium()
    with Chromium(path) as jobseeker, Chromium(path) as counsellor:
        for tab in (jobseeker, counsellor):
            tab.run_before_scripts(KEEP_SOCKETS)
        begin_talk(jobseeker, counsellor, server)
        yield jobseeker, counsellor
        for tab in (jobseeker, counsellor):
            assert_silent(tab)


def test_the_other_side_is_told_of_a_muted_microphone(talk: Talk) -> None:
    for speaker, listener in (talk, talk[::-1]):
        toggle(speaker, "mic", on=False)
        listener.wait(note("peer-audio"))
        toggle(speaker, "mic", on=True)
        listener.wait(f"!{note('peer-audio')}")


def test_the_camera_goes_off_and_on_again(talk: Talk) -> None:
    for shown, viewer in (talk, talk[::-1]):
        toggle(shown, "camera", on=False)
        viewer.wait(note("peer-video"))
        assert shown.evaluate(f"{own_tracks('video')}.length") == 0  # the lamp is out
        toggle(shown, "camera", on=True)
        viewer.wait(f"!{note('peer-video')}")
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
    counsellor.wait(note("peer-audio"))
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


def reload(*tabs: Tab) -> None:
    """All at once."""
    for tab in tabs:
        tab.evaluate("window.isOld = true, setTimeout(() => location.reload()), 0")
    for tab in tabs:
        tab.wait("!window.isOld && !!window.roomStats")


def assert_the_socket_works(one: Tab, other: Tab) -> None:
    wait_for_state(one, "connected")
    toggle(one, "mic", on=False)
    other.wait(note("peer-audio"))
    toggle(one, "mic", on=True)
    other.wait(f"!{note('peer-audio')}")


def note(mark: str) -> str:
    """Whether a note about the other person can be seen."""
    return f"(document.querySelector('[data-mark={mark}]').getClientRects().length > 0)"


def own_tracks(kind: str) -> str:
    return f"""document.querySelector('[data-testid=self-video]').srcObject.getTracks()
      .filter((track) => track.kind === '{kind}' && track.readyState === 'live')"""
