"""Finding registrations: by their personal link, and for the office those that were sent."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from vberatung import links
from vberatung.booking.queries import LARGEST_ID
from vberatung.db import AnySession
from vberatung.links import Link
from vberatung.registration.models import Registration

PER_PAGE = 20


def registration_of_link(session: AnySession, token: str) -> Registration | None:
    """The draft or sent registration that this link leads to."""
    id = links.target_of_token(session, Link.registration_id, token)
    if id is None:
        return None
    return session.scalar(
        select(Registration)
        .where(Registration.id == id)
        .options(joinedload(Registration.office), joinedload(Registration.appointment))
    )


def sent_to(session: AnySession, office_id: int, page: int) -> Sequence[Registration]:
    """One page of what was sent to the office, the newest first; pages count from 1."""
    return session.scalars(
        select(Registration)
        .where(Registration.office_id == office_id, Registration.sent_at.is_not(None))
        .order_by(Registration.sent_at.desc(), Registration.id.desc())
        .limit(PER_PAGE)
        .offset(PER_PAGE * (page - 1))
    ).all()


def pages_of(session: AnySession, office_id: int) -> int:
    """How many pages `sent_to` has; at least one."""
    sent = session.scalar(
        select(func.count(Registration.id)).where(
            Registration.office_id == office_id, Registration.sent_at.is_not(None)
        )
    )
    return max(1, -(-(sent or 0) // PER_PAGE))


def new_at(session: AnySession, office_id: int) -> int:
    """How many were sent to the office and have not been handled."""
    new = select(func.count(Registration.id)).where(
        Registration.office_id == office_id,
        Registration.sent_at.is_not(None),
        Registration.handled_at.is_(None),
    )
    return session.scalar(new) or 0


def registration_at(session: AnySession, office_id: int, id: int) -> Registration | None:
    """One that was sent to this office; what others got does not exist."""
    if id > LARGEST_ID:
        return None
    return session.scalar(
        select(Registration)
        .where(
            Registration.id == id,
            Registration.office_id == office_id,
            Registration.sent_at.is_not(None),
        )
        .options(joinedload(Registration.office), joinedload(Registration.appointment))
    )
