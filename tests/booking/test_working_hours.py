from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.support.cast import AT_TEN, MORNING, Cast, an_appointment, works
from vberatung import clock
from vberatung.booking import operations, working_hours
from vberatung.booking.availability import Span, Weekly
from vberatung.booking.hours import Absence, DayHours, WeeklyHours
from vberatung.booking.models import VIDEO
from vberatung.booking.queries import LARGEST_ID
from vberatung.booking.working_hours import Overlaps, PastDay

TODAY = MORNING.date()
TUESDAY = Weekly(1, Span(time(9), time(12)))


def weeks(count: int) -> timedelta:
    return timedelta(weeks=count)


def add(session: Session, cast: Cast, weekly: Weekly) -> None:
    working_hours.add_weekly(session, cast.berger.id, weekly, MORNING)


@pytest.mark.parametrize(
    "span",
    [
        pytest.param(Span(time(9), time(12)), id="the same"),
        pytest.param(Span(time(11, 55), time(13)), id="its end"),
        pytest.param(Span(time(8), time(9, 5)), id="its beginning"),
        pytest.param(Span(time(10), time(11), frozenset({VIDEO})), id="within it"),
        pytest.param(Span(time(8), time(18)), id="around it"),
    ],
)
def test_overlapping_spans_are_refused(session: Session, cast: Cast, span: Span) -> None:
    add(session, cast, TUESDAY)
    with pytest.raises(Overlaps) as overlaps:
        add(session, cast, Weekly(1, span))
    assert overlaps.value.other.starts == time(9)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "weekly",
    [
        pytest.param(Weekly(1, Span(time(12), time(13))), id="right after it"),
        pytest.param(Weekly(1, Span(time(8), time(9))), id="right before it"),
        pytest.param(replace(TUESDAY, weekday=2 + 1), id="on another day"),
        pytest.param(replace(TUESDAY, valid_until=TODAY + weeks(1)), id="before it is valid"),
        pytest.param(replace(TUESDAY, valid_from=TODAY + weeks(5)), id="afterwards"),
        pytest.param(
            replace(TUESDAY, valid_from=TODAY + weeks(3), every_weeks=2), id="in the other weeks"
        ),
    ],
)
def test_spans_that_never_meet_may_stand_side_by_side(
    session: Session, cast: Cast, weekly: Weekly
) -> None:
    first, last = TODAY + weeks(2), TODAY + weeks(4) + timedelta(days=2)
    add(session, cast, replace(TUESDAY, valid_from=first, valid_until=last, every_weeks=2))
    add(session, cast, weekly)


def test_patterns_of_weeks_that_meet_once_a_year_overlap(session: Session, cast: Cast) -> None:
    add(session, cast, replace(TUESDAY, valid_from=TODAY, every_weeks=4))
    add(session, cast, replace(TUESDAY, valid_from=TODAY + weeks(1), every_weeks=4))
    with pytest.raises(Overlaps):
        add(session, cast, replace(TUESDAY, valid_from=TODAY + weeks(2), every_weeks=3))


def test_the_hours_of_others_do_not_matter(session: Session, cast: Cast) -> None:
    works(session, cast.noack, 1, 9, 12)
    works(session, cast.aydin, 1, 9, 12)
    add(session, cast, TUESDAY)


def test_hours_that_are_over_are_refused(session: Session, cast: Cast) -> None:
    with pytest.raises(PastDay):
        add(session, cast, replace(TUESDAY, valid_until=TODAY - timedelta(days=1)))
    add(session, cast, replace(TUESDAY, valid_until=TODAY))


def test_what_is_added_can_be_booked(session: Session, cast: Cast) -> None:
    add(session, cast, Weekly(1, Span(time(9), time(12), frozenset({VIDEO})), every_weeks=1))
    (hours,) = session.query(WeeklyHours).filter_by(counsellor_id=cast.berger.id, weekday=1)
    assert working_hours.weekly_of(hours) == replace(
        TUESDAY, span=Span(time(9), time(12), frozenset({VIDEO}))
    )


