"""Who is offered which time: pure rules."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tests.support.cast import AT_TEN, MORNING
from vberatung import clock
from vberatung.booking.availability import Rule
from vberatung.booking.models import PHONE, VIDEO
from vberatung.booking.shares import Shares
from vberatung.waiting.plan import OFFERS_PER_NETWORK, Times, Waiting, proposals
from vberatung.waiting.rules import ANY_TIME

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
ANYBODY = Waiting(1, VIDEO, ANY_TIME, None, None)


def people(count: int, **wishes: object) -> list[Waiting]:
    return [replace(ANYBODY, id=n, **wishes) for n in range(count)]  # type: ignore[arg-type]


def times(free: Mapping[datetime, Sequence[int]], **more: object) -> Times:
    return Times({(VIDEO, None): free, (PHONE, None): free}, RULE, Shares(**more))  # type: ignore[arg-type]


def given(
    waiting: Sequence[Waiting], free: Times, held: Mapping[bytes, int] | None = None
) -> list[tuple[int, int, datetime]]:
    made = proposals(waiting, free, held or {}, MORNING)
    return [(each.waiting_id, each.counsellor_id, each.start) for each in made]


def test_the_first_who_fits_gets_the_first_time() -> None:
    picky = replace(ANYBODY, id=0, before=AT_TEN)
    assert given([picky, *people(3)[1:]], times({AT_TEN: [ONE]})) == [(1, ONE, AT_TEN)]


def test_what_is_given_and_its_buffer_are_taken_for_the_others() -> None:
    free = {AT_TEN + n * timedelta(minutes=5): [ONE] for n in range(8)}
    starts = [start for _, _, start in given(people(3), times(free))]
    assert starts == [AT_TEN, AT_TEN + timedelta(minutes=35)]


def test_one_counsellor_is_not_given_twice_over_two_channels() -> None:
    callers = [replace(ANYBODY, id=1), replace(ANYBODY, id=2, channel=PHONE)]
    assert given(callers, times({AT_TEN: [ONE]})) == [(1, ONE, AT_TEN)]


def test_the_least_booked_counsellor_of_the_week_is_asked_first() -> None:
    load = {(ONE, clock.local_monday(AT_TEN)): timedelta(minutes=45)}
    free = {AT_TEN + n * timedelta(hours=1): [ONE, TWO] for n in range(3)}
    assert [id for _, id, _ in given(people(4), times(free, load=load))] == [TWO, ONE, TWO, ONE]


def test_a_daily_maximum_counts_what_is_given_in_the_same_run() -> None:
    free = {AT_TEN + n * timedelta(hours=1): [ONE] for n in range(3)}
    room = {(ONE, clock.local_day(AT_TEN)): 2}
    assert len(given(people(3), times(free, room=room))) == 2


def test_nobody_is_told_of_the_same_time_twice() -> None:
    later = AT_TEN + timedelta(hours=1)
    told = replace(ANYBODY, told=frozenset({AT_TEN}))
    assert given([told], times({AT_TEN: [ONE], later: [ONE]})) == [(1, ONE, later)]


def test_people_of_one_network_do_not_get_everything() -> None:
    free = {AT_TEN + n * timedelta(hours=1): [ONE] for n in range(OFFERS_PER_NETWORK + 2)}
    crowd = people(OFFERS_PER_NETWORK + 2, network=b"one")
    assert len(given(crowd, times(free))) == OFFERS_PER_NETWORK
    assert len(given(crowd, times(free), {b"one": OFFERS_PER_NETWORK - 1})) == 1


def test_who_wants_a_language_waits_for_who_talks_it() -> None:
    free = times({AT_TEN: [ONE, TWO]})
    later = AT_TEN + timedelta(hours=1)
    free = replace(free, free={**free.free, (VIDEO, "tr"): {AT_TEN: [ONE], later: [ONE]}})
    turkish = people(2, spoken="tr")
    assert given([*turkish, replace(ANYBODY, id=2)], free) == [
        (0, ONE, AT_TEN),
        (1, ONE, later),
        (2, TWO, AT_TEN),
    ]


def test_without_time_to_answer_a_later_time_is_offered() -> None:
    soon, later = MORNING + timedelta(minutes=5), MORNING + timedelta(hours=3)
    assert given([ANYBODY], times({soon: [ONE], later: [ONE]})) == [(1, ONE, later)]


def test_whom_nothing_can_suit_any_more_costs_no_look_at_the_whole_calendar() -> None:
    looked: list[datetime] = []

    class Counting(dict[datetime, Sequence[int]]):
        def items(self) -> Iterator[tuple[datetime, Sequence[int]]]:  # type: ignore[override]
            for start, ids in super().items():
                looked.append(start)
                yield start, ids

    free = Counting({AT_TEN + n * timedelta(hours=1): [ONE] for n in range(100)})
    gone = [
        replace(ANYBODY, not_after=MORNING.date() - timedelta(days=1)),
        replace(ANYBODY, before=MORNING),
    ]
    assert given(gone, times(free)) == []
    assert looked == [AT_TEN] * 2


def test_the_last_day_is_of_use_until_midnight() -> None:
    last = AT_TEN.replace(hour=23, minute=30)
    today = replace(ANYBODY, not_after=AT_TEN.date())
    assert given([today], times({last: [ONE]})) == [(1, ONE, last)]
    assert given([today], times({last + timedelta(minutes=30): [ONE]})) == []
