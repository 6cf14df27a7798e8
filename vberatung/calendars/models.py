"""A calendar elsewhere, and the times at which it says that its owner is busy."""

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from vberatung.db import Base, Moment, Personal

ICS, CALDAV = KINDS = ("ics", "caldav")


class ExternalCalendar(Base):
    """Where a counsellor's other calendar is read, and how the last reading went."""

    __tablename__ = "external_calendars"

    id: Mapped[int] = mapped_column(primary_key=True)
    counsellor_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    url: Mapped[Personal]
    user: Mapped[Personal | None]
    password: Mapped[Personal | None]
    read_at: Mapped[Moment | None]
    failed_since: Mapped[Moment | None]
    problem: Mapped[str | None] = mapped_column(String(100))


class BusyTime(Base):
    """One stretch of time at which the counsellor is busy elsewhere; nothing says with what."""

    __tablename__ = "busy_times"
    __table_args__ = (CheckConstraint("starts_at < ends_at", name="in_order"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    calendar_id: Mapped[int] = mapped_column(
        ForeignKey("external_calendars.id", ondelete="CASCADE"), index=True
    )
    counsellor_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    starts_at: Mapped[Moment]
    ends_at: Mapped[Moment]
