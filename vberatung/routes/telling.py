"""Writing to people about what they have just done."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import flash
from flask_babel import gettext

from vberatung.extensions import db
from vberatung.limited import network
from vberatung.messages import notices
from vberatung.messages.models import OutboxMessage
from vberatung.messages.notices import TooManyMessages


def tell(
    notice: Callable[..., OutboxMessage | None], about: Any, now: datetime, **how: bool
) -> None:
    """Write it. What was done holds too for who gets no more messages today: we say so."""
    try:
        notice(db.session, about, now, network=network(), **how)
    except TooManyMessages:
        flash(
            gettext(
                "Es gilt, was auf dieser Seite steht. Heute schicken wir Ihnen dazu keine "
                "Nachricht mehr, denn es waren schon sehr viele. Bitte notieren oder drucken Sie "
                "es sich."
            ),
            "warning",
        )


def say_if_too_far(email: str | None, phone: str | None) -> None:
    """Nobody waits for a text message that their country is too far away for."""
    if not email and notices.is_too_far(phone):
        flash(
            gettext(
                "An Nummern aus diesem Land schicken wir keine SMS. Anrufen können wir Sie dort. "
                "Bitte notieren oder drucken Sie sich alles zu Ihrem Termin."
            ),
            "warning",
        )
