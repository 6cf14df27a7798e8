"""What people are told, and when: each function writes one message into the outbox.

By mail if there is an address, else by text message to a mobile number where a gateway is set,
else nothing. Every message carries a personal link of its own. Nothing is committed here.

What people cause is counted by recipient: whoever types a stranger's address must not flood them.
Nobody uses up alone what a recipient may get, so the edge names the sender's `network`; and what
is done through a personal link is counted apart. One too many raises TooManyMessages, and the
edge decides what becomes of its cause. What the office or the time causes is not counted.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import current_app
from flask_babel import force_locale

from vberatung import clock, i18n, links
from vberatung.booking import operations
from vberatung.booking.models import Appointment
from vberatung.booking.operations import Person
from vberatung.db import AnySession
from vberatung.invitations.models import Invitation
from vberatung.limits import (
    MESSAGES_TO_ONE,
    MESSAGES_TO_ONE_FROM_NETWORK,
    OWN_MESSAGES_TO_ONE,
    OWN_MESSAGES_TO_ONE_FROM_NETWORK,
    REGISTRATIONS_KEPT,
    Rule,
    TooOften,
    one_contact,
    take,
)
from vberatung.links import Link
from vberatung.messages import mail, outbox, sms
from vberatung.messages.models import MAIL, REMINDER, Mail, OutboxMessage, Sms
from vberatung.offices.models import Office
from vberatung.registration.models import Registration
from vberatung.registration.operations import person_of
from vberatung.techcheck.models import TechCheck
from vberatung.waiting.models import WaitingEntry, WaitingOffer

Reader = Appointment | Invitation | WaitingEntry | Person
"""Whoever is written to: all have a name, an address or number or neither, and a language."""

OF_USE_FOR = timedelta(days=30)
"""A message that has no end of its own is tried for so long."""
SUPERSEDED = ("to_confirm", "booked", "moved", "changed", REMINDER)
"""What has not gone out when something newer about the appointment is written says too little."""


Budget = tuple[Rule | None, Rule]
"""For what one network causes, and for all of it together; each for one recipient."""

BY_TYPING: Budget = (MESSAGES_TO_ONE_FROM_NETWORK, MESSAGES_TO_ONE)
"""An address was typed: it may be anybody's."""
BY_LINK: Budget = (OWN_MESSAGES_TO_ONE_FROM_NETWORK, OWN_MESSAGES_TO_ONE)
"""Whoever has caused it holds a personal link."""


class TooManyMessages(TooOften):
    """This address or number gets no more of what people cause until `again_at`."""


def booked(
    session: AnySession,
    appointment: Appointment,
    now: datetime,
    *,
    by_office: bool = False,
    by_link: bool = False,
    network: str | None = None,
) -> OutboxMessage | None:
    budget = None if by_office else BY_LINK if by_link else BY_TYPING
    return _about(session, "booked", appointment, now, budget, network)


def to_confirm(
    session: AnySession, appointment: Appointment, now: datetime, *, network: str | None = None
) -> OutboxMessage | None:
    """The appointment is pending until the button behind this link is pressed."""
    link = _link("appointment.confirm_page", session, Link.appointment_id, appointment.id, now)
    _count(session, BY_TYPING, appointment, network, now)
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


def new_email(
    session: AnySession, appointment: Appointment, now: datetime, *, network: str | None = None
) -> OutboxMessage | None:
    """To the new address, which counts when the button behind this link is pressed."""
    proof = operations.proof_of_new_email(appointment)
    link = _link(
        "appointment_changes.new_email",
        session,
        Link.appointment_id,
        appointment.id,
        now,
        proof=proof,
    )
    reader = Person(appointment.name, appointment.new_email, None, None, appointment.language)
    _count(session, BY_TYPING, reader, network, now)
    outbox.withdraw(session, appointment.id, ("new_email",))
    return _tell(
        session,
        "new_email",
        reader,
        appointment.office,
        now,
        appointment.starts_at,
        appointment=appointment,
        link=link,
    )


def moved(
    session: AnySession, appointment: Appointment, now: datetime, *, network: str | None = None
) -> OutboxMessage | None:
    return _about(session, "moved", appointment, now, BY_LINK, network)


def changed(
    session: AnySession,
    appointment: Appointment,
    now: datetime,
    *,
    by_office: bool = False,
    network: str | None = None,
) -> OutboxMessage | None:
    """Another channel, or another counsellor."""
    budget = None if by_office else BY_LINK
    return _about(session, "changed", appointment, now, budget, network)


def cancelled(
    session: AnySession, appointment: Appointment, now: datetime, *, network: str | None = None
) -> OutboxMessage | None:
    """Its link leads to booking anew."""
    return _about(session, "cancelled", appointment, now, BY_LINK, network)


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
    )


def links_again(
    session: AnySession, appointments: Sequence[Appointment], now: datetime
) -> list[OutboxMessage]:
    """New personal links: to each mail address or number its own appointments, in one message.

    Whoever asks by a number that two people share must not get the other one's links. It is
    counted by whoever asks, whether anything was found or not: else the count would tell.
    """
    contacts: dict[str, list[Appointment]] = defaultdict(list)
    for each in appointments:
        contacts[(each.email or each.phone or "").casefold()].append(each)
    written = [_links_again(session, theirs, now) for theirs in contacts.values()]
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


def waiting_joined(
    session: AnySession, entry: WaitingEntry, now: datetime, *, network: str | None = None
) -> OutboxMessage | None:
    link = _waiting_link(session, entry, now)
    budget = BY_TYPING if entry.appointment_id is None else BY_LINK
    _count(session, budget, entry, network, now)
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
    )


