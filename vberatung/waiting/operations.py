"""The verbs of the waiting list. Each flushes and never commits: the edge commits once.

Before anything about an entry is changed, its row is locked. Everywhere in one order, so that two
never wait for each other: appointment, contact, entry, then offers and holds.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload

from vberatung import clock, crypto, limits
from vberatung.booking import operations as booking
from vberatung.booking.free import Wish, free_slots_by_wish, room_on_days, rule_of, speaks
from vberatung.booking.models import Appointment, Hold
from vberatung.booking.operations import Person, SlotTaken
from vberatung.booking.queries import booked_by_week
from vberatung.booking.shares import Shares
from vberatung.db import AnySession
from vberatung.limits import OFFERS_TO_ONE
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


MOST_WAITING = 500
"""For one topic: each run looks at all of them."""


class ListFull(Exception):
    """MOST_WAITING people wait for this topic already."""


class OfferOver(Exception):
    """The offer has expired, was declined, or the person has left the list."""


def join(
    session: AnySession,
    topic: Topic,
    channel: str,
    person: Person,
    now: datetime,
    *,
    spoken: str | None = None,
    part_of_day: str = ANY_TIME,
    not_after: date | None = None,
    network: str | None = None,
) -> WaitingEntry:
    """A place on the list, or ListFull. Who has one for this topic keeps it as it is.

    Whoever types an address need not be the person it belongs to: the wish is changed by
    `change_wish`, by who holds the link. A full list takes nobody, so it says of nobody whether
    they are on it.
    """
    if channel not in topic.channels:
        raise ValueError(f"{channel} is not offered for this topic")
    _check_room(session, topic)
    booking.lock_contact(session, person.email, person.phone)
    known = queries.entry_of_contact(session, topic, person.email, person.phone)
    if known and _lock(session, known) and known.ended_at is None:
        return known
    wish = Wish(channel, spoken)
    entry = _add(session, topic, wish, person, part_of_day, not_after, None, now)
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

    Raises TooLate when the appointment can no longer be changed, and ListFull.
    """
    booking.lock_for_change(session, appointment, now)
    known = queries.entry_of_appointment(session, appointment)
    if known and _lock(session, known) and known.ended_at is None:
        known.part_of_day, known.spoken = part_of_day, appointment.spoken
        return known
    _check_room(session, appointment.topic)
    person = Person(
        appointment.name, appointment.email, appointment.phone, None, appointment.language
    )
    topic, wish = appointment.topic, Wish(appointment.channel, appointment.spoken)
    return _add(session, topic, wish, person, part_of_day, None, appointment, now)


def change_wish(
    session: AnySession,
    entry: WaitingEntry,
    wish: Wish,
    part_of_day: str,
    not_after: date | None,
    phone: str | None = None,
) -> None:
    """What is waited for from now on; OfferOver when the waiting has ended.

    What is offered at the moment stays. A number is added where there is a mail address: without
    one the number is what the person is known by.
    """
    if not _lock(session, entry) or entry.ended_at is not None:
        raise OfferOver
    entry.channel, entry.spoken = wish.channel or entry.channel, wish.spoken
    entry.part_of_day, entry.not_after = part_of_day, not_after
    if entry.email:
        entry.phone = phone or entry.phone
    session.flush()


def _check_room(session: AnySession, topic: Topic) -> None:
    if queries.number_waiting(session, topic.id) >= MOST_WAITING:
        raise ListFull


def follow(session: AnySession, appointment: Appointment, now: datetime) -> None:
    """The appointment's person or channel has changed: so has that of whoever waits for earlier.

    Whoever locked the appointment to change it calls this. With another contact or channel, what
    is offered at the moment is taken back: it was never offered to them, and does not count. Links
    of their own then lead nowhere any more.
    """
    entry = queries.entry_of_appointment(session, appointment)
    if entry is None or not _lock(session, entry) or entry.ended_at is not None:
        return
    contact = queries.contact_hash(appointment.email, appointment.phone)
    same = (entry.contact_hash, entry.channel) == (contact, appointment.channel)
    entry.name, entry.email, entry.phone = appointment.name, appointment.email, appointment.phone
    entry.language, entry.channel = appointment.language, appointment.channel
    entry.contact_hash = contact
    if not same:
        _take_back(session, queries.open_offers_of(session, entry, now))
        session.execute(delete(Link).where(Link.waiting_entry_id == entry.id))
    session.flush()


