"""The verbs of booking. Each flushes and never commits: the edge commits once."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from itertools import chain, repeat
from operator import itemgetter
from typing import TypeVar

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from vberatung import clock, crypto, links, tokens
from vberatung.booking import queries
from vberatung.booking.claims import quanta_of
from vberatung.booking.free import ANY, Wish, counsellors_free_at, works_by
from vberatung.booking.hours import Absence
from vberatung.booking.models import (
    BOOKED,
    CANCELLED,
    OPEN,
    OUTCOMES,
    PENDING,
    PHONE,
    Appointment,
    Claim,
    Hold,
)
from vberatung.db import AnySession
from vberatung.links import Link
from vberatung.offices.models import Office, Topic
from vberatung.people.models import Staff

Taken = TypeVar("Taken")

DEADLOCK = "40P01"
"""PostgreSQL's code for two transactions of which each waits for the other."""

HOLD_FOR = timedelta(minutes=10)
BACK_WITHIN = timedelta(seconds=45)
"""A page that was left may come back (a reload, a language change) before its hold is given up."""
HOLDS_PER_VISITOR = 2
HOLDS_PER_ADDRESS = 20
"""A lobby of a jobcenter shares one address."""
PROOF_LENGTH = 26
"""Characters of 19 kinds: 110 bits."""
CONFIRM_WITHIN = timedelta(hours=1)
"""So long a pending appointment keeps its time for the click in the mail."""


class SlotTaken(Exception):
    """Nobody of the pool is free at this time: taken meanwhile, past, or never offered."""


class TooLate(Exception):
    """The appointment has begun, is cancelled, or is over: it can no longer be changed."""


class SentTwice(Exception):
    """The same form came again; it made this `appointment` the first time."""

    def __init__(self, appointment: Appointment) -> None:
        self.appointment = appointment


class TooManyHolds(Exception):
    """From this network address so many times are held already that no further one is."""


class TooManyBookings(Exception):
    """This mail address or telephone number has as many open appointments as the office allows."""


@dataclass(frozen=True)
class Person:
    """What the jobseeker told us of themselves. Name, and one way of contact or none."""

    name: str
    email: str | None
    phone: str | None
    notes: str | None
    language: str
    interpreter: str | None = None
    """"spoken" or "sign"."""
    interpreter_language: str | None = None
    companion: bool = False
    access_needs: str | None = None


def book(
    session: AnySession,
    topic: Topic,
    channel: str,
    start: datetime,
    person: Person,
    now: datetime,
    *,
    wish: Wish = ANY,
    hold: Hold | None = None,
    form_id: str | None = None,
    pending: bool = False,
) -> Appointment:
    """Turn the hold into an appointment, or book the first free counsellor in fair order.

    Raises SlotTaken, TooManyBookings of this person, or SentTwice: the same `form_id` makes one
    appointment, however often it is sent. The database decides who is free: each candidate's
    claims are inserted, and a conflict with somebody else's claim sends us to the next candidate.
    """
    if channel not in topic.channels:
        raise ValueError(f"{channel} is not offered for this topic")
    _check_sent_once(session, form_id)
    check_open_bookings(session, topic.office, person.email, person.phone, now)
    wish = Wish(channel, wish.spoken or (hold.spoken if hold else None), wish.counsellor_id)
    try:
        with session.begin_nested():
            form_hash = queries.form_hash(form_id) if form_id else None
            known = {"spoken": wish.spoken, "form_hash": form_hash}
            if hold and _is_for(hold, topic, start, now, wish):
                appointment = _book_hold(session, channel, hold, person, now, **known)
            else:
                appointment = _book_first_free(
                    session, topic, channel, start, person, now, wish, **known
                )
            if pending:
                _wait_for_confirmation(appointment, now)
            session.flush()
    except IntegrityError:
        _check_sent_once(session, form_id)  # at the same moment: the other one was first
        raise
    return appointment