def test_the_hours_of_a_day_do_not_overlap_either(session: Session, cast: Cast) -> None:
    def add_day(day: date, starts: int, ends: int) -> None:
        span = Span(time(starts), time(ends))
        working_hours.add_day(session, cast.berger.id, day, span, MORNING)

    add_day(TODAY, 9, 12)
    add_day(TODAY, 12, 13)
    add_day(TODAY + timedelta(days=1), 9, 12)
    with pytest.raises(Overlaps):
        add_day(TODAY, 11, 14)
    with pytest.raises(PastDay):
        add_day(TODAY - timedelta(days=1), 9, 12)


def test_an_absence_may_have_begun_but_not_ended(session: Session, cast: Cast) -> None:
    def away(starts_at: datetime, ends_at: datetime) -> Absence:
        return working_hours.add_absence(session, cast.berger.id, starts_at, ends_at, MORNING)

    away(MORNING - timedelta(days=2), MORNING + timedelta(days=1))
    with pytest.raises(Overlaps):
        away(MORNING, MORNING + timedelta(minutes=5))
    with pytest.raises(PastDay):
        away(MORNING - timedelta(days=5), MORNING)
    with pytest.raises(ValueError, match="ends after"):
        away(AT_TEN, AT_TEN)


def test_an_absence_that_the_clock_jumps_over_is_none(session: Session, cast: Cast) -> None:
    night = MORNING.replace(year=2027, month=3, day=28)
    with pytest.raises(ValueError, match="ends after"):
        working_hours.add_absence(
            session,
            cast.berger.id,
            night.replace(hour=2, minute=30),
            night.replace(hour=3),
            MORNING,
        )


def test_own_time_has_what_is_not_over_in_order(session: Session, cast: Cast) -> None:
    yesterday, tomorrow = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
    for day in (tomorrow, yesterday, TODAY):
        session.add(DayHours(counsellor_id=cast.berger.id, day=day, starts=time(9), ends=time(10)))
        begin = datetime.combine(day, time(5), clock.LOCAL_ZONE)
        session.add(
            Absence(
                counsellor_id=cast.berger.id, starts_at=begin, ends_at=begin + timedelta(hours=4)
            )
        )
    works(session, cast.berger, 0, 7, 8)
    own = working_hours.own_time(session, cast.berger.id, MORNING)
    assert [hours.day for hours in own.days] == [TODAY, tomorrow]
    assert [absence.starts_at.day for absence in own.absences] == [23, 24]
    assert [(h.weekday, h.starts.hour) for h in own.weekly] == [(0, 7), (0, 9), (2, 13)]


def test_what_belongs_to_others_does_not_exist(session: Session, cast: Cast) -> None:
    (hours, *_) = session.query(WeeklyHours).filter_by(counsellor_id=cast.noack.id)
    assert working_hours.own(session, WeeklyHours, cast.noack.id, hours.id) is hours
    assert working_hours.own(session, WeeklyHours, cast.berger.id, hours.id) is None
    assert working_hours.own(session, WeeklyHours, cast.noack.id, LARGEST_ID + 1) is None


def test_an_absence_knows_which_of_its_appointments_still_take_place(
    session: Session, cast: Cast
) -> None:
    tomorrow = AT_TEN + timedelta(days=1)
    absence = working_hours.add_absence(
        session, cast.berger.id, tomorrow, tomorrow + timedelta(hours=2), MORNING
    )
    earlier = working_hours.add_absence(
        session, cast.berger.id, AT_TEN, AT_TEN + timedelta(hours=1), MORNING
    )

    def hit() -> dict[int, int]:
        both = [absence, earlier]
        return working_hours.booked_within(session, cast.berger.id, both, MORNING)

    an_appointment(session, cast.topic, cast.berger, tomorrow - timedelta(minutes=30))
    an_appointment(session, cast.topic, cast.berger, tomorrow + timedelta(hours=2))
    an_appointment(session, cast.topic, cast.aydin, tomorrow)
    assert hit() == {}
    an_appointment(session, cast.topic, cast.berger, tomorrow + timedelta(minutes=5))
    cancelled = an_appointment(session, cast.topic, cast.berger, tomorrow + timedelta(hours=1))
    operations.cancel(session, cancelled, MORNING)
    assert hit() == {absence.id: 1}
