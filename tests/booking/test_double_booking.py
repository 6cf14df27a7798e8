"""Fifty people want the same slot at the same moment, on a real database."""

from collections import Counter

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from tests.support import databases
from tests.support.booking import step
from tests.support.browser import Browser
from tests.support.cast import AT_TEN, AYLIN, MONDAY, MORNING, Cast, a_counsellor, works
from tests.support.settings import PUBLIC_URL
from tests.support.threads import at_once
from vberatung.booking import operations
from vberatung.booking.models import VIDEO, Appointment, Claim
from vberatung.booking.operations import Person, SlotTaken
from vberatung.db import begin_write
from vberatung.links import Link
from vberatung.messages import outbox
from vberatung.messages.models import Mail, OutboxMessage
from vberatung.offices.models import Topic
from vberatung.people import throttle
from vberatung.people.models import FailedSignIn

CROWD = 50


@pytest.fixture
def engine(app: Flask) -> Engine:
    return databases.engine_of(app)


def book_in_own_transaction(engine: Engine, topic_id: int, number: int) -> int:
    """What the edge does for each request: begin, book, commit."""
    with Session(engine) as session:
        begin_write(session)
        topic = session.get_one(Topic, topic_id)
        person = Person(f"Person {number}", None, None, None, "de")
        booked = operations.book(session, topic, VIDEO, AT_TEN, person, MORNING)
        session.commit()
        return booked.counsellor_id


@pytest.mark.parametrize("pool", [1, 5])
def test_exactly_as_many_as_there_are_counsellors_get_the_slot(
    engine: Engine, session: Session, cast: Cast, pool: int
) -> None:
    cast.aydin.topics = []
    for number in range(1, pool):
        extra = a_counsellor(session, "N. N.", f"nn{number}@musterstadt.example", cast.topic)
        works(session, extra, MONDAY, 9, 12)
    topic_id = cast.topic.id
    session.commit()
    outcomes = at_once(CROWD, lambda n: book_in_own_transaction(engine, topic_id, n))
    assert Counter(map(type, outcomes)) == {int: pool, SlotTaken: CROWD - pool}
    assert len({o for o in outcomes if isinstance(o, int)}) == pool
    booked = select(func.count()).where(Appointment.topic_id == topic_id)
    at_ten = booked.where(Appointment.starts_at == AT_TEN)
    assert session.scalar(at_ten) == pool


def test_fifty_browsers_press_the_button_together(app: Flask, session: Session, cast: Cast) -> None:
    cast.aydin.topics = []
    session.commit()
    form = Browser(app).get(step()).form()
    clients = [app.test_client() for _ in range(CROWD)]
    pages = [client.get(step(), base_url=PUBLIC_URL).text for client in clients]
    tokens = [page.partition('name="csrf_token"')[2].split('"')[3] for page in pages]

    def press(number: int) -> int:
        own = {"csrf_token": tokens[number], "form_id": f"form of {number}"}
        changes = {**own, "name": AYLIN.name, "email": AYLIN.email}
        values = dict(form.filled(changes))
        return clients[number].post(form.action, data=values, base_url=PUBLIC_URL).status_code

    assert Counter(at_once(CROWD, press)) == {303: 1, 409: CROWD - 1}
    assert session.scalar(select(func.count()).select_from(Link)) == 2  # mail and page
    assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 1


def test_overlapping_times_do_not_deadlock(engine: Engine, session: Session, cast: Cast) -> None:
    topic_id = cast.first_talk.id
    session.commit()

    def book(number: int) -> int:
        with Session(engine) as own:
            begin_write(own)
            topic = own.get_one(Topic, topic_id)
            start = AT_TEN.replace(minute=15 * (number % 4))
            booked = operations.book(own, topic, VIDEO, start, AYLIN, MORNING)
            own.commit()
            return booked.id

    outcomes = at_once(24, book)
    assert {type(outcome) for outcome in outcomes} <= {int, SlotTaken}
    claims = session.execute(select(Claim.counsellor_id, Claim.quantum)).all()
    assert len(claims) == len(set(claims))
    assert any(isinstance(outcome, int) for outcome in outcomes)


def test_fifty_writers_all_get_their_turn(engine: Engine, app: Flask) -> None:
    """SQLite has one writer at a time: the others wait, and none is told "database is locked"."""

    def write(number: int) -> None:
        with Session(engine) as session:
            begin_write(session)
            throttle.record_failure(session, f"nobody{number}@example.org", "192.0.2.1", MORNING)
            mail = Mail("a@example.org", "Hi", "Hi")
            outbox.put(session, mail, MORNING, AT_TEN, purpose="booked")
            session.commit()

    assert at_once(CROWD, write) == [None] * CROWD
    with Session(engine) as session:
        assert session.scalar(select(func.count()).select_from(OutboxMessage)) == CROWD
        assert session.scalar(select(func.count()).select_from(FailedSignIn)) == 3 * CROWD