def leave(session: AnySession, entry: WaitingEntry, now: datetime) -> None:
    """Off the list; what was offered is free again."""
    _lock(session, entry)
    if entry.ended_at is None:
        _end(session, entry, LEFT, now)


def decline(session: AnySession, entry: WaitingEntry, offer: WaitingOffer, now: datetime) -> None:
    """Not this time; after the last offer the waiting ends.

    The next offer comes when this one would have ended, at the earliest: whoever declines what is
    free this week has not used up all their offers within a minute, and others get their turn.
    """
    _lock(session, entry)
    _look_again(session, entry, offer)
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
    if entry.appointment is not None:
        booking.lock(session, entry.appointment)
    else:
        booking.lock_contact(session, entry.email, entry.phone)
    _lock(session, entry)
    _look_again(session, entry, offer)
    kept = offer.hold
    if entry.ended_at is not None or not queries.is_open(offer, now):
        raise OfferOver
    if kept is None:
        raise SlotTaken
    channel = kept.channel or entry.channel  # of the wish that it was offered for
    if channel not in entry.topic.channels:
        raise OfferOver
    appointment = entry.appointment
    spoken = appointment.spoken if appointment else kept.spoken
    if not speaks(session, kept.counsellor_id, spoken):
        raise OfferOver
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
        if entry not in over and not any(now < o.expires_at for o in offers[entry.id])
    ]
    enough = limits.used_up(session, OFFERS_TO_ONE, [_recipient(each) for each in ready], now)
    ready = [entry for entry in ready if _recipient(entry) not in enough]
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
    times = _times(session, topic, ready, now)
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
    # Their messages name the counsellors: all of them at once.
    kept = Hold.id.in_([offer.hold.id for offer in made if offer.hold])
    session.scalars(select(Hold).where(kept).options(joinedload(Hold.counsellor))).all()
    limits.note(session, OFFERS_TO_ONE, [_recipient(offer.entry) for offer in made], now)
    return made


def _recipient(entry: WaitingEntry) -> str:
    """Who gets the messages, as they are counted."""
    return limits.one_contact(entry.email or entry.phone or f"entry {entry.id}")


def _times(
    session: AnySession, topic: Topic, ready: Sequence[WaitingEntry], now: datetime
) -> plan.Times:
    room = room_on_days(session, topic, now)  # locks: nobody uses it up between here and the hold
    wishes = {(entry.channel, entry.spoken) for entry in ready}
    free = free_slots_by_wish(session, topic, now, wishes)
    starts = sorted({start for each in free.values() for start in each})
    ids = sorted({id for each in free.values() for some in each.values() for id in some})
    load = booked_by_week(session, ids, starts[0], starts[-1]) if starts else {}
    return plan.Times(free, rule_of(topic), Shares(load, room))


def _waiting(entry: WaitingEntry, offers: Sequence[WaitingOffer]) -> plan.Waiting:
    return plan.Waiting(
        id=entry.id,
        channel=entry.channel,
        part_of_day=entry.part_of_day,
        not_after=entry.not_after,
        before=entry.appointment.starts_at if entry.appointment else None,
        told=frozenset(offer.starts_at for offer in offers),
        network=entry.network_hash,
        spoken=entry.spoken,
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
    kept.channel, kept.spoken = entry.channel, entry.spoken
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
    wish: Wish,
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
        channel=wish.channel,
        spoken=wish.spoken,
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


def _look_again(session: AnySession, entry: WaitingEntry, offer: WaitingOffer) -> None:
    """See what others have made of the offer; OfferOver when it was taken back."""
    if queries.offer_of(session, entry, offer.id) is None:
        raise OfferOver
    session.refresh(offer)


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


def _take_back(session: AnySession, offers: Collection[WaitingOffer]) -> None:
    """As if these had never been made."""
    _release(session, offers)
    for offer in offers:
        session.delete(offer)


def _release(session: AnySession, offers: Iterable[WaitingOffer]) -> None:
    """What is held for these offers is free again."""
    held = [offer for offer in offers if offer.hold_id is not None]
    if held:
        booking.release_all(session, [offer.hold_id for offer in held if offer.hold_id])
    for offer in held:
        session.expire(offer, ["hold_id", "hold"])
