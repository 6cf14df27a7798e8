"""Setting up offices, topics and counsellors from a plan (JSON), for operators and the demo.

A plan is a list of {"office": {…}, "topics": [{…}], "counsellors": [{"name", "email",
"topics": [slug], "hours": [[[weekday], "08:00", "12:00"]]}]}; demo_data.json is an example.
"""

from collections.abc import Callable
from datetime import time
from typing import Any

from vberatung.booking.models import WeeklyHours
from vberatung.db import AnySession
from vberatung.offices.models import Office, Topic
from vberatung.people.accounts import create_staff
from vberatung.people.models import Staff


def load_offices(
    session: AnySession, plans: list[dict[str, Any]], new_password: Callable[[], str]
) -> list[tuple[Staff, str]]:
    """Add everything in the plans; each new account with its password."""
    accounts = []
    for plan in plans:
        office = Office(**plan["office"])
        topics = {
            values["slug"]: Topic(office=office, position=position, **values)
            for position, values in enumerate(plan["topics"])
        }
        session.add_all([office, *topics.values()])
        for values in plan["counsellors"]:
            password = new_password()
            staff = create_staff(session, office, values["name"], values["email"], password)
            staff.topics = [topics[slug] for slug in values["topics"]]
            session.add_all(_weekly_hours(staff, values["hours"]))
            accounts.append((staff, password))
    session.flush()
    return accounts


def _weekly_hours(staff: Staff, spans: list[tuple[list[int], str, str]]) -> list[WeeklyHours]:
    return [
        WeeklyHours(
            counsellor_id=staff.id,
            weekday=weekday,
            starts=time.fromisoformat(starts),
            ends=time.fromisoformat(ends),
        )
        for weekdays, starts, ends in spans
        for weekday in weekdays
    ]
