"""What the timed jobs do. Each takes a session, `now` and the settings, and commits."""

from datetime import datetime

from sqlalchemy import select

from vberatung.booking.models import BOOKED, Appointment
from vberatung.config import Settings
from vberatung.db import AnySession, begin_write
from vberatung.messages import outbox, transport
from vberatung.room import access, operations, presence
from vberatung.statistics.operations import count_talk


def deliver_mails(session: AnySession, now: datetime, settings: Settings) -> None:
    """Send what is due in the outbox."""
    if settings.smtp_url:
        carrier: transport.Transport = transport.SmtpTransport(
            settings.smtp_url, settings.mail_from
        )
    else:
        carrier = transport.DemoTransport()
    outbox.deliver_due(session, carrier, now)


def close_talks(session: AnySession, now: datetime, settings: Settings) -> None:
    """End and count the talks that nobody ended: their room is closed and both sides are gone."""
    begin_write(session)
    forgotten = session.scalars(
        select(Appointment).where(
            Appointment.status == BOOKED,
            Appointment.talk_started_at.is_not(None),
            Appointment.talk_ended_at.is_(None),
            Appointment.ends_at < now - access.CLOSES_AFTER,
        )
    ).all()
    for appointment in forgotten:
        if any(presence.is_present(session, appointment.id, role, now) for role in access.ROLES):
            continue
        if operations.end(session, appointment, appointment.talk_left_at or appointment.ends_at):
            count_talk(session, appointment)
    session.commit()
