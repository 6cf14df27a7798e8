"""§ 38 Abs. 1 SGB III, counted by §§ 187, 188 BGB and § 26 SGB X."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vberatung.offices.holidays import holidays_of
from vberatung.registration.deadlines import (
    THREE_DAYS,
    THREE_MONTHS,
    deadline,
    next_working_day,
    three_months_before,
)

DAYS = st.dates(date(1990, 1, 1), date(2100, 1, 1))


def no_holiday(day: date) -> bool:
    return False


def saxon(day: date) -> bool:
    return day in holidays_of("SN", day.year)


@pytest.mark.parametrize(
    ("end", "last"),
    [
        ("2027-06-15", "2027-03-15"),
        ("2027-05-31", "2027-02-28"),  # no 31 in February: its last day (§ 188 Abs. 3)
        ("2028-05-31", "2028-02-29"),  # a leap year
        ("2027-05-30", "2027-02-28"),
        ("2028-05-29", "2028-02-29"),
        ("2027-05-28", "2027-02-28"),
        ("2027-06-30", "2027-03-30"),  # the same number, though March has a 31
        ("2027-02-28", "2026-11-28"),
        ("2027-12-31", "2027-09-30"),
        ("2027-03-31", "2026-12-31"),  # over the year
        ("2027-01-01", "2026-10-01"),
        ("2027-09-30", "2027-06-30"),
    ],
)
def test_three_months_before_is_the_day_of_the_same_number(end: str, last: str) -> None:
    assert three_months_before(date.fromisoformat(end)) == date.fromisoformat(last)


@pytest.mark.parametrize(
    ("known", "end", "rule", "last"),
    [
        # long known: three months before
        ("2026-11-02", "2027-06-15", THREE_MONTHS, "2027-03-15"),
        # known on the very day three months before: these are not fewer than three
        ("2027-03-15", "2027-06-15", THREE_MONTHS, "2027-03-15"),
        # a day later they are: three days, the first one does not count
        ("2027-03-16", "2027-06-15", THREE_DAYS, "2027-03-19"),
        # the third day is a Saturday, a Sunday: Monday
        ("2027-03-17", "2027-06-15", THREE_DAYS, "2027-03-22"),
        ("2027-03-18", "2027-06-15", THREE_DAYS, "2027-03-22"),
        # three months before is a Sunday: Monday
        ("2026-11-02", "2027-05-31", THREE_MONTHS, "2027-03-01"),
        # the third day is Good Friday, then Easter: Tuesday
        ("2027-03-23", "2027-04-30", THREE_DAYS, "2027-03-30"),
        # Reformation Day is a holiday in Saxony, and then it is Sunday
        ("2026-10-28", "2026-11-30", THREE_DAYS, "2026-11-02"),
        # dismissed without notice: known on the last day
        ("2026-11-23", "2026-11-23", THREE_DAYS, "2026-11-26"),
        # learnt of it after the end
        ("2026-11-23", "2026-11-20", THREE_DAYS, "2026-11-26"),
        # over Christmas and New Year
        ("2026-12-22", "2027-01-31", THREE_DAYS, "2026-12-28"),
        ("2026-12-29", "2027-01-31", THREE_DAYS, "2027-01-04"),
    ],
)
def test_the_deadline_of_somebody_in_saxony(known: str, end: str, rule: str, last: str) -> None:
    found = deadline(date.fromisoformat(end), date.fromisoformat(known), saxon)
    assert (found.rule, found.last_day.isoformat()) == (rule, last)


def test_a_holiday_of_another_land_does_not_count() -> None:
    repentance = date(2026, 11, 18)  # Buß- und Bettag, in Saxony only
    assert next_working_day(repentance, saxon) == date(2026, 11, 19)
    assert next_working_day(repentance, lambda day: day in holidays_of("BY", day.year)) == (
        repentance
    )


def test_without_the_day_of_learning_three_months_hold() -> None:
    found = deadline(date(2027, 6, 15), None, no_holiday)
    assert (found.rule, found.last_day) == (THREE_MONTHS, date(2027, 3, 15))


def test_the_last_day_itself_is_in_time() -> None:
    found = deadline(date(2027, 6, 15), None, no_holiday)
    assert not found.is_over(date(2027, 3, 15))
    assert found.is_over(date(2027, 3, 16))


def test_a_weekend_is_said_to_be_the_reason() -> None:
    assert deadline(date(2027, 5, 31), None, no_holiday).shifted
    assert not deadline(date(2027, 6, 15), None, no_holiday).shifted


@given(end=DAYS)
def test_at_least_three_full_months_remain(end: date) -> None:
    """Counted forward again (§ 188 Abs. 2 and 3 BGB), three months end no later than the end."""
    before = three_months_before(end)
    months = before.year * 12 + before.month - 1 + 3
    first_of_next = date((months + 1) // 12, (months + 1) % 12 + 1, 1)
    last = (first_of_next - timedelta(days=1)).day
    forward = date(months // 12, months % 12 + 1, min(before.day, last))
    assert forward <= end


@given(end=DAYS, known=DAYS)
def test_the_last_day_is_a_working_day_close_to_the_counted_one(end: date, known: date) -> None:
    found = deadline(end, known, saxon)
    assert found.last_day.weekday() < 5
    assert not saxon(found.last_day)
    assert timedelta(0) <= found.last_day - found.counted <= timedelta(days=5)


@given(end=DAYS, known=DAYS)
def test_three_days_only_when_fewer_than_three_months_are_left(end: date, known: date) -> None:
    found = deadline(end, known, no_holiday)
    assert (found.rule == THREE_DAYS) == (known > three_months_before(end))
