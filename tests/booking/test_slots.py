from datetime import UTC, date, datetime, timedelta

from vberatung.booking.slots import by_day, nearest

MIDNIGHT_IN_BERLIN = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
NINE = MIDNIGHT_IN_BERLIN + timedelta(hours=9)


def hours(*counts: float) -> list[datetime]:
    return [MIDNIGHT_IN_BERLIN + timedelta(hours=count) for count in counts]


def test_a_day_is_a_day_in_berlin() -> None:
    days = by_day(hours(-1, 0, 23, 24))
    assert [day.date for day in days] == [date(2026, 11, d) for d in (22, 23, 24)]


def test_the_afternoon_begins_at_twelve() -> None:
    (day,) = by_day(hours(9, 11.75, 12, 15))
    assert [start.hour for start in day.morning] == [9, 11]
    assert [start.hour for start in day.afternoon] == [12, 15]


def test_a_day_without_a_morning_begins_in_the_afternoon() -> None:
    (day,) = by_day(hours(14, 15))
    assert day.first == hours(14)[0]
    assert len(day) == 2


def test_no_starts_are_no_days() -> None:
    assert by_day([]) == []


def test_the_nearest_come_in_order_of_time() -> None:
    assert nearest(hours(8, 9, 10, 14), hours(9.5)[0], 3) == hours(8, 9, 10)


def test_there_may_be_fewer_than_wished() -> None:
    assert nearest(hours(8), NINE, 3) == hours(8)
