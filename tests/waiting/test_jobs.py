"""What the timed jobs do for the waiting list and for topics that are short of times."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from tests.support.cast import MORNING, Cast, works
from tests.support.queries import counted
from tests.support.settings import settings
from tests.waiting.conftest import Join
from vberatung import links
from vberatung.booking import operations as booking
from vberatung.booking.models import Appointment, Hold
from vberatung.config import Settings
from vberatung.extensions import db
from vberatung.jobs import work
from vberatung.links import Link
from vberatung.messages.models import OutboxMessage
from vberatung.waiting import operations
from vberatung.waiting.models import WaitingEntry, WaitingOffer


@pytest.fixture
def some_settings(tmp_path: Path) -> Settings:
    return settings(tmp_path)


def offer(app: Flask, session: Session, some_settings: Settings) -> None:
    with app.app_context():
        work.offer_free_times(session, MORNING, some_settings)


def test_a_freed_time_is_offered_by_message_once(
    app: Flask, session: Session, late: Appointment, join: Join, some_settings: Settings
) -> None:
    entry = join()
    offer(app, session, some_settings)
    assert session.scalars(select(OutboxMessage)).all() == []
    booking.cancel(session, late, MORNING)
    session.commit()
    for _ in range(2):
        offer(app, session, some_settings)
    message = session.scalars(select(OutboxMessage)).one()
    assert (message.recipient, message.purpose) == (entry.email, "waiting_offered")
    assert message.expires_at == session.scalars(select(WaitingOffer)).one().expires_at


def test_who_left_is_forgotten_after_a_month(
    session: Session, late: Appointment, join: Join, some_settings: Settings
) -> None:
    gone, stays = join(1), join(2)
    links.issue(session, Link.waiting_entry_id, gone.id, MORNING)
    operations.leave(session, gone, MORNING)
    session.commit()
    for days, left in ((29, 2), (30, 1)):
        work.forget_waiting(session, MORNING + timedelta(days=days), some_settings)
        assert len(session.scalars(select(WaitingEntry.id)).all()) == left
        session.rollback()
    assert session.scalars(select(WaitingEntry)).one() == stays
    assert session.scalars(select(Link)).all() == []


def test_a_topic_that_is_short_of_times_is_noted(
    session: Session, late: Appointment, cast: Cast, some_settings: Settings
) -> None:
    for minutes in (0, 15):
        work.look_for_shortage(session, MORNING + timedelta(minutes=minutes), some_settings)
    session.refresh(cast.topic)
    session.refresh(cast.other_topic)
    assert (cast.topic.no_free_since, cast.other_topic.no_free_since) == (MORNING, None)
    booking.cancel(session, late, MORNING)
    session.commit()
    work.look_for_shortage(session, MORNING, some_settings)
    session.refresh(cast.topic)
    assert cast.topic.no_free_since is None


@pytest.fixture
def many_hours(session: Session, cast: Cast) -> None:
    """Enough for everybody."""
    for weekday in range(1, 5):
        works(session, cast.aydin, weekday, 8, 18)
    cast.aydin.daily_maximum = 12
    session.commit()


def asked(app: Flask, session: Session, topic_id: int) -> int:
    """How many statements one run for the topic needs, but for the rows that it adds."""
    session.commit()
    with app.app_context(), counted(session) as statements:
        work.offer_freed(db.session, topic_id, MORNING)
        db.session.remove()
    return sum(not statement.startswith("INSERT") for statement in statements)


def test_the_run_over_a_waiting_list_asks_the_same_few_questions_for_40_people_as_for_5(
    app: Flask, session: Session, cast: Cast, join: Join, many_hours: None
) -> None:
    """Each is offered a time, and told; they wait with it; nothing suits them; it is too late."""
    needed: dict[int, list[int]] = {}
    topic_id = cast.topic.id
    for people in (5, 40):
        entries = [join(number) for number in range(people)]
        offering = asked(app, session, topic_id)
        assert len(session.scalars(select(WaitingOffer)).all()) == people
        waiting = asked(app, session, topic_id)
        for entry in entries:
            entry.not_after = MORNING.date()
        session.execute(update(WaitingOffer).values(expires_at=MORNING))
        suiting_nobody = asked(app, session, topic_id)
        for entry in entries:
            entry.not_after = MORNING.date() - timedelta(days=1)
        session.execute(update(WaitingOffer).values(expires_at=MORNING + timedelta(hours=1)))
        ending = asked(app, session, topic_id)
        assert session.scalars(select(Hold)).all() == []
        needed[people] = [offering, waiting, suiting_nobody, ending]
        session.execute(delete(WaitingEntry))
    assert needed[5] == needed[40]
    assert max(needed[40]) <= 21
