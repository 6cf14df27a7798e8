"""Registration."""

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vberatung.booking.models import Appointment
from vberatung.db import Base, Moment, Personal
from vberatung.offices.models import Office


class Registration(Base):
    """A registration as jobseeking: a draft until `sent_at`, then as it was sent."""

    __tablename__ = "registrations"
    __table_args__ = (Index(None, "office_id", "sent_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    language: Mapped[str] = mapped_column(String(8))
    answers: Mapped[Personal]
    """A JSON object: the fields of all steps by their names."""
    started_at: Mapped[Moment]
    sent_at: Mapped[Moment | None]
    mailed_at: Mapped[Moment | None]
    """When the mail with the receipt was written; None if there was none."""
    number: Mapped[str | None] = mapped_column(String(20), unique=True)
    """Of the receipt; says nothing about the person."""
    handled_at: Mapped[Moment | None]
    """When somebody of the office took care of it; until then it is new."""
    delete_after: Mapped[Moment] = mapped_column(index=True)
    appointment_id: Mapped[int | None] = mapped_column(
        ForeignKey("appointments.id", ondelete="SET NULL")
    )

    office: Mapped[Office] = relationship()
    appointment: Mapped[Appointment | None] = relationship()
