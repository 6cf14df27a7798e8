"""Staff accounts and failed sign-ins."""

from sqlalchemy import Column, ForeignKey, LargeBinary, String, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vberatung import crypto
from vberatung.db import Base, Moment, Personal, Words
from vberatung.offices.models import Office, Topic

counsellor_topics = Table(
    "counsellor_topics",
    Base.metadata,
    Column("staff_id", ForeignKey("staff.id"), primary_key=True),
    Column("topic_id", ForeignKey("topics.id"), primary_key=True),
)


def email_hash(email: str) -> bytes:
    """Finds an account by its address, whose plain text is not in the database."""
    return crypto.keyed_hash("staff email:" + email.strip().casefold())


class Staff(Base):
    """A person who works for an office: counsellor, or administrator as well."""

    __tablename__ = "staff"
    __table_args__ = (UniqueConstraint("email_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    name: Mapped[Personal]
    email: Mapped[Personal]
    email_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    password_hash: Mapped[str] = mapped_column(String(200))
    session_key: Mapped[str] = mapped_column(String(64))
    admin: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    languages: Mapped[Words] = mapped_column(default=lambda: ["de"])
    """Codes of the languages (ISO 639-1) that this person counsels in."""
    daily_maximum: Mapped[int | None]
    """Appointments on one local day; None is as many as fit."""

    office: Mapped[Office] = relationship()
    topics: Mapped[list[Topic]] = relationship(secondary=counsellor_topics)

    # What Flask-Login asks of a user. A new session_key signs the person out everywhere.
    is_authenticated = True
    is_anonymous = False

    @property
    def is_active(self) -> bool:
        return self.active

    def get_id(self) -> str:
        return f"{self.id}.{self.session_key}"


class FailedSignIn(Base):
    """One failed attempt, under the keyed hash of what it was made with (account, address)."""

    __tablename__ = "failed_sign_ins"

    id: Mapped[int] = mapped_column(primary_key=True)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)
    at: Mapped[Moment]
