"""Appointment, hold, and the claims that keep two of them from taking the same time."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vberatung.db import Base, Moment, Personal
from vberatung.offices.models import IN_PERSON, PHONE, VIDEO, Office, Topic
from vberatung.people.models import Staff

__all__ = ["IN_PERSON", "PHONE", "VIDEO", "Appointment", "Claim", "Hold"]

PENDING, BOOKED, CANCELLED, HELD, MISSED, EXCUSED, FAILED = STATES = (
    "pending",
    "booked",
    "cancelled",
    "held",
    "missed",
    "excused",
    "failed",
)
"""Pending: to be confirmed from the mail. Held: it took place. Failed: the technology did, which
is never the jobseeker's fault, so it is never "missed"."""
OPEN = (PENDING, BOOKED)
OUTCOMES = (HELD, MISSED, EXCUSED, FAILED)
"""How it ended: nobody is waited for any more, and what is left of its time is free."""
AGREED = (BOOKED, *OUTCOMES)
"""Confirmed and not cancelled: it stands in the counsellor's day."""


class Appointment(Base):
    """A talk that was agreed on. `status` is one of STATES."""

    __tablename__ = "appointments"
    __table_args__ = (
        Index(None, "counsellor_id", "starts_at"),
        Index(None, "status", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), index=True)
    topic_id: Mapped[int] = mapped_column(ForeignKey("topics.id"))
    counsellor_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    channel: Mapped[str] = mapped_column(String(20))
    starts_at: Mapped[Moment]
    ends_at: Mapped[Moment]
    status: Mapped[str] = mapped_column(String(20), default=BOOKED)
    booked_at: Mapped[Moment]
    moved_at: Mapped[Moment | None]
    mailed_at: Mapped[Moment | None]
    """When the last mail with a personal link was written to the present address."""
    cancelled_at: Mapped[Moment | None]
    cancelled_by_office: Mapped[bool] = mapped_column(default=False)
    confirm_until: Mapped[Moment | None]
    """Until then a pending appointment waits for the click in its mail."""
    form_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    """Of the form that made it: sent twice, it makes one appointment."""

    # The jobseeker
    name: Mapped[Personal]
    email: Mapped[Personal | None]
    phone: Mapped[Personal | None]
    notes: Mapped[Personal | None]
    language: Mapped[str] = mapped_column(String(8))
    spoken: Mapped[str | None] = mapped_column(String(8))
    """The language that was chosen for the talk; `language` is that of pages and mails."""
    email_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), index=True)
    phone_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), index=True)
    mailbox_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), index=True)
    """Of the address without what stands behind a plus: for counting only."""
    new_email: Mapped[Personal | None]
    """An address that takes the place of `email` once its owner has confirmed it."""
    interpreter: Mapped[Personal | None]
    """"spoken" or "sign"."""
    interpreter_language: Mapped[Personal | None]
    companion: Mapped[bool] = mapped_column(default=False)
    access_needs: Mapped[Personal | None]

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
    waiting_message: Mapped[Personal | None]
    """What the counsellor has told the person in the waiting room."""
    waiting_message_at: Mapped[Moment | None]
    waited_until: Mapped[Moment | None]
    """The last sign of life from the waiting room, of somebody who is not there any more."""
    receipt_mailed_at: Mapped[Moment | None]
    """When the receipt went out by itself: nobody had let them in, or called."""
    took_place_by: Mapped[str | None] = mapped_column(String(20))
    """With HELD: the channel on which they have really spoken."""
    outcome_note: Mapped[Personal | None]
    """For the office only."""

    office: Mapped[Office] = relationship()
    topic: Mapped[Topic] = relationship()
    counsellor: Mapped[Staff] = relationship()


class Hold(Base):
    """A time kept for one visitor while they fill in the form, or for a waiting person's answer."""

    __tablename__ = "holds"

    id: Mapped[int] = mapped_column(primary_key=True)
    visitor_hash: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)
    address_hash: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)
    topic_id: Mapped[int] = mapped_column(ForeignKey("topics.id"))
    counsellor_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    starts_at: Mapped[Moment]
    ends_at: Mapped[Moment]
    created_at: Mapped[Moment]
    channel: Mapped[str | None] = mapped_column(String(20))
    spoken: Mapped[str | None] = mapped_column(String(8))
    """For which channel and language it was chosen; None is whatever the counsellor offers."""
    until: Mapped[Moment]
    """The end of the time that was promised."""
    expires_at: Mapped[Moment] = mapped_column(index=True)
    """`until`, or earlier while the visitor seems to have left."""

    topic: Mapped[Topic] = relationship()
    counsellor: Mapped[Staff] = relationship()


class Claim(Base):
    """One counsellor's five minutes, taken by one appointment or kept by one hold.

    The primary key makes double booking impossible, whatever the program does.
    """

    __tablename__ = "claims"
    __table_args__ = (
        CheckConstraint("(appointment_id IS NULL) <> (hold_id IS NULL)", name="one_reason"),
        Index(
            "ix_claims_stretch",
            *("counsellor_id", "quantum", "length", "hold_id", "appointment_id"),
            sqlite_where=text("length > 0"),
            postgresql_where=text("length > 0"),
        ),
    )

    counsellor_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    quantum: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    length: Mapped[int] = mapped_column(default=0)
    """In the first claim of an appointment or hold: how many it has, without a gap. Else 0."""
    appointment_id: Mapped[int | None] = mapped_column(
        ForeignKey("appointments.id", ondelete="CASCADE"), index=True
    )
    hold_id: Mapped[int | None] = mapped_column(
        ForeignKey("holds.id", ondelete="CASCADE"), index=True
    )
