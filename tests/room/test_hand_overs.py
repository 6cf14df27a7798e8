"""The talk goes on with another device: one use, two minutes, the newest code only."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tests.support import databases
from tests.support.cast import AT_TEN, MORNING, Cast
from tests.support.threads import at_once
from vberatung import links
from vberatung.booking import operations as booking
from vberatung.booking.models import CANCELLED, Appointment
from vberatung.db import begin_write
from vberatung.links import Link
from vberatung.room import guests, hand_overs, operations
from vberatung.room.access import NotOpenYet, RoomOver
from vberatung.room.hand_overs import HandOverOver
from vberatung.room.models import HandOver
from vberatung.room.places import COMPANION, COUNSELLOR, JOBSEEKER, place_of_guest

SECOND = timedelta(seconds=1)
TWO_MINUTES = timedelta(minutes=2)
EARLY = AT_TEN - timedelta(minutes=10)
"""The room is open, and the appointment can still be moved."""
SECOND_SEAT = f"{JOBSEEKER}.2"


def in_a_crowd(app: Flask, work: Callable[[Session, int], object], times: int = 10) -> list[object]:
    """What each of several transactions came to. Whoever is late is told so; nothing else fails."""

    def one(number: int) -> object:
        with Session(databases.engine_of(app), expire_on_commit=False) as own:
            begin_write(own)
            outcome = work(own, number)
            own.commit()
            return outcome

    outcomes = at_once(times, one)
    for outcome in outcomes:
        if isinstance(outcome, Exception) and not isinstance(outcome, HandOverOver):
            raise outcome
    return outcomes


def unused(session: Session) -> int:
    session.rollback()
    return len(session.scalars(select(HandOver.id).where(HandOver.used_at.is_(None))).all())


def test_a_code_is_good_for_two_minutes(session: Session, appointment: Appointment) -> None:
    token = hand_overs.offer(session, appointment, JOBSEEKER, AT_TEN)
    assert hand_overs.offered(session, token, AT_TEN + TWO_MINUTES - SECOND).place == SECOND_SEAT
    for take in (hand_overs.offered, hand_overs.use):
        with pytest.raises(HandOverOver):
            take(session, token, AT_TEN + TWO_MINUTES)


def test_it_is_good_for_one_use(session: Session, appointment: Appointment) -> None:
    token = hand_overs.offer(session, appointment, JOBSEEKER, AT_TEN)
    assert hand_overs.use(session, token, AT_TEN).used_at == AT_TEN
    for take in (hand_overs.offered, hand_overs.use):
        with pytest.raises(HandOverOver):
            take(session, token, AT_TEN)


def test_after_the_use_none_of_its_links_leads_anywhere(
    session: Session, appointment: Appointment
) -> None:
    """The page for codes issues a link of its own: whoever has opened it is too late as well."""
    token = hand_overs.offer(session, appointment, COUNSELLOR, AT_TEN)
    found = hand_overs.offered(session, token, AT_TEN)
    by_code = links.issue(session, Link.hand_over_id, found.id, AT_TEN)
    hand_overs.use(session, token, AT_TEN)
    for replayed in (token, by_code):
        assert links.of_code(session, links.code_of(replayed)) is None
        assert hand_overs.taken(session, replayed) is None
        with pytest.raises(HandOverOver):
            hand_overs.use(session, replayed, AT_TEN)


def test_a_newer_code_ends_the_older_one(session: Session, appointment: Appointment) -> None:
    older = hand_overs.offer(session, appointment, JOBSEEKER, AT_TEN)
    newer = hand_overs.offer(session, appointment, JOBSEEKER, AT_TEN + SECOND)
    with pytest.raises(HandOverOver):
        hand_overs.use(session, older, AT_TEN + SECOND)
    back = hand_overs.offer(session, appointment, SECOND_SEAT, AT_TEN + SECOND)
    with pytest.raises(HandOverOver):
        hand_overs.use(session, newer, AT_TEN + SECOND)
    assert hand_overs.use(session, back, AT_TEN + SECOND).place == JOBSEEKER


def test_the_codes_of_others_stay(session: Session, appointment: Appointment) -> None:
    guest = guests.invite(session, appointment, COMPANION, "Emre Özdemir", MORNING)
    people = (JOBSEEKER, COUNSELLOR, place_of_guest(guest.id))
    tokens = [hand_overs.offer(session, appointment, place, AT_TEN) for place in people]
    places = [hand_overs.use(session, token, AT_TEN).place for token in tokens]
    assert places == [f"{place}.2" for place in people]


def test_there_are_codes_only_while_the_room_is_open(
    session: Session, appointment: Appointment
) -> None:
    with pytest.raises(NotOpenYet):
        hand_overs.offer(session, appointment, JOBSEEKER, MORNING)
    token = hand_overs.offer(session, appointment, JOBSEEKER, AT_TEN)
    operations.end(session, appointment, AT_TEN)
    with pytest.raises(RoomOver):
        hand_overs.use(session, token, AT_TEN)
    appointment.talk_ended_at, appointment.status = None, CANCELLED
    session.flush()
    with pytest.raises(RoomOver):
        hand_overs.offer(session, appointment, JOBSEEKER, AT_TEN)


def test_only_a_code_that_was_taken_leads_to_a_seat(
    session: Session, cast: Cast, appointment: Appointment
) -> None:
    token = hand_overs.offer(session, appointment, JOBSEEKER, AT_TEN)
    assert hand_overs.taken(session, token) is None
    assert not hand_overs.leads_to(session, appointment, SECOND_SEAT)
    hand_overs.use(session, token, AT_TEN)
    assert hand_overs.leads_to(session, appointment, SECOND_SEAT)
    for place in (JOBSEEKER, COUNSELLOR, f"{COUNSELLOR}.2"):
        assert not hand_overs.leads_to(session, appointment, place)
    assert not hand_overs.leads_to(session, cast.noise, SECOND_SEAT)


def test_other_links_hand_nothing_over(
    session: Session, appointment: Appointment, token: str
) -> None:
    hand_overs.offer(session, appointment, JOBSEEKER, AT_TEN)
    for link in (token, "", "x" * 22):
        assert hand_overs.taken(session, link) is None
        with pytest.raises(HandOverOver):
            hand_overs.use(session, link, AT_TEN)


# An appointment that moves, or is given to a colleague


def test_a_former_counsellors_device_is_nobodys(
    session: Session, cast: Cast, appointment: Appointment
) -> None:
    token = hand_overs.offer(session, appointment, COUNSELLOR, EARLY)
    used = hand_overs.use(session, token, EARLY)
    device = links.issue(session, Link.hand_over_id, used.id, EARLY)
    assert hand_overs.taken(session, device) is used
    booking.hand_to(session, appointment, cast.aydin.id, AT_TEN, EARLY + SECOND)
    assert hand_overs.taken(session, device) is None
    assert not hand_overs.leads_to(session, appointment, f"{COUNSELLOR}.2")


def test_a_hand_over_at_a_former_time_leads_nowhere_at_the_new_one(
    session: Session, cast: Cast, appointment: Appointment
) -> None:
    token = hand_overs.offer(session, appointment, JOBSEEKER, EARLY)
    hand_overs.use(session, token, EARLY)
    pending = hand_overs.offer(session, appointment, COUNSELLOR, EARLY)
    later = EARLY + timedelta(minutes=20)  # the same counsellor, and the new room is open at once
    booking.hand_to(session, appointment, cast.berger.id, later, EARLY + SECOND)
    assert not hand_overs.leads_to(session, appointment, SECOND_SEAT)
    with pytest.raises(HandOverOver):
        hand_overs.use(session, pending, later)
    newer = hand_overs.offer(session, appointment, JOBSEEKER, later)
    hand_overs.use(session, newer, later)
    assert hand_overs.leads_to(session, appointment, SECOND_SEAT)


# At the same moment


def test_of_many_who_take_it_at_once_one_has_it(
    app: Flask, session: Session, appointment: Appointment
) -> None:
    token = hand_overs.offer(session, appointment, JOBSEEKER, AT_TEN)
    session.commit()
    outcomes = in_a_crowd(app, lambda own, _: hand_overs.use(own, token, AT_TEN))
    assert sum(isinstance(outcome, HandOver) for outcome in outcomes) == 1


def test_of_many_codes_that_are_made_at_once_one_is_good(
    app: Flask, session: Session, appointment: Appointment
) -> None:
    id = appointment.id

    def offer(own: Session, number: int) -> str:
        place = (JOBSEEKER, SECOND_SEAT)[number % 2]
        return hand_overs.offer(own, own.get_one(Appointment, id), place, AT_TEN)

    tokens = [str(token) for token in in_a_crowd(app, offer)]
    assert unused(session) == 1
    good = 0
    for token in tokens:
        try:
            good += bool(hand_overs.offered(session, token, AT_TEN))
        except HandOverOver:
            continue
    assert good == 1


def test_taking_a_code_while_a_newer_one_is_made(
    app: Flask, session: Session, appointment: Appointment
) -> None:
    """It is taken, or it is over: nothing else happens to anybody."""
    id = appointment.id
    token = hand_overs.offer(session, appointment, JOBSEEKER, AT_TEN)
    session.commit()

    def work(own: Session, number: int) -> object:
        if number % 2:
            return hand_overs.use(own, token, AT_TEN)
        return hand_overs.offer(own, own.get_one(Appointment, id), JOBSEEKER, AT_TEN)

    outcomes: list[object] = in_a_crowd(app, work, 12)
    assert sum(isinstance(outcome, HandOver) for outcome in outcomes) <= 1
    assert unused(session) == 1


def test_a_newer_code_that_comes_in_between_is_told_as_such(
    session: Session, appointment: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looked up, then waited for the lock: meanwhile it was replaced."""
    token = hand_overs.offer(session, appointment, JOBSEEKER, AT_TEN)

    def late(own: Session, found: Appointment) -> None:
        booking.lock(own, found)
        own.execute(delete(HandOver), execution_options={"synchronize_session": False})

    monkeypatch.setattr(hand_overs, "lock", late)
    with pytest.raises(HandOverOver):
        hand_overs.use(session, token, AT_TEN)
