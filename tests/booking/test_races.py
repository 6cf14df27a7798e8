"""Fifty at the same moment, each with a transaction of their own, on both databases.

Whoever wins: afterwards claims, holds and appointments agree, and nobody met an error of the
database ("database is locked", a deadlock).
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from tests.support import consistency, databases
from tests.support.cast import AT_TEN, AYLIN, MORNING, WEDNESDAY, Cast, an_appointment, works
from tests.support.threads import at_once
from vberatung.booking import mass_cancellation, operations
from vberatung.booking.free import Wish, free_starts_of
from vberatung.booking.hours import Absence
from vberatung.booking.mass_cancellation import CANCEL, HAND_OVER, Decision
from vberatung.booking.models import CANCELLED, OPEN, VIDEO, Appointment, Claim, Hold
from vberatung.booking.operations import (
    Person,
    SlotTaken,
    TooLate,
    TooManyBookings,
    TooManyHolds,
)
from vberatung.db import begin_write
from vberatung.offices.models import Topic
from vberatung.people.models import Staff
from vberatung.waiting import operations as waiting
from vberatung.waiting import queries as list_of
from vberatung.waiting.models import WaitingEntry, WaitingOffer
from vberatung.waiting.operations import OfferOver

pytestmark = pytest.mark.slow

CROWD = 50
LATER = MORNING + timedelta(minutes=20)

ANSWERS = (SlotTaken, TooLate, OfferOver, TooManyBookings, TooManyHolds)
"""What a person can be told; everything else is a fault."""

Work = Callable[[Session, int], object]


@pytest.fixture
def engine(app: Flask) -> Engine:
    return databases.engine_of(app)


@pytest.fixture
def wide(session: Session, cast: Cast) -> Cast:
    """Berger and Aydın work all Wednesday too."""
    for counsellor in (cast.berger, cast.aydin):
        works(session, counsellor, WEDNESDAY + 1, 8, 16)
    cast.office.max_open_bookings = 1000
    session.commit()
    return cast


def crowd(engine: Engine, work: Work, times: int = CROWD) -> list[object]:
    """What each of many transactions came to; any error but those of booking is raised."""

    def one(number: int) -> object:
        with Session(engine) as own:
            begin_write(own)
            outcome = work(own, number)
            own.commit()
            return outcome

    outcomes = at_once(times, one)
    for outcome in outcomes:
        if isinstance(outcome, Exception) and not isinstance(outcome, ANSWERS):
            raise outcome
    return outcomes


def somebody(number: int) -> Person:
    return Person(f"Person {number}", None, None, None, "de")


def book(topic_id: int, starts: list[datetime], now: datetime = MORNING) -> Work:
    def work(own: Session, number: int) -> int:
        topic, start = own.get_one(Topic, topic_id), starts[number % len(starts)]
        return operations.book(own, topic, VIDEO, start, somebody(number), now).id

    return work


def hold(topic_id: int, starts: list[datetime], now: datetime = MORNING) -> Work:
    def work(own: Session, number: int) -> int:
        topic, start = own.get_one(Topic, topic_id), starts[number % len(starts)]
        return operations.hold(own, topic, start, f"visitor {number}", f"{number}", now).id

    return work


def starts_of(session: Session, topic: Topic, count: int) -> list[datetime]:
    starts = free_starts_of(session, topic, MORNING, Wish(VIDEO))[:count]
    session.rollback()
    return starts


def numbers(session: Session) -> tuple[int, int]:
    """How many appointments from ten on there are, and holds."""
    booked = select(func.count()).select_from(Appointment).where(Appointment.starts_at >= AT_TEN)
    return session.scalar(booked) or 0, session.scalar(select(func.count(Hold.id))) or 0


def test_double_bookings_cannot_happen(engine: Engine, session: Session, wide: Cast) -> None:
    """Fifty people, sixteen overlapping times, two counsellors."""
    starts = starts_of(session, wide.topic, 16)
    outcomes = crowd(engine, book(wide.topic.id, starts))
    consistency.check(session, MORNING)
    assert numbers(session)[0] == sum(isinstance(outcome, int) for outcome in outcomes) > 2


def test_each_of_fifty_holds_another_time_or_none(
    engine: Engine, session: Session, wide: Cast
) -> None:
    outcomes = crowd(engine, hold(wide.topic.id, starts_of(session, wide.topic, 16)))
    consistency.check(session, MORNING)
    assert numbers(session)[1] == sum(isinstance(outcome, int) for outcome in outcomes) > 2


def test_one_time_is_held_by_as_many_as_there_are_counsellors(
    engine: Engine, session: Session, wide: Cast
) -> None:
    outcomes = crowd(engine, hold(wide.topic.id, [AT_TEN]))
    consistency.check(session, MORNING)
    assert Counter(map(type, outcomes)) == {int: 2, SlotTaken: CROWD - 2}


def test_visitors_who_change_their_mind_hold_one_time_each(
    engine: Engine, session: Session, wide: Cast
) -> None:
    topic_id, starts = wide.topic.id, starts_of(session, wide.topic, 24)

    def change(own: Session, number: int) -> None:
        topic = own.get_one(Topic, topic_id)
        start = random.Random(number).choice(starts)
        operations.hold(own, topic, start, f"visitor {number % 8}", "lobby", MORNING)

    for _ in range(2):
        crowd(engine, change)
        consistency.check(session, MORNING)
    assert numbers(session)[1] <= 8


def test_one_network_holds_no_more_than_its_limit(
    engine: Engine, session: Session, wide: Cast
) -> None:
    topic_id, starts = wide.topic.id, starts_of(session, wide.topic, CROWD)

    def choose(own: Session, number: int) -> None:
        topic, start = own.get_one(Topic, topic_id), starts[number % len(starts)]
        operations.hold(own, topic, start, f"visitor {number}", "lobby", MORNING)

    crowd(engine, choose)
    consistency.check(session, MORNING)
    assert 0 < numbers(session)[1] <= operations.HOLDS_PER_ADDRESS


def test_one_contact_books_no_more_than_the_office_allows(
    engine: Engine, session: Session, wide: Cast
) -> None:
    topic_id, starts = wide.topic.id, starts_of(session, wide.topic, CROWD)
    wide.office.max_open_bookings = 3
    session.commit()
    before = numbers(session)[0]

    def book(own: Session, number: int) -> None:
        topic, start = own.get_one(Topic, topic_id), starts[number % len(starts)]
        operations.book(own, topic, VIDEO, start, AYLIN, MORNING)

    crowd(engine, book)
    consistency.check(session, MORNING)
    assert numbers(session)[0] == before + 3


def test_holds_that_expire_are_booked_or_given_up_never_both(
    engine: Engine, session: Session, wide: Cast
) -> None:
    """Half of the crowd books its hold in the last moment, the other half gives up old holds."""
    topic_id, starts = wide.topic.id, starts_of(session, wide.topic, 40)
    held = [id for id in crowd(engine, hold(topic_id, starts)) if isinstance(id, int)]
    last, over = MORNING + operations.HOLD_FOR - timedelta(seconds=1), LATER

    def work(own: Session, number: int) -> int | None:
        kept = own.get(Hold, held[number // 2 % len(held)])
        if number % 2 or kept is None:
            operations.release_expired(own, over)
            return None
        person = somebody(number)
        made = operations.book(own, kept.topic, VIDEO, kept.starts_at, person, last, hold=kept)
        return made.id

    crowd(engine, work)
    consistency.check(session, LATER)
    assert numbers(session)[1] == 0


def test_a_hold_that_is_booked_and_released_at_once(
    engine: Engine, session: Session, wide: Cast
) -> None:
    kept = operations.hold(session, wide.topic, AT_TEN, "visitor", "lobby", MORNING)
    session.commit()
    id = kept.id

    def work(own: Session, number: int) -> str:
        kept = own.get(Hold, id)
        if kept is None:
            return "gone"
        if number % 2:
            operations.release(own, kept)
            return "released"
        operations.book(own, kept.topic, VIDEO, AT_TEN, somebody(number), MORNING, hold=kept)
        return "booked"

    crowd(engine, work)
    consistency.check(session, MORNING)
    assert numbers(session)[1] == 0


def test_fifty_appointments_move_at_once(engine: Engine, session: Session, wide: Cast) -> None:
    """Each to the time of a neighbour: some must stay, none is lost."""
    starts = starts_of(session, wide.topic, 40)
    made = [id for id in crowd(engine, book(wide.topic.id, starts)) if isinstance(id, int)]

    def work(own: Session, number: int) -> None:
        appointment = own.get_one(Appointment, made[number % len(made)])
        start = random.Random(number).choice(starts)
        operations.move(own, appointment, start, MORNING)

    crowd(engine, work)
    consistency.check(session, MORNING)
    assert numbers(session)[0] == len(made)


def test_two_appointments_that_change_places_do_not_wait_for_each_other_for_ever(
    engine: Engine, session: Session, wide: Cast
) -> None:
    """Each wants what the other is giving back at this moment: PostgreSQL ends one of them."""
    places = [AT_TEN, AT_TEN + timedelta(hours=1)]
    made = [an_appointment(session, wide.topic, wide.berger, place).id for place in places]
    berger_id = wide.berger.id
    session.commit()

    def swap(own: Session, number: int) -> None:
        mine = own.get_one(Appointment, made[number])
        other = own.get_one(Appointment, made[1 - number])
        operations.hand_to(own, mine, berger_id, other.starts_at, MORNING)

    for _ in range(4):
        outcomes = crowd(engine, swap, 2)
        consistency.check(session, MORNING)
        assert set(map(type, outcomes)) <= {SlotTaken, type(None)}


def test_what_is_refused_changes_nothing(session: Session, wide: Cast) -> None:
    mine = an_appointment(session, wide.topic, wide.berger, AT_TEN)
    taken = AT_TEN + timedelta(hours=1)
    an_appointment(session, wide.topic, wide.aydin, taken)
    session.commit()
    with pytest.raises(SlotTaken):
        operations.hand_to(session, mine, wide.aydin.id, taken, MORNING)
    session.commit()
    assert (mine.counsellor, mine.starts_at, mine.sequence) == (wide.berger, AT_TEN, 0)
    consistency.check(session, MORNING)


def test_cancelling_moving_and_booking_the_same_time(
    engine: Engine, session: Session, wide: Cast
) -> None:
    appointment = an_appointment(session, wide.topic, wide.berger, AT_TEN)
    session.commit()
    id, topic_id, starts = appointment.id, wide.topic.id, starts_of(session, wide.topic, 6)

    def work(own: Session, number: int) -> object:
        match number % 4:
            case 0:
                operations.cancel(own, own.get_one(Appointment, id), MORNING)
                return None
            case 1:
                start = starts[number % len(starts)]
                operations.move(own, own.get_one(Appointment, id), start, MORNING)
                return None
            case 2:
                return book(topic_id, starts)(own, number)
            case _:
                return hold(topic_id, starts)(own, number)

    crowd(engine, work)
    consistency.check(session, MORNING)


def test_fifty_cancel_fifty_appointments_and_others_take_the_time(
    engine: Engine, session: Session, wide: Cast
) -> None:
    starts = starts_of(session, wide.topic, 40)
    made = [id for id in crowd(engine, book(wide.topic.id, starts)) if isinstance(id, int)]

    def work(own: Session, number: int) -> object:
        if number % 2:
            return book(wide_id, starts)(own, number)
        appointment = own.get_one(Appointment, made[number % len(made)])
        operations.cancel(own, appointment, MORNING)
        return None

    wide_id = wide.topic.id
    crowd(engine, work)
    consistency.check(session, MORNING)


def test_the_daily_maximum_holds_when_fifty_book_at_once(
    engine: Engine, session: Session, wide: Cast
) -> None:
    wide.berger.daily_maximum = wide.aydin.daily_maximum = 2
    topic = wide.topic
    session.commit()
    thursday = MORNING.date() + timedelta(days=3)
    starts = [s for s in free_starts_of(session, topic, MORNING) if s.date() == thursday]
    session.rollback()
    crowd(engine, book(topic.id, starts))
    consistency.check(session, MORNING)
    for counsellor in (wide.berger, wide.aydin):
        that_day = select(func.count(Appointment.id)).where(
            Appointment.counsellor_id == counsellor.id, Appointment.starts_at.in_(starts)
        )
        assert session.scalar(that_day) == 2


def waits(session: Session, cast: Cast, count: int) -> list[int]:
    """So many people on the waiting list; the ids of their entries."""
    entries = []
    for number in range(count):
        person = Person(f"Person {number}", f"person{number}@example.org", None, None, "de")
        entries.append(waiting.join(session, cast.topic, VIDEO, person, MORNING))
    session.commit()
    return [entry.id for entry in entries]


def test_nobody_is_offered_what_another_has(engine: Engine, session: Session, wide: Cast) -> None:
    """Many offer the freed times while others hold and book them."""
    entries = waits(session, wide, 12)
    topic_id, starts = wide.topic.id, starts_of(session, wide.topic, 12)

    def work(own: Session, number: int) -> object:
        match number % 3:
            case 0:
                return len(waiting.offer_free_times(own, MORNING, topic_id))
            case 1:
                return book(topic_id, starts)(own, number)
            case _:
                return hold(topic_id, starts)(own, number)

    crowd(engine, work)
    with Session(engine) as own:
        begin_write(own)
        waiting.offer_free_times(own, MORNING, topic_id)
        own.commit()
    consistency.check(session, MORNING)
    told = session.scalars(select(WaitingOffer.entry_id)).all()
    assert sorted(told) == sorted(entries)  # each was told of one time, once


def test_fifty_accept_decline_and_leave_while_times_are_offered(
    engine: Engine, session: Session, wide: Cast
) -> None:
    entries = waits(session, wide, 10)
    waiting.offer_free_times(session, MORNING)
    session.commit()
    topic_id = wide.topic.id

    def work(own: Session, number: int) -> None:
        entry = own.get_one(WaitingEntry, entries[number // 5])
        offers = list_of.offers_of(own, entry)
        match number % 5:
            case 0 | 1:
                waiting.accept(own, entry, offers[0], MORNING)
            case 2:
                waiting.decline(own, entry, offers[0], MORNING)
            case 3:
                waiting.offer_free_times(own, MORNING, topic_id)
            case _:
                operations.release_expired(own, MORNING + timedelta(hours=2))

    outcomes = crowd(engine, work)
    consistency.check(session, MORNING)
    refused = sum(isinstance(outcome, Exception) for outcome in outcomes)
    taken = session.scalars(select(WaitingOffer).where(WaitingOffer.taken_at.is_not(None))).all()
    assert len({offer.entry_id for offer in taken}) == len(taken)
    assert refused >= 10  # of two who accept the same, one comes too late


def test_earlier_times_are_accepted_while_the_same_appointments_move(
    engine: Engine, session: Session, wide: Cast
) -> None:
    starts = starts_of(session, wide.topic, 40)
    thursday = [start for start in starts if start.weekday() == WEDNESDAY + 1]
    made = [id for id in crowd(engine, book(wide.topic.id, thursday)) if isinstance(id, int)]
    session.rollback()  # what was read before is old
    entries = [
        waiting.join_for_earlier(session, session.get_one(Appointment, id), MORNING).id
        for id in made
    ]
    waiting.offer_free_times(session, MORNING)
    session.commit()

    def work(own: Session, number: int) -> None:
        entry = own.get_one(WaitingEntry, entries[number // 2 % len(entries)])
        if number % 2:
            appointment = own.get_one(Appointment, entry.appointment_id)
            operations.move(own, appointment, random.Random(number).choice(thursday), MORNING)
        elif offers := list_of.offers_of(own, entry):
            waiting.accept(own, entry, offers[0], MORNING)

    crowd(engine, work)
    consistency.check(session, MORNING)


def test_two_counsellors_fall_ill_while_others_book(
    engine: Engine, session: Session, wide: Cast
) -> None:
    """Each one's day is handed to the other, both at once: no appointment is lost."""
    starts = starts_of(session, wide.topic, 40)
    made = [id for id in crowd(engine, book(wide.topic.id, starts)) if isinstance(id, int)]
    begin, end = mass_cancellation.days_between(MORNING.date(), MORNING.date() + timedelta(days=7))
    ill = [wide.berger.id, wide.aydin.id]
    topic_id = wide.topic.id
    session.rollback()

    def work(own: Session, number: int) -> object:
        if number % 5 > 1:
            return book(topic_id, starts)(own, number)
        away, colleague = (ill[number % 2], ill[1 - number % 2])
        counsellor = own.get_one(Staff, away)
        found = mass_cancellation.appointments_between(own, counsellor, begin, end, MORNING)
        decisions = {
            each.id: Decision(HAND_OVER if each.id % 2 else CANCEL, colleague) for each in found
        }
        return mass_cancellation.carry_out(
            own, counsellor, begin, end, decisions, MORNING, absent=False
        )

    crowd(engine, work)
    consistency.check(session, MORNING)
    kept = select(func.count(Appointment.id)).where(Appointment.id.in_(made))
    assert session.scalar(kept) == len(made)


