"""What an office decides about booking, and the days on which it is closed."""

from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import select

from vberatung.db import AnySession
from vberatung.offices.models import ClosingDay, Office

LONGEST_REMINDER_H = 14 * 24
MOST_REMINDERS = 4
MOST_OPEN_BOOKINGS = 20
LONGEST_WAIT_FOR_PHONE_MIN = 60
SHORTEST_KEEPING_DAYS, LONGEST_KEEPING_DAYS = 7, 730


@dataclass(frozen=True)
class BookingSettings:
    """As in Office; hours before the start, days after the registration, minutes of waiting."""

    reminder_hours: list[int]
    confirm_email: bool
    proof_of_work: bool
    max_open_bookings: int
    phone_after_min: int
    holiday_region: str
    registration_keep_days: int


def change(session: AnySession, office: Office, settings: BookingSettings) -> None:
    for name, value in asdict(settings).items():
        setattr(office, name, value)
    session.flush()


def closing_days(session: AnySession, office: Office, today: date) -> list[ClosingDay]:
    """Those that are not over, in order."""
    ahead = select(ClosingDay).where(ClosingDay.office_id == office.id, ClosingDay.last >= today)
    return list(session.scalars(ahead.order_by(ClosingDay.first, ClosingDay.id)))


def closing_day_of(session: AnySession, office: Office, id: int) -> ClosingDay | None:
    return session.scalar(select(ClosingDay).filter_by(id=id, office_id=office.id))


def close(session: AnySession, office: Office, first: date, last: date, reason: str) -> None:
    """Nobody of the office gives appointments on these days; those agreed on stay."""
    session.add(ClosingDay(office_id=office.id, first=first, last=last, reason=reason))
    session.flush()


def open_again(session: AnySession, closing: ClosingDay) -> None:
    session.delete(closing)
    session.flush()
