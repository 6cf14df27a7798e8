"""Where a browser lacks an ability, its button is not there, and the talk goes on without it."""

from collections.abc import Iterator

import pytest

from .engines import Chromium
from .panels import open_panel
from .server import Server
from .talk import assert_see_each_other_move, running_talk, toggle

WITHOUT = """
  delete MediaDevices.prototype.getDisplayMedia;
  delete HTMLMediaElement.prototype.setSinkId;
  delete Navigator.prototype.wakeLock;
  delete Navigator.prototype.permissions;
  delete Navigator.prototype.connection;
  const settings = MediaStreamTrack.prototype.getSettings;
  MediaStreamTrack.prototype.getSettings = function () {
    return Object.assign(settings.call(this), {facingMode: 'user'});
  };"""
"""As on a phone that has one camera; current ones have two or more."""
ONE_CAMERA = """navigator.mediaDevices.enumerateDevices()
  .then((all) => all.filter((one) => one.kind === 'videoinput').length === 1)"""
VISIBLE = "document.querySelector('%s').getClientRects().length > 0"

Talk = tuple[Chromium, Chromium]


@pytest.fixture(scope="module")
def talk(server: Server) -> Iterator[Talk]:
    with running_talk(server, WITHOUT) as talk:
        yield talk


def test_without_screen_sharing_there_is_still_the_document(talk: Talk) -> None:
    jobseeker, _ = talk
    open_panel(jobseeker, "show")
    assert not jobseeker.evaluate(VISIBLE % "[data-testid=share-screen]")
    assert jobseeker.evaluate(VISIBLE % "label[for=show-file]")


def test_without_a_choice_of_speakers_there_is_none_to_choose(talk: Talk) -> None:
    jobseeker, _ = talk
    open_panel(jobseeker, "devices")
    jobseeker.wait("document.querySelector('[data-testid=choose-camera]').options.length > 0")
    assert not jobseeker.evaluate(VISIBLE % "[data-testid=choose-speaker]")
    assert jobseeker.evaluate(VISIBLE % "[data-testid=choose-microphone]")


def test_with_one_camera_there_is_no_other_to_turn_to(talk: Talk) -> None:
    jobseeker, counsellor = talk
    assert jobseeker.evaluate(ONE_CAMERA)
    toggle(jobseeker, "camera", on=False)
    toggle(jobseeker, "camera", on=True)
    assert_see_each_other_move(jobseeker, counsellor)
    assert not jobseeker.evaluate(VISIBLE % "[data-testid=flip]")


def test_without_a_wake_lock_the_talk_runs_and_comes_back(talk: Talk) -> None:
    jobseeker, counsellor = talk
    assert not jobseeker.evaluate("'wakeLock' in navigator")
    jobseeker.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert_see_each_other_move(jobseeker, counsellor)


REFUSE_SOUND = """
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    if (this.muted || window.pressed) return play.call(this);
    return Promise.reject(new DOMException('without a press', 'NotAllowedError'));
  };
  addEventListener('click', (event) => { window.pressed = event.isTrusted; }, true);"""
HEARS = "!document.querySelector('[data-testid=remote-video]').muted"


def test_where_sound_is_refused_the_picture_is_there_and_one_press_brings_the_sound(
    talk: Talk,
) -> None:
    """After a reload nobody has pressed anything on the page yet."""
    jobseeker, counsellor = talk
    jobseeker.run_before_scripts(REFUSE_SOUND)
    jobseeker.open(jobseeker.evaluate("location.href"))
    jobseeker.wait(VISIBLE % "[data-testid=sound]")
    assert_see_each_other_move(jobseeker, counsellor)
    assert not jobseeker.evaluate(HEARS)
    jobseeker.click("sound")
    jobseeker.wait(HEARS)
    jobseeker.wait(f"!({VISIBLE % '[data-testid=sound]'})")
