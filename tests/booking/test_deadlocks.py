"""Who becomes absent while others book: nobody waits for each other for ever (PostgreSQL)."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tests.support import consistency, databases
from tests.support.cast import AT_TEN, AYLIN, MORNING, Cast
from vberatung.booking import mass_cancellation, operations, working_hours
from vberatung.booking.free import Wish
from vberatung.booking.hours import Absence
from vberatung.booking.mass_cancellation import days_between
from vberatung.booking.models import VIDEO, Hold
from vberatung.booking.operations import HOLD_FOR, SlotTaken
from vberatung.db import begin_write
from vberatung.offices.models import Topic
from vberatung.people.models import Staff

TODAY = days_between(MORNING.date(), MORNING.date())
LONG = timedelta(hours=8)


def add_absence(own: Session, id: int) -> None:
    working_hours.add_absence(own, id, MORNING, MORNING + LONG, MORNING)


def cancel_all(own: Session, id: int) -> None:
    counsellor = own.get_one(Staff, id)
    mass_cancellation.carry_out(own, counsellor, *TODAY, {}, MORNING, absent=True)


@pytest.fixture
def engine(app: Flask, engine_name: str) -> Engine:
    if engine_name == "sqlite":
        pytest.skip("SQLite has one writer: nobody can wait for each other")
    return databases.engine_of(app)


@pytest.mark.parametrize("become_absent", [add_absence, cancel_all])
@pytest.mark.parametrize("expired", [True, False])
def test_a_hold_that_somebody_gives_up_does_not_keep_an_absence_out(
    engine: Engine,
    session: Session,
    cast: Cast,
    become_absent: Callable[[Session, int], None],
    expired: bool,
) -> None:
    then = MORNING - HOLD_FOR - LONG if expired else MORNING
    kept = operations.hold(session, cast.topic, AT_TEN, "visitor", "lobby", then)
    held, id, topic_id = kept.id, kept.counsellor_id, cast.topic.id
    session.commit()
    failed: list[Exception] = []

    def fall_ill() -> None:
        with Session(engine) as own:
            begin_write(own)
            try:
                become_absent(own, id)
                own.commit()
            except Exception as error:
                failed.append(error)

    with Session(engine) as own:
        begin_write(own)
        if expired:
            operations.release_expired(own, MORNING)
        else:
            operations.release(own, own.get_one(Hold, held))
        other = threading.Thread(target=fall_ill)
        other.start()
        other.join(0.5)  # it has come as far as it comes
        topic, wish = own.get_one(Topic, topic_id), Wish(VIDEO, None, id)

        def book(counsellor: int) -> object:
            return operations.arrange(own, topic, counsellor, VIDEO, AT_TEN, AYLIN, MORNING)

        with suppress(SlotTaken):  # they are absent by now
            operations.in_fair_order(own, topic, AT_TEN, MORNING, wish, book)
        own.commit()
        other.join(10)
    assert failed == []
    assert session.scalars(select(Absence).filter_by(counsellor_id=id)).all()
    consistency.check(session, MORNING)


def test_a_hold_within_an_absence_cannot_be_booked(session: Session, cast: Cast) -> None:
    """The absence passes over a hold that somebody has in hand at this moment."""
    kept = operations.hold(session, cast.topic, AT_TEN, "visitor", "lobby", MORNING)
    away = {"starts_at": MORNING, "ends_at": MORNING + LONG}
    session.add(Absence(counsellor_id=kept.counsellor_id, **away))
    session.flush()
    with pytest.raises(SlotTaken):
        operations.book(session, cast.topic, VIDEO, AT_TEN, AYLIN, MORNING, hold=kept)


class Deadlock(Exception):
    sqlstate = operations.DEADLOCK


def test_after_a_deadlock_it_is_tried_once_more(session: Session) -> None:
    tries: list[int] = []

    def fail(times: int) -> Callable[[], str]:
        def do() -> str:
            tries.append(1)
            if len(tries) <= times:
                raise OperationalError("", {}, Deadlock())
            return "done"

        return do

    assert operations.again_after_deadlock(session, fail(1)) == "done"
    tries.clear()
    with pytest.raises(OperationalError):
        operations.again_after_deadlock(session, fail(2))
