"""The facts of one place in a room, kept in the database in short transactions.

A socket lives as long as a talk; its database connection only as long as one of these calls.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from vberatung import clock, metrics
from vberatung.booking.models import CANCELLED, Appointment
from vberatung.db import AnySession, begin_write
from vberatung.extensions import db, hub
from vberatung.room import guests, operations, presence
from vberatung.room.hub import staff_bell
from vberatung.room.places import COUNSELLOR, JOBSEEKER, MAIN, guest_of_place, person_of_place
from vberatung.room.protocol import ProtocolError, over, removed
from vberatung.statistics.operations import count_talk

MayStay = Callable[[AnySession], bool]
"""Whether the person at this socket is still who they were at the door."""


class RoomStore:
    """What a Conversation asks and tells; rings the counsellor's bell when something changed."""

    def __init__(self, appointment: Appointment, place: str, may_stay: MayStay) -> None:
        self.id = appointment.id
        self.counsellor_id, self.starts_at = appointment.counsellor_id, appointment.starts_at
        self.bell = staff_bell(appointment.counsellor_id)
        self.place = person_of_place(place)
        self.may_stay = may_stay

    def is_admitted(self) -> bool:
        with self._appointment() as appointment:
            return operations.is_admitted(db.session, appointment, self.place)

    def touch(self) -> None:
        with self._appointment(write=True):
            came = presence.touch(db.session, self.id, self.place, clock.now())
        if came:
            hub.ring(self.bell)

    def renew(self) -> None:
        """Looks first and writes then: hundreds of sockets do not wait for each other's look."""
        with self._appointment() as appointment:
            self._check_wanted(appointment)
        try:
            begin_write(db.session)
            renewed = presence.renew(db.session, self.id, self.place, clock.now())
            db.session.commit()
        finally:
            db.session.remove()
        if not renewed:
            self.touch()

    def leave(self) -> None:
        with self._appointment(write=True, leaves=True) as appointment:
            presence.leave(db.session, self.id, self.place)
            of_this_time = appointment.starts_at == self.starts_at
            if of_this_time and self.place == JOBSEEKER:
                operations.note_leaving(appointment, clock.now())
            if of_this_time and self.place in MAIN:
                operations.note_departure(appointment, clock.now())
        hub.ring(self.bell)

    def admit(self, place: str) -> bool:
        with self._appointment(write=True) as appointment:
            if (guest := guest_of_place(place)) is None:
                operations.admit(db.session, appointment, clock.now())
                admitted = True
            else:
                admitted = guests.admit(db.session, appointment, guest, clock.now())
        hub.ring(self.bell)
        return admitted

    def remove(self, place: str) -> None:
        with self._appointment(write=True) as appointment:
            guests.remove(db.session, appointment, guest_of_place(place) or 0, clock.now())
        hub.ring(self.bell)

    def note_talk(self) -> None:
        with self._appointment(write=True) as appointment:
            begins = appointment.talk_started_at is None
            begins = begins and appointment.consent_version != operations.SYNTHETIC
            operations.note_talk(appointment, clock.now())
        if begins:
            metrics.talks.inc()

    def end(self) -> None:
        with self._appointment(write=True) as appointment:
            if operations.end(db.session, appointment, clock.now()):
                count_talk(db.session, appointment)
        hub.ring(self.bell)

    def _check_wanted(self, appointment: Appointment) -> None:
        """What was true at the door may have changed since: before each word that has an effect."""
        if appointment.talk_ended_at or appointment.status == CANCELLED:
            raise over()
        if appointment.starts_at != self.starts_at:
            raise ProtocolError("not-found", "This appointment has been moved.")
        guest = guest_of_place(self.place)
        if guest is not None and guests.own_guest(db.session, appointment, guest) is None:
            raise removed()
        counsels = self.place == COUNSELLOR
        if counsels and (
            appointment.counsellor_id != self.counsellor_id or not self.may_stay(db.session)
        ):
            raise ProtocolError("forbidden", "Somebody else counsels here, or you are signed out.")

    @contextmanager
    def _appointment(self, *, write: bool = False, leaves: bool = False) -> Iterator[Appointment]:
        try:
            if write:
                begin_write(db.session)
            appointment = db.session.get(Appointment, self.id, with_for_update=write)
            if appointment is None:
                raise ProtocolError("not-found", "There is no such appointment any more.")
            self.bell = staff_bell(appointment.counsellor_id)  # perhaps a colleague by now
            if write and not leaves:
                self._check_wanted(appointment)
            yield appointment
            db.session.commit()
        finally:
            db.session.remove()
