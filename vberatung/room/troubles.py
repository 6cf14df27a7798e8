"""What kept a jobseeker from the talk, as told by their browser or by themselves.

Only the kind and the moment are kept: no address, no name of a device, no text.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select

from vberatung.booking.models import CANCELLED, Appointment
from vberatung.booking.operations import lock
from vberatung.db import AnySession
from vberatung.room import access
from vberatung.room.models import Trouble
from vberatung.room.operations import times_of

NO_WEBRTC, NO_SERVER, NO_CONNECTION, LOST = (
    "no-webrtc",
    "no-server",
    "no-connection",
    "lost",
)
DEVICES = (
    "denied",
    "system-denied",
    "none",
    "no-camera",
    "no-microphone",
    "busy",
    "insecure",
    "unsupported",
    "failed",
)
"""As in static/js/room/media.js."""
TOLD = ("no-sound", "no-picture", "no-page", "other")
"""What no browser notices."""
KINDS = (NO_WEBRTC, NO_SERVER, NO_CONNECTION, LOST, *DEVICES, *TOLD)

SAME_WITHIN = timedelta(minutes=1)
MOST = 20
"""For one appointment: whoever holds its link must not fill the database."""
TOLD_WITHIN = timedelta(hours=1)
"""A browser without a network tells it later, and how long ago it was."""


def note(
    session: AnySession,
    appointment: Appointment,
    kind: str,
    now: datetime,
    ago: timedelta = timedelta(0),
) -> bool:
    """Keep it; False when it is known, too much, or not of the time around the appointment.

    The talk may have ended meanwhile: that can be why.
    """
    if kind not in KINDS:
        raise ValueError(f"no such trouble: {kind}")
    lock(session, appointment)
    times = times_of(appointment)
    at = max(now - min(max(ago, timedelta(0)), TOLD_WITHIN), times.opens_at)
    if appointment.status == CANCELLED or not times.opens_at <= now < times.closes_at:
        return False
    same = select(Trouble.id).where(
        Trouble.appointment_id == appointment.id,
        Trouble.kind == kind,
        Trouble.at > at - SAME_WITHIN,
        Trouble.at < at + SAME_WITHIN,
    )
    count = select(func.count()).where(Trouble.appointment_id == appointment.id)
    if session.scalar(same.limit(1)) or (session.scalar(count) or 0) >= MOST:
        return False
    session.add(Trouble(appointment_id=appointment.id, kind=kind, at=at))
    session.flush()
    return True


def of(session: AnySession, appointment: Appointment) -> Sequence[Trouble]:
    """In order; what belongs to a former time of an appointment that was moved does not count."""
    since = appointment.starts_at - access.OPENS_BEFORE
    return session.scalars(
        select(Trouble)
        .where(Trouble.appointment_id == appointment.id, Trouble.at >= since)
        .order_by(Trouble.at, Trouble.id)
    ).all()
