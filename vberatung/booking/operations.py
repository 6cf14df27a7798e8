"""The verbs of booking. Each flushes and never commits: the edge commits once."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import chain, repeat
from operator import itemgetter
from typing import TypeVar

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from vberatung import clock, crypto, links, tokens
from vberatung.booking import queries
from vberatung.booking.claims import quanta
from vberatung.booking.free import ANY, Wish, counsellors_free_at, works_by
from vberatung.booking.hours import Absence
from vberatung.booking.models import (
    BOOKED,
    CANCELLED,
    HELD,
    OPEN,
    PENDING,
    PHONE,
    Appointment,
    Claim,
    Hold,
)
from vberatung.db import AnySession
from vberatung.links import Link
from vberatung.offices.models import Topic
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
    earlier = queries.appointment_of_form(session, form_id) if form_id else None
    if earlier:
        raise SentTwice(earlier)
    spoken = wish.spoken or (hold.spoken if hold else None)
    check_open_bookings(session, topic, person, now)
    wish = Wish(channel, wish.spoken, wish.counsellor_id)
    try:
        with session.begin_nested():
            if hold and _is_for(hold, topic, start, now, wish):
                appointment = _book_hold(session, channel, hold, person, now)
            else:
                appointment = in_fair_order(
                    session,
                    topic,
                    start,
                    now,
                    wish,
                    lambda id: arrange(session, topic, id, channel, start, person, now),
                )
            if pending:
                appointment.status = PENDING
                appointment.confirm_until = min(now + CONFIRM_WITHIN, start)
            appointment.spoken = spoken
            appointment.form_hash = queries.form_hash(form_id) if form_id else None
            session.flush()
    except IntegrityError:
        # The same form, sent twice at the same moment: the other one was first.
        earlier = queries.appointment_of_form(session, form_id) if form_id else None
        if earlier is None:
            raise
        raise SentTwice(earlier) from None
    return appointment


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
    session: AnySession, channel: str, held: Hold, person: Person, now: datetime
) -> Appointment:
    """The hold's claims become the appointment's."""
    appointment = _appointment(held.topic, held.counsellor_id, channel, held.starts_at, person, now)
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
                _check_present(session, counsellor_id, start, end)
                return taken
    raise SlotTaken


def _check_present(session: AnySession, counsellor_id: int, start: datetime, end: datetime) -> None:
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


def one_at_a_time(session: AnySession, *hashes: bytes) -> None:
    """Whoever counts for one of these waits until the one before has committed.

    PostgreSQL: advisory locks, in an order that cannot deadlock. SQLite has one writer anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        for number in sorted(int.from_bytes(each[:8], "big", signed=True) for each in hashes):
            session.execute(select(func.pg_advisory_xact_lock(number)))


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
    again = [kept for kept in own if kept.topic_id == topic.id]
    for kept in again:
        if _is_for(kept, topic, start, now, wish) and kept.channel == wish.channel:
            come_back(kept)  # pressed once more: it ends when it was to end
            return kept
    for kept in [*again, *[k for k in own if k not in again][: -HOLDS_PER_VISITOR + 1 or None]]:
        release(session, kept)
    from_there = select(func.count(Hold.id)).where(Hold.address_hash == address_hash)
    if (session.scalar(from_there) or 0) >= HOLDS_PER_ADDRESS:
        raise TooManyHolds
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
        raise SlotTaken  # as _check_present


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
    """What this counsellor's talks that ended early have left of their time is free again."""
    over = session.scalars(
        select(Appointment.id).where(
            Appointment.counsellor_id == counsellor_id,
            Appointment.status == HELD,
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
) -> Appointment:
    """An appointment with this counsellor at any time they have not promised to somebody else."""
    appointment = _appointment(topic, counsellor_id, channel, start, person, now)
    _claim(session, appointment)
    return appointment


def _appointment(
    topic: Topic,
    counsellor_id: int,
    channel: str,
    start: datetime,
    person: Person,
    now: datetime,
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
    )
    write_person(appointment, person)
    return appointment


def write_person(appointment: Appointment, person: Person) -> None:
    """Put what the jobseeker told us into the appointment, with the hashes that find it again."""
    appointment.name = person.name
    appointment.email = person.email
    appointment.phone = person.phone
    appointment.notes = person.notes
    appointment.language = person.language
    appointment.interpreter = person.interpreter
    appointment.interpreter_language = person.interpreter_language
    appointment.companion = person.companion
    appointment.access_needs = person.access_needs
    appointment.email_hash = queries.email_hash(person.email) if person.email else None
    appointment.phone_hash = queries.phone_hash(person.phone) if person.phone else None


def check_open_bookings(session: AnySession, topic: Topic, person: Person, now: datetime) -> None:
    """Raise TooManyBookings when this mail address or number has all that the office allows."""
    contacts = queries.contact_is(person.email, person.phone)
    if contacts is None:
        return
    email, phone = person.email, person.phone
    one_at_a_time(
        session,
        *([queries.email_hash(email)] if email else []),
        *([queries.phone_hash(phone)] if phone else []),
    )
    open_ones = select(func.count(Appointment.id)).where(
        Appointment.office_id == topic.office_id,
        Appointment.status.in_(OPEN),
        Appointment.starts_at > now,
        contacts,
    )
    if (session.scalar(open_ones) or 0) >= topic.office.max_open_bookings:
        raise TooManyBookings


def issue_link(session: AnySession, appointment: Appointment, now: datetime) -> str:
    """A new personal link; its token is returned once and stored only as a keyed hash."""
    return links.issue(session, Link.appointment_id, appointment.id, now)


def can_change(appointment: Appointment, now: datetime) -> bool:
    """Moving, cancelling and changing are possible until the start."""
    return (
        appointment.status in OPEN
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
    """The click in the mail; False when it was confirmed before."""
    lock_for_change(session, appointment, now)
    if appointment.status == BOOKED:
        return False
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
    appointment.counsellor_id, appointment.starts_at = counsellor_id, start
    appointment.ends_at = start + timedelta(minutes=appointment.topic.duration_min)
    appointment.moved_at = now
    appointment.sequence += 1


def change_person(
    session: AnySession, appointment: Appointment, person: Person, now: datetime
) -> None:
    """Name, contact, and what the jobseeker needs."""
    lock_for_change(session, appointment, now)
    write_person(appointment, person)
    session.flush()


def give_phone(appointment: Appointment, phone: str) -> None:
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
    topic = reason.topic
    needed = quanta(
        reason.starts_at, reason.ends_at, topic.buffer_before_min, topic.buffer_after_min
    )
    owner = "hold_id" if isinstance(reason, Hold) else "appointment_id"
    whose = {"counsellor_id": reason.counsellor_id, "appointment_id": None, "hold_id": None}
    whose[owner] = reason.id
    lengths = chain([len(needed)], repeat(0))
    return [
        {**whose, "quantum": quantum, "length": length}
        for quantum, length in zip(needed, lengths, strict=False)
    ]
