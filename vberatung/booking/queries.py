"""Reading appointments: whose link this is, a counsellor's day, who is booked how much."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Select, func, or_, select, union_all
from sqlalchemy.orm import joinedload

from vberatung import clock, crypto, limits, links
from vberatung.booking import shares
from vberatung.booking.claims import QUANTUM_S, quanta_of
from vberatung.booking.hours import Absence
from vberatung.booking.models import (
    AGREED,
    BOOKED,
    CANCELLED,
    OPEN,
    OUTCOMES,
    Appointment,
    Claim,
    Hold,
)
from vberatung.db import AnySession
from vberatung.links import Link
from vberatung.offices.models import Office, Topic
from vberatung.people.models import Staff

LARGEST_ID = 2**31 - 1
"""An address can name a larger number, a database cannot hold it."""


def email_hash(email: str) -> bytes:
    """Finds appointments by the mail address, whose plain text is not in the database."""
    return crypto.keyed_hash("contact email:" + email.strip().casefold())


def mailbox_hash(email: str) -> bytes:
    """The same for the mailbox that it ends up in: for counting, not for finding."""
    return crypto.keyed_hash("contact mailbox:" + limits.one_contact(email))


def phone_hash(phone: str) -> bytes:
    """The same for a telephone number in E.164 form."""
    return crypto.keyed_hash("contact phone:" + phone)


def form_hash(form_id: str) -> bytes:
    return crypto.keyed_hash("form:" + form_id)


def contact_is(email: str | None, phone: str | None) -> ColumnElement[bool] | None:
    """The condition that an appointment is this person's, as far as contacts tell."""
    known = []
    if email:
        known.append(Appointment.email_hash == email_hash(email))
    if phone:
        known.append(Appointment.phone_hash == phone_hash(phone))
    return or_(*known) if known else None


def counts_for(email: str | None, phone: str | None) -> ColumnElement[bool] | None:
    """The condition that an appointment is counted for this address or number."""
    same = contact_is(email, phone)
    if email is None or same is None:
        return same
    return or_(same, Appointment.mailbox_hash == mailbox_hash(email))


def starts_between(
    ids: Iterable[int],
    begin: datetime,
    end: datetime,
    *,
    now: datetime | None = None,
    without: int = 0,
) -> Select[int, datetime]:
    """Counsellor and start of each appointment and hold in [begin, end).

    With `now`, holds that are over by then do not count, even if nobody has deleted them yet.
    """
    ids = list(ids)
    rows = union_all(
        select(Appointment.counsellor_id, Appointment.starts_at).where(
            Appointment.counsellor_id.in_(ids),
            Appointment.status != CANCELLED,
            Appointment.starts_at >= begin,
            Appointment.starts_at < end,
            Appointment.id != without,
        ),
        select(Hold.counsellor_id, Hold.starts_at).where(
            Hold.counsellor_id.in_(ids),
            Hold.starts_at >= begin,
            Hold.starts_at < end,
            *([Hold.expires_at > now] if now else []),
        ),
    ).subquery()
    return select(rows.c.counsellor_id, rows.c.starts_at)


def by_load(session: AnySession, ids: Sequence[int], start: datetime) -> list[int]:
    """The counsellors in fair order, as shares.by_load."""
    if len(ids) < 2:
        return list(ids)
    return shares.by_load(booked_by_week(session, ids, start, start), ids, start)


def booked_by_week(
    session: AnySession, ids: Sequence[int], first: datetime, last: datetime
) -> dict[tuple[int, date], timedelta]:
    """Counsellor and local Monday → what is booked or held in the weeks of `first` to `last`."""
    begin, end = week_of(first)[0], week_of(last)[1]
    booked: defaultdict[tuple[int, date], timedelta] = defaultdict(timedelta)
    made = select(Appointment.counsellor_id, Appointment.starts_at, Appointment.ends_at).where(
        Appointment.counsellor_id.in_(ids),
        Appointment.status != CANCELLED,
        Appointment.starts_at >= begin,
        Appointment.starts_at < end,
    )
    held = select(Hold.counsellor_id, Hold.starts_at, Hold.ends_at).where(
        Hold.counsellor_id.in_(ids), Hold.starts_at >= begin, Hold.starts_at < end
    )
    for counsellor_id, starts_at, ends_at in session.execute(union_all(made, held)):
        booked[counsellor_id, clock.local_monday(starts_at)] += ends_at - starts_at
    return booked


def week_of(moment: datetime) -> tuple[datetime, datetime]:
    """The local week around a moment: its Monday's midnight and the next one's."""
    monday = clock.local_monday(moment)
    first, last = (
        datetime.combine(each, time(), clock.LOCAL_ZONE)
        for each in (monday, monday + timedelta(days=7))
    )
    return first, last


def appointment_of_form(session: AnySession, form_id: str) -> Appointment | None:
    return session.scalar(select(Appointment).where(Appointment.form_hash == form_hash(form_id)))


