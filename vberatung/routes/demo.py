"""Only in the demo: the messages that would have been sent."""

from flask import Blueprint, render_template
from sqlalchemy import select

from vberatung.extensions import db
from vberatung.messages.models import OutboxMessage

pages = Blueprint("demo", __name__, url_prefix="/demo")

LATEST = 50


@pages.get("/postausgang")
def outbox() -> str:
    messages = db.session.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.sent_at.is_not(None))
        .order_by(OutboxMessage.id.desc())
        .limit(LATEST)
    ).all()
    return render_template("demo/outbox.html", messages=messages)