def test_nobody_books_into_an_absence_that_is_entered_meanwhile(
    engine: Engine, session: Session, wide: Cast
) -> None:
    """Both fall ill, and what one has is to be handed over to the other."""
    starts = starts_of(session, wide.topic, 40)
    begin, end = mass_cancellation.days_between(MORNING.date(), MORNING.date() + timedelta(days=7))
    topic_id, ill, other = wide.topic.id, wide.berger.id, wide.aydin.id
    agreed = [
        an_appointment(session, wide.topic, counsellor, starts[start])
        for start, counsellor in ((0, wide.berger), (3, wide.aydin), (8, wide.berger))
    ]
    to_whom = {a.id: other if a.counsellor_id == ill else ill for a in agreed}
    decisions = {id: Decision(HAND_OVER, to) for id, to in to_whom.items()}
    session.commit()

    def work(own: Session, number: int) -> object:
        if number % 10 in (5, 6):
            counsellor = own.get_one(Staff, (ill, other)[number % 2 == 0])
            return mass_cancellation.carry_out(
                own, counsellor, begin, end, decisions, MORNING, absent=True
            )
        topic, start = own.get_one(Topic, topic_id), starts[number % len(starts)]
        if number % 2:
            return operations.hold(own, topic, start, f"v{number}", f"a{number}", MORNING)
        appointment = operations.book(own, topic, VIDEO, start, somebody(number), MORNING)
        later = starts[(number + 7) % len(starts)]
        operations.move(own, appointment, later, MORNING)
        return appointment

    crowd(engine, work)
    consistency.check(session, MORNING)
    for away in (ill, other):
        (absence,) = session.scalars(select(Absence).filter_by(counsellor_id=away))
        assert (absence.starts_at, absence.ends_at) == (MORNING, end)
        inside = (Appointment.counsellor_id == away, Appointment.starts_at < end)
        open_ones = select(func.count(Appointment.id)).where(*inside, Appointment.status.in_(OPEN))
        assert session.scalar(open_ones) == 0
        held = select(func.count(Hold.id)).where(Hold.counsellor_id == away, Hold.starts_at < end)
        assert session.scalar(held) == 0


