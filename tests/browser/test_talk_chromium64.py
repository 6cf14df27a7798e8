"""An engine of early 2018 holds a talk with a current one."""

import os

import pytest

from . import installed
from .engines import Chromium
from .server import Server
from .talk import assert_see_each_other_move, assert_silent, begin_talk, toggle


def test_a_jobseeker_with_an_old_phone(
    server: Server, chromium64: Chromium, counsellor: Chromium
) -> None:
    begin_talk(chromium64, counsellor, server)
    assert_devices_can_be_switched(chromium64, counsellor)


@pytest.mark.skipif("ALL_BROWSERS" not in os.environ, reason="only with ALL_BROWSERS=1")
def test_a_jobseeker_with_chromium_92(server: Server, counsellor: Chromium) -> None:
    with Chromium(installed.old_chromium(92)) as jobseeker:
        begin_talk(jobseeker, counsellor, server)
        assert_devices_can_be_switched(jobseeker, counsellor)
        assert_silent(jobseeker)


def assert_devices_can_be_switched(jobseeker: Chromium, counsellor: Chromium) -> None:
    for what in ("mic", "camera"):
        toggle(jobseeker, what, on=False)
        toggle(jobseeker, what, on=True)
    assert_see_each_other_move(jobseeker, counsellor)