def appointment_of_link(session: AnySession, token: str) -> Appointment | None:
    id = links.target_of_token(session, Link.appointment_id, token)
    if id is None:
        return None
    return session.scalar(
        select(Appointment)
        .where(Appointment.id == id)
        .options(
            joinedload(Appointment.office),
            joinedload(Appointment.topic),
            joinedload(Appointment.counsellor),
        )
    )


def open_appointments_of(session: AnySession, contact: str, now: datetime) -> Sequence[Appointment]:
    """What is still to come for this mail address or telephone number."""
    email, phone = (contact, None) if "@" in contact else (None, contact)
    condition = contact_is(email, phone)
    if condition is None:
        return []
    return session.scalars(
        select(Appointment)
        .where(condition, Appointment.status == BOOKED, Appointment.ends_at > now)
        .options(joinedload(Appointment.topic), joinedload(Appointment.office))
        .order_by(Appointment.starts_at)
    ).all()


def appointments_of(session: AnySession, staff: Staff, day: datetime) -> Sequence[Appointment]:
    """The counsellor's appointments on the local day of `day`, those that take place."""
    local = clock.to_local(day)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return session.scalars(
        select(Appointment)
        .where(
            Appointment.counsellor_id == staff.id,
            Appointment.status.in_(AGREED),
            Appointment.starts_at >= midnight,
            Appointment.starts_at < (midnight + timedelta(days=1)),
        )
        .options(joinedload(Appointment.topic))
        .order_by(Appointment.starts_at)
    ).all()


def running_talk(
    session: AnySession, staff: Staff, begin: datetime, now: datetime
) -> Appointment | None:
    """What the counsellor's time from `begin` on is taken by at this moment, if anything."""
    return session.scalar(
        select(Appointment).where(
            Appointment.counsellor_id == staff.id,
            Appointment.status.in_(OPEN),
            Appointment.talk_ended_at.is_(None),
            Appointment.starts_at.between(begin, now),
            Appointment.ends_at > now,
        )
    )


def next_booked_day(session: AnySession, staff: Staff, day: date) -> date | None:
    """The first local day after `day` on which this counsellor has an appointment."""
    midnight = datetime.combine(day + timedelta(days=1), time(), clock.LOCAL_ZONE)
    start = session.scalar(
        select(func.min(Appointment.starts_at)).where(
            Appointment.counsellor_id == staff.id,
            Appointment.status.in_(AGREED),
            Appointment.starts_at >= midnight,
        )
    )
    return clock.local_day(start) if start else None


def first_gap(
    session: AnySession, topic: Topic, counsellor_id: int, start: datetime, now: datetime
) -> datetime | None:
    """The first moment from `start` on at which this counsellor has promised the time to nobody.

    In steps of five minutes, within a day; neither working hours count nor talks that are over.
    """
    needed = quanta_of(topic, start)
    steps = timedelta(days=1) // timedelta(seconds=QUANTUM_S)
    promised = (
        select(Claim.quantum)
        .outerjoin(Hold, Hold.id == Claim.hold_id)
        .outerjoin(Appointment, Appointment.id == Claim.appointment_id)
        .where(
            Claim.counsellor_id == counsellor_id,
            Claim.quantum.between(needed.start, needed.stop + steps),
            or_(Hold.expires_at > now, Appointment.status.not_in(OUTCOMES)),
        )
    )
    taken = set(session.scalars(promised))
    for step in range(steps):
        if taken.isdisjoint(range(needed.start + step, needed.stop + step)):
            return start + timedelta(seconds=QUANTUM_S * step)
    return None


def appointment_of(session: AnySession, staff: Staff, id: int) -> Appointment | None:
    """The appointment if it is this counsellor's own; what they may not see does not exist."""
    if id > LARGEST_ID:
        return None
    return session.scalar(
        select(Appointment)
        .where(Appointment.id == id, Appointment.counsellor_id == staff.id)
        .options(joinedload(Appointment.office), joinedload(Appointment.topic))
    )


def open_on(session: AnySession, office: Office, first: date, last: date) -> int:
    """How many appointments the office has agreed on for these local days, both included."""
    begin = datetime.combine(first, time(), clock.LOCAL_ZONE)
    end = datetime.combine(last + timedelta(days=1), time(), clock.LOCAL_ZONE)
    agreed = select(func.count(Appointment.id)).where(
        Appointment.office_id == office.id,
        Appointment.status.in_(OPEN),
        Appointment.starts_at >= begin,
        Appointment.starts_at < end,
    )
    return session.scalar(agreed) or 0


def absences_between(counsellor_id: int, begin: datetime, end: datetime) -> Select[Absence]:
    """The counsellor's absences that have a part in [begin, end)."""
    return select(Absence).where(
        Absence.counsellor_id == counsellor_id, Absence.starts_at < end, Absence.ends_at > begin
    )
