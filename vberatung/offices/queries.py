"""Finding offices and topics by the words in their address."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from vberatung.db import AnySession
from vberatung.offices.models import Office, Topic


def all_offices(session: AnySession) -> Sequence[Office]:
    return session.scalars(select(Office).order_by(Office.name)).all()


def office_by_slug(session: AnySession, slug: str) -> Office | None:
    return session.scalar(
        select(Office).where(Office.slug == slug).options(selectinload(Office.topics))
    )


def topic_of(office: Office, slug: str | None) -> Topic | None:
    """The office's topic of that name; None for a forged or foreign one."""
    return next((topic for topic in office.topics if topic.slug == slug), None)


def offices_by_keep_days(session: AnySession) -> Mapping[int, list[int]]:
    """So many days registrations are kept → the ids of the offices that have set this."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for id, days in session.execute(select(Office.id, Office.registration_keep_days)):
        found[days].append(id)
    return found


def longest_horizon(session: AnySession) -> timedelta:
    """How far ahead any topic can be booked."""
    return timedelta(days=session.scalar(select(func.max(Topic.horizon_days))) or 0)
