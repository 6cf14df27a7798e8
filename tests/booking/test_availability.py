from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.booking import oracle
from vberatung.booking.availability import Counsellor, Rule, Span, free_slots
from vberatung.booking.claims import quanta, quantum_of
from vberatung.clock import LOCAL_ZONE, to_local

MONDAY = datetime(2026, 11, 23, 0, 0, tzinfo=LOCAL_ZONE)
RULE = Rule(
    duration_min=30,
    buffer_before_min=0,
    buffer_after_min=5,
    step_min=15,
    notice_min=0,
    horizon_days=6,
)
MONDAY_MORNING = Span(0, time(9), time(10))


def wall_times(
    *hours: Span, rule: Rule = RULE, now: datetime = MONDAY, taken: range = range(0)
) -> list[str]:
    """The free starts of one counsellor, as the clock on the wall shows them."""
    slots = free_slots([Counsellor(1, hours, frozenset(taken))], rule, now, LOCAL_ZONE)
    return [f"{to_local(start):%a %H:%M}" for start in slots]


def test_starts_lie_on_the_grid_and_end_within_the_hours() -> None:
    assert wall_times(MONDAY_MORNING) == ["Mon 09:00", "Mon 09:15", "Mon 09:30"]


def test_hours_shorter_than_the_talk_offer_nothing() -> None:
    assert wall_times(Span(0, time(9), time(9, 25))) == []


def test_a_talk_that_just_fits_is_offered() -> None:
    assert wall_times(Span(0, time(9), time(9, 30))) == ["Mon 09:00"]


def test_the_buffer_may_reach_beyond_the_hours() -> None:
    rule = replace(RULE, buffer_after_min=20)
    assert wall_times(MONDAY_MORNING, rule=rule)[-1] == "Mon 09:30"


def test_what_is_taken_is_not_offered_and_buffers_count() -> None:
    nine = MONDAY.replace(hour=9)
    taken = quanta(nine + timedelta(minutes=40), nine + timedelta(minutes=60), 0, 0)
    assert wall_times(MONDAY_MORNING, taken=taken) == ["Mon 09:00"]
    longer = replace(RULE, buffer_after_min=15)
    assert wall_times(MONDAY_MORNING, rule=longer, taken=taken) == []


def test_the_notice_is_kept_to_the_minute() -> None:
    rule = replace(RULE, notice_min=120)
    at_a_quarter_past_seven = MONDAY.replace(hour=7, minute=15)
    assert wall_times(MONDAY_MORNING, rule=rule, now=at_a_quarter_past_seven)[0] == "Mon 09:15"


def test_what_has_begun_is_not_offered() -> None:
    assert wall_times(MONDAY_MORNING, now=MONDAY.replace(hour=9, minute=1))[0] == "Mon 09:15"


def test_the_horizon_ends_at_the_same_time_of_day() -> None:
    rule = replace(RULE, horizon_days=7)
    now = MONDAY.replace(hour=9, minute=15)
    assert wall_times(MONDAY_MORNING, rule=rule, now=now) == [
        "Mon 09:15",
        "Mon 09:30",
        "Mon 09:00",
        "Mon 09:15",
    ]


def test_the_pool_shares_a_start() -> None:
    pool = [Counsellor(7, [MONDAY_MORNING]), Counsellor(3, [Span(0, time(9, 15), time(10))])]
    slots = free_slots(pool, RULE, MONDAY, LOCAL_ZONE)
    assert [list(ids) for ids in slots.values()] == [[7], [7, 3], [7, 3]]


def test_overlapping_hours_count_a_counsellor_once() -> None:
    pool = [Counsellor(1, [MONDAY_MORNING, Span(0, time(9), time(11))])]
    slots = free_slots(pool, RULE, MONDAY, LOCAL_ZONE)
    assert all(list(ids) == [1] for ids in slots.values())


def test_starts_come_in_order_whatever_the_order_of_the_hours() -> None:
    hours = [Span(2, time(9), time(9, 30)), MONDAY_MORNING]
    assert wall_times(*hours) == ["Mon 09:00", "Mon 09:15", "Mon 09:30", "Wed 09:00"]


SPRING = [datetime(2026, 3, 29, tzinfo=LOCAL_ZONE), datetime(2027, 3, 28, tzinfo=LOCAL_ZONE)]
AUTUMN = [datetime(2026, 10, 25, tzinfo=LOCAL_ZONE), datetime(2027, 10, 31, tzinfo=LOCAL_ZONE)]
SUNDAY = 6
HOURLY = replace(RULE, duration_min=60, step_min=60)


