"""An engine of early 2018 holds a talk with a current one."""

from .engines import Chromium
from .server import Server
from .talk import assert_see_each_other_move, begin_talk, toggle


def test_a_jobseeker_with_an_old_phone(
    server: Server, chromium64: Chromium, counsellor: Chromium
) -> None:
    begin_talk(chromium64, counsellor, server)
    toggle(chromium64, "mic", on=False)
    toggle(chromium64, "mic", on=True)
    toggle(chromium64, "camera", on=False)
    toggle(chromium64, "camera", on=True)
    assert_see_each_other_move(chromium64, counsellor)
