"""Another camera, microphone or speaker in the middle of the talk, and devices that come and go."""

from collections.abc import Iterator

import pytest

from . import installed
from .engines import Chromium, Tab
from .server import Server
from .talk import assert_see_each_other_move, assert_silent, begin_talk, toggle

Talk = tuple[Chromium, Chromium]
CAMERAS = "--use-fake-device-for-media-stream=device-count=3"
"""The second of Chromium's made-up cameras measures depth and gives no picture."""
NOTE_WHO_IS_ASKED = """
  window.asked = [];
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = (wanted) => {
    const self = document.querySelector('[data-testid=self-video]');
    const kind = wanted.video ? 'video' : 'audio';
    const live = self.srcObject ? self.srcObject.getTracks()
      .filter((track) => track.readyState === 'live' && track.kind === kind).length : 0;
    asked.push({wanted, live});
    if (window.refuseExact && JSON.stringify(wanted).includes('exact')) {
      return Promise.reject(new DOMException('taken', 'NotReadableError'));
    }
    return ask(wanted);
  };
  const settings = MediaStreamTrack.prototype.getSettings;
  MediaStreamTrack.prototype.getSettings = function () {
    const own = settings.call(this);
    if (window.onAPhone && this.kind === 'video') {
      own.facingMode = (asked[asked.length - 1].wanted.video.facingMode || {}).exact || 'user';
    }
    return own;
  };"""
OWN = """document.querySelector('[data-testid=self-video]').srcObject.getTracks()
  .filter((track) => track.readyState === 'live' && track.kind === '%s')[0]"""
CAMERA = OWN % "video" + ".getSettings().deviceId"
CHOOSE = """(() => {
  const list = document.querySelector('[data-testid=%s]');
  const ids = Array.from(list.options).map((option) => option.value);
  const last = ids[ids.length - 1];
  const other = list.value === last ? ids[0] : last;
  list.value = other;
  list.dispatchEvent(new Event('change'));
  return other;
})()"""


@pytest.fixture(scope="module")
def talk(server: Server) -> Iterator[Talk]:
    """The jobseeker has several cameras."""
    path = installed.chromium()
    with Chromium(path, flags=[CAMERAS]) as jobseeker, Chromium(path) as counsellor:
        jobseeker.run_before_scripts(NOTE_WHO_IS_ASKED)
        begin_talk(jobseeker, counsellor, server)
        yield jobseeker, counsellor
        for tab in (jobseeker, counsellor):
            assert_silent(tab)


def test_the_camera_is_switched_in_the_middle_of_the_talk(talk: Talk) -> None:
    jobseeker, counsellor = talk
    open_devices(jobseeker)
    before = jobseeker.evaluate(CAMERA)
    other = jobseeker.evaluate(CHOOSE % "choose-camera")
    jobseeker.wait(f"{CAMERA} === {other!r}")
    assert other != before
    jobseeker.wait("document.querySelector('[data-device-said]').textContent === 'Umgeschaltet.'")
    assert_see_each_other_move(jobseeker, counsellor)


def test_the_old_camera_is_let_go_before_the_new_one_is_asked_for(talk: Talk) -> None:
    jobseeker, _ = talk
    other = jobseeker.evaluate(CHOOSE % "choose-camera")
    jobseeker.wait(f"{CAMERA} === {other!r}")
    assert jobseeker.evaluate("asked[asked.length - 1].live") == 0


def test_a_camera_that_cannot_be_had_leaves_another(talk: Talk) -> None:
    """Never `exact` without a second try."""
    jobseeker, counsellor = talk
    jobseeker.evaluate("window.refuseExact = true")
    jobseeker.evaluate(CHOOSE % "choose-camera")
    jobseeker.wait(f"{CAMERA}")
    assert "exact" not in str(jobseeker.evaluate("asked[asked.length - 1].wanted"))
    jobseeker.evaluate("window.refuseExact = false")
    assert_see_each_other_move(jobseeker, counsellor)


def test_the_microphone_is_switched_and_stays_muted(talk: Talk) -> None:
    jobseeker, counsellor = talk
    toggle(jobseeker, "mic", on=False)
    other = jobseeker.evaluate(CHOOSE % "choose-microphone")
    jobseeker.wait(f"({OWN % 'audio'}).getSettings().deviceId === {other!r}")
    assert not jobseeker.evaluate(f"({OWN % 'audio'}).enabled")
    toggle(jobseeker, "mic", on=True)
    assert_see_each_other_move(jobseeker, counsellor)


def test_the_speaker_is_chosen_where_the_browser_can(talk: Talk) -> None:
    jobseeker, _ = talk
    other = jobseeker.evaluate(CHOOSE % "choose-speaker")
    jobseeker.wait(f"document.querySelector('[data-testid=remote-video]').sinkId === {other!r}")


def test_the_choice_outlives_a_reload(talk: Talk) -> None:
    jobseeker, counsellor = talk
    other = jobseeker.evaluate(CHOOSE % "choose-camera")
    jobseeker.wait(f"{CAMERA} === {other!r}")
    jobseeker.evaluate("window.isOld = true, setTimeout(() => location.reload()), 0")
    jobseeker.wait("!window.isOld && !!window.roomStats")
    assert_see_each_other_move(jobseeker, counsellor)
    assert jobseeker.evaluate(CAMERA) == other


def test_one_tap_turns_to_the_other_camera_of_a_phone(talk: Talk) -> None:
    jobseeker, counsellor = talk
    assert not jobseeker.evaluate(VISIBLE % "flip")  # not on a desk
    jobseeker.evaluate("window.onAPhone = true")
    toggle(jobseeker, "camera", on=False)
    toggle(jobseeker, "camera", on=True)
    jobseeker.click("flip")
    wanted = "asked[asked.length - 1].wanted.video"
    jobseeker.wait(f"!JSON.stringify({wanted}).includes('deviceId') && {CAMERA}")
    assert "environment" in jobseeker.evaluate("asked.map((each) => JSON.stringify(each)).join()")
    jobseeker.evaluate("window.onAPhone = false")
    assert_see_each_other_move(jobseeker, counsellor)


def test_an_unplugged_camera_is_replaced_by_another(talk: Talk) -> None:
    jobseeker, counsellor = talk
    jobseeker.evaluate(
        f"(() => {{ const track = {OWN % 'video'}; track.stop();"
        " track.dispatchEvent(new Event('ended')); })()"
    )
    jobseeker.wait(f"{CAMERA}")
    assert_see_each_other_move(jobseeker, counsellor)


VISIBLE = "document.querySelector('[data-testid=%s]').getClientRects().length > 0"


def open_devices(tab: Tab) -> None:
    tab.click("more")
    tab.click("open-devices")
    tab.wait("document.querySelector('[data-testid=choose-camera]')?.options.length === 3")
