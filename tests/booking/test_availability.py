"""What is free: by examples, and on random cases against an oracle that is written apart."""

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.booking import oracle
from vberatung.booking.availability import (
    Counsellor,
    Rule,
    Span,
    Weekly,
    Window,
    free_slots,
    free_starts,
    window_of,
)
from vberatung.booking.claims import quanta, quantum_of
from vberatung.clock import LOCAL_ZONE, to_local
from vberatung.offices.models import IN_PERSON, PHONE, VIDEO

DAY = timedelta(days=1)
MONDAY = datetime(2026, 11, 23, 0, 0, tzinfo=LOCAL_ZONE)
RULE = Rule(
    duration_min=30,
    buffer_before_min=0,
    buffer_after_min=5,
    step_min=15,
    notice_min=0,
    horizon_days=6,
)


def on(weekday: int, starts: float, ends: float, *channels: str, **values: Any) -> Weekly:
    """Weekly hours; 9.25 is 9:15."""
    return Weekly(weekday, Span(wall(starts), wall(ends), frozenset(channels)), **values)


def wall(hour: float) -> time:
    return time(int(hour), int(hour % 1 * 60))


MONDAY_MORNING = on(0, 9, 10)


def wall_times(
    *hours: Weekly,
    rule: Rule = RULE,
    now: datetime = MONDAY,
    channel: str | None = None,
    closed: frozenset[date] = frozenset(),
    **values: Any,
) -> list[str]:
    """The free starts of one counsellor, as the clock on the wall shows them."""
    window = window_of(rule, now, LOCAL_ZONE, closed)
    slots = free_slots([Counsellor(1, hours, **values)], rule, window, channel)
    return [f"{to_local(start):%a %H:%M}" for start in slots]


def test_starts_lie_on_the_grid_and_end_within_the_hours() -> None:
    assert wall_times(MONDAY_MORNING) == ["Mon 09:00", "Mon 09:15", "Mon 09:30"]


def test_hours_shorter_than_the_talk_offer_nothing() -> None:
    assert wall_times(on(0, 9, 9.25)) == []


def test_a_talk_that_just_fits_is_offered() -> None:
    assert wall_times(on(0, 9, 9.5)) == ["Mon 09:00"]


def test_the_buffer_may_reach_beyond_the_hours() -> None:
    rule = replace(RULE, buffer_after_min=20)
    assert wall_times(MONDAY_MORNING, rule=rule)[-1] == "Mon 09:30"


def test_what_is_taken_is_not_offered_and_buffers_count() -> None:
    nine = MONDAY.replace(hour=9)
    taken = [quanta(nine + timedelta(minutes=40), nine + timedelta(minutes=60), 0, 0)]
    assert wall_times(MONDAY_MORNING, taken=taken) == ["Mon 09:00"]
    longer = replace(RULE, buffer_after_min=15)
    assert wall_times(MONDAY_MORNING, rule=longer, taken=taken) == []


def test_the_buffer_before_a_talk_counts_as_well() -> None:
    nine = quantum_of(MONDAY.replace(hour=9))
    earlier = replace(RULE, buffer_before_min=10)
    assert wall_times(MONDAY_MORNING, rule=earlier, taken=[range(nine - 1, nine)])[0] == "Mon 09:15"
    assert wall_times(MONDAY_MORNING, rule=earlier, taken=[range(nine - 3, nine - 2)])[0] == (
        "Mon 09:00"
    )


def test_an_absence_that_never_ends_costs_nothing_and_hides_everything() -> None:
    for_ever = range(quantum_of(MONDAY), quantum_of(MONDAY) + 10**12)
    assert wall_times(MONDAY_MORNING, taken=[for_ever]) == []


def test_nothing_taken_takes_nothing() -> None:
    nine = quantum_of(MONDAY.replace(hour=9))
    assert len(wall_times(MONDAY_MORNING, taken=[range(nine, nine)])) == 3


def test_the_notice_is_kept_to_the_minute() -> None:
    rule = replace(RULE, notice_min=120)
    at_a_quarter_past_seven = MONDAY.replace(hour=7, minute=15)
    assert wall_times(MONDAY_MORNING, rule=rule, now=at_a_quarter_past_seven)[0] == "Mon 09:15"


