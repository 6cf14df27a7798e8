"""Who is in the room right now, and the guests who were asked to a talk."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vberatung.booking.models import Appointment
from vberatung.db import Base, Moment, Personal
from vberatung.room.places import GUEST_ROLES


class Presence(Base):
    """The last sign of life from one place of an appointment's room."""

    __tablename__ = "presences"

    appointment_id: Mapped[int] = mapped_column(
        ForeignKey("appointments.id", ondelete="CASCADE"), primary_key=True
    )
    place: Mapped[str] = mapped_column(String(20), primary_key=True)
    seen_at: Mapped[Moment]


def is_since_move(appointment: Appointment, moment: datetime) -> bool:
    """Whether this was for the counsellor and the time that the appointment has now."""
    return appointment.moved_at is None or moment >= appointment.moved_at


class Guest(Base):
    """A third person at a talk, by a link of their own. `role` is one of places.GUEST_ROLES."""

    __tablename__ = "guests"
    __table_args__ = (CheckConstraint(f"role IN {GUEST_ROLES}", name="role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    appointment_id: Mapped[int] = mapped_column(
        ForeignKey("appointments.id", ondelete="CASCADE"), index=True
    )
    role: Mapped[str] = mapped_column(String(20))
    name: Mapped[Personal]
    by_jobseeker: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Moment]
    consented_at: Mapped[Moment | None]
    consent_version: Mapped[str | None] = mapped_column(String(20))
    admitted_at: Mapped[Moment | None]
    removed_at: Mapped[Moment | None]

    appointment: Mapped[Appointment] = relationship()

    @property
    def is_let_in(self) -> bool:
        """By this counsellor, at this time: after a move they wait once more."""
        return self.admitted_at is not None and is_since_move(self.appointment, self.admitted_at)


class HandOver(Base):
    """A talk that somebody carries on with another device: `place` is their seat there."""

    __tablename__ = "hand_overs"

    id: Mapped[int] = mapped_column(primary_key=True)
    appointment_id: Mapped[int] = mapped_column(
        ForeignKey("appointments.id", ondelete="CASCADE"), index=True
    )
    place: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[Moment]
    used_at: Mapped[Moment | None]

    appointment: Mapped[Appointment] = relationship()


class Trouble(Base):
    """What kept the jobseeker from the talk, technically. `kind` is one of troubles.KINDS."""

    __tablename__ = "troubles"

    id: Mapped[int] = mapped_column(primary_key=True)
    appointment_id: Mapped[int] = mapped_column(
        ForeignKey("appointments.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(String(30))
    at: Mapped[Moment]
