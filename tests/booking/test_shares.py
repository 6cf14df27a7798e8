"""Whose turn it is: pure rules."""

from datetime import timedelta

from tests.support.cast import AT_TEN
from vberatung import clock
from vberatung.booking.availability import Rule
from vberatung.booking.shares import Shares, by_load

ONE, TWO = 1, 2
"""Counsellors."""
RULE = Rule(
    duration_min=30,
    buffer_before_min=0,
    buffer_after_min=5,
    step_min=5,
    notice_min=0,
    horizon_days=14,
)
HOUR = timedelta(hours=1)
THIS_WEEK = clock.local_monday(AT_TEN)


def test_the_least_booked_of_the_week_comes_first_and_a_tie_goes_to_the_lowest_id() -> None:
    assert by_load({}, [TWO, ONE], AT_TEN) == [ONE, TWO]
    load = {(ONE, THIS_WEEK): HOUR}
    assert by_load(load, [ONE, TWO], AT_TEN) == [TWO, ONE]
    assert by_load(load, [ONE, TWO], AT_TEN + timedelta(days=7)) == [ONE, TWO]


def test_minutes_count_and_not_how_many_talks_were_given() -> None:
    """Two talks of half an hour are less than five hours that were booked before."""
    shares = Shares({(TWO, THIS_WEEK): 5 * HOUR})
    for number in range(2):
        start = AT_TEN + number * HOUR
        assert shares.open_to([ONE, TWO], RULE, start) == [ONE, TWO]
        shares.give(ONE, RULE, start)
    assert shares.load[ONE, THIS_WEEK] == HOUR


def test_what_is_given_takes_its_buffer_too() -> None:
    shares = Shares()
    shares.give(ONE, RULE, AT_TEN)
    assert shares.open_to([ONE], RULE, AT_TEN + timedelta(minutes=30)) == []
    assert shares.open_to([ONE], RULE, AT_TEN + timedelta(minutes=35)) == [ONE]


def test_a_daily_maximum_is_used_up_and_missing_is_none() -> None:
    shares = Shares(room={(ONE, AT_TEN.date()): 1})
    for id in (ONE, TWO):
        shares.give(id, RULE, AT_TEN)
    assert shares.open_to([ONE, TWO], RULE, AT_TEN + HOUR) == [TWO]
    assert ONE in shares.open_to([ONE], RULE, AT_TEN + timedelta(days=1))
