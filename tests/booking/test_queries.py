from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.support.cast import (
    AT_TEN,
    AYLIN,
    MORNING,
    THOMAS,
    WEDNESDAY,
    Cast,
    a_counsellor,
    an_appointment,
    works,
)
from tests.support.queries import counted
from vberatung import clock
from vberatung.booking import operations, queries
from vberatung.booking.models import Appointment


def walls(session: Session, cast: Cast) -> list[str]:
    """The topic's free starts of this week, as the wall clock shows them."""
    starts = map(clock.to_local, queries.free_slots_of(session, cast.topic, MORNING))
    return [f"{start:%a %H:%M}" for start in starts if start.date() < date(2026, 11, 30)]


def test_the_slots_are_those_of_the_topics_own_counsellors(session: Session, cast: Cast) -> None:
    assert walls(session, cast) == [
        *(f"Mon {hour}:{minute:02}" for hour in (10, 11) for minute in (0, 15, 30, 45))
    ][:-1] + [
        f"Wed {time}" for time in ["13:00", "13:15", "13:30", "13:45", "14:00", "14:15", "14:30"]
    ]


def test_a_slot_names_everyone_who_is_free(session: Session, cast: Cast) -> None:
    slots = queries.free_slots_of(session, cast.topic, MORNING)
    assert list(slots[AT_TEN]) == [cast.berger.id, cast.aydin.id]
    assert list(slots[AT_TEN + timedelta(hours=1)]) == [cast.berger.id]


def test_an_appointment_takes_its_time_and_its_buffer_from_one(
    session: Session, cast: Cast
) -> None:
    an_appointment(session, cast.topic, cast.berger, AT_TEN)
    slots = queries.free_slots_of(session, cast.topic, MORNING)
    assert list(slots[AT_TEN]) == [cast.aydin.id]
    assert cast.berger.id not in slots[AT_TEN + timedelta(minutes=30)]
    assert cast.berger.id in slots[AT_TEN + timedelta(minutes=45)]


def test_a_closed_account_offers_nothing(session: Session, cast: Cast) -> None:
    cast.berger.active = False
    assert not any("Wed" in wall for wall in walls(session, cast))


def test_a_topic_without_counsellors_offers_nothing(session: Session, cast: Cast) -> None:
    cast.berger.topics, cast.aydin.topics = [], []
    assert walls(session, cast) == []


def test_fifty_counsellors_need_no_more_queries_than_two(session: Session, cast: Cast) -> None:
    for number in range(48):
        extra = a_counsellor(session, "N. N.", f"nn{number}@musterstadt.example", cast.topic)
        works(session, extra, WEDNESDAY, 8, 12)
    session.commit()
    topic = cast.topic
    assert topic.office_id
    with counted(session) as statements:
        queries.free_slots_of(session, topic, MORNING)
    assert len(statements) == 3


def test_the_least_booked_of_the_week_comes_first(session: Session, cast: Cast) -> None:
    an_appointment(session, cast.topic, cast.berger, AT_TEN + timedelta(days=1))
    an_appointment(session, cast.topic, cast.berger, AT_TEN + timedelta(days=2))
    ids = [cast.berger.id, cast.aydin.id]
    assert queries.by_load(session, ids, AT_TEN) == [cast.aydin.id, cast.berger.id]
    next_week = AT_TEN + timedelta(days=7)
    assert queries.by_load(session, ids, next_week) == ids


def test_cancelled_appointments_are_no_load(session: Session, cast: Cast) -> None:
    for day in (1, 2):
        later = an_appointment(session, cast.topic, cast.berger, AT_TEN + timedelta(days=day))
        operations.cancel(session, later, MORNING)
    ids = [cast.aydin.id, cast.berger.id]
    assert queries.by_load(session, ids, AT_TEN)[0] == cast.berger.id


def test_a_link_finds_its_appointment(
    session: Session, appointment: Appointment, token: str
) -> None:
    assert queries.appointment_of_link(session, token) is appointment


@pytest.mark.parametrize("forged", ["", "x", "A" * 22, "A" * 5000, "ü€\x00", "' OR 1=1 --"])
def test_an_unknown_link_finds_nothing(session: Session, token: str, forged: str) -> None:
    assert queries.appointment_of_link(session, forged) is None
    assert queries.appointment_of_link(session, token[:-1]) is None


def test_the_day_has_the_counsellors_own_appointments_in_order(
    session: Session, cast: Cast
) -> None:
    later = an_appointment(session, cast.topic, cast.berger, AT_TEN + timedelta(hours=2))
    first = an_appointment(session, cast.topic, cast.berger, AT_TEN)
    assert queries.appointments_of(session, cast.berger, MORNING) == [first, later]


def test_the_day_ends_at_midnight_in_berlin(session: Session, cast: Cast) -> None:
    midnight = MORNING.replace(hour=0)
    for start in (midnight - timedelta(minutes=40), midnight + timedelta(days=1)):
        an_appointment(session, cast.topic, cast.berger, start)
    first = an_appointment(session, cast.topic, cast.berger, midnight)
    last = an_appointment(session, cast.topic, cast.berger, MORNING.replace(hour=23, minute=20))
    assert queries.appointments_of(session, cast.berger, MORNING) == [first, last]


def test_the_day_with_25_hours_has_all_of_them(session: Session, cast: Cast) -> None:
    sunday = MORNING.replace(month=10, day=25)
    late = an_appointment(session, cast.topic, cast.berger, sunday.replace(hour=23, minute=25))
    assert queries.appointments_of(session, cast.berger, sunday) == [late]


def test_cancelled_appointments_are_not_in_the_day(session: Session, cast: Cast) -> None:
    cancelled = an_appointment(session, cast.topic, cast.berger, AT_TEN, THOMAS)
    operations.cancel(session, cancelled, MORNING)
    assert queries.appointments_of(session, cast.berger, MORNING) == []


def test_an_appointment_belongs_to_its_counsellor_alone(
    session: Session, cast: Cast, appointment: Appointment
) -> None:
    assert queries.appointment_of(session, cast.berger, appointment.id) is appointment
    assert queries.appointment_of(session, cast.aydin, appointment.id) is None
    assert queries.appointment_of(session, cast.noack, appointment.id) is None
    assert appointment.name == AYLIN.name
