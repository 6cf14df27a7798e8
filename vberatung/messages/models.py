"""Mail is a value; in the outbox it is a row, written in the transaction of its cause."""

from dataclasses import dataclass

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from vberatung.db import Base, Moment, Personal


@dataclass(frozen=True)
class Mail:
    """A plain-text mail; `calendar` is an iCalendar object with this `method`."""

    recipient: str
    subject: str
    body: str
    calendar: str | None = None
    method: str | None = None


class OutboxMail(Base):
    """A mail on its way. Sent ones are kept only as long as retention allows."""

    __tablename__ = "outbox_mails"

    id: Mapped[int] = mapped_column(primary_key=True)
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
