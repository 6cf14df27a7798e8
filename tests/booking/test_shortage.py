from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.support.cast import AT_TEN, MORNING, Cast, an_appointment
from vberatung.booking import shortage
from vberatung.booking.hours import Absence
from vberatung.booking.shortage import (
    ABSENCES,
    CLOSED,
    HORIZON,
    HOURS,
    MAXIMUM,
    NOTICE,
    STAFF,
    Shortage,
)
from vberatung.offices.models import ClosingDay

FRIDAY = MORNING + timedelta(days=4)


@pytest.fixture
def one_monday(cast: Cast) -> Cast:
    """Weiterbildung can be booked for one day: nine to twelve with Berger, to eleven with Aydın."""
    cast.topic.horizon_days = 1
    return cast


def explain(session: Session, cast: Cast) -> Shortage:
    session.flush()
    return shortage.explain(session, cast.topic, MORNING)


def away(session: Session, cast: Cast) -> None:
    for counsellor in (cast.berger, cast.aydin):
        session.add(Absence(counsellor_id=counsellor.id, starts_at=MORNING, ends_at=FRIDAY))


def test_a_topic_without_free_times_is_found_and_forgotten_again(
    session: Session, one_monday: Cast
) -> None:
    away(session, one_monday)
    session.flush()
    changed = shortage.look(session, MORNING)
    assert changed[one_monday.topic.id] is True
    assert one_monday.other_topic.id not in changed
    shortage.note(session, changed, MORNING)
    session.refresh(one_monday.topic)
    assert one_monday.topic.no_free_since == MORNING
    assert one_monday.topic.id not in shortage.look(session, MORNING + timedelta(hours=1))
    one_monday.topic.horizon_days = 14
    session.flush()
    again = shortage.look(session, MORNING)
    assert again[one_monday.topic.id] is False
    shortage.note(session, again, MORNING)
    session.refresh(one_monday.topic)
    assert one_monday.topic.no_free_since is None


def test_only_the_offices_own(session: Session, cast: Cast) -> None:
    cast.topic.no_free_since = cast.other_topic.no_free_since = MORNING
    session.flush()
    (found,) = shortage.shortages_of(session, cast.office, MORNING)
    assert (found.topic, found.since) == (cast.topic, MORNING)


def test_the_hours_from_the_notice_to_the_horizon(session: Session, one_monday: Cast) -> None:
    found = explain(session, one_monday)
    assert (found.counsellors, found.hours) == (2, 2 + 1)  # from ten on


def test_where_the_hours_went(session: Session, one_monday: Cast) -> None:
    an_appointment(session, one_monday.topic, one_monday.berger, AT_TEN + timedelta(minutes=55))
    gone = Absence(
        counsellor_id=one_monday.aydin.id, starts_at=AT_TEN, ends_at=AT_TEN + timedelta(hours=8)
    )
    session.add(gone)
    found = explain(session, one_monday)
    assert found.absent == 1
    assert found.taken == pytest.approx(35 / 60)
    assert found.closed == 0
    assert found.rest == pytest.approx(2 - 35 / 60)


def test_absences_are_named_and_what_lies_beyond(session: Session, one_monday: Cast) -> None:
    away(session, one_monday)
    one_monday.topic.horizon_days = 4
    found = explain(session, one_monday)
    assert set(found.helps) == {HOURS, STAFF, ABSENCES, HORIZON}
    assert found.free_from == date(2026, 11, 30)


def test_closing_days_are_named(session: Session, one_monday: Cast) -> None:
    closed = ClosingDay(
        office_id=one_monday.office.id, first=MORNING.date(), last=FRIDAY.date(), reason=""
    )
    session.add(closed)
    found = explain(session, one_monday)
    assert CLOSED in found.helps
    assert (found.hours, found.closed) == (3, 3)


def test_a_daily_maximum_is_named(session: Session, one_monday: Cast) -> None:
    one_monday.berger.daily_maximum = one_monday.aydin.daily_maximum = 0
    assert MAXIMUM in explain(session, one_monday).helps


def test_a_long_notice_is_named(session: Session, one_monday: Cast) -> None:
    one_monday.topic.notice_min = 5 * 60
    assert NOTICE in explain(session, one_monday).helps


def test_nobody_takes_the_topic(session: Session, one_monday: Cast) -> None:
    one_monday.berger.topics = one_monday.aydin.topics = []
    found = explain(session, one_monday)
    assert (found.counsellors, found.hours, found.helps) == (0, 0, [STAFF])