@pytest.mark.parametrize("late_by", [timedelta(microseconds=1), timedelta(minutes=1)])
def test_what_has_begun_is_not_offered(late_by: timedelta) -> None:
    assert wall_times(MONDAY_MORNING, now=MONDAY.replace(hour=9) + late_by)[0] == "Mon 09:15"


def test_the_horizon_ends_at_the_same_time_of_day() -> None:
    rule = replace(RULE, horizon_days=7)
    now = MONDAY.replace(hour=9, minute=15)
    assert wall_times(MONDAY_MORNING, rule=rule, now=now) == [
        "Mon 09:15",
        "Mon 09:30",
        "Mon 09:00",
        "Mon 09:15",
    ]


def test_notice_and_horizon_are_hours_that_pass_also_when_the_clocks_change() -> None:
    saturday = AUTUMN[0] - timedelta(hours=12)  # noon in Berlin, in its own zone
    window = window_of(replace(RULE, notice_min=1440, horizon_days=2), saturday, LOCAL_ZONE)
    assert window.earliest - saturday.astimezone(UTC) == timedelta(hours=24)
    assert window.latest - saturday.astimezone(UTC) == timedelta(hours=48)


def test_a_notice_longer_than_the_horizon_leaves_nothing() -> None:
    assert wall_times(MONDAY_MORNING, rule=replace(RULE, notice_min=7 * 1440)) == []


def test_the_pool_shares_a_start() -> None:
    pool = [Counsellor(7, [MONDAY_MORNING]), Counsellor(3, [on(0, 9.25, 10)])]
    slots = free_slots(pool, RULE, window_of(RULE, MONDAY, LOCAL_ZONE))
    assert list(slots.values()) == [[7], [7, 3], [7, 3]]


def test_overlapping_hours_count_a_counsellor_once() -> None:
    pool = [Counsellor(1, [MONDAY_MORNING, on(0, 9, 11)])]
    slots = free_slots(pool, RULE, window_of(RULE, MONDAY, LOCAL_ZONE))
    assert all(ids == [1] for ids in slots.values())


def test_starts_come_in_order_whatever_the_order_of_the_hours() -> None:
    hours = [on(2, 9, 9.5), MONDAY_MORNING]
    assert wall_times(*hours) == ["Mon 09:00", "Mon 09:15", "Mon 09:30", "Wed 09:00"]


def test_a_closed_day_is_closed_also_for_hours_of_that_day() -> None:
    closed = frozenset({MONDAY.date()})
    own = {MONDAY.date(): [Span(time(13), time(14))]}
    assert wall_times(MONDAY_MORNING, on(1, 9, 9.5), closed=closed, days=own) == ["Tue 09:00"]


def test_on_a_day_with_the_daily_maximum_nothing_is_left() -> None:
    full = {MONDAY.date()}
    assert wall_times(MONDAY_MORNING, on(1, 9, 9.5), full=full) == ["Tue 09:00"]


def test_the_hours_of_one_day_take_the_place_of_the_weekly_ones() -> None:
    own = {MONDAY.date(): [Span(time(13), time(13, 30)), Span(time(15), time(15, 30))]}
    assert wall_times(MONDAY_MORNING, days=own) == ["Mon 13:00", "Mon 15:00"]
    assert wall_times(MONDAY_MORNING, days={MONDAY.date(): []}) == []
    another = {MONDAY.date() - DAY: [Span(time(13), time(13, 30))]}
    assert wall_times(MONDAY_MORNING, days=another)[0] == "Mon 09:00"


def test_hours_for_other_channels_do_not_count() -> None:
    hours = [on(0, 9, 9.5, PHONE), on(0, 10, 10.5, VIDEO, IN_PERSON), on(0, 11, 11.5)]
    assert wall_times(*hours, channel=VIDEO) == ["Mon 10:00", "Mon 11:00"]
    assert wall_times(*hours, channel=PHONE) == ["Mon 09:00", "Mon 11:00"]
    assert len(wall_times(*hours)) == 3


