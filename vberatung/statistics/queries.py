"""What an office may know of its talks."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from vberatung.db import AnySession
from vberatung.offices.models import Office
from vberatung.statistics.models import Feedback, TalkCount

FEWEST_ANSWERS = 5
"""Below this a rate would tell what a single person answered."""

LATEST_COMMENTS = 20


@dataclass(frozen=True)
class Overview:
    talks: int
    minutes: int
    answers: int
    recommending: int
    comments: Sequence[str]
    """The latest ones, without a date; none while there are too few answers."""

    @property
    def recommendation_rate(self) -> int | None:
        """Per cent, rounded; None while there are too few answers to hide a person in."""
        if self.answers < FEWEST_ANSWERS:
            return None
        return round(100 * self.recommending / self.answers)


def overview(session: AnySession, office: Office) -> Overview:
    talks, minutes = session.execute(
        select(func.count(), func.coalesce(func.sum(TalkCount.minutes), 0)).where(
            TalkCount.office_id == office.id
        )
    ).one()
    answers, recommending = session.execute(
        select(func.count(), func.count().filter(Feedback.recommend.is_(True))).where(
            Feedback.office_id == office.id
        )
    ).one()
    latest = (
        select(Feedback.comment)
        .where(Feedback.office_id == office.id, Feedback.comment.is_not(None))
        .order_by(Feedback.id.desc())
        .limit(LATEST_COMMENTS)
    )
    comments = session.scalars(latest).all() if answers >= FEWEST_ANSWERS else []
    return Overview(talks, minutes, answers, recommending, [c for c in comments if c])
