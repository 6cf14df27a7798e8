"""Reading appointments: what is free, whose link this is, a counsellor's day."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from vberatung import clock, crypto
from vberatung.booking.availability import Counsellor, Rule, Span, free_slots
from vberatung.booking.claims import quantum_of
from vberatung.booking.models import CANCELLED, Appointment, Claim, Link, WeeklyHours
from vberatung.db import AnySession
from vberatung.offices.models import Topic
from vberatung.people.models import Staff, counsellor_topics

LARGEST_ID = 2**31 - 1
"""An address can name a larger number, a database cannot hold it."""


def rule_of(topic: Topic) -> Rule:
    return Rule(
        duration_min=topic.duration_min,
        buffer_before_min=topic.buffer_before_min,
        buffer_after_min=topic.buffer_after_min,
        step_min=topic.step_min,
        notice_min=topic.notice_min,
        horizon_days=topic.horizon_days,
    )


def free_slots_of(
    session: AnySession, topic: Topic, now: datetime
) -> Mapping[datetime, Sequence[int]]:
    """Start (UTC) → counsellors free then. Three queries, however many counsellors there are."""
    pool = counsellor_ids(session, topic)
    until = now + timedelta(days=topic.horizon_days + 1)
    hours = defaultdict(list)
    for row in session.execute(
        select(
            WeeklyHours.counsellor_id, WeeklyHours.weekday, WeeklyHours.starts, WeeklyHours.ends
        ).where(WeeklyHours.counsellor_id.in_(pool))
    ):
        hours[row.counsellor_id].append(Span(row.weekday, row.starts, row.ends))
    taken: defaultdict[int, set[int]] = defaultdict(set)
    # The claims of an appointment have no gaps: a tenth of the rows says the same.
    for counsellor_id, first, last in session.execute(
        select(Claim.counsellor_id, func.min(Claim.quantum), func.max(Claim.quantum))
        .where(
            Claim.counsellor_id.in_(pool),
            Claim.quantum.between(quantum_of(now), quantum_of(until)),
        )
        .group_by(Claim.counsellor_id, Claim.appointment_id)
    ):
        taken[counsellor_id].update(range(first, last + 1))
    counsellors = [Counsellor(id, hours[id], taken[id]) for id in pool]
    return free_slots(counsellors, rule_of(topic), now, clock.LOCAL_ZONE)


def counsellor_ids(session: AnySession, topic: Topic) -> Sequence[int]:
    """The active counsellors who take this topic."""
    return session.scalars(
        select(Staff.id)
        .join(counsellor_topics, counsellor_topics.c.staff_id == Staff.id)
        .where(counsellor_topics.c.topic_id == topic.id, Staff.active)
        .order_by(Staff.id)
    ).all()


def by_load(session: AnySession, ids: Sequence[int], start: datetime) -> list[int]:
    """The counsellors in fair order: the least booked in the week around `start` first."""
    if not ids:
        return []
    week = timedelta(days=3, hours=12)
    booked = session.execute(
        select(Appointment.counsellor_id, func.count(Appointment.id))
        .where(
            Appointment.counsellor_id.in_(ids),
            Appointment.status != CANCELLED,
            Appointment.starts_at.between(start - week, start + week),
        )
        .group_by(Appointment.counsellor_id)
    )
    loads = dict(booked.all())
    return sorted(ids, key=lambda id: (loads.get(id, 0), id))


def appointment_of_link(session: AnySession, token: str) -> Appointment | None:
    return session.scalar(
        select(Appointment)
        .join(Link)
        .where(Link.token_hash == crypto.keyed_hash("link:" + token))
        .options(
            joinedload(Appointment.office),
            joinedload(Appointment.topic),
            joinedload(Appointment.counsellor),
        )
    )


def appointments_of(session: AnySession, staff: Staff, day: datetime) -> Sequence[Appointment]:
    """The counsellor's appointments on the local day of `day`, cancelled ones left out."""
    local = clock.to_local(day)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return session.scalars(
        select(Appointment)
        .where(
            Appointment.counsellor_id == staff.id,
            Appointment.status != CANCELLED,
            Appointment.starts_at >= midnight,
            Appointment.starts_at < (midnight + timedelta(days=1)),
        )
        .options(joinedload(Appointment.topic))
        .order_by(Appointment.starts_at)
    ).all()


def appointment_of(session: AnySession, staff: Staff, id: int) -> Appointment | None:
    """The appointment if it is this counsellor's own; what they may not see does not exist."""
    if id > LARGEST_ID:
        return None
    return session.scalar(
        select(Appointment)
        .where(Appointment.id == id, Appointment.counsellor_id == staff.id)
        .options(joinedload(Appointment.office), joinedload(Appointment.topic))
    )
