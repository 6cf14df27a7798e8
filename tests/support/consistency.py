"""Proves that claims, appointments and holds agree, whatever happened at the same moment."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from vberatung.booking.claims import quanta
from vberatung.booking.models import CANCELLED, OPEN, OUTCOMES, Appointment, Claim, Hold


def check(session: Session, now: datetime) -> None:
    """Raise AssertionError with everything in the database that does not fit together."""
    session.rollback()  # see what the others have committed
    session.expire_all()
    faults = list(faults_in(session, now))
    assert not faults, "; ".join(faults)


def faults_in(session: Session, now: datetime) -> Iterator[str]:
    found: defaultdict[tuple[str, int], set[tuple[int, int]]] = defaultdict(set)
    lengths: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    owner: dict[tuple[int, int], tuple[str, int]] = {}
    for claim in session.scalars(select(Claim).order_by(Claim.counsellor_id, Claim.quantum)):
        place = (claim.counsellor_id, claim.quantum)
        if (claim.appointment_id is None) == (claim.hold_id is None):
            yield f"{place} is claimed for nobody or for two"
            continue
        reason = (
            ("appointment", claim.appointment_id)
            if claim.appointment_id is not None
            else ("hold", claim.hold_id or 0)
        )
        if place in owner:
            yield f"{place} is claimed by {owner[place]} and {reason}"
        owner[place] = reason
        found[reason].add(place)
        lengths[reason].append(claim.length)
    for reason, stretch in lengths.items():
        if stretch != [len(stretch), *[0] * (len(stretch) - 1)]:
            yield f"the claims of {reason} say that they are {stretch} long"
    promised: dict[tuple[int, int], tuple[str, int]] = {}
    for reason, needed, free in _promises(session, now):
        have = found.pop(reason, set())
        if have != needed and not (free and not have):
            yield f"{reason} has {len(have)} claims and needs {len(needed)}"
        for place in needed if not free else ():
            if place in promised:
                yield f"{reason} and {promised[place]} overlap at {place}"
            promised[place] = reason
    for reason, places in found.items():
        yield f"{len(places)} claims belong to {reason}, which does not need them"


def _promises(
    session: Session, now: datetime
) -> Iterator[tuple[tuple[str, int], set[tuple[int, int]], bool]]:
    """What each appointment and hold needs, and whether it may also have no claims at all."""
    for made in session.scalars(select(Appointment).options(joinedload(Appointment.topic))):
        if made.status in OPEN:
            yield ("appointment", made.id), _places(made), False
        elif made.status in OUTCOMES:  # it may keep its claims; a cancelled one has none
            yield ("appointment", made.id), _places(made), True
        elif made.status != CANCELLED:
            raise AssertionError(f"{made.status} is no state")
    for hold in session.scalars(select(Hold).options(joinedload(Hold.topic))):
        yield ("hold", hold.id), _places(hold), hold.expires_at <= now


def _places(reason: Appointment | Hold) -> set[tuple[int, int]]:
    topic = reason.topic
    needed = quanta(
        reason.starts_at, reason.ends_at, topic.buffer_before_min, topic.buffer_after_min
    )
    return {(reason.counsellor_id, quantum) for quantum in needed}
