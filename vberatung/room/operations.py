"""The verbs of the room. They flush; the edge commits and then tells the hub."""

from datetime import datetime

from vberatung.booking.models import CANCELLED, HELD, VIDEO, Appointment
from vberatung.booking.operations import lock
from vberatung.db import AnySession
from vberatung.room import access, presence
from vberatung.room.models import Guest
from vberatung.room.places import JOBSEEKER, guest_of_place

CONSENT_VERSION = "2026-11-23b"
"""Names the text in templates/room/_before.html; a change of the text gets a new version."""


def times_of(appointment: Appointment) -> access.Times:
    return access.Times(
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        cancelled=appointment.status == CANCELLED,
        talk_ended_at=appointment.talk_ended_at,
    )


def arrive(session: AnySession, appointment: Appointment, now: datetime) -> None:
    """The jobseeker agrees to the talk and is in the waiting room; the first arrival counts."""
    access.check_open(times_of(appointment), now)
    if appointment.consent_version != CONSENT_VERSION:
        appointment.consented_at, appointment.consent_version = now, CONSENT_VERSION
    appointment.arrived_at = appointment.arrived_at or now
    appointment.waited_until = now
    presence.touch(session, appointment.id, JOBSEEKER, now)


def admit(session: AnySession, appointment: Appointment, now: datetime) -> None:
    """The counsellor opens the room for the jobseeker. Admitted once is admitted for the talk."""
    lock(session, appointment)
    access.check_open(times_of(appointment), now)
    appointment.admitted_at = appointment.admitted_at or now
    take_back_message(appointment)
    session.flush()


def note_leaving(appointment: Appointment, now: datetime) -> None:
    """The jobseeker has left the waiting room, or their connection is lost."""
    if appointment.admitted_at is None:
        appointment.waited_until = now


class NotWaiting(Exception):
    """They have not come yet, or have been let in."""


def tell_waiting(
    session: AnySession, appointment: Appointment, message: str, now: datetime
) -> None:
    """A message from the counsellor for the waiting room, in place of the one before.

    Raises NotWaiting, or as `access.check_open`.
    """
    lock(session, appointment)
    access.check_open(times_of(appointment), now)
    if appointment.admitted_at or not appointment.arrived_at:
        raise NotWaiting
    appointment.waiting_message, appointment.waiting_message_at = message, now
    session.flush()


def take_back_message(appointment: Appointment) -> None:
    """Nobody waits for it any more."""
    appointment.waiting_message = appointment.waiting_message_at = None


def is_admitted(session: AnySession, appointment: Appointment, place: str) -> bool:
    """Whether somebody at this place may talk; the counsellor always may."""
    if (id := guest_of_place(place)) is not None:
        guest = session.get(Guest, id)
        return guest is not None and guest.is_let_in and guest.removed_at is None
    return place != JOBSEEKER or appointment.admitted_at is not None


def note_talk(appointment: Appointment, now: datetime) -> None:
    """Both sides are in the room: from here on the minutes count."""
    appointment.talk_started_at = appointment.talk_started_at or now
    appointment.talk_left_at = None


def note_departure(appointment: Appointment, now: datetime) -> None:
    """One side has gone: unless both come together again, the minutes end here."""
    if appointment.talk_started_at:
        appointment.talk_left_at = appointment.talk_left_at or now


def counts_as_talk(appointment: Appointment) -> bool:
    """Whether this is one of the talks that statistics count."""
    return appointment.status == HELD and None not in (
        appointment.talk_started_at,
        appointment.talk_ended_at,
    )


def end(session: AnySession, appointment: Appointment, now: datetime) -> bool:
    """Close the room for good. True when a talk had taken place, and was not ended before."""
    lock(session, appointment)
    if appointment.talk_ended_at:
        return False
    appointment.talk_ended_at = now
    take_back_message(appointment)
    if presence.is_present(session, appointment.id, JOBSEEKER, now):
        note_leaving(appointment, now)
    presence.leave_all(session, appointment.id)
    if appointment.call_requested_at and appointment.talk_started_at:
        appointment.called_at = appointment.called_at or now  # they have spoken after all
    took_place = appointment.talk_started_at is not None and appointment.status != CANCELLED
    if took_place:
        appointment.status, appointment.took_place_by = HELD, VIDEO
    session.flush()
    return took_place


def request_call(session: AnySession, appointment: Appointment, phone: str, now: datetime) -> None:
    """The jobseeker asks to be called instead, under this number."""
    if access.is_over(times_of(appointment), now):
        raise access.RoomOver
    appointment.phone = phone
    appointment.call_requested_at = appointment.call_requested_at or now
    appointment.called_at = None
    session.flush()


SYNTHETIC = "doctor"
"""The consent version of the talk that the doctor holds with itself."""


def wants_call(appointment: Appointment) -> bool:
    """The jobseeker has asked to be called, and nobody has called yet."""
    return appointment.call_requested_at is not None and appointment.called_at is None


def note_call(session: AnySession, appointment: Appointment, now: datetime) -> None:
    """The counsellor has called: the request is done."""
    appointment.called_at = now
    take_back_message(appointment)
    session.flush()
