"""What people are told, and when: each function writes one message into the outbox.

By mail if there is an address, else by text message to a mobile number where a gateway is set,
else nothing. Every message carries a personal link of its own. Nothing is committed here.

What people cause is counted by recipient: whoever types a stranger's address must not flood them.
One too many raises TooManyMessages, and the edge decides what becomes of its cause. What the
office or the time causes is not counted.
"""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from flask import current_app
from flask_babel import force_locale

from vberatung import i18n, links
from vberatung.booking.models import Appointment
from vberatung.booking.operations import Person
from vberatung.db import AnySession
from vberatung.invitations.models import Invitation
from vberatung.limits import MESSAGES_TO_ONE, TooOften, take
from vberatung.links import Link
from vberatung.messages import mail, outbox, sms
from vberatung.messages.models import REMINDER, Mail, OutboxMessage, Sms
from vberatung.offices.models import Office
from vberatung.registration.models import Registration
from vberatung.registration.operations import person_of
from vberatung.waiting.models import WaitingEntry, WaitingOffer

Reader = Appointment | Invitation | WaitingEntry | Person
"""Whoever is written to: all have a name, an address or number or neither, and a language."""

OF_USE_FOR = timedelta(days=30)
"""A message that has no end of its own is tried for so long."""
SUPERSEDED = ("to_confirm", "booked", "moved", "changed", REMINDER)
"""What has not gone out when something newer about the appointment is written says too little."""


class TooManyMessages(TooOften):
    """This address or number gets no more of what people cause until `again_at`."""


def booked(
    session: AnySession, appointment: Appointment, now: datetime, *, by_office: bool = False
) -> OutboxMessage | None:
    return _about(session, "booked", appointment, now, by_office=by_office)


def to_confirm(
    session: AnySession, appointment: Appointment, now: datetime
) -> OutboxMessage | None:
    """The appointment is pending until the button behind this link is pressed."""
    link = _link("appointment.confirm_page", session, Link.appointment_id, appointment.id, now)
    return _tell(
        session,
        "to_confirm",
        appointment,
        appointment.office,
        now,
        appointment.confirm_until or appointment.starts_at,
        appointment=appointment,
        link=link,
    )


def moved(session: AnySession, appointment: Appointment, now: datetime) -> OutboxMessage | None:
    return _about(session, "moved", appointment, now)


def changed(
    session: AnySession, appointment: Appointment, now: datetime, *, by_office: bool = False
) -> OutboxMessage | None:
    """Another channel, or another counsellor."""
    return _about(session, "changed", appointment, now, by_office=by_office)


def cancelled(session: AnySession, appointment: Appointment, now: datetime) -> OutboxMessage | None:
    """Its link leads to booking anew."""
    return _about(session, "cancelled", appointment, now)


def forget(session: AnySession, appointment: Appointment) -> None:
    """Take back what is still in the outbox about the appointment: it is of no use any more."""
    outbox.withdraw(session, appointment.id, SUPERSEDED)


def office_cancelled(
    session: AnySession,
    appointment: Appointment,
    invitation: Invitation,
    starts: Sequence[datetime],
    now: datetime,
) -> OutboxMessage | None:
    """The office had to cancel: the invitation's link leads to other times, `starts` are some."""
    forget(session, appointment)
    link = _link("invitation.show", session, Link.invitation_id, invitation.id, now)
    return _tell(
        session,
        "office_cancelled",
        invitation,
        invitation.office,
        now,
        invitation.expires_at,
        appointment=appointment,
        invitation=invitation,
        calendar_for=appointment,
        starts=starts,
        link=link,
        by_office=True,
    )


def links_again(
    session: AnySession, appointments: Sequence[Appointment], now: datetime
) -> list[OutboxMessage]:
    """New personal links: to each mail address or number its own appointments, in one message.

    Whoever asks by a number that two people share must not get the other one's links.
    """
    contacts: dict[str, list[Appointment]] = defaultdict(list)
    for each in appointments:
        contacts[(each.email or each.phone or "").casefold()].append(each)
    written = []
    for theirs in contacts.values():
        with suppress(TooManyMessages):  # whoever asks learns nothing from it
            written.append(_links_again(session, theirs, now))
    return [message for message in written if message]


def _links_again(
    session: AnySession, appointments: Sequence[Appointment], now: datetime
) -> OutboxMessage | None:
    first = appointments[0]
    found = [
        (each, _link("appointment.show", session, Link.appointment_id, each.id, now))
        for each in appointments
    ]
    return _tell(
        session,
        "links_again",
        first,
        first.office,
        now,
        max(each.ends_at for each in appointments),
        appointment=first,
        found=found,
        link=found[0][1],
    )


def invited(session: AnySession, invitation: Invitation, now: datetime) -> OutboxMessage | None:
    return _invite(session, "invited", invitation, now)


def invitation_reminded(
    session: AnySession, invitation: Invitation, now: datetime
) -> OutboxMessage | None:
    return _invite(session, "invitation_reminded", invitation, now)


