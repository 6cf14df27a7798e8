"""Pure: when the room is open."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.support.cast import AT_TEN
from vberatung.room import access
from vberatung.room.access import NotOpenYet, RoomOver, Times

TALK = Times(
    starts_at=AT_TEN,
    ends_at=AT_TEN + timedelta(minutes=30),
    cancelled=False,
    talk_ended_at=None,
)
SECOND = timedelta(seconds=1)


def test_it_opens_fifteen_minutes_before_the_start() -> None:
    opening = AT_TEN - timedelta(minutes=15)
    assert not access.is_open(TALK, opening - SECOND)
    assert access.is_open(TALK, opening)


def test_it_closes_an_hour_after_the_planned_end() -> None:
    closing = AT_TEN + timedelta(minutes=90)
    assert access.is_open(TALK, closing - SECOND)
    assert not access.is_open(TALK, closing)


def test_too_early_says_when_it_opens() -> None:
    with pytest.raises(NotOpenYet) as caught:
        access.check_open(TALK, AT_TEN - timedelta(hours=1))
    assert caught.value.times.opens_at == AT_TEN - timedelta(minutes=15)


@pytest.mark.parametrize("change", [{"cancelled": True}, {"talk_ended_at": AT_TEN}])
def test_a_cancelled_or_ended_talk_is_over_at_any_time(change: dict[str, bool | datetime]) -> None:
    over = replace(TALK, **change)  # type: ignore[arg-type]
    for moment in (AT_TEN - timedelta(days=3), AT_TEN):
        assert access.is_over(over, moment)
        with pytest.raises(RoomOver):
            access.check_open(over, moment)