def _check_sent_once(session: AnySession, form_id: str | None) -> None:
    """Raise SentTwice when this form has made an appointment."""
    earlier = queries.appointment_of_form(session, form_id) if form_id else None
    if earlier:
        raise SentTwice(earlier)


def _book_first_free(
    session: AnySession,
    topic: Topic,
    channel: str,
    start: datetime,
    person: Person,
    now: datetime,
    wish: Wish,
    **known: object,
) -> Appointment:
    def take(counsellor_id: int) -> Appointment:
        return arrange(session, topic, counsellor_id, channel, start, person, now, **known)

    return in_fair_order(session, topic, start, now, wish, take)


def _wait_for_confirmation(appointment: Appointment, now: datetime) -> None:
    """The click in the mail makes it a booking."""
    appointment.status = PENDING
    appointment.confirm_until = min(now + CONFIRM_WITHIN, appointment.starts_at)


def _is_for(held: Hold, topic: Topic, start: datetime, now: datetime, wish: Wish) -> bool:
    """Whether the hold is of this time, and was chosen with this wish."""
    return (
        held.expires_at > now
        and held.topic_id == topic.id
        and held.starts_at == start
        and held.channel in (None, wish.channel)
        and wish.spoken in (None, held.spoken)
        and wish.counsellor_id in (None, held.counsellor_id)
    )


def _book_hold(
    session: AnySession,
    channel: str,
    held: Hold,
    person: Person,
    now: datetime,
    **known: object,
) -> Appointment:
    """The hold's claims become the appointment's."""
    who, when = held.counsellor_id, held.starts_at
    appointment = _appointment(held.topic, who, channel, when, person, now, **known)
    session.add(appointment)
    session.flush()
    _take_claims(session, held, appointment)
    return appointment


def _take_claims(session: AnySession, held: Hold, appointment: Appointment) -> None:
    """What was held is the appointment's; SlotTaken when it was released in this moment.

    The hold is locked before its claims, as whoever releases it does: nobody deadlocks.
    """
    id = held.id
    if session.scalar(select(Hold.id).where(Hold.id == id).with_for_update()) is None:
        raise SlotTaken
    check_present(session, held.counsellor_id, held.starts_at, held.ends_at)
    session.execute(
        update(Claim).where(Claim.hold_id == id).values(appointment_id=appointment.id, hold_id=None)
    )
    session.execute(delete(Hold).where(Hold.id == id))


def in_fair_order(
    session: AnySession,
    topic: Topic,
    start: datetime,
    now: datetime,
    wish: Wish,
    take: Callable[[int], Taken],
    *,
    without: int = 0,
    first: int | None = None,
) -> Taken:
    """What `take` makes of the first free counsellor: `first` if free, then the least booked in
    that week."""
    release_expired(session, now)
    free = counsellors_free_at(session, topic, start, now, wish, without=without)
    end = start + timedelta(minutes=topic.duration_min)
    order = queries.by_load(session, free, start)
    for counsellor_id in sorted(order, key=lambda id: id != first):
        with suppress(SlotTaken), attempt(session):
            if has_room(session, counsellor_id, start, without=without):
                taken = take(counsellor_id)
                check_present(session, counsellor_id, start, end)
                return taken
    raise SlotTaken


def check_present(session: AnySession, counsellor_id: int, start: datetime, end: datetime) -> None:
    """Raise SlotTaken when the counsellor has become absent since they were found free.

    Claims keep a counsellor's absences waiting on PostgreSQL (foreign key), and are kept waiting
    by them: whoever is second sees what the first has done.
    """
    away = queries.absences_between(counsellor_id, start, end)
    if session.scalar(select(away.exists())):
        raise SlotTaken


@contextmanager
def attempt(session: AnySession) -> Iterator[None]:
    """What is begun with one counsellor: a failure leaves nothing, no lock either.

    A deadlock is with somebody who wants the same time at the same moment: SlotTaken.
    """
    try:
        with session.begin_nested():
            yield
    except DBAPIError as error:
        if not _is_deadlock(error):
            raise
        raise SlotTaken from error


