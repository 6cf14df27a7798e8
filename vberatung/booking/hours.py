"""When counsellors give appointments: weekly hours, the hours of one day, absences."""

from datetime import date, time

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from vberatung.db import Base, Moment, Words


class WeeklyHours(Base):
    """A span in which a counsellor gives appointments, in local wall time, on one day of the week.

    It ends on the day it begins on. With `every_weeks` above 1 the weeks are counted from the
    one that `valid_from` lies in.
    """

    __tablename__ = "weekly_hours"
    __table_args__ = (
        CheckConstraint("starts < ends", name="same_day"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint(
            "every_weeks = 1 OR (every_weeks > 1 AND valid_from IS NOT NULL)", name="counted"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    counsellor_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    weekday: Mapped[int]  # 0 is Monday
    starts: Mapped[time]
    ends: Mapped[time]
    channels: Mapped[Words] = mapped_column(default=list)
    """Only for these channels; empty is every channel of the topic."""
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    every_weeks: Mapped[int] = mapped_column(default=1)


class DayHours(Base):
    """A span on one local day. A day that has any takes the place of its weekly hours."""

    __tablename__ = "day_hours"
    __table_args__ = (CheckConstraint("starts < ends", name="same_day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    counsellor_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    day: Mapped[date]
    starts: Mapped[time]
    ends: Mapped[time]
    channels: Mapped[Words] = mapped_column(default=list)


class Absence(Base):
    """A counsellor is away; whole days run from local midnight to midnight. No reason is kept."""

    __tablename__ = "absences"
    __table_args__ = (CheckConstraint("starts_at < ends_at", name="in_order"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    counsellor_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    starts_at: Mapped[Moment]
    ends_at: Mapped[Moment]