def test_hours_are_valid_from_and_until_both_days_included() -> None:
    month = replace(RULE, horizon_days=28)
    second, third = MONDAY.date() + 7 * DAY, MONDAY.date() + 14 * DAY
    hours = on(0, 9, 9.5, valid_from=second, valid_until=third)
    window = window_of(month, MONDAY, LOCAL_ZONE)
    starts = free_starts([Counsellor(1, [hours])], month, window)
    assert [start.date() for start in starts] == [second, third]


def test_every_second_week_counts_from_the_week_of_its_first_day() -> None:
    month = replace(RULE, horizon_days=28)
    wednesday = MONDAY.date() + 2 * DAY  # after the Monday of its week
    hours = on(0, 9, 9.5, valid_from=wednesday, every_weeks=2)
    window = window_of(month, MONDAY, LOCAL_ZONE)
    starts = free_starts([Counsellor(1, [hours])], month, window)
    assert [start.date() for start in starts] == [MONDAY.date() + 14 * DAY]


def test_every_second_week_goes_on_over_a_year_of_53_weeks() -> None:
    december = datetime(2026, 12, 20, tzinfo=LOCAL_ZONE)  # 2026 has a week 53
    month = replace(RULE, horizon_days=35)
    hours = on(0, 9, 9.5, valid_from=date(2026, 12, 21), every_weeks=2)
    starts = free_starts([Counsellor(1, [hours])], month, window_of(month, december, LOCAL_ZONE))
    assert [start.date() for start in starts] == [
        date(2026, 12, 21),
        date(2027, 1, 4),
        date(2027, 1, 18),
    ]


@pytest.mark.parametrize(
    ("starts", "ends"),
    [
        pytest.param(time(22), time(2), id="over midnight"),
        pytest.param(time(22), time(0), id="until midnight"),
        pytest.param(time(9), time(9), id="no time at all"),
        pytest.param(time(9, 1), time(10), id="begins between five minutes"),
        pytest.param(time(9), time(10, 0, 1), id="ends between five minutes"),
    ],
)
def test_spans_over_midnight_are_refused(starts: time, ends: time) -> None:
    with pytest.raises(ValueError, match="a span"):
        Span(starts, ends)


# The two nights a year in which the clocks change

SPRING = [datetime(2026, 3, 29, tzinfo=LOCAL_ZONE), datetime(2027, 3, 28, tzinfo=LOCAL_ZONE)]
AUTUMN = [datetime(2026, 10, 25, tzinfo=LOCAL_ZONE), datetime(2027, 10, 31, tzinfo=LOCAL_ZONE)]
SUNDAY = 6
HOURLY = replace(RULE, duration_min=60, step_min=60)
HALF_HOURLY = replace(RULE, step_min=30)


def nights(changes: list[datetime], starts: float, ends: float, rule: Rule = HALF_HOURLY) -> Any:
    """The UTC offset in hours and the wall time of each start; the same every year."""
    found = []
    for change in changes:
        window = window_of(rule, change, LOCAL_ZONE)
        slots = free_starts([Counsellor(1, [on(SUNDAY, starts, ends)])], rule, window)
        found.append([f"{to_local(start):%H:%M %z}"[:9] for start in slots])
    assert all(each == found[0] for each in found)
    return found[0]


def test_times_wrong_around_the_clock_change_nine_is_nine_on_every_day_of_that_week() -> None:
    daily = [on(weekday, 9, 9.5) for weekday in range(7)]
    for change in SPRING + AUTUMN:
        starts = wall_times(*daily, now=change - timedelta(days=3))
        assert [start.split()[1] for start in starts] == ["09:00"] * len(starts)
        assert {start.split()[0] for start in starts} >= {"Sat", "Sun", "Mon"}


def test_in_spring_the_night_lacks_an_hour() -> None:
    assert nights(SPRING, 1, 5, HOURLY) == ["01:00 +01", "03:00 +02", "04:00 +02"]


def test_in_autumn_the_night_has_an_hour_twice() -> None:
    expected = ["01:00 +02", "02:00 +02", "02:00 +01", "03:00 +01", "04:00 +01"]
    assert nights(AUTUMN, 1, 5, HOURLY) == expected


