"""Writing to people about what they have just done."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from flask import flash
from flask_babel import gettext

from vberatung.extensions import db
from vberatung.messages.models import OutboxMessage
from vberatung.messages.notices import TooManyMessages

About = TypeVar("About")


def tell(
    notice: Callable[[Any, About, datetime], OutboxMessage | None], about: About, now: datetime
) -> None:
    """Write it. What was done holds too for who gets no more messages today: we say so."""
    try:
        notice(db.session, about, now)
    except TooManyMessages:
        flash(
            gettext(
                "Es gilt, was auf dieser Seite steht. Heute schicken wir Ihnen dazu keine "
                "Nachricht mehr, denn es waren schon sehr viele. Bitte notieren oder drucken Sie "
                "es sich."
            ),
            "warning",
        )
