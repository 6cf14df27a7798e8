"""Personal links and codes: only keyed hashes are stored, each message carries a link of its own.

A code is made from the link's token and can be read aloud; it opens the same thing by a form.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from vberatung import crypto, tokens
from vberatung.db import AnySession, Base, Moment

CODE_LENGTH = 12
"""Characters of 19 kinds: 50 bits, and few tries for each address."""


class Link(Base):
    """One personal link, to exactly one of the things below. Several may lead to the same."""

    __tablename__ = "links"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    code_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[Moment]
    appointment_id: Mapped[int | None] = mapped_column(
        ForeignKey("appointments.id", ondelete="CASCADE"), index=True
    )
    invitation_id: Mapped[int | None] = mapped_column(
        ForeignKey("invitations.id", ondelete="CASCADE"), index=True
    )
    waiting_entry_id: Mapped[int | None] = mapped_column(
        ForeignKey("waiting_entries.id", ondelete="CASCADE"), index=True
    )
    registration_id: Mapped[int | None] = mapped_column(
        ForeignKey("registrations.id", ondelete="CASCADE"), index=True
    )
    guest_id: Mapped[int | None] = mapped_column(
        ForeignKey("guests.id", ondelete="CASCADE"), index=True
    )
    hand_over_id: Mapped[int | None] = mapped_column(
        ForeignKey("hand_overs.id", ondelete="CASCADE"), index=True
    )


Target = InstrumentedAttribute[int | None]
"""`Link.appointment_id` and its siblings."""


def issue(session: AnySession, target: Target, id: int, now: datetime) -> str:
    """A new link's token. It is returned once and stored only as a keyed hash."""
    token, row = new(target, id, now)
    session.add(row)
    session.flush()
    return token


def new(target: Target, id: int, now: datetime) -> tuple[str, Link]:
    """A new link's token and its row, for whoever adds many at once."""
    token = tokens.link_token()
    row = Link(token_hash=_token_hash(token), code_hash=_code_hash(code_of(token)), created_at=now)
    setattr(row, target.key, id)
    return token, row


def target_of_token(session: AnySession, target: Target, token: str) -> int | None:
    """The id of what this link leads to, if it leads to a thing of this kind."""
    return session.scalar(select(target).where(Link.token_hash == _token_hash(token)))


def of_code(session: AnySession, code: str) -> Link | None:
    """The link whose code was typed, however it was written."""
    return session.scalar(select(Link).where(Link.code_hash == _code_hash(tokens.normalised(code))))


def code_of(token: str) -> str:
    """The code of a link: CODE_LENGTH characters, the same for the same token."""
    return tokens.spell(crypto.keyed_hash("code of:" + token), CODE_LENGTH)


def _token_hash(token: str) -> bytes:
    return crypto.keyed_hash("link:" + token)


def _code_hash(code: str) -> bytes:
    return crypto.keyed_hash("code:" + code)