def registered(
    session: AnySession, registration: Registration, now: datetime, *, network: str | None = None
) -> OutboxMessage | None:
    """The receipt of a registration as jobseeking: when it was sent, and its number."""
    _count(session, BY_TYPING, person_of(registration), network, now)
    link = _link("registration.receipt", session, Link.registration_id, registration.id, now)
    written = _tell(
        session,
        "registered",
        person_of(registration),
        registration.office,
        now,
        now + OF_USE_FOR,
        registration=registration,
        link=link,
    )
    if written and written.kind == MAIL:
        registration.mailed_at = now
    return written


def registration_kept(
    session: AnySession, draft: Registration, now: datetime
) -> OutboxMessage | None:
    """The link to a draft that somebody wants to continue later."""
    _count(session, (None, REGISTRATIONS_KEPT), person_of(draft), None, now)
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


def receipt(
    session: AnySession,
    appointment: Appointment,
    now: datetime,
    *,
    found: object,
    by_itself: bool = False,
    network: str | None = None,
) -> OutboxMessage | None:
    """What is `found` (room/receipt.py) of somebody who came or tried; they ask, or nobody did."""
    if not by_itself:
        _count(session, BY_LINK, appointment, network, now)
    link = _link("receipt.show", session, Link.appointment_id, appointment.id, now)
    return _tell(
        session,
        "receipt",
        appointment,
        appointment.office,
        now,
        now + OF_USE_FOR,
        appointment=appointment,
        receipt=found,
        link=link,
    )


def problem(
    session: AnySession,
    appointment: Appointment,
    now: datetime,
    *,
    words: str,
    check: TechCheck | None,
) -> OutboxMessage | None:
    """To the office: what the person says does not work, and what their device test has found.

    Mail can be read on its way: the appointment is named by its time and counsellor only.
    """
    office = appointment.office
    day = clock.local_day(appointment.starts_at).isoformat()
    return _tell(
        session,
        "problem",
        Person(office.name, office.email, None, None, i18n.DEFAULT_LANGUAGE),
        office,
        now,
        now + OF_USE_FOR,
        appointment=appointment,
        link=i18n.absolute_url("staff_today.today", tag=day),
        words=mail.quoted(words),
        check=check,
    )


def _about(
    session: AnySession,
    purpose: str,
    appointment: Appointment,
    now: datetime,
    budget: Budget | None,
    network: str | None,
) -> OutboxMessage | None:
    """What has become of an appointment, with its calendar entry. Of use until its end: the link
    leads into the room."""
    if budget:
        _count(session, budget, appointment, network, now)
    forget(session, appointment)  # not before: the newest that they get must not be taken back
    link = _link("appointment.show", session, Link.appointment_id, appointment.id, now)
    written = _tell(
        session,
        purpose,
        appointment,
        appointment.office,
        now,
        appointment.ends_at,
        appointment=appointment,
        calendar_for=appointment,
        link=link,
    )
    if written and written.kind == MAIL:
        appointment.mailed_at = now
    return written


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
    appointment: Appointment | None = None,
    invitation: Invitation | None = None,
    calendar_for: Appointment | None = None,
    **more: object,
) -> OutboxMessage | None:
    """Write it in the reader's language, on the way that reaches them."""
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


def _count(
    session: AnySession,
    budget: Budget,
    reader: Reader,
    network: str | None,
    now: datetime,
) -> None:
    """One more message that people cause, to whoever will get it.

    The network's part comes first: who has used it up takes nothing from what is left for others.
    """
    recipient = reader.email or (reader.phone if can_text(reader.phone) else None)
    if recipient is None:
        return
    who, (from_network, in_all) = one_contact(recipient), budget
    try:
        if from_network and network:
            take(session, from_network, f"{who} {network}", now)
        take(session, in_all, who, now)
    except TooOften as error:
        raise TooManyMessages(error.again_at) from None


def can_text(phone: str | None) -> bool:
    """Whether a text message reaches this number: it is mobile, and a gateway is set."""
    return bool(phone and texts_are_sent() and _in_our_countries(phone) and sms.is_mobile(phone))


def is_too_far(phone: str | None) -> bool:
    """Whether this number could get text messages if it were not of another country."""
    return bool(
        phone and texts_are_sent() and not _in_our_countries(phone) and sms.is_mobile(phone)
    )


def _in_our_countries(phone: str) -> bool:
    countries = current_app.config["SETTINGS"].sms_countries
    return phone.startswith(tuple(f"+{country}" for country in countries))


def texts_are_sent() -> bool:
    """Whether a gateway is set; the demo only shows the messages."""
    settings = current_app.config["SETTINGS"]
    return bool(settings.sms_url or settings.demo)


def reaches(email: str | None, phone: str | None) -> bool:
    """Whether a message comes to whoever has left this address and number."""
    return bool(email or can_text(phone))


def text_message(purpose: str, number: str, **facts: object) -> Sms:
    """The text message for this purpose in the present language."""
    return Sms(number, sms.plain(mail.text_of(f"sms/{purpose}.txt", **facts)))


def _waiting_link(session: AnySession, entry: WaitingEntry, now: datetime) -> str:
    """Who has an appointment gets a link of it: with that one the two pages lead to each other."""
    if entry.appointment_id is not None:
        return _link("waiting.show", session, Link.appointment_id, entry.appointment_id, now)
    return _link("waiting.show", session, Link.waiting_entry_id, entry.id, now)


def _link(
    endpoint: str,
    session: AnySession,
    target: links.Target,
    id: int,
    now: datetime,
    **more: str | None,
) -> str:
    return i18n.absolute_url(endpoint, token=links.issue(session, target, id, now), **more)
