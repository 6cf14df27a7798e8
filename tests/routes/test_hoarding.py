"""Pain: programs that take every time. Scripts try it, each in its own way, and get little."""

from collections.abc import Iterator
from datetime import datetime, time

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.support.browser import Browser, Page
from tests.support.cast import MORNING, Cast, a_counsellor, an_appointment
from vberatung.booking.free import free_slots_of
from vberatung.booking.hours import WeeklyHours
from vberatung.booking.models import Appointment, Claim, Hold
from vberatung.booking.operations import HOLDS_PER_ADDRESS
from vberatung.limits import BOOKED, CODES
from vberatung.messages.models import OutboxMessage

pytestmark = pytest.mark.slow

TIME = "/musterstadt/termin/zeit"
TIMES = "/musterstadt/termin?topic=weiterbildung&channel=video"


@pytest.fixture(autouse=True)
def a_hundred_slots(session: Session, cast: Cast) -> None:
    for number in range(6):
        extra = a_counsellor(session, "N. N.", f"nn{number}@musterstadt.example", cast.topic)
        for weekday in range(5):
            hours = WeeklyHours(
                counsellor_id=extra.id, weekday=weekday, starts=time(8), ends=time(16)
            )
            session.add(hours)
    cast.topic.step_min = 35
    session.commit()


@pytest.fixture
def slots(session: Session, cast: Cast) -> list[datetime]:
    found = list(free_slots_of(session, cast.topic, MORNING))
    assert len(found) > 100
    return found


class Script:
    """A program with a new cookie each time, if it likes, and an address that it cannot choose."""

    def __init__(self, browser: Browser, address: str = "198.51.100.7") -> None:
        self.app, self.address = browser.app, address

    def hold(self, slot: datetime, browser: Browser | None = None) -> tuple[Browser, Page]:
        browser = browser or Browser(self.app)
        form = browser.get(TIMES).form(TIME)
        values = dict(form.filled({"slot": slot.isoformat()}))
        page = browser.post(TIME, values, environ_base={"REMOTE_ADDR": self.address})
        return browser, page

    def book(self, slot: datetime, browser: Browser | None = None, **typed: str) -> Page:
        browser, page = self.hold(slot, browser)
        if page.status != 303:
            return page
        form = browser.get(page.location).form("/termin")
        values = dict(form.filled({"name": "Bot", "email": "", "phone": "", **typed}))
        return browser.post(form.action, values, environ_base={"REMOTE_ADDR": self.address})


@pytest.fixture
def script(browser: Browser) -> Script:
    return Script(browser)


def count(session: Session, thing: type[Hold | Appointment]) -> int:
    session.commit()
    mine = select(func.count(thing.id))
    if thing is Appointment:
        mine = mine.where(Appointment.booked_at == MORNING)
    return session.scalar(mine) or 0


@pytest.fixture(autouse=True)
def every_claim_has_its_reason(session: Session) -> Iterator[None]:
    yield
    session.commit()
    reasons = set(session.scalars(select(Claim.hold_id).where(Claim.hold_id.is_not(None))))
    assert reasons == set(session.scalars(select(Hold.id)))


def test_holding_every_time_with_new_cookies(
    script: Script, session: Session, slots: list[datetime]
) -> None:
    found = [script.hold(slot)[1].status for slot in slots[:40]]
    assert count(session, Hold) == HOLDS_PER_ADDRESS
    assert found[HOLDS_PER_ADDRESS:] == [429] * (40 - HOLDS_PER_ADDRESS)


def test_holding_every_time_with_one_cookie(
    script: Script, browser: Browser, session: Session, slots: list[datetime]
) -> None:
    for slot in slots[:10]:
        script.hold(slot, browser)
    assert count(session, Hold) <= 2


def test_holding_from_every_address_of_one_household(
    browser: Browser, session: Session, slots: list[datetime]
) -> None:
    for number, slot in enumerate(slots[:30]):
        Script(browser, f"2001:db8:1:2::{number:x}").hold(slot)
    assert count(session, Hold) == HOLDS_PER_ADDRESS


def test_booking_every_time_with_a_new_mail_address_each(
    script: Script, session: Session, slots: list[datetime]
) -> None:
    pages = [
        script.book(slot, email=f"bot{number}@example.org")
        for number, slot in enumerate(slots[: BOOKED.amount + 15])
    ]
    assert count(session, Appointment) == BOOKED.amount
    assert {page.status for page in pages[BOOKED.amount :]} == {429}
    assert "Retry-After" in pages[-1].response.headers


def test_booking_every_time_without_any_contact(
    script: Script, session: Session, slots: list[datetime]
) -> None:
    for slot in slots[: BOOKED.amount + 5]:
        script.book(slot)
    assert count(session, Appointment) == BOOKED.amount


def test_booking_every_time_with_one_mail_address_from_everywhere(
    browser: Browser, session: Session, cast: Cast, slots: list[datetime]
) -> None:
    spelled = ["bot@example.org", "BOT@example.org", " bot@Example.org "]
    for number, slot in enumerate(slots[:9]):
        Script(browser, f"203.0.113.{number}").book(slot, email=spelled[number % 3])
    assert count(session, Appointment) == cast.office.max_open_bookings


def test_a_lobby_of_twenty_at_a_time_is_not_held_up(
    script: Script, session: Session, slots: list[datetime]
) -> None:
    """Twenty people behind one address: each looks at three times and takes the last."""
    people = [Browser(script.app) for _ in range(20)]
    for round in range(2):
        for number, person in enumerate(people):
            assert script.hold(slots[20 * round + number], person)[1].status == 303
    pages = [
        script.book(slots[40 + number], person, email=f"person{number}@example.org")
        for number, person in enumerate(people)
    ]
    assert {page.status for page in pages} == {303}
    assert count(session, Appointment) == 20


def test_nobody_s_mailbox_is_flooded_with_links(
    script: Script, session: Session, cast: Cast
) -> None:
    an_appointment(session, cast.topic, cast.berger)
    session.commit()
    for number in range(6):
        browser = Browser(script.app)
        page = browser.get("/link")
        values = dict(page.form().filled({"contact": "aylin@example.org"}))
        source = {"REMOTE_ADDR": f"203.0.113.{number}"}
        assert browser.post("/link", values, environ_base=source).status == 303  # tells nothing
    session.commit()
    assert session.scalar(select(func.count(OutboxMessage.id))) == 3


def test_codes_cannot_be_tried_for_ever(script: Script) -> None:
    found = []
    for _ in range(CODES.amount + 1):
        browser = Browser(script.app)
        values = dict(browser.get("/code").form().filled({"code": "ACEF-HKLM-PRTU"}))
        source = {"REMOTE_ADDR": script.address}
        found.append(browser.post("/code", values, environ_base=source).status)
    assert found == [422] * CODES.amount + [429]
