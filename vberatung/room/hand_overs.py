"""Carrying a talk on with another device: a link and a short code, for one use and two minutes."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import joinedload

from vberatung import links
from vberatung.booking.models import Appointment
from vberatung.booking.operations import lock
from vberatung.db import AnySession
from vberatung.links import Link
from vberatung.room import access
from vberatung.room.models import HandOver, is_since_move
from vberatung.room.operations import times_of
from vberatung.room.places import other_seat

VALID_FOR = timedelta(minutes=2)


class HandOverOver(Exception):
    """The link or code has been used, is too old, or was followed by a newer one."""


def offer(session: AnySession, appointment: Appointment, place: str, now: datetime) -> str:
    """The token of a new hand-over for whoever sits at this place; earlier ones end."""
    lock(session, appointment)
    access.check_open(times_of(appointment), now)
    to = other_seat(place)
    unused = (HandOver.appointment_id == appointment.id, HandOver.used_at.is_(None))
    session.execute(delete(HandOver).where(*unused, HandOver.place.in_([to, other_seat(to)])))
    hand_over = HandOver(appointment=appointment, place=to, created_at=now)
    session.add(hand_over)
    session.flush()
    return links.issue(session, Link.hand_over_id, hand_over.id, now)


def offered(session: AnySession, token: str, now: datetime) -> HandOver:
    """What this link hands over. Raises HandOverOver."""
    found = _of_token(session, token)
    if found is None or found.used_at is not None or found.created_at <= now - VALID_FOR:
        raise HandOverOver
    if not is_since_move(found.appointment, found.created_at):
        raise HandOverOver
    return found


def use(session: AnySession, token: str, now: datetime) -> HandOver:
    """Take it, once: none of its links leads anywhere any more. Raises HandOverOver."""
    lock(session, offered(session, token, now).appointment)
    session.expire_all()
    found = offered(session, token, now)
    access.check_open(times_of(found.appointment), now)
    found.used_at = now
    session.execute(delete(Link).where(Link.hand_over_id == found.id))
    session.flush()
    return found


def taken(session: AnySession, token: str) -> HandOver | None:
    """What the device with this link, issued after `use`, carries on."""
    found = _of_token(session, token)
    if found is None or found.used_at is None or not found.appointment.counsellor.active:
        return None
    return found if is_since_move(found.appointment, found.used_at) else None


def leads_to(session: AnySession, appointment: Appointment, place: str) -> bool:
    """Whether somebody has taken the talk to this seat."""
    last_taken = select(func.max(HandOver.used_at)).where(
        HandOver.appointment_id == appointment.id, HandOver.place == place
    )
    used_at = session.scalar(last_taken)
    return used_at is not None and is_since_move(appointment, used_at)


def _of_token(session: AnySession, token: str) -> HandOver | None:
    id = links.target_of_token(session, Link.hand_over_id, token)
    if id is None:
        return None
    whole = select(HandOver).where(HandOver.id == id).options(joinedload(HandOver.appointment))
    return session.scalar(whole)
