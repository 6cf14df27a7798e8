"""How much a page asks of the database and the line, whatever the size of the office."""

import gzip
from datetime import time

import pytest
from sqlalchemy.orm import Session

from tests.support.browser import Browser
from tests.support.cast import AT_TEN, Cast, a_counsellor
from tests.support.queries import counted
from vberatung import clock
from vberatung.booking.hours import WeeklyHours
from vberatung.booking.models import Appointment

SLOTS = "/musterstadt/termin?topic=weiterbildung&channel=video"


@pytest.fixture
def fifty_counsellors(session: Session, cast: Cast) -> None:
    cast.topic.horizon_days = 28
    for number in range(48):
        extra = a_counsellor(session, "N. N.", f"nn{number}@musterstadt.example", cast.topic)
        for weekday in range(5):
            for starts, ends in ((8, 12), (13, 17)):
                hours = WeeklyHours(
                    counsellor_id=extra.id, weekday=weekday, starts=time(starts), ends=time(ends)
                )
                session.add(hours)
    session.commit()


@pytest.mark.usefixtures("fifty_counsellors")
def test_the_slots_of_fifty_counsellors(browser: Browser, session: Session) -> None:
    with counted(session) as statements:
        page = browser.get(SLOTS)
    assert len(page.marked("slot")) > 500
    assert len(statements) <= 10
    assert len(gzip.compress(page.response.data)) <= 30_000


@pytest.mark.parametrize(
    ("path", "most"), [("", 4), ("/raum", 3), ("/gebucht", 3), ("/danke", 3), ("/nachweis", 4)]
)
def test_the_pages_of_an_appointment(
    browser: Browser, session: Session, token: str, path: str, most: int
) -> None:
    with clock.set_to(AT_TEN), counted(session) as statements:
        browser.get(f"/termin/{token}{path}")
    assert len(statements) <= most


def test_the_day_of_a_counsellor(
    berger: Browser, session: Session, appointment: Appointment
) -> None:
    with counted(session) as statements:
        berger.get("/team/")
    assert len(statements) <= 8
