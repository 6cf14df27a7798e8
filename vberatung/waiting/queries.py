"""Reading the waiting list: whose link this is, who waits, what is offered."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from vberatung import links
from vberatung.booking.models import Appointment
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
    id = links.target_of_token(session, Link.waiting_entry_id, token)
    if id is None:
        return None
    return session.scalar(
        select(WaitingEntry)
        .where(WaitingEntry.id == id)
        .options(
            joinedload(WaitingEntry.office),
            joinedload(WaitingEntry.topic),
            joinedload(WaitingEntry.appointment),
        )
    )


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


def waiting_for(session: AnySession, topic_id: int) -> Sequence[WaitingEntry]:
    """Who waits for the topic, in order of joining."""
    return session.scalars(_waiting(topic_id).options(joinedload(WaitingEntry.appointment))).all()


def offers_of(session: AnySession, entry: WaitingEntry) -> Sequence[WaitingOffer]:
    """All that was offered to this person, the oldest first."""
    return session.scalars(
        select(WaitingOffer)
        .where(WaitingOffer.entry_id == entry.id)
        .options(joinedload(WaitingOffer.hold))
        .order_by(WaitingOffer.offered_at, WaitingOffer.id)
    ).all()


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