def waiting_joined(session: AnySession, entry: WaitingEntry, now: datetime) -> OutboxMessage | None:
    link = _waiting_link(session, entry, now)
    return _tell(
        session,
        "waiting_joined",
        entry,
        entry.office,
        now,
        now + OF_USE_FOR,
        topic=entry.topic,
        link=link,
    )


def waiting_offered(
    session: AnySession, offer: WaitingOffer, now: datetime
) -> OutboxMessage | None:
    """A time is held for this person until the offer ends."""
    entry = offer.entry
    link = _waiting_link(session, entry, now)
    return _tell(
        session,
        "waiting_offered",
        entry,
        entry.office,
        now,
        offer.expires_at,
        topic=entry.topic,
        offer=offer,
        link=link,
        by_office=True,
    )


def registered(
    session: AnySession, registration: Registration, now: datetime
) -> OutboxMessage | None:
    """The receipt of a registration as jobseeking: when it was sent, and its number."""
    link = _link("registration.receipt", session, Link.registration_id, registration.id, now)
    return _tell(
        session,
        "registered",
        person_of(registration),
        registration.office,
        now,
        now + OF_USE_FOR,
        registration=registration,
        link=link,
    )


def registration_kept(
    session: AnySession, draft: Registration, now: datetime
) -> OutboxMessage | None:
    """The link to a draft that somebody wants to continue later."""
    link = _link("registration.receipt", session, Link.registration_id, draft.id, now)
    return _tell(
        session,
        "registration_kept",
        person_of(draft),
        draft.office,
        now,
        draft.delete_after,
        registration=draft,
        link=link,
    )


def _about(
    session: AnySession,
    purpose: str,
    appointment: Appointment,
    now: datetime,
    *,
    by_office: bool = False,
) -> OutboxMessage | None:
    """What has become of an appointment, with its calendar entry. Of use until its end: the link
    leads into the room."""
    forget(session, appointment)
    link = _link("appointment.show", session, Link.appointment_id, appointment.id, now)
    return _tell(
        session,
        purpose,
        appointment,
        appointment.office,
        now,
        appointment.ends_at,
        appointment=appointment,
        calendar_for=appointment,
        link=link,
        by_office=by_office,
    )


def _invite(
    session: AnySession, purpose: str, invitation: Invitation, now: datetime
) -> OutboxMessage | None:
    link = _link("invitation.show", session, Link.invitation_id, invitation.id, now)
    return _tell(
        session,
        purpose,
        invitation,
        invitation.office,
        now,
        invitation.expires_at,
        invitation=invitation,
        topic=invitation.topic,
        link=link,
        by_office=True,
    )


def _tell(
    session: AnySession,
    purpose: str,
    reader: Reader,
    office: Office,
    now: datetime,
    expires_at: datetime,
    *,
    link: str,
    by_office: bool = False,
    appointment: Appointment | None = None,
    invitation: Invitation | None = None,
    calendar_for: Appointment | None = None,
    **more: object,
) -> OutboxMessage | None:
    """Write it in the reader's language, on the way that reaches them."""
    if not by_office:
        _count(session, reader, now)
    facts = {"reader": reader, "office": office, "link": link, **more}
    facts |= {"appointment": appointment, "invitation": invitation}
    with force_locale(reader.language):
        if reader.email:
            part = mail.calendar_part(calendar_for, link, now) if calendar_for else None
            message: Mail | Sms = mail.written(purpose, reader.email, part, **facts)
        elif can_text(reader.phone):
            message = text_message(purpose, str(reader.phone), **facts)
        else:
            return None
    return outbox.put(
        session,
        message,
        now,
        expires_at,
        purpose=purpose,
        office_id=office.id,
        appointment_id=appointment.id if appointment else None,
        invitation_id=invitation.id if invitation else None,
    )


def _count(session: AnySession, reader: Reader, now: datetime) -> None:
    """One more message that people cause, whoever they are, to whoever will get it."""
    recipient = reader.email or (reader.phone if can_text(reader.phone) else None)
    if recipient is None:
        return
    try:
        take(session, MESSAGES_TO_ONE, recipient.strip().casefold(), now)
    except TooOften as error:
        raise TooManyMessages(error.again_at) from None


def can_text(phone: str | None) -> bool:
    """Whether a text message reaches this number: it is mobile, and a gateway is set."""
    settings = current_app.config["SETTINGS"]
    return bool(phone and (settings.sms_url or settings.demo) and sms.is_mobile(phone))


def text_message(purpose: str, number: str, **facts: object) -> Sms:
    """The text message for this purpose in the present language."""
    return Sms(number, sms.plain(mail.text_of(f"sms/{purpose}.txt", **facts)))


def _waiting_link(session: AnySession, entry: WaitingEntry, now: datetime) -> str:
    """Who has an appointment gets a link of it: with that one the two pages lead to each other."""
    if entry.appointment_id is not None:
        return _link("waiting.show", session, Link.appointment_id, entry.appointment_id, now)
    return _link("waiting.show", session, Link.waiting_entry_id, entry.id, now)


def _link(endpoint: str, session: AnySession, target: links.Target, id: int, now: datetime) -> str:
    return i18n.absolute_url(endpoint, token=links.issue(session, target, id, now))
