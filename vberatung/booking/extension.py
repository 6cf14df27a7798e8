"""A talk that takes longer: its end moves, as far as nobody else has the counsellor's time."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from vberatung.booking.claims import QUANTUM_S, quanta
from vberatung.booking.models import AGREED, BOOKED, OPEN, OUTCOMES, Appointment, Claim, Hold
from vberatung.booking.operations import (
    SlotTaken,
    TooLate,
    attempt,
    lock,
    release_expired,
    release_held,
)
from vberatung.db import AnySession

STEPS_MIN = (5, 10, 15)
MOST_MORE = timedelta(hours=1)
"""Beyond the end that the topic plans, however often it is extended."""
QUANTUM = timedelta(seconds=QUANTUM_S)


@dataclass(frozen=True)
class Leeway:
    """How far the end may move. `until` is None when nobody else comes within the longest step."""

    base: datetime
    """What minutes are added to: the planned end, or the last full five minutes when it is past."""
    latest: datetime
    """No end is later than this, whoever has time."""
    until: datetime | None
    next_start: datetime | None
    """Of what the counsellor has promised next on this day; None when there is nothing."""
    held: bool = False
    """It is a hold that ends the leeway: somebody is booking that time at this moment."""

    @property
    def steps(self) -> list[tuple[int, datetime]]:
        """The minutes that are possible, with the end that each leads to."""
        ends = [(minutes, self.base + timedelta(minutes=minutes)) for minutes in STEPS_MIN]
        last = min(self.latest, self.until or self.latest)
        return [(minutes, end) for minutes, end in ends if end <= last]


def extend(session: AnySession, appointment: Appointment, minutes: int, now: datetime) -> datetime:
    """Move the end by one of STEPS_MIN; the new end. The counsellor's own hours do not count.

    TooLate when the talk is over or would be too long, SlotTaken when somebody else has a part of
    that time. The database decides: the claims are inserted, and whoever is second meets those of
    the first.
    """
    if minutes not in STEPS_MIN:
        raise ValueError(f"{minutes} minutes are not offered")
    lock(session, appointment)
    end = _base(appointment, now) + timedelta(minutes=minutes)
    if end > _latest(appointment):
        raise TooLate
    release_expired(session, now)
    release_held(session, appointment.counsellor_id, now)
    try:
        with attempt(session):
            _claim_until(session, appointment, end)
            appointment.ends_at = end
            session.flush()
    except IntegrityError as error:
        raise SlotTaken from error
    return end


def leeway(session: AnySession, appointment: Appointment, now: datetime) -> Leeway:
    """How far `extend` would go at this moment."""
    base, latest = _base(appointment, now), _latest(appointment)
    needed = _needed(appointment, base + timedelta(minutes=max(STEPS_MIN)))
    taken = session.execute(
        select(Claim.quantum, Claim.hold_id)
        .outerjoin(Hold, Hold.id == Claim.hold_id)
        .outerjoin(Appointment, Appointment.id == Claim.appointment_id)
        .where(
            Claim.counsellor_id == appointment.counsellor_id,
            Claim.quantum.between(_needed(appointment, appointment.ends_at).stop, needed.stop - 1),
            or_(Claim.appointment_id.is_(None), Claim.appointment_id != appointment.id),
            or_(Hold.expires_at > now, Appointment.status.not_in(OUTCOMES)),
        )
        .order_by(Claim.quantum)
        .limit(1)
    ).first()
    if taken is None:
        return Leeway(base, latest, None, _next_start(session, appointment))
    quantum, hold_id = taken
    free = datetime.fromtimestamp(quantum * QUANTUM_S, UTC)
    until = free - timedelta(minutes=appointment.topic.buffer_after_min)
    if hold_id is None:
        return Leeway(base, latest, until, _next_start(session, appointment))
    return Leeway(base, latest, until, free, held=True)


def _base(appointment: Appointment, now: datetime) -> datetime:
    past = timedelta(seconds=now.timestamp() % QUANTUM_S)
    return max(appointment.ends_at, now - past)


def _latest(appointment: Appointment) -> datetime:
    """The latest end; the present one when there is no talk any more that could take longer."""
    running = appointment.status in AGREED and appointment.talk_started_at is not None
    if appointment.talk_ended_at or not (running or appointment.status == BOOKED):
        return appointment.ends_at
    return appointment.starts_at + timedelta(minutes=appointment.topic.duration_min) + MOST_MORE


def _needed(appointment: Appointment, end: datetime) -> range:
    """Every quantum of the appointment if it ends then."""
    topic = appointment.topic
    before, after = topic.buffer_before_min, topic.buffer_after_min
    return quanta(appointment.starts_at, end, before, after)


def _claim_until(session: AnySession, appointment: Appointment, end: datetime) -> None:
    """The claims that are missing, in ascending order as everywhere."""
    own = set(session.scalars(select(Claim.quantum).where(Claim.appointment_id == appointment.id)))
    needed = _needed(appointment, end)
    wanted = range(min(own, default=needed.start), needed.stop)
    whose = {"counsellor_id": appointment.counsellor_id, "appointment_id": appointment.id}
    new = [{**whose, "quantum": each, "length": 0} for each in wanted if each not in own]
    if new:
        session.execute(insert(Claim), new)
    first = update(Claim).where(Claim.appointment_id == appointment.id)
    session.execute(first.where(Claim.quantum == wanted.start).values(length=len(wanted)))


def _next_start(session: AnySession, appointment: Appointment) -> datetime | None:
    """When the counsellor's next appointment begins, within a day; it may be late already."""
    after = appointment.starts_at
    return session.scalar(
        select(func.min(Appointment.starts_at)).where(
            Appointment.counsellor_id == appointment.counsellor_id,
            Appointment.id != appointment.id,
            Appointment.status.in_(OPEN),
            Appointment.starts_at > after,
            Appointment.starts_at < after + timedelta(days=1),
        )
    )
