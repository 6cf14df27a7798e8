"""The last result of the device test beside an appointment, which keeps it when it is moved."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from vberatung.booking.models import OPEN, Appointment
from vberatung.booking.operations import lock
from vberatung.db import AnySession
from vberatung.techcheck import verdict
from vberatung.techcheck.models import TechCheck

KEPT_FOR = timedelta(days=1)
"""After the appointment: then nobody needs to know any more."""


def keep(
    session: AnySession, appointment: Appointment, causes: Collection[str], now: datetime
) -> TechCheck | None:
    """In place of the one before, if it is not newer; ValueError for an unknown cause.

    None: the appointment is over or cancelled, and nothing is kept.
    """
    known = verdict.in_order(causes)
    lock(session, appointment)
    if appointment.status not in OPEN or appointment.ends_at <= now:
        return None
    check = of(session, appointment)
    if check is None:
        check = TechCheck(appointment_id=appointment.id, tested_at=now)
        session.add(check)
    elif check.tested_at > now:
        return check
    check.light, check.causes, check.tested_at = verdict.light_of(known), known, now
    session.flush()
    return check


def of(session: AnySession, appointment: Appointment) -> TechCheck | None:
    return session.get(TechCheck, appointment.id)


def of_all(session: AnySession, appointments: Sequence[Appointment]) -> dict[int, TechCheck]:
    """By the appointment's id; one query, none for none."""
    ids = [appointment.id for appointment in appointments]
    if not ids:
        return {}
    found = session.scalars(select(TechCheck).where(TechCheck.appointment_id.in_(ids)))
    return {check.appointment_id: check for check in found}


def tested(session: AnySession, ids: Collection[int]) -> frozenset[int]:
    """Those of these appointments for which the test was made, however it came out."""
    asked = select(TechCheck.appointment_id).where(TechCheck.appointment_id.in_(ids))
    return frozenset(session.scalars(asked))


def delete_old(session: AnySession, now: datetime) -> None:
    over = select(Appointment.id).where(
        Appointment.id == TechCheck.appointment_id, Appointment.ends_at <= now - KEPT_FOR
    )
    session.execute(delete(TechCheck).where(over.exists()))
