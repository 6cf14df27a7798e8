"""How long an offer stands, and which times suit: pure rules."""

from datetime import UTC, date, datetime, timedelta

import pytest

from vberatung import clock
from vberatung.booking.slots import AFTERNOON, MORNING
from vberatung.waiting.rules import ANY_TIME, end_of_offer, suits

NOTICE = timedelta(hours=2)
MONDAY = datetime(2026, 11, 23, tzinfo=clock.LOCAL_ZONE)
FRIDAY = MONDAY + timedelta(days=4, hours=10)


def at(hour: int, minute: int = 0, day: datetime = MONDAY) -> datetime:
    return day.replace(hour=hour, minute=minute)


@pytest.mark.parametrize(
    ("made", "ends"),
    [
        pytest.param(at(8), at(9), id="early"),
        pytest.param(at(13, 17), at(14, 17), id="by day"),
        pytest.param(at(19), at(20), id="in the last hour"),
        pytest.param(at(19, 45), at(8, 45) + timedelta(days=1), id="in the evening"),
        pytest.param(at(20), at(9) + timedelta(days=1), id="at the end of the day"),
        pytest.param(at(23, 30), at(9) + timedelta(days=1), id="late"),
        pytest.param(at(3), at(9), id="at night"),
    ],
)
def test_an_offer_stands_for_an_hour_while_people_are_awake(made: datetime, ends: datetime) -> None:
    assert end_of_offer(made, FRIDAY, NOTICE) == ends


def test_an_offer_ends_with_the_notice_before_the_start() -> None:
    assert end_of_offer(at(8), at(10, 30), NOTICE) == at(8, 30)


@pytest.mark.parametrize("start", [at(10), at(10, 5), at(9), at(7)])
def test_without_time_to_answer_nothing_is_offered(start: datetime) -> None:
    assert end_of_offer(at(8), start, NOTICE) is None


@pytest.mark.parametrize(
    ("evening", "morning"),
    [("2026-03-28", "2026-03-29"), ("2026-10-24", "2026-10-25")],
    ids=["23 hours", "25 hours"],
)
def test_over_the_night_of_a_clock_change_it_is_the_hour_of_the_wall(
    evening: str, morning: str
) -> None:
    made = datetime.fromisoformat(f"{evening}T22:00").replace(tzinfo=clock.LOCAL_ZONE)
    ends = end_of_offer(made.astimezone(UTC), made + timedelta(days=9), NOTICE)
    assert ends is not None
    assert clock.to_local(ends).isoformat().startswith(f"{morning}T09:00")


@pytest.mark.parametrize(
    ("part", "hour", "fits"),
    [
        (ANY_TIME, 9, True),
        (MORNING, 11, True),
        (MORNING, 12, False),
        (AFTERNOON, 12, True),
        (AFTERNOON, 11, False),
    ],
)
def test_the_part_of_the_day_is_local(part: str, hour: int, fits: bool) -> None:
    assert suits(at(hour).astimezone(UTC), part, None, None) is fits


def test_the_last_useful_day_is_included() -> None:
    assert suits(at(23, 30).astimezone(UTC), ANY_TIME, date(2026, 11, 23), None)
    assert not suits(at(0) + timedelta(days=1), ANY_TIME, date(2026, 11, 23), None)


def test_earlier_is_before_the_present_appointment() -> None:
    assert suits(at(9), ANY_TIME, None, at(10))
    assert not suits(at(10), ANY_TIME, None, at(10))
