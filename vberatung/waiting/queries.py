"""Reading the waiting list: whose link this is, who waits, what is offered."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from vberatung import links
from vberatung.booking.models import Appointment, Hold
from vberatung.booking.queries import email_hash, phone_hash
from vberatung.db import AnySession
from vberatung.links import Link
from vberatung.offices.models import Topic
from vberatung.waiting.models import WaitingEntry, WaitingOffer


def contact_hash(email: str | None, phone: str | None) -> bytes | None:
    if email:
        return email_hash(email)
    return phone_hash(phone) if phone else None


def entry_of_link(session: AnySession, token: str) -> WaitingEntry | None:
    """Who waits, by their own link, or by that of the appointment that is to be earlier."""
    id = links.target_of_token(session, Link.waiting_entry_id, token)
    of_link = WaitingEntry.id == id
    if id is None:
        appointment_id = appointment_id_of_link(session, token)
        if appointment_id is None:
            return None
        of_link = WaitingEntry.appointment_id == appointment_id
    found = select(WaitingEntry).where(of_link).order_by(WaitingEntry.id.desc()).limit(1)
    return session.scalar(
        found.options(
            joinedload(WaitingEntry.office),
            joinedload(WaitingEntry.topic),
            joinedload(WaitingEntry.appointment),
        )
    )


def appointment_id_of_link(session: AnySession, token: str) -> int | None:
    return links.target_of_token(session, Link.appointment_id, token)


def entry_of_contact(
    session: AnySession, topic: Topic, email: str | None, phone: str | None
) -> WaitingEntry | None:
    """Who waits for this topic already with this contact."""
    waits = _waiting(topic.id).where(
        WaitingEntry.contact_hash == contact_hash(email, phone),
        WaitingEntry.appointment_id.is_(None),
    )
    return session.scalars(waits).first()


def entry_of_appointment(session: AnySession, appointment: Appointment) -> WaitingEntry | None:
    """The wish for an earlier time than this appointment's."""
    waits = _waiting(appointment.topic_id).where(WaitingEntry.appointment_id == appointment.id)
    return session.scalars(waits).first()


def topics_waited_for(session: AnySession) -> Sequence[int]:
    """The ids of the topics that somebody waits for."""
    waits = select(WaitingEntry.topic_id).where(WaitingEntry.ended_at.is_(None))
    return session.scalars(waits.distinct().order_by(WaitingEntry.topic_id)).all()


def number_waiting(session: AnySession, topic_id: int) -> int:
    waits = _waiting(topic_id).with_only_columns(func.count(WaitingEntry.id)).order_by(None)
    return session.scalar(waits) or 0


def locked_entries(session: AnySession, topic_id: int) -> Sequence[WaitingEntry]:
    """Who waits for the topic, in order of joining; nobody else changes them until we commit.

    Those whom somebody changes at this moment are passed over.
    """
    return session.scalars(
        _waiting(topic_id)
        .options(joinedload(WaitingEntry.appointment))
        .with_for_update(of=WaitingEntry, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()


def offers_by_entry(session: AnySession, topic_id: int) -> Mapping[int, list[WaitingOffer]]:
    """Entry's id → all that was offered to those who wait for the topic, the oldest first."""
    waits = _waiting(topic_id).with_only_columns(WaitingEntry.id).order_by(None)
    found: defaultdict[int, list[WaitingOffer]] = defaultdict(list)
    for offer in session.scalars(
        select(WaitingOffer)
        .where(WaitingOffer.entry_id.in_(waits))
        .order_by(WaitingOffer.offered_at, WaitingOffer.id)
        .execution_options(populate_existing=True)
    ):
        found[offer.entry_id].append(offer)
    return found


def held_from_networks(session: AnySession, topic_id: int, now: datetime) -> dict[bytes, int]:
    """Network of one who waits for the topic → how many times are held for people from there."""
    networks = _waiting(topic_id).with_only_columns(WaitingEntry.network_hash).order_by(None)
    rows = session.execute(
        select(Hold.address_hash, func.count(Hold.id).label("held"))
        .where(Hold.address_hash.in_(networks), Hold.expires_at > now)
        .group_by(Hold.address_hash)
    )
    return {row.address_hash: row.held for row in rows}


def offers_of(session: AnySession, entry: WaitingEntry) -> Sequence[WaitingOffer]:
    """All that was offered to this person, the oldest first."""
    return session.scalars(
        select(WaitingOffer)
        .where(WaitingOffer.entry_id == entry.id)
        .options(joinedload(WaitingOffer.hold))
        .order_by(WaitingOffer.offered_at, WaitingOffer.id)
    ).all()


def open_offers_of(
    session: AnySession, entry: WaitingEntry | None, now: datetime
) -> list[WaitingOffer]:
    """What this person can take at the moment."""
    if entry is None or entry.ended_at is not None:
        return []
    return [offer for offer in offers_of(session, entry) if is_open(offer, now)]


def offer_of(session: AnySession, entry: WaitingEntry, id: int) -> WaitingOffer | None:
    """The offer if it was made to this person."""
    own = (WaitingOffer.id == id, WaitingOffer.entry_id == entry.id)
    return session.scalar(select(WaitingOffer).where(*own))


def is_open(offer: WaitingOffer, now: datetime) -> bool:
    """Whether the offer can still be taken."""
    return offer.taken_at is None and offer.declined_at is None and now < offer.expires_at


def _waiting(topic_id: int) -> Select[WaitingEntry]:
    return (
        select(WaitingEntry)
        .where(WaitingEntry.topic_id == topic_id, WaitingEntry.ended_at.is_(None))
        .order_by(WaitingEntry.created_at, WaitingEntry.id)
    )
