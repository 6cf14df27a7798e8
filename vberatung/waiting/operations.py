"""The verbs of the waiting list. Each flushes and never commits: the edge commits once.

An entry's row is locked before anything about it is changed, its offers and holds after it.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select

from vberatung import clock, crypto
from vberatung.booking import operations as booking
from vberatung.booking.free import free_slots_by_channel, room_on_days
from vberatung.booking.models import Appointment
from vberatung.booking.operations import Person, SlotTaken
from vberatung.booking.queries import booked_by_week
from vberatung.db import AnySession
from vberatung.links import Link
from vberatung.offices.models import Topic
from vberatung.waiting import plan, queries
from vberatung.waiting.models import (
    BOOKED,
    LEFT,
    PAST,
    SPENT,
    WaitingEntry,
    WaitingOffer,
)
from vberatung.waiting.rules import ANY_TIME, OFFERS, WAITS_AT_MOST

TRIES = 3
"""So often one run plans anew when somebody else takes one of the times in the same moment."""
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
    """A place on the list. Who has one for this topic keeps it, with the new wish.

    What is offered to them at the moment stays. Name, language and a number that we know stay
    too: whoever types an address need not be the person it belongs to.
    """
    if channel not in topic.channels:
        raise ValueError(f"{channel} is not offered for this topic")
    contact = queries.contact_hash(person.email, person.phone)
    if contact:
        booking.one_at_a_time(session, contact)
    known = queries.entry_of_contact(session, topic, person.email, person.phone)
    if known and _lock(session, known) and known.ended_at is None:
        known.channel, known.part_of_day, known.not_after = channel, part_of_day, not_after
        known.phone = known.phone or person.phone
        session.flush()
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

    Offers that were made before are taken back, and links of their own lead nowhere any more.
    """
    entry = queries.entry_of_appointment(session, appointment)
    if entry is None:
        return
    entry.name, entry.email, entry.phone = appointment.name, appointment.email, appointment.phone
    entry.language, entry.channel = appointment.language, appointment.channel
    entry.contact_hash = queries.contact_hash(appointment.email, appointment.phone)
    not_taken = [o for o in queries.offers_of(session, entry) if o.taken_at is None]
    _release(session, not_taken)
    for offer in not_taken:
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
    _release(session, [offer])
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
    if entry.ended_at is not None or not queries.is_open(offer, now):
        raise OfferOver
    if kept is None:
        raise SlotTaken
    channel = kept.channel or entry.channel  # of the wish that it was offered for
    if channel not in entry.topic.channels:
        raise OfferOver
    appointment = entry.appointment
    if appointment is not None:
        if offer.starts_at >= appointment.starts_at:
            raise OfferOver
        booking.move_to_hold(session, appointment, kept, now)
    else:
        person = Person(entry.name, entry.email, entry.phone, None, entry.language)
        start = offer.starts_at
        appointment = booking.book(session, entry.topic, channel, start, person, now, hold=kept)
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
    """In the same few statements, however many people wait: nobody else can write meanwhile."""
    # Two runs would not serve people in order. Nobody waits for the other, bookings neither.
    topic = session.scalar(
        select(Topic).where(Topic.id == topic_id).with_for_update(key_share=True, skip_locked=True)
    )
    entries = queries.locked_entries(session, topic_id) if topic else []
    if topic is None or not entries:
        return []
    offers = queries.offers_by_entry(session, topic_id)
    over = {entry: why for entry in entries if (why := _over(entry, offers[entry.id], now))}
    _end_all(session, over, [offer for entry in over for offer in offers[entry.id]], now)
    ready = [
        entry
        for entry in entries
        if entry not in over and not any(queries.is_open(o, now) for o in offers[entry.id])
    ]
    if not ready:
        return []
    booking.release_expired(session, now)
    for _ in range(TRIES):
        with suppress(SlotTaken), booking.attempt(session):
            return _offer_to(session, topic, ready, offers, now)
    return []


def _over(entry: WaitingEntry, offers: Sequence[WaitingOffer], now: datetime) -> str | None:
    """How the waiting ends now, or None while it goes on."""
    if _is_past(entry, now):
        return PAST
    answered = not any(queries.is_open(offer, now) for offer in offers)
    return SPENT if answered and len(offers) >= OFFERS else None


