"""What is loaded for availability: the right people's hours and absences, in few queries."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.support.cast import (
    AT_TEN,
    AYLIN,
    MONDAY,
    MORNING,
    WEDNESDAY,
    Cast,
    a_counsellor,
    an_appointment,
    works,
)
from tests.support.queries import counted
from vberatung import clock
from vberatung.booking import free, operations
from vberatung.booking.free import Wish, free_slots_of
from vberatung.booking.hours import Absence, DayHours, WeeklyHours
from vberatung.booking.models import IN_PERSON, PHONE, VIDEO
from vberatung.booking.operations import HOLD_FOR
from vberatung.calendars.models import ICS, BusyTime, ExternalCalendar
from vberatung.offices.models import ClosingDay
from vberatung.people.models import Staff

TODAY = MORNING.date()
THIS_MONDAY = [f"Mon {hour}:{minute:02}" for hour in (10, 11) for minute in (0, 15, 30, 45)]
THIS_MONDAY.remove("Mon 11:45")
THIS_WEDNESDAY = [f"Wed {hour}:{minute:02}" for hour in (13, 14) for minute in (0, 15, 30, 45)]
THIS_WEDNESDAY.remove("Wed 14:45")


def walls(session: Session, cast: Cast, wish: Wish = free.ANY) -> list[str]:
    """The topic's free starts of this week, as the wall clock shows them."""
    starts = map(clock.to_local, free.free_starts_of(session, cast.topic, MORNING, wish))
    return [f"{start:%a %H:%M}" for start in starts if start.date() < date(2026, 11, 30)]


def whose(session: Session, cast: Cast, start: datetime = AT_TEN, **wish: str | int) -> list[int]:
    return free.counsellors_free_at(session, cast.topic, start, MORNING, Wish(**wish))  # type: ignore[arg-type]


def away(session: Session, counsellor: Staff, start: datetime, end: datetime) -> None:
    session.add(Absence(counsellor_id=counsellor.id, starts_at=start, ends_at=end))


def test_the_slots_are_those_of_the_topics_own_counsellors(session: Session, cast: Cast) -> None:
    assert walls(session, cast) == THIS_MONDAY + THIS_WEDNESDAY


def test_a_slot_names_everyone_who_is_free(session: Session, cast: Cast) -> None:
    slots = free_slots_of(session, cast.topic, MORNING)
    assert slots[AT_TEN] == [cast.berger.id, cast.aydin.id]
    assert slots[AT_TEN + timedelta(hours=1)] == [cast.berger.id]
    assert list(slots) == free.free_starts_of(session, cast.topic, MORNING)


def test_one_start_alone_has_the_same_people(session: Session, cast: Cast) -> None:
    for start, ids in free_slots_of(session, cast.topic, MORNING).items():
        assert whose(session, cast, start) == ids


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(datetime.max.replace(tzinfo=UTC), id="the end of all calendars"),
        pytest.param(datetime.min.replace(tzinfo=UTC), id="their beginning"),
        pytest.param(AT_TEN + timedelta(minutes=1), id="not on the grid"),
        pytest.param(MORNING.replace(hour=9), id="before the notice"),
        pytest.param(AT_TEN + timedelta(weeks=3), id="after the horizon"),
    ],
)
def test_nobody_is_free_at_a_forged_start(session: Session, cast: Cast, start: datetime) -> None:
    assert whose(session, cast, start) == []


def test_an_appointment_takes_its_time_and_its_buffer_from_one(
    session: Session, cast: Cast
) -> None:
    own = an_appointment(session, cast.topic, cast.berger, AT_TEN)
    assert whose(session, cast) == [cast.aydin.id]
    assert cast.berger.id not in whose(session, cast, AT_TEN + timedelta(minutes=30))
    assert cast.berger.id in whose(session, cast, AT_TEN + timedelta(minutes=45))
    moving = free.counsellors_free_at(session, cast.topic, AT_TEN, MORNING, without=own.id)
    assert moving == [cast.berger.id, cast.aydin.id]
    assert AT_TEN in free.free_starts_of(
        session, cast.topic, MORNING, Wish(counsellor_id=cast.berger.id), without=own.id
    )


def test_a_hold_takes_its_time_until_it_expires(session: Session, cast: Cast) -> None:
    wish = Wish(counsellor_id=cast.berger.id)
    operations.hold(session, cast.topic, AT_TEN, "visitor", "10.0.0.1", MORNING, wish)
    assert whose(session, cast) == [cast.aydin.id]
    later = MORNING + HOLD_FOR
    cast.topic.notice_min = 0
    assert free.counsellors_free_at(session, cast.topic, AT_TEN, later, wish) == [cast.berger.id]


def test_a_closed_account_offers_nothing(session: Session, cast: Cast) -> None:
    cast.berger.active = False
    assert not any("Wed" in wall for wall in walls(session, cast))


