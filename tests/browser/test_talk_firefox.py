"""Chromium and Firefox hold a talk, whoever of the two is on which side."""

from .engines import Chromium, Firefox
from .server import Server
from .talk import assert_see_each_other_move, begin_talk, toggle


def test_a_jobseeker_with_firefox(server: Server, firefox: Firefox, counsellor: Chromium) -> None:
    begin_talk(firefox, counsellor, server)
    toggle(firefox, "camera", on=False)
    toggle(firefox, "camera", on=True)
    assert_see_each_other_move(firefox, counsellor)


def test_a_counsellor_with_firefox(server: Server, jobseeker: Chromium, firefox: Firefox) -> None:
    begin_talk(jobseeker, firefox, server)
    # Nobody has clicked on this page yet, so Firefox plays the picture alone.
    firefox.click("sound")
    firefox.wait("!document.querySelector('[data-testid=remote-video]').muted")
    assert_see_each_other_move(jobseeker, firefox)