def _is_deadlock(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", None) == DEADLOCK


def again_after_deadlock(session: AnySession, do: Callable[[], Taken]) -> Taken:
    """What `do` comes to; when somebody else was let through instead, once more."""
    try:
        with session.begin_nested():
            return do()
    except DBAPIError as error:
        if not _is_deadlock(error):
            raise
    return do()


def one_at_a_time(session: AnySession, *hashes: bytes) -> None:
    """Whoever counts for one of these waits until the one before has committed.

    PostgreSQL: advisory locks, in an order that cannot deadlock. SQLite has one writer anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        for number in sorted(int.from_bytes(each[:8], "big", signed=True) for each in hashes):
            session.execute(select(func.pg_advisory_xact_lock(number)))


def lock_contact(session: AnySession, email: str | None, phone: str | None) -> None:
    """Who books or waits with this mail address or number does so one after the other."""
    hashes = [queries.mailbox_hash(email)] if email else []
    hashes += [queries.phone_hash(phone)] if phone else []
    one_at_a_time(session, *hashes)


def has_room(session: AnySession, counsellor_id: int, start: datetime, *, without: int = 0) -> bool:
    """Whether the counsellor's daily maximum allows one more on the local day of `start`.

    The row of whoever has a maximum stays locked until we commit: two cannot both be the last.
    """
    maximum = session.scalar(
        select(Staff.daily_maximum)
        .where(Staff.id == counsellor_id, Staff.daily_maximum.is_not(None))
        .with_for_update(key_share=True)
    )
    if maximum is None:
        return True
    midnight = datetime.combine(clock.local_day(start), time(), clock.LOCAL_ZONE)
    day = queries.starts_between(
        [counsellor_id], midnight, midnight + timedelta(days=1), without=without
    )
    return len(session.execute(day).all()) < maximum


def hold(
    session: AnySession,
    topic: Topic,
    start: datetime,
    visitor: str,
    address: str,
    now: datetime,
    wish: Wish = ANY,
) -> Hold:
    """Keep the time for this visitor for HOLD_FOR; an earlier one for the same topic is released.

    Raises SlotTaken, and TooManyHolds when the network address has all that it may have.
    """
    address_hash = crypto.keyed_hash("hold address:" + address)
    one_at_a_time(session, _visitor_hash(visitor), address_hash)
    release_expired(session, now)
    own = holds_of(session, visitor, now)
    for kept in own:
        if _is_for(kept, topic, start, now, wish) and kept.channel == wish.channel:
            come_back(kept)  # pressed once more: it ends when it was to end
            return kept
    _make_way(session, own, topic)
    _check_holds_of_address(session, address_hash)
    kept = in_fair_order(
        session,
        topic,
        start,
        now,
        wish,
        lambda id: keep(
            session, topic, id, start, _visitor_hash(visitor), address_hash, now, now + HOLD_FOR
        ),
    )
    kept.channel, kept.spoken = wish.channel, wish.spoken
    session.flush()
    return kept


def _make_way(session: AnySession, own: Sequence[Hold], topic: Topic) -> None:
    """Release the visitor's hold for this topic, and the oldest others until one more may be."""
    for_topic = [kept for kept in own if kept.topic_id == topic.id]
    others = [kept for kept in own if kept.topic_id != topic.id]
    too_many = max(len(others) + 1 - HOLDS_PER_VISITOR, 0)
    for kept in for_topic + others[:too_many]:
        release(session, kept)


def _check_holds_of_address(session: AnySession, address_hash: bytes) -> None:
    """Raise TooManyHolds when this network address has all that it may have."""
    from_there = select(func.count(Hold.id)).where(Hold.address_hash == address_hash)
    if (session.scalar(from_there) or 0) >= HOLDS_PER_ADDRESS:
        raise TooManyHolds


def keep(
    session: AnySession,
    topic: Topic,
    counsellor_id: int,
    start: datetime,
    visitor_hash: bytes,
    address_hash: bytes,
    now: datetime,
    until: datetime,
) -> Hold:
    """A hold of this counsellor's time, or SlotTaken."""
    kept = new_hold(topic, counsellor_id, start, visitor_hash, address_hash, now=now, until=until)
    _claim(session, kept)
    return kept


def keep_all(session: AnySession, holds: Sequence[Hold]) -> None:
    """All of these new holds, or none and SlotTaken; in the same few statements, however many."""
    _claim(session, *holds)
    away = (
        (Absence.counsellor_id == Hold.counsellor_id)
        & (Absence.starts_at < Hold.ends_at)
        & (Absence.ends_at > Hold.starts_at)
    )
    mine = Hold.id.in_([kept.id for kept in holds])
    if session.scalar(select(select(Hold.id).join(Absence, away).where(mine).exists())):
        raise SlotTaken  # as check_present


def new_hold(
    topic: Topic,
    counsellor_id: int,
    start: datetime,
    visitor_hash: bytes,
    address_hash: bytes,
    *,
    now: datetime,
    until: datetime,
) -> Hold:
    """Without claims yet: it keeps nothing until it has them."""
    return Hold(
        visitor_hash=visitor_hash,
        address_hash=address_hash,
        topic=topic,
        counsellor_id=counsellor_id,
        starts_at=start,
        ends_at=start + timedelta(minutes=topic.duration_min),
        created_at=now,
        until=until,
        expires_at=until,
    )


def holds_of(session: AnySession, visitor: str, now: datetime) -> list[Hold]:
    """What this visitor holds at present, the oldest first."""
    mine = (Hold.visitor_hash == _visitor_hash(visitor), Hold.expires_at > now)
    return list(session.scalars(select(Hold).where(*mine).order_by(Hold.created_at, Hold.id)))


def release(session: AnySession, kept: Hold) -> None:
    """Its claims go with it (ON DELETE CASCADE)."""
    release_all(session, [kept.id])


def release_all(session: AnySession, ids: Collection[int]) -> None:
    session.execute(delete(Hold).where(Hold.id.in_(ids)))


def release_expired(session: AnySession, now: datetime) -> None:
    """Delete the holds whose time is over, with their claims."""
    over = session.scalars(
        select(Hold.id).where(Hold.expires_at <= now).with_for_update(skip_locked=True)
    ).all()
    if over:
        session.execute(delete(Claim).where(Claim.hold_id.in_(over)))
        session.execute(delete(Hold).where(Hold.id.in_(over)))


def release_held(session: AnySession, counsellor_id: int, now: datetime) -> None:
    """What this counsellor's talks that ended early, or did not take place, leave of their time."""
    over = session.scalars(
        select(Appointment.id).where(
            Appointment.counsellor_id == counsellor_id,
            Appointment.status.in_(OUTCOMES),
            Appointment.ends_at > now - timedelta(hours=1),  # a buffer may come after it
        )
    ).all()
    session.execute(delete(Claim).where(Claim.appointment_id.in_(over)))


def leave(kept: Hold, now: datetime) -> None:
    """The page was left: the time is free soon, unless the visitor comes back."""
    kept.expires_at = min(kept.until, now + BACK_WITHIN)


def come_back(kept: Hold) -> None:
    kept.expires_at = kept.until


def _visitor_hash(visitor: str) -> bytes:
    return crypto.keyed_hash("visitor:" + visitor)


def arrange(
    session: AnySession,
    topic: Topic,
    counsellor_id: int,
    channel: str,
    start: datetime,
    person: Person,
    now: datetime,
    **known: object,
) -> Appointment:
    """An appointment with this counsellor at any time they have not promised to somebody else.

    `known`: further columns of it.
    """
    appointment = _appointment(topic, counsellor_id, channel, start, person, now, **known)
    _claim(session, appointment)
    return appointment


def _appointment(
    topic: Topic,
    counsellor_id: int,
    channel: str,
    start: datetime,
    person: Person,
    now: datetime,
    **known: object,
) -> Appointment:
    appointment = Appointment(
        office_id=topic.office_id,
        topic=topic,
        counsellor_id=counsellor_id,
        channel=channel,
        starts_at=start,
        ends_at=start + timedelta(minutes=topic.duration_min),
        status=BOOKED,
        booked_at=now,
        uid=tokens.calendar_uid(),
        sequence=0,
        **known,
    )
    write_person(appointment, person)
    return appointment


def write_person(appointment: Appointment, person: Person) -> None:
    """Put what the jobseeker told us into the appointment, with the hashes that find it again."""
    appointment.name = person.name
    appointment.phone = person.phone
    appointment.notes = person.notes
    appointment.language = person.language
    appointment.interpreter = person.interpreter
    appointment.interpreter_language = person.interpreter_language
    appointment.companion = person.companion
    appointment.access_needs = person.access_needs
    _write_email(appointment, person.email)
    appointment.phone_hash = queries.phone_hash(person.phone) if person.phone else None


def _write_email(appointment: Appointment, email: str | None) -> None:
    if email != appointment.email:
        appointment.mailed_at = None
    appointment.email = email
    appointment.email_hash = queries.email_hash(email) if email else None
    appointment.mailbox_hash = queries.mailbox_hash(email) if email else None


def check_open_bookings(
    session: AnySession,
    office: Office,
    email: str | None,
    phone: str | None,
    now: datetime,
    *,
    without: int = 0,
) -> None:
    """Raise TooManyBookings when this mail address or number has all that the office allows.

    What nobody has confirmed does not count: it may have been a stranger who typed the address.
    """
    contacts = queries.counts_for(email, phone)
    if contacts is None:
        return
    lock_contact(session, email, phone)
    open_ones = select(func.count(Appointment.id)).where(
        Appointment.office_id == office.id,
        Appointment.status == BOOKED,
        Appointment.starts_at > now,
        Appointment.id != without,
        contacts,
    )
    if (session.scalar(open_ones) or 0) >= office.max_open_bookings:
        raise TooManyBookings


def _check_contact(
    session: AnySession,
    appointment: Appointment,
    email: str | None,
    phone: str | None,
    now: datetime,
) -> None:
    """The same for an appointment that is to have this address and number: if they are new."""
    if email and queries.email_hash(email) == appointment.email_hash:
        email = None
    if phone and queries.phone_hash(phone) == appointment.phone_hash:
        phone = None
    check_open_bookings(session, appointment.office, email, phone, now, without=appointment.id)


def issue_link(session: AnySession, appointment: Appointment, now: datetime) -> str:
    """A new personal link; its token is returned once and stored only as a keyed hash."""
    return links.issue(session, Link.appointment_id, appointment.id, now)


def can_change(appointment: Appointment, now: datetime) -> bool:
    """Moving, cancelling and changing are possible until the start, or until the talk begins."""
    return (
        appointment.status in OPEN
        and appointment.talk_started_at is None
        and appointment.talk_ended_at is None
        and now < appointment.starts_at
    )


def lock(session: AnySession, appointment: Appointment) -> None:
    """Let nobody else change it until we commit, and see what others have changed.

    PostgreSQL locks the row; on SQLite `begin_write` has locked everything.
    """
    session.execute(select(Appointment.id).filter_by(id=appointment.id).with_for_update())
    session.refresh(appointment)


def lock_for_change(session: AnySession, appointment: Appointment, now: datetime) -> None:
    """Lock it, or raise TooLate when it can no longer be changed."""
    lock(session, appointment)
    if not can_change(appointment, now):
        raise TooLate


def confirm(session: AnySession, appointment: Appointment, now: datetime) -> bool:
    """The click in the mail; False when it was confirmed before. Raises TooManyBookings."""
    lock_for_change(session, appointment, now)
    if appointment.status == BOOKED:
        return False
    check_open_bookings(session, appointment.office, appointment.email, appointment.phone, now)
    appointment.status, appointment.confirm_until = BOOKED, None
    session.flush()
    return True


def give_up_unconfirmed(session: AnySession, now: datetime) -> int:
    """Delete what was not confirmed in time, with its claims; the number of those deleted."""
    over = session.scalars(
        select(Appointment.id)
        .where(Appointment.status == PENDING, Appointment.confirm_until <= now)
        .with_for_update(skip_locked=True)
    ).all()
    if over:
        for table in (Claim, Link):
            session.execute(delete(table).where(table.appointment_id.in_(over)))
        session.execute(delete(Appointment).where(Appointment.id.in_(over)))
    return len(over)


def cancel(
    session: AnySession, appointment: Appointment, now: datetime, *, by_office: bool = False
) -> None:
    """Cancel and give the time back, until the start."""
    lock_for_change(session, appointment, now)
    appointment.status = CANCELLED
    appointment.cancelled_at, appointment.cancelled_by_office = now, by_office
    appointment.waiting_message = appointment.waiting_message_at = None
    appointment.form_hash = None  # the same form, sent again, is a new wish
    appointment.sequence += 1
    session.execute(delete(Claim).where(Claim.appointment_id == appointment.id))
    session.flush()


def move(
    session: AnySession,
    appointment: Appointment,
    start: datetime,
    now: datetime,
) -> None:
    """Another time, if it is free; the old one is given back in the same transaction.

    The same counsellor if they are free then, else the fair order. SlotTaken changes nothing.
    """
    lock_for_change(session, appointment, now)
    in_fair_order(
        session,
        appointment.topic,
        start,
        now,
        Wish(appointment.channel, appointment.spoken),
        lambda id: hand_to(session, appointment, id, start, now),
        without=appointment.id,
        first=appointment.counsellor_id,
    )


def move_to_hold(session: AnySession, appointment: Appointment, kept: Hold, now: datetime) -> None:
    """To the time and counsellor that were held; the old time is given back.

    Raises TooLate, or SlotTaken when the hold was released in this moment.
    """
    lock_for_change(session, appointment, now)
    with session.begin_nested():
        _set_time(appointment, kept.counsellor_id, kept.starts_at, now)
        session.flush()
        session.execute(delete(Claim).where(Claim.appointment_id == appointment.id))
        _take_claims(session, kept, appointment)
    session.expire(appointment, ["counsellor"])


def hand_to(
    session: AnySession,
    appointment: Appointment,
    counsellor_id: int,
    start: datetime,
    now: datetime,
) -> None:
    """To this counsellor and time, whatever their hours say; SlotTaken when it is promised."""
    try:
        with session.begin_nested():  # inside: a failure must take back the time as well
            _set_time(appointment, counsellor_id, start, now)
            session.flush()
            session.execute(delete(Claim).where(Claim.appointment_id == appointment.id))
            session.execute(insert(Claim), _claims_for(appointment))
    except DBAPIError as error:
        if not (isinstance(error, IntegrityError) or _is_deadlock(error)):
            raise
        session.refresh(appointment)
        raise SlotTaken from error
    session.expire(appointment, ["counsellor"])


def _set_time(appointment: Appointment, counsellor_id: int, start: datetime, now: datetime) -> None:
    if start != appointment.starts_at:  # who came to the former time has not come to this one
        appointment.arrived_at = appointment.waited_until = appointment.admitted_at = None
        appointment.waiting_message = appointment.waiting_message_at = None
    appointment.counsellor_id, appointment.starts_at = counsellor_id, start
    appointment.ends_at = start + timedelta(minutes=appointment.topic.duration_min)
    appointment.moved_at = now
    appointment.sequence += 1


def change_person(
    session: AnySession,
    appointment: Appointment,
    person: Person,
    now: datetime,
    *,
    confirm_email: bool = False,
) -> bool:
    """Name, contact, and what the jobseeker needs. Raises TooManyBookings of a new contact.

    With `confirm_email` a new mail address is kept aside until `take_new_email`: True then, and
    the old one stays.
    """
    lock_for_change(session, appointment, now)
    same = not person.email or queries.email_hash(person.email) == appointment.email_hash
    aside = confirm_email and not same
    if aside:
        appointment.new_email = person.email
        person = replace(person, email=appointment.email)
    elif person.email != appointment.email:
        appointment.new_email = None
    _check_contact(session, appointment, person.email, person.phone, now)
    write_person(appointment, person)
    session.flush()
    return aside


def proof_of_new_email(appointment: Appointment) -> str | None:
    """What only the mail to the new address says; another address has another one."""
    if not appointment.new_email:
        return None
    about = f"new email:{appointment.id}:{appointment.new_email}"
    return tokens.spell(crypto.keyed_hash(about), PROOF_LENGTH)


def is_proof_of_new_email(appointment: Appointment, proof: str) -> bool:
    return tokens.same(proof, proof_of_new_email(appointment))


def take_new_email(
    session: AnySession, appointment: Appointment, proof: str, now: datetime
) -> bool:
    """The click in the mail to the new address; False when that is not waited for (any more).

    Raises TooManyBookings.
    """
    lock_for_change(session, appointment, now)
    if not is_proof_of_new_email(appointment, proof):
        return False
    _check_contact(session, appointment, appointment.new_email, None, now)
    _write_email(appointment, appointment.new_email)
    appointment.new_email = None
    session.flush()
    return True


def give_phone(session: AnySession, appointment: Appointment, phone: str, now: datetime) -> None:
    """Raises TooManyBookings of this number."""
    lock_for_change(session, appointment, now)
    _check_contact(session, appointment, None, phone, now)
    appointment.phone, appointment.phone_hash = phone, queries.phone_hash(phone)


def change_channel(
    session: AnySession, appointment: Appointment, channel: str, now: datetime
) -> None:
    """Another way to talk at the same time. ValueError when the topic does not offer it.

    A video talk always becomes a telephone call if the topic allows calls; other changes need
    hours in which the counsellor gives such appointments, else SlotTaken.
    """
    lock_for_change(session, appointment, now)
    if channel not in appointment.topic.channels:
        raise ValueError(f"{channel} is not offered for this topic")
    if channel != PHONE and not works_by(session, appointment, channel):
        raise SlotTaken
    appointment.channel = channel
    appointment.sequence += 1
    session.flush()


def _claim(session: AnySession, *reasons: Appointment | Hold) -> None:
    """Add appointments or holds with their claims, or raise SlotTaken and add nothing."""
    with session.begin_nested():
        session.add_all(reasons)
        session.flush()
        claims = [claim for reason in reasons for claim in _claims_for(reason)]
        claims.sort(key=itemgetter("counsellor_id", "quantum"))
        try:
            session.execute(insert(Claim), claims)
        except DBAPIError as error:
            if not (isinstance(error, IntegrityError) or _is_deadlock(error)):
                raise
            raise SlotTaken from error


def _claims_for(reason: Appointment | Hold) -> list[dict[str, int | None]]:
    """In ascending order: two overlapping bookings can wait for each other, but never deadlock."""
    needed = quanta_of(reason.topic, reason.starts_at)
    owner = "hold_id" if isinstance(reason, Hold) else "appointment_id"
    whose = {"counsellor_id": reason.counsellor_id, "appointment_id": None, "hold_id": None}
    whose[owner] = reason.id
    lengths = chain([len(needed)], repeat(0))
    return [
        {**whose, "quantum": quantum, "length": length}
        for quantum, length in zip(needed, lengths, strict=False)
    ]
