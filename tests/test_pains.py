"""What people suffer from with other booking systems, each pain with a test of its name.

The rules behind them have tests of their own: double bookings in booking/test_races.py, reminders
in messages/test_reminders.py, clock changes in booking/test_availability.py, and so on.
"""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.booking import HALF_PAST_ELEVEN, TYPED, book, step
from tests.support.browser import Browser
from tests.support.cast import (
    AT_TEN,
    MONDAY,
    MORNING,
    THOMAS,
    Cast,
    a_counsellor,
    an_appointment,
    works,
)
from tests.support.queries import counted
from vberatung import clock
from vberatung.booking import operations
from vberatung.booking.models import BOOKED, Appointment
from vberatung.jobs import work
from vberatung.messages.models import OutboxMessage

TIMES = "/musterstadt/termin?topic=weiterbildung&channel=video"


def reminded(app: Flask, session: Session, appointment: Appointment, now: datetime) -> int:
    """How many reminders of it there are after the job has run at this moment."""
    with app.app_context():
        work.remind(session, now, app.config["SETTINGS"])
    of_it = {"purpose": "reminder", "appointment_id": appointment.id}
    return len(session.scalars(select(OutboxMessage).filter_by(**of_it)).all())


def test_double_bookings(app: Flask, browser: Browser, session: Session, cast: Cast) -> None:
    """Two forms for the last free counsellor: one is booked, the other is offered other times."""
    cast.aydin.topics = []
    session.commit()
    stranger = Browser(app)
    first, second = browser.get(step()), stranger.get(step())
    assert browser.submit(first, **TYPED).h1 == "Ihr Termin ist gebucht"
    page = stranger.submit(second, **TYPED | {"email": "thomas@example.org", "phone": ""})
    assert page.status == 409
    assert page.marked("slot")


def test_no_reminders(app: Flask, session: Session, appointment: Appointment) -> None:
    appointment.booked_at = MORNING - timedelta(days=7)
    session.commit()
    assert reminded(app, session, appointment, AT_TEN - timedelta(hours=2)) == 1


def test_reminders_after_the_appointment(
    app: Flask, session: Session, appointment: Appointment
) -> None:
    appointment.booked_at = MORNING - timedelta(days=7)
    session.commit()
    assert reminded(app, session, appointment, AT_TEN) == 0


@pytest.mark.parametrize("start", ["2027-03-31T13:00:00+02:00", "2026-10-26T09:00:00+01:00"])
def test_times_wrong_around_the_clock_change(
    browser: Browser, session: Session, cast: Cast, start: str
) -> None:
    """Booked in the week before: the wall clock shows the same on the page and on the day."""
    with clock.set_to(datetime.fromisoformat(start) - timedelta(days=5)):
        page = browser.submit(browser.get(TIMES), slot=start)
        page = browser.submit(page, **TYPED)
        assert page.h1 == "Ihr Termin ist gebucht"
    assert f"{start[11:16]} Uhr bis {start[11:14]}30 Uhr" in page.text


def test_mail_scanners_that_cancel_by_opening_a_link(
    browser: Browser, session: Session, cast: Cast
) -> None:
    """Every link of the mail and of the pages behind is opened: nothing happens."""
    book(browser)
    mail = session.scalars(select(OutboxMessage)).one()
    urls = [word for word in mail.body.split() if word.startswith("https://")]
    for url in urls:
        for link in browser.visit(url).links():
            if not link.startswith(("tel:", "mailto:", "#")):
                browser.visit(link)
    statuses = session.scalars(select(Appointment.status)).all()
    assert urls
    assert set(statuses) == {BOOKED}


def test_pages_that_take_seconds_with_fifty_staff(
    browser: Browser, session: Session, cast: Cast
) -> None:
    """Time is measured in bench/. Here: more staff, but not one more question."""
    with counted(session) as alone:
        browser.get(TIMES)
    for number in range(50):
        extra = a_counsellor(session, "N. N.", f"nn{number}@musterstadt.example", cast.topic)
        works(session, extra, MONDAY, 9, 12)
    session.commit()
    with counted(session) as crowded:
        browser.get(TIMES)
    assert len(crowded) == len(alone) <= 10


def test_unfair_distribution(session: Session, cast: Cast) -> None:
    """Berger, who is first in every list, has two talks this week: Aydın gets the next one."""
    person = operations.Person("N. N.", None, None, None, "de")
    for minutes in (60, 100):
        an_appointment(session, cast.topic, cast.berger, AT_TEN + timedelta(minutes=minutes))
    booked = operations.book(session, cast.topic, "video", AT_TEN, person, MORNING)
    assert booked.counsellor_id == cast.aydin.id


def test_slots_that_no_screen_reader_can_name(browser: Browser, cast: Cast) -> None:
    page = browser.get(TIMES)
    names = [slot.attrib["aria-label"] for slot in page.marked("slot")]
    assert names[0] == "Montag, 23. November 2026, 10:00 Uhr"
    assert len(set(names)) == len(names)
    assert {slot.tag for slot in page.marked("slot")} == {"button"}


def test_no_free_slot_and_nothing_else(browser: Browser, session: Session, cast: Cast) -> None:
    """Then there are a waiting list, a telephone number, and a warning for the office."""
    cast.aydin.topics = cast.berger.topics = []
    session.commit()
    page = browser.get(TIMES)
    assert browser.get(page.link("Warteliste")).h1
    assert "tel:+493023125000" in page.links()
    work.look_for_shortage(session, MORNING, browser.app.config["SETTINGS"])
    session.refresh(cast.topic)
    assert cast.topic.no_free_since == MORNING


def test_links_that_die(
    browser: Browser, session: Session, cast: Cast, appointment: Appointment, token: str
) -> None:
    """Moved, cancelled, over: the link still leads somewhere useful."""
    page = browser.get(f"/termin/{token}/verschieben")
    browser.submit(page, slot=HALF_PAST_ELEVEN)
    assert "11:30 Uhr" in browser.get(f"/termin/{token}").text
    browser.submit(browser.get(f"/termin/{token}/absagen"))
    assert browser.get(f"/termin/{token}").link("Neuen Termin buchen")
    other = an_appointment(session, cast.topic, cast.berger, AT_TEN, THOMAS)
    old = operations.issue_link(session, other, MORNING)
    session.commit()
    with clock.set_to(AT_TEN + timedelta(days=2)):
        assert browser.get(f"/termin/{old}").link("Neuen Termin buchen")
