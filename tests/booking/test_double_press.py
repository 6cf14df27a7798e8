"""A button that is pressed twice at the same moment does its work once, on both databases."""

from collections import Counter

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from tests.support import databases
from tests.support.cast import AT_TEN, MORNING
from tests.support.threads import at_once
from vberatung.booking import operations
from vberatung.booking.models import Appointment
from vberatung.booking.operations import TooLate
from vberatung.db import begin_write
from vberatung.room import operations as room
from vberatung.statistics.models import Feedback, TalkCount
from vberatung.statistics.operations import MayNotAnswer, count_talk, give_feedback

TIMES = 8


@pytest.fixture
def engine(app: Flask) -> Engine:
    return databases.engine_of(app)


def rows(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_cancelling(engine: Engine, appointment: Appointment) -> None:
    id = appointment.id

    def cancel(_: int) -> None:
        with Session(engine) as own:
            begin_write(own)
            operations.cancel(own, own.get_one(Appointment, id), MORNING)
            own.commit()

    outcomes = Counter(map(type, at_once(TIMES, cancel)))
    assert outcomes == {type(None): 1, TooLate: TIMES - 1}


def test_answering(engine: Engine, session: Session, appointment: Appointment) -> None:
    appointment.admitted_at = MORNING
    session.commit()
    id, before = appointment.id, rows(session, Feedback)
    session.rollback()

    def answer(_: int) -> None:
        with Session(engine) as own:
            begin_write(own)
            give_feedback(own, own.get_one(Appointment, id), True, None, MORNING)
            own.commit()

    outcomes = Counter(map(type, at_once(TIMES, answer)))
    assert outcomes == {type(None): 1, MayNotAnswer: TIMES - 1}
    assert rows(session, Feedback) == before + 1


def test_ending(engine: Engine, session: Session, appointment: Appointment) -> None:
    room.note_talk(appointment, AT_TEN)
    session.commit()
    id, before = appointment.id, rows(session, TalkCount)
    session.rollback()

    def end(_: int) -> bool:
        with Session(engine) as own:
            begin_write(own)
            ended = room.end(own, own.get_one(Appointment, id), AT_TEN)
            if ended:
                count_talk(own, own.get_one(Appointment, id))
            own.commit()
            return ended

    assert Counter(at_once(TIMES, end)) == {True: 1, False: TIMES - 1}
    assert rows(session, TalkCount) == before + 1
