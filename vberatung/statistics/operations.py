"""Counting a talk and keeping an answer, both without a trace of the person."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from vberatung import clock
from vberatung.booking.models import Appointment
from vberatung.booking.operations import lock
from vberatung.db import AnySession
from vberatung.statistics.models import Feedback, TalkCount


class MayNotAnswer(Exception):
    """This appointment's question was answered before, or there has been no talk."""


def count_talk(session: AnySession, appointment: Appointment) -> None:
    """Count a talk that has just ended: whole minutes, rounded up."""
    session.add(TalkCount(**_counted(appointment)))


def uncount_talk(session: AnySession, appointment: Appointment) -> None:
    """It was noted by mistake: one of those that look the same goes."""
    same = select(TalkCount).filter_by(**_counted(appointment)).limit(1)
    for count in session.scalars(same):
        session.delete(count)


def _counted(appointment: Appointment) -> dict[str, Any]:
    started, ended = appointment.talk_started_at, appointment.talk_ended_at
    if started is None or ended is None:
        raise ValueError("the talk has not taken place")
    return {
        "office_id": appointment.office_id,
        "topic_id": appointment.topic_id,
        "month": month_of(ended),
        "minutes": -(-int((ended - started).total_seconds()) // 60),
    }


def may_answer(appointment: Appointment) -> bool:
    """Whoever was let in may say how it was, once."""
    return appointment.admitted_at is not None and not appointment.feedback_given


def give_feedback(
    session: AnySession,
    appointment: Appointment,
    recommend: bool,
    comment: str | None,
    now: datetime,
) -> None:
    """Keep the answer apart from the appointment, which only remembers that there was one."""
    lock(session, appointment)
    if not may_answer(appointment):
        raise MayNotAnswer
    appointment.feedback_given = True
    session.add(
        Feedback(
            office_id=appointment.office_id,
            month=month_of(now),
            recommend=recommend,
            comment=comment or None,
        )
    )
    session.flush()


def month_of(moment: datetime) -> str:
    return clock.to_local(moment).strftime("%Y-%m")
