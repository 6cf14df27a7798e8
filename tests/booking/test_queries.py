import random
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.support.cast import (
    AT_TEN,
    AYLIN,
    MORNING,
    THOMAS,
    Cast,
    a_counsellor,
    an_appointment,
    works,
)
from vberatung.booking import operations, queries
from vberatung.booking.free import Wish
from vberatung.booking.models import HELD, VIDEO, Appointment
from vberatung.booking.operations import Person

WITHOUT_CONTACT = Person("Kim Beispiel", None, None, None, "de")


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


def test_the_load_of_other_offices_and_weeks_does_not_count(session: Session, cast: Cast) -> None:
    """The week runs from Monday to Sunday in Berlin."""
    monday = MORNING.replace(hour=0)
    for start in (monday - timedelta(minutes=40), monday + timedelta(days=7)):
        an_appointment(session, cast.topic, cast.berger, start)
    today = queries.appointments_of(session, cast.aydin, MORNING)
    operations.cancel(session, today[0], MORNING)
    ids = [cast.aydin.id, cast.berger.id]
    assert queries.by_load(session, ids, AT_TEN) == sorted(ids)
    an_appointment(session, cast.topic, cast.berger, monday)
    assert queries.by_load(session, ids, AT_TEN) == [cast.aydin.id, cast.berger.id]


def test_load_is_minutes_and_not_talks(session: Session, cast: Cast) -> None:
    cast.first_talk.duration_min = 90
    an_appointment(session, cast.first_talk, cast.berger, AT_TEN + timedelta(days=1))
    for hour in (1, 2):  # with the half hour of the cast three talks, but as many minutes
        an_appointment(session, cast.topic, cast.aydin, AT_TEN + timedelta(days=2, hours=hour))
    ids = [cast.aydin.id, cast.berger.id]
    assert queries.by_load(session, ids, AT_TEN) == sorted(ids)
    an_appointment(session, cast.topic, cast.aydin, AT_TEN + timedelta(days=3))
    assert queries.by_load(session, ids, AT_TEN)[0] == cast.berger.id


def test_unfair_distribution_sixty_bookings_differ_by_one_talk_at_most(
    session: Session, cast: Cast
) -> None:
    topic, monday = cast.first_talk, MORNING + timedelta(days=7)
    cast.berger.topics, team = [], []
    for number in range(4):
        counsellor = a_counsellor(session, "N. N.", f"n{number}@musterstadt.example", topic)
        for weekday in range(5):
            works(session, counsellor, weekday, 8, 20)
        team.append(counsellor.id)
    times = [monday + timedelta(days=d, minutes=45 * n) for d in range(5) for n in range(16)]
    booked = dict.fromkeys(team, 0)
    for start in random.Random(60).sample(times, 60):
        talk = operations.book(session, topic, VIDEO, start, WITHOUT_CONTACT, MORNING)
        booked[talk.counsellor_id] += 1
        assert max(booked.values()) - min(booked.values()) <= 1
    assert list(booked.values()) == [15, 15, 15, 15]


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


def test_the_first_gap_is_after_what_this_counsellor_has_promised(
    session: Session, cast: Cast
) -> None:
    def minutes(now: datetime = MORNING) -> float:
        gap = queries.first_gap(session, cast.topic, cast.berger.id, AT_TEN, now)
        assert gap
        return (gap - AT_TEN).total_seconds() / 60

    an_appointment(session, cast.topic, cast.aydin, AT_TEN)
    assert minutes() == 0
    wish = Wish(counsellor_id=cast.berger.id)
    operations.hold(session, cast.topic, AT_TEN, "visitor", "lobby", MORNING, wish)
    assert minutes() == 35
    talk = an_appointment(session, cast.topic, cast.berger, AT_TEN + timedelta(minutes=35))
    assert minutes() == 70
    assert minutes(MORNING + operations.HOLD_FOR) == 0
    talk.status = HELD
    assert minutes() == 35


def test_the_next_booked_day_is_the_counsellors_own_and_later(session: Session, cast: Cast) -> None:
    today = MORNING.date()
    assert queries.next_booked_day(session, cast.aydin, today) is None
    an_appointment(session, cast.topic, cast.aydin, AT_TEN + timedelta(days=2))
    assert queries.next_booked_day(session, cast.aydin, today) == today + timedelta(days=2)
    assert queries.next_booked_day(session, cast.aydin, today - timedelta(days=1)) == today
    assert queries.next_booked_day(session, cast.berger, today) is None
