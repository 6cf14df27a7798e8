"""How often something may be asked: counts for Flask-Limiter, kept in our own database."""

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from vberatung.db import Base, Moment


class RateCount(Base):
    """How often something was done within one window, under the keyed hash of who did it."""

    __tablename__ = "rate_counts"

    key_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    count: Mapped[int]
    expires_at: Mapped[Moment] = mapped_column(index=True)
