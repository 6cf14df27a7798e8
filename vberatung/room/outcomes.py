"""How an appointment ended, as the counsellor notes it on the same day."""

from datetime import datetime

from vberatung import clock
from vberatung.booking.models import (
    BOOKED,
    EXCUSED,
    FAILED,
    HELD,
    IN_PERSON,
    MISSED,
    OUTCOMES,
    PHONE,
    VIDEO,
    Appointment,
)
from vberatung.booking.operations import TooLate, lock
from vberatung.db import AnySession
from vberatung.room import operations

NOT_HELD = (MISSED, EXCUSED, FAILED)


def choices_for(appointment: Appointment) -> tuple[str, ...]:
    """By which channel they spoke, the one that was booked first; or why they did not."""
    spoken = {VIDEO: (VIDEO, PHONE), PHONE: (PHONE, VIDEO), IN_PERSON: (IN_PERSON, PHONE)}
    return (*spoken[appointment.channel], *NOT_HELD)


def suggested(appointment: Appointment) -> str | None:
    """One of `choices_for`: what was noted before, else what we know ourselves."""
    if appointment.status in NOT_HELD:
        return appointment.status
    if appointment.took_place_by:
        return appointment.took_place_by
    if appointment.talk_started_at:
        return VIDEO
    return PHONE if appointment.called_at else None


def has_begun(appointment: Appointment, now: datetime) -> bool:
    return appointment.starts_at <= now or appointment.talk_started_at is not None


def can_note(appointment: Appointment, now: datetime) -> bool:
    """Once it has begun. What was noted can be changed for the rest of the local day."""
    if appointment.status in OUTCOMES:
        today = clock.local_day(appointment.ends_at) >= clock.local_day(now)
        return has_begun(appointment, now) and today
    return has_begun(appointment, now) and appointment.status == BOOKED


def note(
    session: AnySession, appointment: Appointment, choice: str, text: str | None, now: datetime
) -> int:
    """Keep one of `choices_for` with a note. How many talks more there are to be counted: 1, 0, -1.

    Who has spoken by video or has been called is through: the room closes. It stays open for
    whoever has not come: if they do yet, the talk takes place. Raises TooLate.
    """
    if choice not in choices_for(appointment):
        raise ValueError(f"{choice} is no outcome of this appointment")
    lock(session, appointment)
    if not can_note(appointment, now):
        raise TooLate
    before = operations.counts_as_talk(appointment)
    held = choice not in NOT_HELD
    if held or appointment.talk_started_at is not None:
        operations.end(session, appointment, now)
    appointment.status = HELD if held else choice
    appointment.took_place_by = choice if held else None
    if choice == PHONE or (held and appointment.call_requested_at):
        appointment.called_at = appointment.called_at or now
    appointment.outcome_note = text or None
    session.flush()
    return operations.counts_as_talk(appointment) - before