def test_in_spring_hours_that_the_clock_never_shows_offer_nothing() -> None:
    assert nights(SPRING, 2, 3) == []
    assert nights(SPRING, 2.25, 2.75) == []


def test_in_spring_hours_end_when_the_clock_jumps_over_their_end() -> None:
    assert nights(SPRING, 1, 2.5) == ["01:00 +01", "01:30 +01"]


def test_in_spring_hours_begin_when_the_clock_jumps_over_their_beginning() -> None:
    assert nights(SPRING, 2.5, 4) == ["03:00 +02", "03:30 +02"]


def test_in_spring_a_talk_may_last_over_the_jump() -> None:
    assert nights(SPRING, 1.75, 3.25) == ["01:45 +01"]


def test_in_autumn_hours_within_the_doubled_hour_come_twice() -> None:
    assert nights(AUTUMN, 2.25, 2.75) == ["02:15 +02", "02:15 +01"]


def test_in_autumn_no_talk_lasts_into_a_time_outside_the_hours() -> None:
    assert nights(AUTUMN, 2.5, 4) == ["02:30 +02", "02:30 +01", "03:00 +01", "03:30 +01"]
    assert nights(AUTUMN, 1, 2.5) == ["01:00 +02", "01:30 +02", "02:00 +02", "02:00 +01"]


# What must hold for all hours, rules and claims, checked most of all around the two changes.


