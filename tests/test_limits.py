"""The counts: exact among many at once, shared by all processes, and nobody's name in them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support import databases
from tests.support.cast import MORNING
from tests.support.threads import at_once
from vberatung import limits
from vberatung.jobs import work
from vberatung.limits import RateCount, Rule, TooOften
from vberatung.limits.storage import DatabaseStorage

TWICE = Rule("twice", 2, 60)
LATER = MORNING + timedelta(minutes=60)


def storage_of(app: Flask) -> DatabaseStorage:
    engine = databases.engine_of(app)
    return DatabaseStorage(engine=lambda: engine)


def test_a_third_time_is_too_often_and_says_until_when(session: Session, app: Flask) -> None:
    for minutes in (0, 30):
        limits.take(session, TWICE, "aylin", MORNING + timedelta(minutes=minutes))
    with pytest.raises(TooOften) as refused:
        limits.take(session, TWICE, "aylin", LATER - timedelta(seconds=1))
    assert refused.value.again_at == LATER


def test_when_the_window_is_over_it_begins_anew(session: Session, app: Flask) -> None:
    for _ in range(2):
        limits.take(session, TWICE, "aylin", MORNING)
    limits.take(session, TWICE, "aylin", LATER)


def test_each_is_counted_alone(session: Session, app: Flask) -> None:
    for who in ("aylin", "olena", "thomas"):
        for _ in range(2):
            limits.take(session, TWICE, who, MORNING)
    limits.take(session, Rule("another", 2, 60), "aylin", MORNING)


def test_what_came_to_nothing_does_not_count(session: Session, app: Flask) -> None:
    for _ in range(5):
        limits.take(session, TWICE, "aylin", MORNING)
        session.rollback()


def test_nobody_can_be_read_in_the_table(session: Session, app: Flask) -> None:
    limits.take(session, TWICE, "aylin@example.org", MORNING)
    storage_of(app)  # made without asking the database anything
    session.commit()
    storage_of(app).incr("LIMITS:LIMITER/198.51.100.7/holds", 60)
    rows = databases.raw_rows(app.config["SQLALCHEMY_DATABASE_URI"])
    assert len(rows["rate_counts"]) == 2
    assert b"aylin" not in databases.raw_bytes(rows)
    assert b"198.51" not in databases.raw_bytes(rows)


def test_old_counts_are_forgotten(session: Session, app: Flask) -> None:
    limits.take(session, TWICE, "aylin", MORNING)
    limits.take(session, TWICE, "olena", LATER)
    limits.forget_old(session, LATER)
    assert session.scalars(select(RateCount.count)).all() == [1]


def test_a_job_forgets_them(session: Session, app: Flask) -> None:
    limits.take(session, TWICE, "aylin", MORNING)
    session.commit()
    work.forget_counts(session, LATER, app.config["SETTINGS"])
    assert session.scalars(select(RateCount.count)).all() == []


def test_fifty_at_once_get_fifty_numbers(app: Flask) -> None:
    storage = storage_of(app)
    numbers = at_once(50, lambda _: storage.incr("lobby", 60))
    assert set(numbers) == set(range(1, 51))


def test_two_processes_share_the_counts(app: Flask, install: Callable[..., Flask]) -> None:
    second = install(DATABASE_URL=app.config["SQLALCHEMY_DATABASE_URI"])
    assert storage_of(app).incr("lobby", 60) == 1
    assert storage_of(second).incr("lobby", 60) == 2
    assert storage_of(app).get("lobby") == 2


def test_what_flask_limiter_asks_of_a_storage(app: Flask) -> None:
    storage = storage_of(app)
    assert storage.check()
    assert storage.get("lobby") == 0
    assert storage.get_expiry("lobby") == MORNING.timestamp()
    storage.incr("lobby", 90, amount=3)
    assert storage.get("lobby") == 3
    assert storage.get_expiry("lobby") == MORNING.timestamp() + 90
    storage.clear("lobby")
    storage.incr("station", 90)
    assert storage.get("lobby") == 0
    assert storage.reset() == 1
