"""The receipt (Nachweis): what we know of somebody who came to a talk, or tried to.

`receipt_of` is pure; `load` and `unattended` find what it needs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select

from vberatung.booking.models import BOOKED, HELD, PHONE, Appointment
from vberatung.db import AnySession
from vberatung.room import access, outcomes, presence, troubles
from vberatung.room.models import Presence, Trouble
from vberatung.room.operations import times_of
from vberatung.room.places import JOBSEEKER

TO_COME, RUNNING, TOOK_PLACE, BY_TELEPHONE, NOT_HELD = TALKS = (
    "to come",
    "running",
    "took place",
    "by telephone",
    "not held",
)
LATEST = timedelta(days=2)
"""A receipt that could not be written by itself so long is not written any more."""


@dataclass(frozen=True)
class Receipt:
    """All moments aware. `talk` is one of TALKS."""

    made_at: datetime
    arrived_at: datetime | None
    waited_until: datetime | None
    admitted_at: datetime | None
    waits: bool
    talk: str
    talk_minutes: int | None
    call_requested_at: datetime | None
    called_at: datetime | None
    troubles: tuple[tuple[datetime, str], ...]
    """Moment and kind, see troubles.KINDS."""

    @property
    def waited_minutes(self) -> int:
        """Whole ones."""
        if self.arrived_at is None or self.waited_until is None:
            return 0
        return minutes_between(self.arrived_at, self.waited_until)

    @property
    def is_empty(self) -> bool:
        """Nobody came, tried, or asked for a call."""
        return not (self.arrived_at or self.call_requested_at or self.troubles or self.has_talked)

    @property
    def has_talked(self) -> bool:
        return self.talk in (RUNNING, TOOK_PLACE, BY_TELEPHONE)


def receipt_of(
    appointment: Appointment,
    troubles: Sequence[Trouble],
    now: datetime,
    seen_at: datetime | None = None,
) -> Receipt:
    """What can be said at `now`. `seen_at` is the last sign of life of the jobseeker's place."""
    over = access.is_over(times_of(appointment), now)
    here = seen_at is not None and seen_at > now - presence.LIVES
    waits = bool(here and appointment.arrived_at and not appointment.admitted_at and not over)
    talk = _talk(appointment, over)
    return Receipt(
        made_at=now,
        arrived_at=appointment.arrived_at,
        waited_until=now if waits else _waited_until(appointment, seen_at),
        admitted_at=appointment.admitted_at,
        waits=waits,
        talk=talk,
        talk_minutes=_talk_minutes(appointment, now),
        call_requested_at=appointment.call_requested_at,
        called_at=appointment.called_at,
        troubles=tuple((trouble.at, trouble.kind) for trouble in troubles),
    )


def _waited_until(appointment: Appointment, seen_at: datetime | None) -> datetime | None:
    """Until they were let in, else until their last sign of life, but not after the end."""
    known = [moment for moment in (appointment.waited_until, seen_at) if moment]
    until = appointment.admitted_at or (max(known) if known else None)
    if until is None or appointment.talk_ended_at is None:
        return until
    return min(until, appointment.talk_ended_at)


def _talk(appointment: Appointment, over: bool) -> str:
    if appointment.talk_started_at:
        goes_on = appointment.talk_left_at is None and not over
        return RUNNING if goes_on else TOOK_PLACE
    by_telephone = appointment.status == HELD and appointment.took_place_by == PHONE
    if appointment.called_at or by_telephone:
        return BY_TELEPHONE
    if appointment.status == HELD:
        return TOOK_PLACE
    return NOT_HELD if over else TO_COME


def _talk_minutes(appointment: Appointment, now: datetime) -> int | None:
    """Rounded up, as talks are counted."""
    began = appointment.talk_started_at
    if began is None:
        return None
    ended = appointment.talk_left_at or appointment.talk_ended_at or now
    return -(-int((ended - began).total_seconds()) // 60)


def minutes_between(start: datetime, end: datetime) -> int:
    return max(0, int((end - start).total_seconds()) // 60)


def load(session: AnySession, appointment: Appointment, now: datetime) -> Receipt:
    there = session.get(Presence, (appointment.id, JOBSEEKER))
    noted = troubles.of(session, appointment)
    return receipt_of(appointment, noted, now, there.seen_at if there else None)


def exists(session: AnySession, appointment: Appointment, now: datetime) -> bool:
    """Whether there is anything to show, asking the database as little as can be."""
    if not receipt_of(appointment, (), now).is_empty:
        return True
    return times_of(appointment).opens_at <= now and bool(troubles.of(session, appointment))


def unattended(session: AnySession, now: datetime) -> Sequence[Appointment]:
    """Appointments that have passed without a talk though their person came or tried, and that no
    receipt has gone out for. Locked: two workers never find the same."""
    closed = or_(
        Appointment.ends_at <= now - access.CLOSES_AFTER, Appointment.talk_ended_at.is_not(None)
    )
    tried = select(Trouble.id).where(Trouble.appointment_id == Appointment.id)
    return session.scalars(
        select(Appointment)
        .where(
            Appointment.status.in_((BOOKED, *outcomes.NOT_HELD)),
            Appointment.starts_at > now - LATEST,
            Appointment.starts_at <= now + access.OPENS_BEFORE,
            closed,
            or_(Appointment.arrived_at.is_not(None), tried.exists()),
            Appointment.talk_started_at.is_(None),
            Appointment.called_at.is_(None),
            Appointment.receipt_mailed_at.is_(None),
        )
        .with_for_update(skip_locked=True)
    ).all()
