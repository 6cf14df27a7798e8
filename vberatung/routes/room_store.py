"""The facts of one room, kept in the database in short transactions.

A socket lives as long as a talk; its database connection only as long as one of these calls.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from vberatung import clock
from vberatung.booking.models import Appointment
from vberatung.db import begin_write
from vberatung.extensions import db, hub
from vberatung.room import operations, presence
from vberatung.room.hub import staff_bell
from vberatung.statistics.operations import count_talk


class RoomStore:
    """What a Conversation asks and tells; rings the counsellor's bell when something changed."""

    def __init__(self, appointment_id: int, counsellor_id: int) -> None:
        self.id = appointment_id
        self.bell = staff_bell(counsellor_id)

    def is_admitted(self) -> bool:
        with self._appointment() as appointment:
            return appointment.admitted_at is not None

    def touch(self, role: str) -> None:
        with self._appointment(write=True):
            came = presence.touch(db.session, self.id, role, clock.now())
        if came:
            hub.ring(self.bell)

    def leave(self, role: str) -> None:
        with self._appointment(write=True) as appointment:
            presence.leave(db.session, self.id, role)
            operations.note_departure(appointment, clock.now())
        hub.ring(self.bell)

    def admit(self) -> None:
        with self._appointment(write=True) as appointment:
            operations.admit(db.session, appointment, clock.now())
        hub.ring(self.bell)

    def note_talk(self) -> None:
        with self._appointment(write=True) as appointment:
            operations.note_talk(appointment, clock.now())

    def end(self) -> None:
        with self._appointment(write=True) as appointment:
            if operations.end(db.session, appointment, clock.now()):
                count_talk(db.session, appointment)
        hub.ring(self.bell)

    @contextmanager
    def _appointment(self, *, write: bool = False) -> Iterator[Appointment]:
        try:
            if write:
                begin_write(db.session)
            yield db.session.get_one(Appointment, self.id, with_for_update=write)
            db.session.commit()
        finally:
            db.session.remove()