def test_a_topic_without_counsellors_offers_nothing(session: Session, cast: Cast) -> None:
    cast.berger.topics, cast.aydin.topics = [], []
    assert walls(session, cast) == []


def test_an_absence_hides_the_time_of_one_counsellor_alone(session: Session, cast: Cast) -> None:
    away(session, cast.berger, AT_TEN + timedelta(minutes=30), AT_TEN + timedelta(hours=1))
    away(session, cast.noack, MORNING, MORNING + timedelta(days=30))
    assert whose(session, cast) == [cast.aydin.id]  # the buffer reaches into the absence
    assert cast.berger.id in whose(session, cast, AT_TEN + timedelta(hours=1))


def test_an_absence_that_began_weeks_ago_still_counts(session: Session, cast: Cast) -> None:
    away(session, cast.berger, MORNING - timedelta(weeks=9), MORNING + timedelta(days=9))
    assert not any("Wed" in wall for wall in walls(session, cast))
    assert whose(session, cast, AT_TEN + timedelta(days=9, hours=4)) == [cast.berger.id]


def test_a_busy_time_of_another_calendar_hides_the_time(session: Session, cast: Cast) -> None:
    calendar = ExternalCalendar(counsellor_id=cast.berger.id, kind=ICS, url="https://a.example/b")
    session.add(calendar)
    session.flush()
    at_noon = MORNING.replace(hour=12)
    session.add(
        BusyTime(
            calendar_id=calendar.id,
            counsellor_id=cast.berger.id,
            starts_at=AT_TEN,
            ends_at=at_noon,
        )
    )
    assert whose(session, cast) == [cast.aydin.id]
    assert walls(session, cast, Wish(counsellor_id=cast.berger.id)) == THIS_WEDNESDAY


@pytest.mark.parametrize(("first", "last"), [(0, 0), (-3, 0), (-9, 1)])
def test_on_a_closing_day_nobody_of_the_office_is_free(
    session: Session, cast: Cast, first: int, last: int
) -> None:
    days = [TODAY + timedelta(days=n) for n in (first, last)]
    session.add(ClosingDay(office_id=cast.office.id, first=days[0], last=days[1]))
    assert walls(session, cast) == THIS_WEDNESDAY
    assert whose(session, cast) == []


def test_another_offices_closing_day_and_holidays_are_no_concern_of_ours(
    session: Session, cast: Cast
) -> None:
    session.add(ClosingDay(office_id=cast.other_office.id, first=TODAY, last=TODAY))
    cast.other_office.holiday_region = "SN"
    assert walls(session, cast) == THIS_MONDAY + THIS_WEDNESDAY


def test_a_holiday_of_the_offices_region_is_free_of_appointments(
    session: Session, cast: Cast
) -> None:
    before = datetime(2026, 11, 16, 8, 0, tzinfo=clock.LOCAL_ZONE)
    day_of_repentance = before.date() + timedelta(days=2)  # a Wednesday, a holiday in Saxony
    for region, closed in (("SN", True), ("BY", False), ("", False)):
        cast.office.holiday_region = region
        starts = free.free_starts_of(session, cast.topic, before)
        assert (day_of_repentance not in {start.date() for start in starts}) == closed


def test_the_holidays_of_the_next_year_are_known(session: Session, cast: Cast) -> None:
    cast.topic.horizon_days = 400
    works(session, cast.aydin, 4, 9, 10)
    starts = free.free_starts_of(session, cast.topic, MORNING)
    days = {start.date() for start in starts}
    assert date(2027, 1, 1) not in days  # a Friday
    assert date(2027, 3, 26) not in days  # Good Friday
    assert date(2027, 1, 8) in days


def test_the_hours_of_a_day_take_the_place_of_the_weekly_ones(session: Session, cast: Cast) -> None:
    session.add(
        DayHours(counsellor_id=cast.berger.id, day=TODAY, starts=time(17), ends=time(17, 30))
    )
    session.add(DayHours(counsellor_id=cast.noack.id, day=TODAY, starts=time(5), ends=time(22)))
    assert walls(session, cast, Wish(counsellor_id=cast.berger.id)) == [
        "Mon 17:00",
        *THIS_WEDNESDAY,
    ]


def test_hours_of_another_channel_do_not_count(session: Session, cast: Cast) -> None:
    for hours in session.query(WeeklyHours).filter_by(counsellor_id=cast.berger.id):
        hours.channels = [PHONE, IN_PERSON]
    assert whose(session, cast, channel=VIDEO) == [cast.aydin.id]
    assert whose(session, cast, channel=PHONE) == [cast.berger.id, cast.aydin.id]


def test_weekly_hours_have_a_first_and_a_last_day_and_skip_weeks(
    session: Session, cast: Cast
) -> None:
    for hours in session.query(WeeklyHours).filter_by(counsellor_id=cast.berger.id):
        hours.valid_from, hours.valid_until = TODAY, TODAY + timedelta(days=8)
        hours.every_weeks = 2
    starts = free.free_starts_of(session, cast.topic, MORNING, Wish(counsellor_id=cast.berger.id))
    assert {start.date() for start in starts} == {TODAY, TODAY + timedelta(days=2)}