def cases(number: int) -> Callable[[Any], Any]:
    """So many random cases in `make test`, 10,000 in this file; a tenth of them in `make check`."""
    return settings(max_examples=number if os.environ.get("THOROUGH") else number // 10)


@dataclass(frozen=True)
class Case:
    """Everything that availability is asked about at once."""

    pool: list[Counsellor]
    rule: Rule
    now: datetime
    closed: frozenset[date]
    channel: str | None

    @property
    def window(self) -> Window:
        return window_of(self.rule, self.now, LOCAL_ZONE, self.closed)

    @property
    def free(self) -> dict[datetime, list[int]]:
        return free_slots(self.pool, self.rule, self.window, self.channel)

    @property
    def offers(self) -> list[tuple[datetime, Counsellor]]:
        by_id = {counsellor.id: counsellor for counsellor in self.pool}
        return [(start, by_id[id]) for start, ids in self.free.items() for id in ids]

    def end_of(self, start: datetime) -> datetime:
        return start + timedelta(minutes=self.rule.duration_min)


def one_of_each(*options: Sequence[Any]) -> st.SearchStrategy[list[Any]]:
    """A choice from each of these by a single number: much faster than by one draw each."""
    sizes = [len(each) for each in options]

    def chosen(number: int) -> list[Any]:
        values = []
        for each, size in zip(options, sizes, strict=True):
            number, index = divmod(number, size)
            values.append(each[index])
        return values

    number = math.prod(sizes)
    assert number < 2**24, "above this, small numbers are drawn more often"
    return st.integers(0, number - 1).map(chosen)


DAY_LONG = [time(n // 12, n % 12 * 5) for n in range(288)]
NIGHT = [wall_time for wall_time in DAY_LONG if 1 <= wall_time.hour <= 3]
WALL_TIMES = DAY_LONG + 4 * NIGHT  # often in the night of the change
CHANNELS = [frozenset(), frozenset({VIDEO}), frozenset({PHONE, IN_PERSON})]
SPANS = (
    one_of_each(WALL_TIMES, WALL_TIMES, CHANNELS)
    .filter(lambda drawn: drawn[0] != drawn[1])
    .map(lambda drawn: Span(min(drawn[:2]), max(drawn[:2]), drawn[2]))
)
RULES = one_of_each(
    range(5, 125, 5),
    [0, 5, 10, 30],
    [0, 5, 15, 60],
    [5, 10, 15, 20, 30, 45, 60],
    [0, 1, 30, 120, 1440, 3001],
    range(16),
).map(lambda drawn: Rule(*drawn))
AROUND = [*SPRING, *AUTUMN, MONDAY, datetime(2026, 12, 30, tzinfo=LOCAL_ZONE)]
NOW = one_of_each(AROUND, range(-3 * 1440, 1440), [0, 1, 30_000_000]).map(
    lambda drawn: drawn[0].astimezone(UTC) + timedelta(minutes=drawn[1], microseconds=drawn[2])
)


@st.composite
def make_cases(draw: st.DrawFn) -> Case:
    now, rule = draw(NOW), draw(RULES)
    days = [now.date() + n * DAY for n in range(-2, rule.horizon_days + 3)]
    near = one_of_each(days).map(lambda drawn: drawn[0])
    firsts = [None, *(now.date() + n * DAY for n in range(-20, 16))]
    weekly = st.builds(
        lambda span, drawn: Weekly(drawn[0], span, drawn[1], drawn[2], drawn[3] if drawn[1] else 1),
        SPANS,
        one_of_each(range(7), firsts, [None, None, *days], [1, 1, 2, 3]),
    )
    begins = range(quantum_of(now) - 288, quantum_of(now) + 288 * (rule.horizon_days + 1))
    taken = one_of_each(begins, [*range(1, 20), 600]).map(
        lambda drawn: range(drawn[0], drawn[0] + drawn[1])
    )
    pool = [
        Counsellor(
            id,
            draw(st.lists(weekly, min_size=2, max_size=6)),
            draw(st.dictionaries(near, st.lists(SPANS, max_size=2), max_size=2)),
            draw(st.lists(taken, max_size=4)),
            draw(st.frozensets(near, max_size=2)),
        )
        for id in (1, 2)
    ]
    closed = draw(st.frozensets(near, max_size=2))
    return Case(pool, rule, now, closed, draw(st.sampled_from([None, VIDEO, PHONE])))


@pytest.mark.timeout(600)  # the oracle is slow
@cases(5000)
@given(make_cases())
def test_exactly_what_the_slow_and_obvious_one_finds_is_free(case: Case) -> None:
    free = case.free
    assert {start: set(ids) for start, ids in free.items()} == oracle.free_slots(
        case.pool, case.rule, case.now, case.closed, case.channel
    )
    assert list(free) == sorted(free)
    assert all(len(ids) == len(set(ids)) for ids in free.values())
    assert free_starts(case.pool, case.rule, case.window, case.channel) == list(free)


@cases(1000)
@given(make_cases())
def test_never_before_the_notice_and_never_after_the_horizon(case: Case) -> None:
    for start in case.free:
        assert case.now + timedelta(minutes=case.rule.notice_min) <= start
        assert start <= case.now + timedelta(days=case.rule.horizon_days)


@cases(1000)
@given(make_cases())
def test_never_over_a_claim_an_absence_or_a_busy_time_with_its_buffers(case: Case) -> None:
    before, after = case.rule.buffer_before_min, case.rule.buffer_after_min
    for start, counsellor in case.offers:
        needed = quanta(start, case.end_of(start), before, after)
        assert all(
            taken.stop <= needed.start or needed.stop <= taken.start for taken in counsellor.taken
        )


@cases(1000)
@given(make_cases())
def test_never_outside_the_hours_of_the_wall_clock_nor_on_hours_of_another_channel(
    case: Case,
) -> None:
    for start, counsellor in case.offers:
        begins, last = to_local(start), to_local(case.end_of(start) - timedelta(minutes=5))
        assert begins.date() == last.date(), "over midnight"
        assert any(
            span.starts <= begins.time() and last.time() < span.ends
            for span in oracle.spans_on(begins.date(), counsellor)
            if not (case.channel and span.channels) or case.channel in span.channels
        )


@cases(1000)
@given(make_cases())
def test_never_on_a_closed_day_nor_over_the_daily_maximum(case: Case) -> None:
    for start, counsellor in case.offers:
        assert to_local(start).date() not in case.closed
        assert to_local(start).date() not in counsellor.full


@cases(1000)
@given(make_cases(), st.integers(-1, 16))
def test_one_day_alone_has_what_the_whole_has_on_this_day(case: Case, offset: int) -> None:
    day = to_local(case.now).date() + offset * DAY
    window = window_of(case.rule, case.now, LOCAL_ZONE, case.closed, only=day)
    alone = free_slots(case.pool, case.rule, window, case.channel)
    assert alone == {
        start: ids for start, ids in case.free.items() if to_local(start).date() == day
    }