def _offer_to(
    session: AnySession,
    topic: Topic,
    ready: Sequence[WaitingEntry],
    offers: Mapping[int, Sequence[WaitingOffer]],
    now: datetime,
) -> list[WaitingOffer]:
    """Hold for each the first time that suits; SlotTaken when one of them is gone meanwhile."""
    times = _times(session, topic, now)
    if not any(times.free.values()):
        return []
    waiting = [_waiting(entry, offers[entry.id]) for entry in ready]
    held_from = queries.held_from_networks(session, topic.id, now)
    proposals = plan.proposals(waiting, times, held_from, now)
    if not proposals:
        return []
    by_id = {entry.id: entry for entry in ready}
    made = [_offer(by_id[each.waiting_id], topic, each, now) for each in proposals]
    booking.keep_all(session, [offer.hold for offer in made if offer.hold])
    session.add_all(made)
    session.flush()
    return made


def _times(session: AnySession, topic: Topic, now: datetime) -> plan.Times:
    room = room_on_days(session, topic, now)  # locks: nobody uses it up between here and the hold
    free = free_slots_by_channel(session, topic, now)
    starts = sorted({start for each in free.values() for start in each})
    ids = sorted({id for each in free.values() for some in each.values() for id in some})
    load = booked_by_week(session, ids, starts[0], starts[-1]) if starts else {}
    return plan.Times(
        free=free,
        duration_min=topic.duration_min,
        before_min=topic.buffer_before_min,
        after_min=topic.buffer_after_min,
        notice_min=topic.notice_min,
        load=load,
        room=room,
    )


def _waiting(entry: WaitingEntry, offers: Sequence[WaitingOffer]) -> plan.Waiting:
    return plan.Waiting(
        id=entry.id,
        channel=entry.channel,
        part_of_day=entry.part_of_day,
        not_after=entry.not_after,
        before=entry.appointment.starts_at if entry.appointment else None,
        told=frozenset(offer.starts_at for offer in offers),
        network=entry.network_hash,
    )


def _offer(
    entry: WaitingEntry, topic: Topic, proposal: plan.Proposal, now: datetime
) -> WaitingOffer:
    """With its hold, which has no claims yet."""
    start, until = proposal.start, proposal.until
    mine = crypto.keyed_hash(f"waiting entry:{entry.id}")
    kept = booking.new_hold(
        topic,
        proposal.counsellor_id,
        start,
        mine,
        entry.network_hash or mine,
        now=now,
        until=until,
    )
    kept.channel = entry.channel
    return WaitingOffer(entry=entry, hold=kept, starts_at=start, offered_at=now, expires_at=until)


def _is_past(entry: WaitingEntry, now: datetime) -> bool:
    """It is too late for every time that would be of use."""
    if entry.appointment is not None and not booking.can_change(entry.appointment, now):
        return True
    if not _is_offered(entry):
        return True
    if entry.not_after is not None and clock.local_day(now) > entry.not_after:
        return True
    return now - entry.created_at > WAITS_AT_MOST


def _is_offered(entry: WaitingEntry) -> bool:
    """The office may have taken the channel off the topic since."""
    return entry.channel in entry.topic.channels


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


def _lock(session: AnySession, entry: WaitingEntry) -> bool:
    """Let nobody else change it until we commit, and see what others have changed.

    False when it has been deleted meanwhile.
    """
    row = select(WaitingEntry.id).filter_by(id=entry.id).with_for_update()
    if session.scalar(row) is None:
        return False
    session.refresh(entry)
    return True


def _end(session: AnySession, entry: WaitingEntry, outcome: str, now: datetime) -> None:
    _end_all(session, {entry: outcome}, queries.offers_of(session, entry), now)


def _end_all(
    session: AnySession,
    outcomes: Mapping[WaitingEntry, str],
    offers: Iterable[WaitingOffer],
    now: datetime,
) -> None:
    """These wait no more; those of their offers that are open are declined."""
    for entry, outcome in outcomes.items():
        entry.ended_at, entry.outcome = now, outcome
    still_open = [offer for offer in offers if queries.is_open(offer, now)]
    for offer in still_open:
        offer.declined_at = now
    session.flush()
    _release(session, still_open)


def _release(session: AnySession, offers: Iterable[WaitingOffer]) -> None:
    """What is held for these offers is free again."""
    held = [offer for offer in offers if offer.hold_id is not None]
    if held:
        booking.release_all(session, [offer.hold_id for offer in held if offer.hold_id])
    for offer in held:
        session.expire(offer, ["hold_id", "hold"])
