"""Counts without people: nothing here leads back to an appointment."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from vberatung.db import Base, Personal


class TalkCount(Base):
    """One talk that took place: which office, topic and month, and how many minutes."""

    __tablename__ = "talk_counts"

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), index=True)
    topic_id: Mapped[int] = mapped_column(ForeignKey("topics.id"))
    month: Mapped[str] = mapped_column(String(7))  # YYYY-MM: a day would be too telling
    minutes: Mapped[int]


class Feedback(Base):
    """One anonymous answer to "would you recommend it?"."""

    __tablename__ = "feedback"

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), index=True)
    month: Mapped[str] = mapped_column(String(7))
    recommend: Mapped[bool]
    comment: Mapped[Personal | None]
