"""Setting up offices, topics and counsellors from a plan (JSON), for operators and the demo.

A plan is a list of {"office": {…}, "topics": [{…}], "counsellors": [{…}]}, and if wanted
"postcodes" and "closing_days". docs/operating.md has the fields, demo_data.json is an example.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, time
from typing import Any

from vberatung.booking.availability import Span
from vberatung.booking.hours import WeeklyHours
from vberatung.db import AnySession
from vberatung.offices.holidays import REGIONS
from vberatung.offices.models import ClosingDay, Office, ServedPostcode, Topic
from vberatung.people.accounts import create_staff
from vberatung.people.models import Staff


class ReservedAddress(ValueError):
    """Something else is at this address already: nobody would ever reach the office."""

    def __init__(self, slug: str) -> None:
        super().__init__(
            f"No office can have the address /{slug}/, it leads elsewhere. "
            f"Choose another slug, for example jobcenter-{slug}."
        )


def load_offices(
    session: AnySession,
    plans: list[dict[str, Any]],
    new_password: Callable[[], str],
    reserved: Collection[str] = (),
) -> list[tuple[Staff, str]]:
    """Add everything in the plans; each new account with its password.

    Raises KeyError for a topic that there is not, ValueError for a region, a day or hours, and
    ReservedAddress for a slug that is one of the `reserved` words.
    """
    accounts = []
    for plan in plans:
        office = Office(**plan["office"])
        if office.slug in reserved:
            raise ReservedAddress(office.slug)
        if (office.holiday_region or "") not in REGIONS:
            raise ValueError(f"{office.holiday_region} is none of {', '.join(REGIONS[1:])}")
        topics = {
            values["slug"]: Topic(office=office, position=position, **values)
            for position, values in enumerate(plan["topics"])
        }
        session.add_all([office, *topics.values()])
        session.flush()
        session.add_all(
            ServedPostcode(office_id=office.id, first=first, last=last)
            for first, last in plan.get("postcodes", [])
        )
        session.add_all(
            ClosingDay(
                office_id=office.id,
                first=date.fromisoformat(first),
                last=date.fromisoformat(last),
                reason=reason,
            )
            for first, last, reason in plan.get("closing_days", [])
        )
        for values in plan["counsellors"]:
            password = new_password()
            staff = create_staff(session, office, values["name"], values["email"], password)
            staff.topics = [topics[slug] for slug in values["topics"]]
            staff.languages = values.get("languages", ["de"])
            staff.daily_maximum = values.get("daily_maximum")
            staff.admin = values.get("admin", False)
            session.add_all(_weekly_hours(staff, values["hours"]))
            accounts.append((staff, password))
    session.flush()
    return accounts


def _weekly_hours(staff: Staff, spans: Iterable[Sequence[Any]]) -> list[WeeklyHours]:
    rows = []
    for weekdays, starts, ends, *channels in spans:
        span = Span(time.fromisoformat(starts), time.fromisoformat(ends))
        rows += [
            WeeklyHours(
                counsellor_id=staff.id,
                weekday=weekday,
                starts=span.starts,
                ends=span.ends,
                channels=channels[0] if channels else [],
            )
            for weekday in weekdays
        ]
    return rows
