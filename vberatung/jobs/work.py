"""What the timed jobs do. Each takes a session, `now` and the settings, and commits."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from sqlalchemy import select

from vberatung import limits
from vberatung.booking import operations as booking
from vberatung.booking import shortage
from vberatung.booking.models import BOOKED, Appointment
from vberatung.calendars import operations as calendars
from vberatung.calendars.models import ExternalCalendar
from vberatung.calendars.visit import visit
from vberatung.config import Settings
from vberatung.db import AnySession, begin_write
from vberatung.invitations import operations as invitations
from vberatung.messages import notices, outbox, reminders
from vberatung.messages.models import MAIL, SMS
from vberatung.messages.sms import SmsGateway
from vberatung.messages.transport import DemoTransport, SmtpTransport, Transport
from vberatung.offices.queries import longest_horizon
from vberatung.registration import operations as registrations
from vberatung.room import access, operations, presence, receipt, retention
from vberatung.room.outcomes import NOT_HELD
from vberatung.statistics.operations import count_talk
from vberatung.techcheck import results as techchecks
from vberatung.waiting import operations as waiting
from vberatung.waiting import queries as waiting_list

CALENDARS_AT_ONCE = 4

FORGOTTEN_FOR = timedelta(days=30)
"""Talks that nobody ended are looked for so far back: the jobs may have stood still."""

AT_ONCE = 1000
"""So many reminders are written in one transaction."""


def deliver_messages(session: AnySession, now: datetime, settings: Settings) -> None:
    """Send what is due in the outbox."""
    outbox.deliver_due(session, carriers(settings), now)


def carriers(settings: Settings) -> dict[str, Transport]:
    """What carries each kind of message; where nothing is set, the demo only shows them."""
    found: dict[str, Transport] = {}
    if settings.demo:
        found = {MAIL: DemoTransport(), SMS: DemoTransport()}
    if settings.smtp_url:
        found[MAIL] = SmtpTransport(settings.smtp_url, settings.mail_from)
    if settings.sms_url:
        found[SMS] = SmsGateway(settings.sms_url)
    return found


def remind(session: AnySession, now: datetime, settings: Settings) -> None:
    """Put the reminders whose time has come into the outbox."""
    found = reminders.find(session, now)
    session.rollback()
    for first in range(0, len(found), AT_ONCE):
        begin_write(session)  # and others get their turn in between
        reminders.queue(session, found[first : first + AT_ONCE], now)
        session.commit()


def follow_up_invitations(session: AnySession, now: datetime, settings: Settings) -> None:
    """Remind those who were invited and have not chosen a time, once."""
    reminded = True
    while reminded:
        begin_write(session)
        due = invitations.remind_due(session, now)
        for invitation in due:
            notices.invitation_reminded(session, invitation, now)
        session.commit()
        reminded = bool(due)


def close_talks(session: AnySession, now: datetime, settings: Settings) -> None:
    """End and count the talks that nobody ended: their room is closed and both sides are gone."""
    begin_write(session)
    forgotten = session.scalars(
        select(Appointment).where(
            Appointment.status.in_((BOOKED, *NOT_HELD)),  # who was noted as missing may have come
            Appointment.starts_at > now - FORGOTTEN_FOR,
            Appointment.starts_at < now,
            Appointment.talk_started_at.is_not(None),
            Appointment.talk_ended_at.is_(None),
            Appointment.ends_at < now - access.CLOSES_AFTER,
        )
    ).all()
    for appointment in forgotten:
        if presence.anybody(session, appointment.id, now):
            continue
        if operations.end(session, appointment, appointment.talk_left_at or appointment.ends_at):
            count_talk(session, appointment)
    session.commit()


def send_receipts(session: AnySession, now: datetime, settings: Settings) -> None:
    """What we know of those who came or tried and had no talk goes out to them, once."""
    begin_write(session)
    for appointment in receipt.unattended(session, now):
        appointment.receipt_mailed_at = now
        operations.take_back_message(appointment)
        found = receipt.load(session, appointment, now)
        if not found.is_empty:
            notices.receipt(session, appointment, now, found=found, by_itself=True)
    session.commit()


def _write(
    session: AnySession, verb: Callable[[AnySession, datetime], object], now: datetime
) -> None:
    """One verb, in a transaction of its own."""
    begin_write(session)
    verb(session, now)
    session.commit()


def forget_counts(session: AnySession, now: datetime, settings: Settings) -> None:
    """Delete what was counted for limits that are over (docs/operating.md, "Limits")."""
    _write(session, limits.forget_old, now)


def delete_old_registrations(session: AnySession, now: datetime, settings: Settings) -> None:
    """Drafts after a week, and what was sent after the office's time."""
    _write(session, registrations.delete_old, now)


def delete_old_invitations(session: AnySession, now: datetime, settings: Settings) -> None:
    """Those that ended as long ago as their office keeps them."""
    _write(session, invitations.delete_old, now)


def clear_rooms(session: AnySession, now: datetime, settings: Settings) -> None:
    """Delete hand-overs, signs of life and device tests after a day, guests after the office's
    time."""
    _write(session, retention.delete_old, now)
    _write(session, techchecks.delete_old, now)


def delete_old_messages(session: AnySession, now: datetime, settings: Settings) -> None:
    """What was sent a month ago, and what nobody looked at within the office's time."""
    _write(session, outbox.delete_old, now)


def read_calendars(session: AnySession, now: datetime, settings: Settings) -> None:
    """Visit every calendar kept elsewhere; no transaction is open while a server makes us wait."""
    sources, ahead = calendars.all_sources(session), longest_horizon(session)
    session.rollback()
    with ThreadPoolExecutor(CALENDARS_AT_ONCE) as pool:
        hosts = settings.calendar_hosts
        visits = pool.map(lambda source: visit(source, hosts, now, ahead), sources.values())
        for id, found in zip(sources, visits, strict=True):
            begin_write(session)
            calendar = session.get(ExternalCalendar, id)
            if calendar is not None:  # not disconnected since
                calendars.refresh(session, calendar, found, now)
            session.commit()


def offer_free_times(session: AnySession, now: datetime, settings: Settings) -> None:
    """Offer what has become free to the people on the waiting lists."""
    topics = waiting_list.topics_waited_for(session)
    session.rollback()
    for topic_id in topics:
        offer_freed(session, topic_id, now)


def forget_waiting(session: AnySession, now: datetime, settings: Settings) -> None:
    """Delete the places on waiting lists that ended a while ago."""
    begin_write(session)
    waiting.forget_ended(session, now)
    session.commit()


def give_up_unconfirmed(session: AnySession, now: datetime, settings: Settings) -> None:
    """Delete the bookings that nobody confirmed from the mail, and the holds that are over."""
    begin_write(session)
    booking.release_expired(session, now)
    booking.give_up_unconfirmed(session, now)
    session.commit()


def offer_freed(session: AnySession, topic_id: int, now: datetime) -> None:
    """The same for one topic, right after a time was given back; in a transaction of its own."""
    waits = topic_id in waiting_list.topics_waited_for(session)
    session.rollback()
    if not waits:
        return  # most of the time: nobody needs the lock
    begin_write(session)
    for offer in waiting.offer_free_times(session, now, topic_id):
        notices.waiting_offered(session, offer, now)
    session.commit()


def look_for_shortage(session: AnySession, now: datetime, settings: Settings) -> None:
    """Keep which topics have had no free time within their horizon, and since when."""
    changed = shortage.look(session, now)
    session.rollback()
    if changed:
        begin_write(session)
        shortage.note(session, changed, now)
        session.commit()
