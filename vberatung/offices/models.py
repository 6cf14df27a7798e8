"""Office, its closing days and postcodes, and Topic."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vberatung.db import Base, Moment, Numbers, Translated, Words

VIDEO, PHONE, IN_PERSON = CHANNELS = ("video", "phone", "in_person")


class Office(Base):
    """A jobcenter or agency (Dienststelle) with its own address on the start page."""

    __tablename__ = "offices"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[Translated]
    phone: Mapped[str] = mapped_column(String(40))
    email: Mapped[str] = mapped_column(String(254))
    street: Mapped[str] = mapped_column(String(200))
    postcode: Mapped[str] = mapped_column(String(5))
    city: Mapped[str] = mapped_column(String(100))
    holiday_region: Mapped[str] = mapped_column(String(20), default="")
    """A subdivision of the `holidays` library: "BY", "SN", "Augsburg"; empty is all of Germany."""

    phone_after_min: Mapped[int] = mapped_column(default=5)
    """After so many minutes of waiting for a talk, the person is shown the office's number."""

    # What the office decides about booking
    reminder_hours: Mapped[Numbers] = mapped_column(default=lambda: [48, 2])
    confirm_email: Mapped[bool] = mapped_column(default=False)
    proof_of_work: Mapped[bool] = mapped_column(default=False)
    max_open_bookings: Mapped[int] = mapped_column(default=3)
    registration_keep_days: Mapped[int] = mapped_column(default=90)
    """Of invitations, from their end, and of what could not be delivered, too."""

    topics: Mapped[list["Topic"]] = relationship(back_populates="office", order_by="Topic.position")


class ClosingDay(Base):
    """Local days, both included, on which nobody of the office gives appointments."""

    __tablename__ = "closing_days"
    __table_args__ = (CheckConstraint("first <= last", name="in_order"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), index=True)
    first: Mapped[date]
    last: Mapped[date]
    reason: Mapped[str] = mapped_column(String(200), default="")


class ServedPostcode(Base):
    """Postcodes, both included, whose people the office is there for; one or a range."""

    __tablename__ = "served_postcodes"
    __table_args__ = (
        CheckConstraint("first <= last", name="in_order"),
        Index(None, "first", "last"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), index=True)
    first: Mapped[str] = mapped_column(String(5))
    last: Mapped[str] = mapped_column(String(5))


class Topic(Base):
    """What a talk is about, how long it takes and how far ahead it can be booked."""

    __tablename__ = "topics"
    __table_args__ = (
        UniqueConstraint("office_id", "slug"),
        # Time is counted in quanta of five minutes (booking/claims.py).
        CheckConstraint("duration_min > 0 AND duration_min % 5 = 0", name="duration"),
        CheckConstraint("step_min > 0 AND step_min % 5 = 0", name="step"),
        CheckConstraint(
            "buffer_before_min % 5 = 0 AND buffer_after_min % 5 = 0 "
            "AND buffer_before_min >= 0 AND buffer_after_min >= 0",
            name="buffers",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    slug: Mapped[str] = mapped_column(String(60))
    position: Mapped[int]
    name: Mapped[Translated]
    description: Mapped[Translated]
    bring: Mapped[Translated]
    channels: Mapped[Words]
    duration_min: Mapped[int]
    buffer_before_min: Mapped[int] = mapped_column(default=0)
    buffer_after_min: Mapped[int] = mapped_column(default=5)
    step_min: Mapped[int] = mapped_column(default=15)
    notice_min: Mapped[int] = mapped_column(default=120)
    horizon_days: Mapped[int] = mapped_column(default=28)
    after_registration: Mapped[bool] = mapped_column(default=False)
    """The first talk that a registration as jobseeking leads to."""
    no_free_since: Mapped[Moment | None]
    """Since when no time is free within the horizon; a job looks (jobs/work.py)."""

    office: Mapped[Office] = relationship(back_populates="topics")
