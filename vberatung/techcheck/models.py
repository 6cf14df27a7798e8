"""What is kept of a device test."""

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from vberatung.db import Base, Moment, Words
from vberatung.techcheck.verdict import LIGHTS


class TechCheck(Base):
    """The last result beside an appointment: no figure, no address, nothing of the device."""

    __tablename__ = "tech_checks"
    __table_args__ = (CheckConstraint(f"light IN {LIGHTS}", name="light"),)

    appointment_id: Mapped[int] = mapped_column(
        ForeignKey("appointments.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    light: Mapped[str] = mapped_column(String(10))
    """One of verdict.LIGHTS."""
    causes: Mapped[Words]
    """Codes of verdict.LIGHT_OF_CAUSE, in its order."""
    tested_at: Mapped[Moment]
