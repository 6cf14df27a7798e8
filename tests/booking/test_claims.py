from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from vberatung.booking.availability import Rule
from vberatung.booking.claims import QUANTUM_S, quanta, quanta_of, quantum_of

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def test_a_quantum_lasts_five_minutes() -> None:
    assert quantum_of(NINE + minutes(4)) == quantum_of(NINE)
    assert quantum_of(NINE + minutes(5)) == quantum_of(NINE) + 1


def test_half_an_hour_takes_six_quanta() -> None:
    assert list(quanta(NINE, NINE + minutes(30), 0, 0)) == [quantum_of(NINE) + n for n in range(6)]


def test_buffers_are_taken_as_well() -> None:
    taken = quanta(NINE, NINE + minutes(30), 10, 5)
    assert taken[0] == quantum_of(NINE) - 2
    assert taken[-1] == quantum_of(NINE) + 6


def test_a_talk_takes_its_topics_time_and_buffers() -> None:
    rule = Rule(30, 10, 5, step_min=5, notice_min=0, horizon_days=14)
    assert quanta_of(rule, NINE) == quanta(NINE, NINE + minutes(30), 10, 5)


def test_a_begun_quantum_is_taken_whole() -> None:
    assert len(quanta(NINE + minutes(3), NINE + minutes(7), 0, 0)) == 2


def test_an_empty_span_takes_nothing() -> None:
    assert not quanta(NINE, NINE, 0, 0)


def test_neighbours_share_no_quantum() -> None:
    first = quanta(NINE, NINE + minutes(30), 0, 5)
    second = quanta(NINE + minutes(35), NINE + minutes(65), 0, 5)
    assert not set(first) & set(second)


@given(
    offset=st.integers(0, 24 * 60),
    length=st.integers(1, 180),
    before=st.integers(0, 60),
    after=st.integers(0, 60),
)
def test_every_minute_of_the_talk_and_its_buffers_is_taken_and_little_more(
    offset: int, length: int, before: int, after: int
) -> None:
    start = NINE + minutes(offset)
    taken = quanta(start, start + minutes(length), before, after)
    needed = {quantum_of(start + minutes(m)) for m in range(-before, length + after)}
    assert set(taken) == needed
    assert len(taken) * QUANTUM_S < (before + length + after) * 60 + 2 * QUANTUM_S
