"""Several at the same moment on one waiting list."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from tests.support.cast import AT_TEN, AYLIN, MORNING, OLENA, Cast, an_appointment
from tests.support.threads import at_once
from tests.waiting.conftest import Join
from vberatung.booking import operations as booking
from vberatung.booking.models import VIDEO, Appointment
from vberatung.db import begin_write
from vberatung.offices.models import Topic
from vberatung.waiting import operations, queries
from vberatung.waiting.models import WaitingEntry, WaitingOffer
from vberatung.waiting.operations import OfferOver


@pytest.fixture
def engine(session: Session) -> Engine:
    found = session.get_bind()
    assert isinstance(found, Engine)
    return found


def test_ten_at_the_same_moment_with_one_address_wait_once(
    engine: Engine, session: Session, cast: Cast
) -> None:
    topic_id = cast.topic.id
    session.commit()

    def join(number: int) -> None:
        with Session(engine) as own:
            begin_write(own)
            operations.join(own, own.get_one(Topic, topic_id), VIDEO, AYLIN, MORNING)
            own.commit()

    assert at_once(10, join) == [None] * 10
    assert len(session.scalars(select(WaitingEntry)).all()) == 1


@pytest.fixture
def meeting() -> Callable[[], None]:
    """Where two wait for each other a moment: they go on once both have come, or cannot come."""
    gate = threading.Barrier(2)

    def meet() -> None:
        with suppress(threading.BrokenBarrierError):
            gate.wait(1)

    return meet


def test_who_takes_an_offer_and_changes_the_details_at_once_gets_both_or_hears_it_is_over(
    engine: Engine,
    session: Session,
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
    meeting: Callable[[], None],
) -> None:
    appointment = an_appointment(session, cast.topic, cast.berger, AT_TEN + timedelta(days=7))
    entry = operations.join_for_earlier(session, appointment, MORNING)
    (offer,) = operations.offer_free_times(session, MORNING)
    ids = appointment.id, entry.id, offer.id
    session.commit()
    pause_before(monkeypatch, booking, "move_to_hold", meeting)
    pause_before(monkeypatch, operations, "follow", meeting)

    def act(number: int) -> None:
        with Session(engine) as own:
            begin_write(own)
            mine = own.get_one(Appointment, ids[0])
            if number:
                booking.change_person(own, mine, OLENA, MORNING)
                operations.follow(own, mine, MORNING)
            else:
                offered = own.get(WaitingOffer, ids[2])
                if offered is None:
                    raise OfferOver  # taken back before we came
                operations.accept(own, own.get_one(WaitingEntry, ids[1]), offered, MORNING)
            own.commit()

    accepted, changed = at_once(2, act)
    assert changed is None
    assert accepted is None or isinstance(accepted, OfferOver)
    session.expire_all()
    assert session.get_one(Appointment, ids[0]).name == OLENA.name


def test_who_takes_an_offer_and_joins_again_at_once_keeps_no_other_waiting(
    engine: Engine,
    session: Session,
    cast: Cast,
    join: Join,
    monkeypatch: pytest.MonkeyPatch,
    meeting: Callable[[], None],
) -> None:
    entry = join()
    (offer,) = operations.offer_free_times(session, MORNING)
    ids, person = (
        (entry.id, offer.id, cast.topic.id),
        booking.Person(entry.name, entry.email, None, None, "de"),
    )
    session.commit()
    pause_before(monkeypatch, booking, "book", meeting)
    pause_before(monkeypatch, queries, "entry_of_contact", meeting)

    def act(number: int) -> None:
        with Session(engine) as own:
            begin_write(own)
            if number:
                operations.join(own, own.get_one(Topic, ids[2]), VIDEO, person, MORNING)
            else:
                waits, offered = (
                    own.get_one(WaitingEntry, ids[0]),
                    own.get_one(WaitingOffer, ids[1]),
                )
                operations.accept(own, waits, offered, MORNING)
            own.commit()

    assert at_once(2, act) == [None, None]


def pause_before(
    monkeypatch: pytest.MonkeyPatch, module: object, name: str, meeting: Callable[[], None]
) -> None:
    real = getattr(module, name)

    def slow(*args: object, **more: object) -> object:
        meeting()
        return real(*args, **more)

    monkeypatch.setattr(module, name, slow)
