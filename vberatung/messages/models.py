"""Messages are values; in the outbox they are rows, written in the transaction of their cause."""

from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vberatung.booking.models import Appointment
from vberatung.db import Base, Moment, Personal
from vberatung.invitations.models import Invitation

MAIL, SMS = KINDS = ("mail", "sms")
REMINDER = "reminder"
REFUSED, LATER, UNREACHABLE, BROKEN, EXPIRED, NOT_NEEDED = PROBLEMS = (
    "refused",
    "later",
    "unreachable",
    "broken",
    "expired",
    "not needed",
)
"""The other side will never take it; not now; does not answer; our mistake; it is too late;
its appointment is no longer what it speaks of."""


@dataclass(frozen=True)
class Mail:
    """A plain-text mail; `calendar` is an iCalendar object with this `method`."""

    recipient: str
    subject: str
    body: str
    calendar: str | None = None
    method: str | None = None
    kind: ClassVar[str] = MAIL


@dataclass(frozen=True)
class Sms:
    """A text message to a number in E.164 form."""

    recipient: str
    body: str
    subject: ClassVar[str] = ""
    calendar: ClassVar[str | None] = None
    method: ClassVar[str | None] = None
    kind: ClassVar[str] = SMS


class OutboxMessage(Base):
    """A mail or text message on its way. Sent ones are kept only as long as retention allows."""

    __tablename__ = "outbox_messages"
    __table_args__ = (
        Index(None, "sent_at", "gave_up_at", "next_try_at"),
        Index(None, "office_id", "sent_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), default=MAIL)
    purpose: Mapped[str] = mapped_column(String(30), default="")
    """What it is for: one of the functions in notices.py, or REMINDER."""
    office_id: Mapped[int | None] = mapped_column(ForeignKey("offices.id"))
    appointment_id: Mapped[int | None] = mapped_column(
        ForeignKey("appointments.id", ondelete="CASCADE"), index=True
    )
    invitation_id: Mapped[int | None] = mapped_column(
        ForeignKey("invitations.id", ondelete="CASCADE"), index=True
    )
    recipient: Mapped[Personal]
    subject: Mapped[Personal]
    body: Mapped[Personal]
    calendar: Mapped[Personal | None]
    calendar_method: Mapped[str | None] = mapped_column(String(10))
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    next_try_at: Mapped[Moment] = mapped_column(index=True)
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[Moment | None]
    gave_up_at: Mapped[Moment | None]
    problem: Mapped[str | None] = mapped_column(String(100))
    """Why it has not been sent: one of PROBLEMS."""
    handled_at: Mapped[Moment | None]
    """The office has seen that it could not be sent, and has dealt with it."""

    appointment: Mapped[Appointment | None] = relationship()
    invitation: Mapped[Invitation | None] = relationship()


class Reminder(Base):
    """That the reminder so many hours before this start has been put into the outbox: once."""

    __tablename__ = "reminders"

    appointment_id: Mapped[int] = mapped_column(
        ForeignKey("appointments.id", ondelete="CASCADE"), primary_key=True
    )
    starts_at: Mapped[Moment] = mapped_column(primary_key=True)
    hours_before: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
