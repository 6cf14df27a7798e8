"""Appointment, its personal links, the counsellors' weekly hours, and the claims."""

from datetime import time

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vberatung.db import Base, Moment, Personal
from vberatung.offices.models import IN_PERSON, PHONE, VIDEO, Office, Topic
from vberatung.people.models import Staff

__all__ = ["IN_PERSON", "PHONE", "VIDEO", "Appointment", "Claim", "Link", "WeeklyHours"]

BOOKED, CANCELLED, HELD = "booked", "cancelled", "held"


class WeeklyHours(Base):
    """A span in which a counsellor gives appointments each week, in local wall time."""

    __tablename__ = "weekly_hours"

    id: Mapped[int] = mapped_column(primary_key=True)
    counsellor_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    weekday: Mapped[int]  # 0 is Monday
    starts: Mapped[time]
    ends: Mapped[time]


class Appointment(Base):
    """A talk that was agreed on. `status` is booked, cancelled or held (it took place)."""

    __tablename__ = "appointments"
    __table_args__ = (Index(None, "counsellor_id", "starts_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), index=True)
    topic_id: Mapped[int] = mapped_column(ForeignKey("topics.id"))
    counsellor_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    channel: Mapped[str] = mapped_column(String(20))
    starts_at: Mapped[Moment]
    ends_at: Mapped[Moment]
    status: Mapped[str] = mapped_column(String(20), default=BOOKED)
    booked_at: Mapped[Moment]

    # The jobseeker
    name: Mapped[Personal]
    email: Mapped[Personal | None]
    phone: Mapped[Personal | None]
    notes: Mapped[Personal | None]
    language: Mapped[str] = mapped_column(String(8))

    # The calendar entry (RFC 5545)
    uid: Mapped[str] = mapped_column(String(64))
    sequence: Mapped[int] = mapped_column(default=0)

    # The day itself
    consented_at: Mapped[Moment | None]
    consent_version: Mapped[str | None] = mapped_column(String(20))
    arrived_at: Mapped[Moment | None]
    call_requested_at: Mapped[Moment | None]
    called_at: Mapped[Moment | None]
    admitted_at: Mapped[Moment | None]
    talk_started_at: Mapped[Moment | None]
    talk_left_at: Mapped[Moment | None]
    talk_ended_at: Mapped[Moment | None]
    feedback_given: Mapped[bool] = mapped_column(default=False)

    office: Mapped[Office] = relationship()
    topic: Mapped[Topic] = relationship()
    counsellor: Mapped[Staff] = relationship()


class Link(Base):
    """A personal link to an appointment. Only the keyed hash of its token is stored.

    One appointment can have several: each mail carries a link of its own.
    """

    __tablename__ = "links"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    appointment_id: Mapped[int] = mapped_column(
        ForeignKey("appointments.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[Moment]

    appointment: Mapped[Appointment] = relationship()


class Claim(Base):
    """One counsellor's five minutes, taken by one appointment.

    The primary key makes double booking impossible, whatever the program does.
    """

    __tablename__ = "claims"

    counsellor_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    quantum: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    appointment_id: Mapped[int] = mapped_column(
        ForeignKey("appointments.id", ondelete="CASCADE"), index=True
    )
