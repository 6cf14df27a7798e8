"""Only in the demo: the mails that would have been sent."""

from flask import Blueprint, render_template
from sqlalchemy import select

from vberatung.extensions import db
from vberatung.messages.models import OutboxMail

pages = Blueprint("demo", __name__, url_prefix="/demo")

LATEST = 50


@pages.get("/postausgang")
def outbox() -> str:
    mails = db.session.scalars(
        select(OutboxMail)
        .where(OutboxMail.sent_at.is_not(None))
        .order_by(OutboxMail.id.desc())
        .limit(LATEST)
    ).all()
    return render_template("demo/outbox.html", mails=mails)
