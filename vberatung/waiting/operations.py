"""The verbs of the waiting list. Each flushes and never commits: the edge commits once.

An entry's row is locked before anything about it is changed, its offers and holds after it.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import delete, func, select

from vberatung import clock, crypto
from vberatung.booking import operations as booking
from vberatung.booking.free import Wish, free_starts_of
from vberatung.booking.models import Appointment, Hold
from vberatung.booking.operations import Person, SlotTaken
from vberatung.db import AnySession
from vberatung.links import Link
from vberatung.offices.models import Topic
from vberatung.waiting import queries
from vberatung.waiting.models import (
    ANY_TIME,
    BOOKED,
    LEFT,
    PAST,
    SPENT,
    WaitingEntry,
    WaitingOffer,
)
from vberatung.waiting.rules import OFFERS, WAITS_AT_MOST, end_of_offer, suits

OFFERS_PER_NETWORK = 10
"""Times that are held at once for people who joined from one network address."""
KEPT_FOR = timedelta(days=30)
"""So long the personal page says how the waiting ended."""


class OfferOver(Exception):
    """The offer has expired, was declined, or the person has left the list."""


def join(
    session: AnySession,
    topic: Topic,
    channel: str,
    person: Person,
    now: datetime,
    *,
    part_of_day: str = ANY_TIME,
    not_after: date | None = None,
    network: str | None = None,
) -> WaitingEntry:
    """A place on the list, or the one that this contact has already for this topic."""
    if channel not in topic.channels:
        raise ValueError(f"{channel} is not offered for this topic")
    known = queries.entry_of_contact(session, topic, person.email, person.phone)
    if known:
        return known
    entry = _add(session, topic, channel, person, part_of_day, not_after, None, now)
    if network:
        entry.network_hash = crypto.keyed_hash("waiting network:" + network)
        session.flush()
    return entry


def join_for_earlier(
    session: AnySession,
    appointment: Appointment,
    now: datetime,
    *,
    part_of_day: str = ANY_TIME,
) -> WaitingEntry:
    """Wait for an earlier time than the appointment has, which stays until one is taken.

    Raises TooLate when the appointment can no longer be changed.
    """
    booking.lock_for_change(session, appointment, now)
    known = queries.entry_of_appointment(session, appointment)
    if known:
        known.part_of_day = part_of_day
        return known
    person = Person(
        appointment.name, appointment.email, appointment.phone, None, appointment.language
    )
    topic, channel = appointment.topic, appointment.channel
    return _add(session, topic, channel, person, part_of_day, None, appointment, now)


def follow(session: AnySession, appointment: Appointment) -> None:
    """The appointment's person or channel has changed: so has that of whoever waits for earlier.

    Offers that were made before are taken back, and their links lead nowhere any more.
    """
    entry = queries.entry_of_appointment(session, appointment)
    if entry is None:
        return
    entry.name, entry.email, entry.phone = appointment.name, appointment.email, appointment.phone
    entry.language, entry.channel = appointment.language, appointment.channel
    entry.contact_hash = queries.contact_hash(appointment.email, appointment.phone)
    for offer in queries.offers_of(session, entry):
        if offer.taken_at is None:
            _release(session, offer)
            offer.expires_at = offer.offered_at
    session.execute(delete(Link).where(Link.waiting_entry_id == entry.id))
    session.flush()


def leave(session: AnySession, entry: WaitingEntry, now: datetime) -> None:
    """Off the list; what was offered is free again."""
    _lock(session, entry)
    if entry.ended_at is None:
        _end(session, entry, LEFT, now)


def decline(session: AnySession, entry: WaitingEntry, offer: WaitingOffer, now: datetime) -> None:
    """Not this time; after the last offer the waiting ends."""
    _lock(session, entry)
    session.refresh(offer)
    if entry.ended_at is not None or not queries.is_open(offer, now):
        raise OfferOver
    _release(session, offer)
    offer.declined_at = now
    session.flush()
    if len(queries.offers_of(session, entry)) >= OFFERS:
        _end(session, entry, SPENT, now)


def accept(
    session: AnySession, entry: WaitingEntry, offer: WaitingOffer, now: datetime
) -> Appointment:
    """Book the offered time, or move the earlier appointment to it.

    Raises OfferOver, SlotTaken when the hold has been lost, TooLate when the appointment has
    begun meanwhile, and TooManyBookings of this person.
    """
    _lock(session, entry)
    session.refresh(offer)
    kept = offer.hold
    if entry.ended_at is not None or not queries.is_open(offer, now) or not _is_offered(entry):
        raise OfferOver
    if kept is None:
        raise SlotTaken
    appointment = entry.appointment
    if appointment is not None:
        if offer.starts_at >= appointment.starts_at:
            raise OfferOver
        booking.move_to_hold(session, appointment, kept, now)
    else:
        person = Person(entry.name, entry.email, entry.phone, None, entry.language)
        start = offer.starts_at
        appointment = booking.book(
            session, entry.topic, entry.channel, start, person, now, hold=kept
        )
    session.refresh(offer)  # the hold is gone
    offer.taken_at = now
    _end(session, entry, BOOKED, now)
    return appointment


def offer_free_times(
    session: AnySession, now: datetime, topic_id: int | None = None
) -> list[WaitingOffer]:
    """Offer what is free now to whom it suits, in order of joining; the offers that were made.

    For one topic, or for all that somebody waits for. The times are held until the offer ends.
    """
    topics = queries.topics_waited_for(session) if topic_id is None else [topic_id]
    return [offer for id in topics for offer in _offer_for_topic(session, id, now)]


def forget_ended(session: AnySession, now: datetime) -> None:
    """Delete those whose waiting ended KEPT_FOR ago, with their links and offers."""
    over = WaitingEntry.ended_at <= now - KEPT_FOR
    session.execute(delete(WaitingEntry).where(over))


def _offer_for_topic(session: AnySession, topic_id: int, now: datetime) -> list[WaitingOffer]:
    if not queries.waiting_for(session, topic_id):
        return []
    # Two runs would not serve people in order. Nobody waits for the other, bookings neither.
    topic = session.scalar(
        select(Topic).where(Topic.id == topic_id).with_for_update(key_share=True, skip_locked=True)
    )
    if topic is None:
        return []
    free: dict[str, list[datetime]] = {}
    made = []
    for entry in queries.waiting_for(session, topic_id):
        if not _lock(session, entry, skip=True) or entry.ended_at is not None:
            continue
        if not _may_be_offered(session, entry, now):
            continue
        if entry.channel not in free:
            free[entry.channel] = free_starts_of(session, topic, now, Wish(entry.channel))
        offer = _offer_first(session, entry, free[entry.channel], now)
        if offer:
            made.append(offer)
    return made


def _may_be_offered(session: AnySession, entry: WaitingEntry, now: datetime) -> bool:
    """Whether they wait for one more offer; whose waiting is over, is taken off the list."""
    if _is_past(entry, now):
        _end(session, entry, PAST, now)
        return False
    offers = queries.offers_of(session, entry)
    if any(queries.is_open(offer, now) for offer in offers):
        return False
    if len(offers) >= OFFERS:
        _end(session, entry, SPENT, now)
        return False
    if entry.network_hash is None:
        return True
    from_there = select(func.count(Hold.id)).where(
        Hold.address_hash == entry.network_hash, Hold.expires_at > now
    )
    return (session.scalar(from_there) or 0) < OFFERS_PER_NETWORK


def _is_past(entry: WaitingEntry, now: datetime) -> bool:
    """It is too late for every time that would be of use."""
    if entry.appointment is not None and not booking.can_change(entry.appointment, now):
        return True
    if not _is_offered(entry):
        return True
    if entry.not_after is not None and clock.to_local(now).date() > entry.not_after:
        return True
    return now - entry.created_at > WAITS_AT_MOST


def _is_offered(entry: WaitingEntry) -> bool:
    """The office may have taken the channel off the topic since."""
    return entry.channel in entry.topic.channels


def _offer_first(
    session: AnySession, entry: WaitingEntry, free: list[datetime], now: datetime
) -> WaitingOffer | None:
    """Hold the first free start that suits; starts that turn out to be taken leave the list."""
    known = {offer.starts_at for offer in queries.offers_of(session, entry)}
    before = entry.appointment.starts_at if entry.appointment else None
    notice = timedelta(minutes=entry.topic.notice_min)
    for start in list(free):
        until = end_of_offer(now, start, notice)
        if until is None or start in known:
            continue
        if not suits(start, entry.part_of_day, entry.not_after, before):
            continue
        try:
            kept = _keep(session, entry, start, until, now)
        except SlotTaken:
            free.remove(start)
            continue
        offer = WaitingOffer(
            entry=entry, hold=kept, starts_at=start, offered_at=now, expires_at=until
        )
        session.add(offer)
        session.flush()
        return offer
    return None


def _keep(
    session: AnySession, entry: WaitingEntry, start: datetime, until: datetime, now: datetime
) -> Hold:
    """The time of the first free counsellor in fair order, held for the waiting person."""
    mine = crypto.keyed_hash(f"waiting entry:{entry.id}")
    network = entry.network_hash or mine
    topic, wish = entry.topic, Wish(entry.channel)
    return booking.in_fair_order(
        session,
        topic,
        start,
        now,
        wish,
        lambda id: booking.keep(session, topic, id, start, mine, network, now, until),
    )


def _add(
    session: AnySession,
    topic: Topic,
    channel: str,
    person: Person,
    part_of_day: str,
    not_after: date | None,
    appointment: Appointment | None,
    now: datetime,
) -> WaitingEntry:
    entry = WaitingEntry(
        office_id=topic.office_id,
        topic=topic,
        appointment=appointment,
        channel=channel,
        part_of_day=part_of_day,
        not_after=not_after,
        name=person.name,
        email=person.email,
        phone=person.phone,
        language=person.language,
        contact_hash=queries.contact_hash(person.email, person.phone),
        created_at=now,
    )
    session.add(entry)
    session.flush()
    return entry


def _lock(session: AnySession, entry: WaitingEntry, *, skip: bool = False) -> bool:
    """Let nobody else change it until we commit, and see what others have changed.

    False, with `skip`, when somebody changes it at this moment: we do not wait then.
    """
    row = select(WaitingEntry.id).filter_by(id=entry.id).with_for_update(skip_locked=skip)
    if session.scalar(row) is None:
        return False
    session.refresh(entry)
    return True


def _end(session: AnySession, entry: WaitingEntry, outcome: str, now: datetime) -> None:
    entry.ended_at, entry.outcome = now, outcome
    for offer in queries.offers_of(session, entry):
        if queries.is_open(offer, now):
            _release(session, offer)
            offer.declined_at = now
    session.flush()


def _release(session: AnySession, offer: WaitingOffer) -> None:
    if offer.hold is not None:
        booking.release(session, offer.hold)
        session.refresh(offer)
