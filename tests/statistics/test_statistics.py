from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests.support.cast import AT_TEN, Cast
from vberatung.booking.models import Appointment
from vberatung.statistics import queries
from vberatung.statistics.models import Feedback, TalkCount
from vberatung.statistics.operations import MayNotAnswer, count_talk, give_feedback, uncount_talk


def test_minutes_are_rounded_up(session: Session, appointment: Appointment) -> None:
    appointment.talk_started_at = AT_TEN
    appointment.talk_ended_at = AT_TEN + timedelta(minutes=12, seconds=1)
    count_talk(session, appointment)
    overview = queries.overview(session, appointment.office)
    assert (overview.talks, overview.minutes) == (1, 13)


def test_a_talk_that_did_not_take_place_is_not_counted(
    session: Session, appointment: Appointment
) -> None:
    with pytest.raises(ValueError, match="not taken place"):
        count_talk(session, appointment)


def test_what_is_counted_by_mistake_is_taken_back_once(
    session: Session, appointment: Appointment
) -> None:
    appointment.talk_started_at = AT_TEN
    appointment.talk_ended_at = AT_TEN + timedelta(minutes=12)
    for _ in range(2):
        count_talk(session, appointment)
    session.flush()
    uncount_talk(session, appointment)
    session.flush()
    assert queries.overview(session, appointment.office).talks == 1


def test_an_answer_is_given_once(session: Session, appointment: Appointment) -> None:
    appointment.admitted_at = AT_TEN
    session.flush()
    give_feedback(session, appointment, True, None, AT_TEN)
    with pytest.raises(MayNotAnswer):
        give_feedback(session, appointment, False, None, AT_TEN)


def test_counts_lead_back_to_nobody() -> None:
    for model in (TalkCount, Feedback):
        columns = set(model.__table__.columns.keys())
        assert columns <= {
            "id",
            "office_id",
            "topic_id",
            "month",
            "minutes",
            "recommend",
            "comment",
        }


def test_a_rate_needs_five_answers(session: Session, cast: Cast) -> None:
    for number, rate in ((4, None), (5, 80)):
        session.query(Feedback).filter_by(office_id=cast.office.id).delete()
        for answer in range(number):
            session.add(Feedback(office_id=cast.office.id, month="2026-11", recommend=answer > 0))
        session.flush()
        assert queries.overview(session, cast.office).recommendation_rate == rate