def test_nobody_hands_over_to_who_falls_ill_in_the_same_moment(
    engine: Engine, session: Session, wide: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Aydın is found free; then he enters his absence, and commits while we wait for him."""
    appointment = an_appointment(session, wide.topic, wide.berger, AT_TEN)
    days = mass_cancellation.days_between(MORNING.date(), MORNING.date())
    id, ill, other = appointment.id, wide.berger.id, wide.aydin.id
    session.commit()
    found, entered = threading.Event(), threading.Event()
    look = mass_cancellation.free_colleagues

    def look_slowly(*arguments: Any) -> list[int]:
        free = look(*arguments)
        found.set()
        entered.wait(1)  # on SQLite nobody enters anything meanwhile
        return free

    monkeypatch.setattr(mass_cancellation, "free_colleagues", look_slowly)

    def fall_ill(number: int) -> None:
        if number:
            found.wait(30)
        with Session(engine) as own:
            begin_write(own)
            counsellor = own.get_one(Staff, other if number else ill)
            decisions = {} if number else {id: Decision(HAND_OVER, other)}
            mass_cancellation.carry_out(own, counsellor, *days, decisions, MORNING, absent=True)
            if number:
                entered.set()
                time.sleep(0.3)
            own.commit()

    assert at_once(2, fall_ill) == [None, None]
    session.refresh(appointment)
    assert appointment.status == CANCELLED
    consistency.check(session, MORNING)


def test_the_database_is_never_locked_under_fifty_writers(
    engine: Engine, session: Session, wide: Cast
) -> None:
    """Everything at once, three rounds: `crowd` raises whatever is not an answer of booking."""
    topic_id, starts = wide.topic.id, starts_of(session, wide.topic, 40)
    for round in range(3):

        def work(own: Session, number: int, round: int = round) -> object:
            some = random.Random(100 * round + number)
            open_ones = list(own.scalars(select(Appointment.id).order_by(Appointment.id)))
            appointment = own.get_one(Appointment, some.choice(open_ones))
            topic, start = own.get_one(Topic, topic_id), some.choice(starts)
            match number % 4:
                case 0:
                    return operations.book(own, topic, VIDEO, start, AYLIN, MORNING).id
                case 1:
                    return operations.hold(own, topic, start, f"v{number}", "a", MORNING).id
                case 2:
                    operations.cancel(own, appointment, MORNING)
                case _:
                    operations.move(own, appointment, start, MORNING)
            return None

        crowd(engine, work)
        consistency.check(session, MORNING)


def test_the_checker_finds_what_does_not_agree(session: Session, wide: Cast) -> None:
    """A checker that never complains proves nothing."""
    appointment = an_appointment(session, wide.topic, wide.berger, AT_TEN)
    kept = operations.hold(session, wide.topic, AT_TEN, "visitor", "lobby", MORNING)
    mine = select(Claim).where(Claim.appointment_id == appointment.id)
    first, last = session.scalars(mine.order_by(Claim.quantum)).all()[::6]
    spoils: list[Callable[[], object]] = [
        lambda: session.delete(first),
        lambda: setattr(last, "counsellor_id", wide.noack.id),
        lambda: setattr(appointment, "status", "cancelled"),
        lambda: setattr(appointment, "starts_at", AT_TEN + timedelta(minutes=5)),
        lambda: setattr(kept, "ends_at", AT_TEN + timedelta(hours=1)),
    ]
    for spoil in spoils:
        with session.begin_nested() as attempt:
            spoil()
            session.flush()
            assert list(consistency.faults_in(session, MORNING))
            attempt.rollback()
        assert not list(consistency.faults_in(session, MORNING))
