"""Presence: who is in the room right now, as a moment that must be renewed."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from vberatung.db import Base, Moment


class Presence(Base):
    """The last sign of life of one side of an appointment's room."""

    __tablename__ = "presences"

    appointment_id: Mapped[int] = mapped_column(
        ForeignKey("appointments.id", ondelete="CASCADE"), primary_key=True
    )
    role: Mapped[str] = mapped_column(String(20), primary_key=True)
    seen_at: Mapped[Moment]
