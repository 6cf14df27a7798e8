"""Office and Topic."""

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vberatung.db import Base, Translated, Words

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

    topics: Mapped[list["Topic"]] = relationship(back_populates="office", order_by="Topic.position")


class Topic(Base):
    """What a talk is about, how long it takes and how far ahead it can be booked."""

    __tablename__ = "topics"
    __table_args__ = (UniqueConstraint("office_id", "slug"),)

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

    office: Mapped[Office] = relationship(back_populates="topics")
