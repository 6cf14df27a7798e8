"""What the timed jobs do for the waiting list and for topics that are short of times."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.cast import MORNING, Cast
from tests.support.settings import settings
from tests.waiting.conftest import Join
from vberatung import links
from vberatung.booking import operations as booking
from vberatung.booking.models import Appointment
from vberatung.config import Settings
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
