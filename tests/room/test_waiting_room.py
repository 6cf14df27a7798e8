from datetime import datetime, timedelta

import pytest

from tests.support.cast import AT_TEN
from vberatung.room.waiting_room import Turn, before, shows_phone


def at(hour: int, minute: int) -> datetime:
    return AT_TEN.replace(hour=hour, minute=minute)


ME = Turn(starts_at=at(10, 0), arrived_at=at(9, 50))


@pytest.mark.parametrize(
    ("others", "number"),
    [
        pytest.param([], 0, id="nobody else waits"),
        pytest.param([Turn(at(9, 30), at(9, 25))], 1, id="due before"),
        pytest.param([Turn(at(10, 30), at(9, 40))], 0, id="here first, but due after"),
        pytest.param([Turn(at(9, 30), at(9, 55))], 1, id="late, but before my time"),
        pytest.param([Turn(at(9, 30), at(10, 10))], 0, id="late, and after my time"),
        pytest.param([Turn(at(9, 0), at(9, 0)), Turn(at(9, 30), at(9, 30))], 2, id="two"),
        pytest.param([ME], 0, id="the same moment"),
    ],
)
def test_who_comes_before_me(others: list[Turn], number: int) -> None:
    assert before(ME, others) == number


def test_of_two_who_wait_one_is_before_the_other_and_not_the_other_way_round() -> None:
    late = Turn(at(9, 30), at(10, 0))
    assert {before(ME, [late]), before(late, [ME])} == {0, 1}


@pytest.mark.parametrize(
    ("arrived", "shown_at"),
    [
        pytest.param(at(9, 45), at(10, 5), id="early: counted from the start"),
        pytest.param(at(10, 20), at(10, 25), id="late: counted from the arrival"),
    ],
)
def test_the_telephone_is_shown_after_the_offices_minutes(
    arrived: datetime, shown_at: datetime
) -> None:
    me = Turn(at(10, 0), arrived)
    assert not shows_phone(me, 5, shown_at - timedelta(seconds=1))
    assert shows_phone(me, 5, shown_at)