def test_language_spoken_filters(session: Session, cast: Cast) -> None:
    cast.aydin.languages = ["de", "tr"]
    assert whose(session, cast, spoken="tr") == [cast.aydin.id]
    assert whose(session, cast, spoken="de") == [cast.berger.id, cast.aydin.id]
    assert whose(session, cast, spoken="uk") == []


def test_the_same_counsellor_may_be_chosen_but_not_one_of_another_office(
    session: Session, cast: Cast
) -> None:
    assert whose(session, cast, counsellor_id=cast.aydin.id) == [cast.aydin.id]
    assert whose(session, cast, counsellor_id=cast.noack.id) == []


def test_the_daily_maximum_counts_what_takes_place_and_what_is_held(
    session: Session, cast: Cast
) -> None:
    berger = Wish(counsellor_id=cast.berger.id)
    cast.berger.daily_maximum = 2
    cancelled = an_appointment(session, cast.topic, cast.berger, AT_TEN)
    operations.cancel(session, cancelled, MORNING)
    booked = an_appointment(session, cast.topic, cast.berger, MORNING.replace(hour=18))
    assert walls(session, cast, berger)[0] == "Mon 10:00"
    operations.hold(session, cast.topic, AT_TEN, "visitor", "10.0.0.1", MORNING, berger)
    assert walls(session, cast, berger) == THIS_WEDNESDAY
    assert free.counsellors_free_at(
        session,
        cast.topic,
        AT_TEN + timedelta(minutes=45),
        MORNING,
        berger,
        without=booked.id,
    ) == [cast.berger.id]


def test_an_expired_hold_is_none_of_the_daily_maximum(session: Session, cast: Cast) -> None:
    berger = Wish(counsellor_id=cast.berger.id)
    cast.berger.daily_maximum = 1
    cast.topic.notice_min = 0
    operations.hold(session, cast.topic, AT_TEN, "visitor", "10.0.0.1", MORNING, berger)
    later = MORNING + HOLD_FOR
    assert AT_TEN in free.free_starts_of(session, cast.topic, later, berger)


def test_the_daily_maximum_ends_at_midnight_in_berlin(session: Session, cast: Cast) -> None:
    cast.berger.daily_maximum = 1
    midnight = MORNING.replace(hour=0)
    an_appointment(session, cast.topic, cast.berger, midnight - timedelta(minutes=40))
    an_appointment(session, cast.topic, cast.berger, midnight + timedelta(days=1))
    assert cast.berger.id in whose(session, cast)
    an_appointment(session, cast.topic, cast.berger, midnight)
    assert cast.berger.id not in whose(session, cast)


def test_fifty_counsellors_need_no_more_queries_than_two(session: Session, cast: Cast) -> None:
    def asked() -> int:
        assert cast.topic.office_id
        with counted(session) as statements:
            free.free_starts_of(session, cast.topic, MORNING)
        return len(statements)

    cast.berger.daily_maximum = 3
    session.commit()
    with_two = asked()
    for number in range(48):
        extra = a_counsellor(session, "N. N.", f"nn{number}@musterstadt.example", cast.topic)
        extra.daily_maximum = 5
        works(session, extra, WEDNESDAY, 8, 12)
    session.commit()
    assert asked() == with_two <= 7


def test_a_channel_can_be_changed_to_within_hours_for_it(session: Session, cast: Cast) -> None:
    appointment = an_appointment(session, cast.topic, cast.berger, AT_TEN)
    assert free.works_by(session, appointment, IN_PERSON)
    for hours in session.query(WeeklyHours).filter_by(counsellor_id=cast.berger.id):
        hours.channels = [VIDEO]
    assert not free.works_by(session, appointment, IN_PERSON)
    session.add(
        DayHours(
            counsellor_id=cast.berger.id,
            day=TODAY,
            starts=time(10),
            ends=time(10, 30),
            channels=[IN_PERSON],
        )
    )
    assert free.works_by(session, appointment, IN_PERSON)
    assert not free.works_by(session, appointment, VIDEO)


def test_a_talk_that_the_hours_do_not_hold_is_not_within_them(session: Session, cast: Cast) -> None:
    works(session, cast.aydin, MONDAY, 22, 23)
    longer = an_appointment(session, cast.topic, cast.aydin, MORNING.replace(hour=22, minute=45))
    over_midnight = operations.arrange(
        session,
        cast.topic,
        cast.aydin.id,
        VIDEO,
        MORNING.replace(hour=23, minute=45),
        AYLIN,
        MORNING,
    )
    assert not free.works_by(session, longer, VIDEO)
    assert not free.works_by(session, over_midnight, VIDEO)
