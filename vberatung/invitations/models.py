"""Invitation."""

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vberatung.booking.models import Appointment
from vberatung.db import Base, Moment, Personal
from vberatung.offices.models import Office, Topic
from vberatung.people.models import Staff

MAIL, SMS, LETTER = WAYS = ("mail", "sms", "letter")
INVITED, CANCELLED_BY_OFFICE = REASONS = ("invited", "cancelled_by_office")


class Invitation(Base):
    """The office asks one person to choose a time. Its state is read from its moments."""

    __tablename__ = "invitations"
    __table_args__ = (Index(None, "office_id", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    topic_id: Mapped[int] = mapped_column(ForeignKey("topics.id"))
    invited_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    counsellor_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    """With whom; None is anybody who takes the topic."""
    channel: Mapped[str | None] = mapped_column(String(20))
    way: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(30), default=INVITED)

    name: Mapped[Personal]
    email: Mapped[Personal | None]
    phone: Mapped[Personal | None]
    address: Mapped[Personal | None]
    """Street and place as on an envelope, one line each."""
    language: Mapped[str] = mapped_column(String(8))
    person_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), index=True)
    """Of name and contact: nobody is invited twice to the same by mistake."""

    created_at: Mapped[Moment]
    expires_at: Mapped[Moment] = mapped_column(index=True)
    sent_at: Mapped[Moment | None]
    """When it went out last; of a letter: when it was printed."""
    reminded_at: Mapped[Moment | None]
    withdrawn_at: Mapped[Moment | None]
    booked_at: Mapped[Moment | None]
    appointment_id: Mapped[int | None] = mapped_column(
        ForeignKey("appointments.id", ondelete="SET NULL")
    )

    office: Mapped[Office] = relationship()
    topic: Mapped[Topic] = relationship()
    invited_by: Mapped[Staff] = relationship(foreign_keys=[invited_by_id])
    counsellor: Mapped[Staff | None] = relationship(foreign_keys=[counsellor_id])
    appointment: Mapped[Appointment | None] = relationship()
