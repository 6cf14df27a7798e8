"""Third persons at a talk: asked by a link of their own, let in one by one."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from vberatung import links
from vberatung.booking.models import Appointment
from vberatung.booking.operations import TooLate, lock
from vberatung.db import AnySession
from vberatung.links import Link
from vberatung.room import access, presence
from vberatung.room.models import Guest
from vberatung.room.operations import times_of
from vberatung.room.places import COMPANION, GUEST_ROLES, MOST_GUESTS, place_of_guest

CONSENT_VERSION = "guest-2026-11-23"
"""Names the text in templates/room/_before_guest.html; a change of the text gets a new version."""


class TooManyGuests(Exception):
    """There are places.MOST_GUESTS at this talk already."""


def invite(
    session: AnySession,
    appointment: Appointment,
    role: str,
    name: str,
    now: datetime,
    *,
    by_jobseeker: bool = False,
) -> Guest:
    """A place for one more person. A jobseeker brings a companion only.

    Raises TooManyGuests, or RoomOver; ValueError for a role that is none.
    """
    if role not in GUEST_ROLES or (by_jobseeker and role != COMPANION):
        raise ValueError(f"{role} cannot be invited")
    lock(session, appointment)
    if access.is_over(times_of(appointment), now):
        raise access.RoomOver
    if len(guests_of(session, appointment)) >= MOST_GUESTS:
        raise TooManyGuests
    guest = Guest(
        appointment=appointment, role=role, name=name, by_jobseeker=by_jobseeker, created_at=now
    )
    session.add(guest)
    session.flush()
    return guest


def issue_link(session: AnySession, guest: Guest, now: datetime) -> str:
    """A new link's token. It is shown once and stored only as a keyed hash."""
    return links.issue(session, Link.guest_id, guest.id, now)


def guest_of_token(session: AnySession, token: str, *, removed: bool = False) -> Guest | None:
    """The guest whose link this is; one who was removed only when asked for."""
    id = links.target_of_token(session, Link.guest_id, token)
    if id is None:
        return None
    found = select(Guest).where(Guest.id == id).options(joinedload(Guest.appointment))
    return session.scalar(found if removed else found.where(Guest.removed_at.is_(None)))


def guests_of(session: AnySession, appointment: Appointment) -> Sequence[Guest]:
    """Who was asked to this talk and not removed, in the order of the invitations."""
    return session.scalars(
        select(Guest)
        .where(Guest.appointment_id == appointment.id, Guest.removed_at.is_(None))
        .order_by(Guest.id)
    ).all()


def rename(session: AnySession, guest: Guest, name: str) -> None:
    """Whoever invited may have misspelt it. Who is in the talk was let in by this name: it stays.

    Raises TooLate.
    """
    if guest.is_let_in:
        raise TooLate
    guest.name = name
    session.flush()


def arrive(session: AnySession, guest: Guest, now: datetime) -> None:
    """The guest agrees to the talk, and waits to be let in."""
    access.check_open(times_of(guest.appointment), now)
    guest.consented_at, guest.consent_version = now, CONSENT_VERSION
    session.flush()


def admit(session: AnySession, appointment: Appointment, id: int, now: datetime) -> bool:
    """The counsellor lets this guest in. False when they were removed or never asked; RoomOver."""
    access.check_open(times_of(appointment), now)
    guest = own_guest(session, appointment, id)
    if guest is None:
        return False
    if not guest.is_let_in:
        guest.admitted_at = now
    session.flush()
    return True


def remove(session: AnySession, appointment: Appointment, id: int, now: datetime) -> None:
    """The guest's link is worth nothing from now on. Once removed is removed."""
    guest = own_guest(session, appointment, id)
    if guest is not None:
        guest.removed_at = now
        presence.leave(session, appointment.id, place_of_guest(id))
        session.flush()


def own_guest(session: AnySession, appointment: Appointment, id: int) -> Guest | None:
    """A guest of this talk who was not removed; the id may be any number."""
    found = (guest for guest in guests_of(session, appointment) if guest.id == id)
    return next(found, None)
