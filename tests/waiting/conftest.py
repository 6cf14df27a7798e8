"""One time of one counsellor is taken, nothing else is free, and people wait."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.support.cast import AT_TEN, MORNING, OLENA, Cast, an_appointment
from vberatung.booking.hours import Absence
from vberatung.booking.models import VIDEO, Appointment
from vberatung.booking.operations import Person
from vberatung.waiting import operations
from vberatung.waiting.models import WaitingEntry

Join = Callable[..., WaitingEntry]
LATER = AT_TEN + timedelta(hours=1)
"""Eleven o'clock: an offer made at eight stands for the whole hour."""


@pytest.fixture
def late(session: Session, cast: Cast) -> Appointment:
    """The appointment whose time will be freed: with Berger at eleven, else all are away."""
    late = an_appointment(session, cast.topic, cast.berger, LATER, OLENA)
    begin, end = MORNING - timedelta(days=1), MORNING + timedelta(days=60)
    away = [(cast.aydin, begin, end), (cast.berger, begin, LATER)]
    away.append((cast.berger, LATER + timedelta(minutes=35), end))
    session.add_all(
        Absence(counsellor_id=counsellor.id, starts_at=first, ends_at=last)
        for counsellor, first, last in away
    )
    session.commit()
    return late


@pytest.fixture
def join(session: Session, cast: Cast) -> Join:
    """Somebody joins the list, a minute after the one before."""
    moments = iter(MORNING - timedelta(minutes=60 - n) for n in range(60))

    def join(number: int = 0, **wishes: object) -> WaitingEntry:
        person = Person(f"Person {number}", f"person{number}@example.org", None, None, "de")
        now: datetime = next(moments)
        entry = operations.join(session, cast.topic, VIDEO, person, now, **wishes)  # type: ignore[arg-type]
        session.commit()
        return entry

    return join