def test_nine_is_nine_on_the_wall_on_every_day_of_the_week_of_the_change() -> None:
    daily = [Span(weekday, time(9), time(9, 30)) for weekday in range(7)]
    for change in SPRING + AUTUMN:
        starts = wall_times(*daily, now=change - timedelta(days=3))
        assert [start.split()[1] for start in starts] == ["09:00"] * len(starts)
        assert {start.split()[0] for start in starts} >= {"Sat", "Sun", "Mon"}


def test_in_spring_the_night_lacks_an_hour() -> None:
    for change in SPRING:
        starts = wall_times(Span(SUNDAY, time(1), time(5)), rule=HOURLY, now=change)
        assert starts == ["Sun 01:00", "Sun 03:00", "Sun 04:00"]


def test_in_autumn_the_night_has_an_hour_twice() -> None:
    for change in AUTUMN:
        starts = wall_times(Span(SUNDAY, time(1), time(5)), rule=HOURLY, now=change)
        assert starts == ["Sun 01:00", "Sun 02:00", "Sun 02:00", "Sun 03:00", "Sun 04:00"]


# What must hold for all hours, rules and claims, checked most of all around the two changes.

FIVE_MINUTES = st.integers(0, 287)
WALL_TIMES = FIVE_MINUTES.map(lambda n: time(n // 12, n % 12 * 5)).filter(
    lambda moment: moment.hour != 2  # this hour is there twice, or not at all
)
SPANS = st.builds(
    lambda weekday, ends: Span(weekday, min(ends), max(ends)),
    st.integers(0, 6),
    st.tuples(WALL_TIMES, WALL_TIMES),
)
RULES = st.builds(
    Rule,
    duration_min=st.integers(1, 24).map(lambda n: 5 * n),
    buffer_before_min=st.integers(0, 20),
    buffer_after_min=st.integers(0, 20),
    step_min=st.sampled_from([5, 10, 15, 20, 30, 45, 60]),
    notice_min=st.integers(0, 3000),
    horizon_days=st.integers(0, 5),
)
NOW = st.builds(
    lambda day, minutes, seconds: (day + timedelta(minutes=minutes, seconds=seconds)).astimezone(
        UTC
    ),
    st.sampled_from([*SPRING, *AUTUMN, MONDAY]),
    st.integers(-3 * 1440, 1440),
    st.integers(0, 59),
)


@st.composite
def pools(draw: st.DrawFn, now: datetime) -> list[Counsellor]:
    near = st.integers(quantum_of(now), quantum_of(now) + 5 * 288)
    talks = st.lists(st.builds(lambda at, length: range(at, at + length), near, st.integers(1, 20)))
    return [
        Counsellor(
            id,
            draw(st.lists(SPANS, max_size=4)),
            frozenset(quantum for talk in draw(talks) for quantum in talk),
        )
        for id in range(1, draw(st.integers(1, 3)) + 1)
    ]


@given(st.data(), RULES, NOW)
def test_availability_agrees_with_the_slow_and_obvious_one(
    data: st.DataObject, rule: Rule, now: datetime
) -> None:
    pool = data.draw(pools(now))
    fast = free_slots(pool, rule, now, LOCAL_ZONE)
    assert {start: set(ids) for start, ids in fast.items()} == oracle.free_slots(
        pool, rule, now, LOCAL_ZONE
    )
    assert list(fast) == sorted(fast)
    assert all(len(ids) == len(set(ids)) for ids in fast.values())


@given(st.data(), RULES, NOW)
def test_nothing_is_offered_too_soon_too_late_or_over_a_claim(
    data: st.DataObject, rule: Rule, now: datetime
) -> None:
    pool = {counsellor.id: counsellor for counsellor in data.draw(pools(now))}
    for start, ids in free_slots(list(pool.values()), rule, now, LOCAL_ZONE).items():
        assert now + timedelta(minutes=rule.notice_min) <= start
        assert start <= now + timedelta(days=rule.horizon_days)
        end = start + timedelta(minutes=rule.duration_min)
        needed = quanta(start, end, rule.buffer_before_min, rule.buffer_after_min)
        assert all(pool[id].taken.isdisjoint(needed) for id in ids)


@given(st.data(), RULES, NOW)
def test_a_talk_begins_and_ends_within_its_counsellors_hours_on_the_wall(
    data: st.DataObject, rule: Rule, now: datetime
) -> None:
    pool = {counsellor.id: counsellor for counsellor in data.draw(pools(now))}
    for start, ids in free_slots(list(pool.values()), rule, now, LOCAL_ZONE).items():
        begins, ends = to_local(start), to_local(start + timedelta(minutes=rule.duration_min))
        for id in ids:
            assert any(
                span.weekday == begins.weekday()
                and span.starts <= begins.time()
                and ends.time() <= span.ends
                for span in pool[id].hours
            )
