"""Several at the same moment on one waiting list."""

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from tests.support.cast import AYLIN, MORNING, Cast
from tests.support.threads import at_once
from vberatung.booking.models import VIDEO
from vberatung.db import begin_write
from vberatung.offices.models import Topic
from vberatung.waiting import operations
from vberatung.waiting.models import WaitingEntry


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
