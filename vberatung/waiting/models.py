"""Who waits for an (earlier) time, and what was offered to them."""

from datetime import date

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vberatung.booking.models import Appointment, Hold
from vberatung.db import Base, Moment, Personal
from vberatung.offices.models import Office, Topic
from vberatung.waiting.rules import ANY_TIME

BOOKED, LEFT, SPENT, PAST = OUTCOMES = ("booked", "left", "spent", "past")
"""They took an offer, they left the list, three offers were not taken, it is too late."""


class WaitingEntry(Base):
    """One person on the waiting list of a topic. With an appointment they want an earlier one."""

    __tablename__ = "waiting_entries"
    __table_args__ = (Index(None, "topic_id", "ended_at", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    topic_id: Mapped[int] = mapped_column(ForeignKey("topics.id"))
    appointment_id: Mapped[int | None] = mapped_column(
        ForeignKey("appointments.id", ondelete="CASCADE"), index=True
    )
    channel: Mapped[str] = mapped_column(String(20))
    spoken: Mapped[str | None] = mapped_column(String(8))
    """The language that is wished for the talk; None is any."""
    part_of_day: Mapped[str] = mapped_column(String(10), default=ANY_TIME)
    not_after: Mapped[date | None]
    """The last local day that is of use."""

    name: Mapped[Personal]
    email: Mapped[Personal | None]
    phone: Mapped[Personal | None]
    language: Mapped[str] = mapped_column(String(8))
    contact_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), index=True)
    """Of the mail address, else of the number: nobody waits twice for the same topic."""
    network_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """Of the network address that joined: invented people must not be offered everything."""

    created_at: Mapped[Moment]
    ended_at: Mapped[Moment | None]
    outcome: Mapped[str | None] = mapped_column(String(10))

    office: Mapped[Office] = relationship()
    topic: Mapped[Topic] = relationship()
    appointment: Mapped[Appointment | None] = relationship()


class WaitingOffer(Base):
    """A time that was offered to a waiting person, and held for them until `expires_at`."""

    __tablename__ = "waiting_offers"
    __table_args__ = (UniqueConstraint("entry_id", "starts_at"),)  # told once of each time

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("waiting_entries.id", ondelete="CASCADE"))
    hold_id: Mapped[int | None] = mapped_column(ForeignKey("holds.id", ondelete="SET NULL"))
    starts_at: Mapped[Moment]
    offered_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    declined_at: Mapped[Moment | None]
    taken_at: Mapped[Moment | None]

    entry: Mapped[WaitingEntry] = relationship()
    hold: Mapped[Hold | None] = relationship()
