"""Pain: strangers' mailboxes are flooded through somebody's forms. And who has a right to a
message still gets it, or is told plainly that there is none.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support import databases
from tests.support.booking import HALF_PAST_ELEVEN, book, details
from tests.support.browser import Browser, Page
from tests.support.cast import AT_TEN, MORNING, Cast
from tests.support.invitations import invited
from tests.support.registration import PERSON, newest, register
from vberatung import clock, limits
from vberatung.booking import operations as booking
from vberatung.booking.free import Wish, free_starts_of
from vberatung.booking.models import PENDING, Appointment
from vberatung.config import PROJECT
from vberatung.limits import (
    LINKS_AGAIN_A_DAY,
    MESSAGES_TO_ONE,
    OWN_MESSAGES_TO_ONE,
    REGISTRATIONS_KEPT,
    RateCount,
)
from vberatung.messages import notices
from vberatung.messages import outbox as outboxes
from vberatung.messages.models import Mail, OutboxMessage
from vberatung.registration import operations as registrations
from vberatung.registration.models import Registration
from vberatung.room.receipt import receipt_of
from vberatung.waiting import operations as waiting
from vberatung.waiting.models import WaitingEntry

AYLIN = "aylin@example.org"
NO_MORE = "Heute schicken wir Ihnen dazu keine Nachricht mehr"
JOIN = "/musterstadt/warteliste?topic=weiterbildung&channel=video"
BY_TYPING = {"booked", "to_confirm", "new_email", "registered"}
BY_LINK = {"moved", "changed", "cancelled", "waiting_joined", "receipt"}
"""Of those on the waiting list, whoever has an appointment."""
COUNTED_APART = {"registration_kept", "links_again"}
BY_PEOPLE = BY_TYPING | BY_LINK | COUNTED_APART
RULES = (
    dict.fromkeys(BY_TYPING, MESSAGES_TO_ONE)
    | dict.fromkeys(BY_LINK, OWN_MESSAGES_TO_ONE)
    | {"registration_kept": REGISTRATIONS_KEPT}
)
BY_THE_OFFICE = {"office_cancelled", "invited", "invitation_reminded"}
BY_TIME = {"reminder", "waiting_offered"}
TO_THE_OFFICE = {"problem"}
"""Counted by the appointment it is about (tests/routes/test_techcheck.py)."""


@pytest.fixture
def enough(session: Session, app: Flask) -> None:
    """Aylin got all the messages of today."""
    for rule in (MESSAGES_TO_ONE, OWN_MESSAGES_TO_ONE):
        for _ in range(rule.amount):
            limits.take(session, rule, AYLIN, MORNING)
    session.commit()


@pytest.fixture
def registration(session: Session, cast: Cast) -> Registration:
    draft = registrations.start(session, cast.office, "de", MORNING)
    registrations.save(session, draft, PERSON, MORNING)
    return draft


@pytest.fixture
def entry(session: Session, cast: Cast, appointment: Appointment) -> WaitingEntry:
    return waiting.join_for_earlier(session, appointment, MORNING)


def outbox(session: Session) -> Sequence[OutboxMessage]:
    session.rollback()
    return session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()


# ---- Which messages are counted


def test_of_every_message_it_is_known_who_causes_it() -> None:
    folder = PROJECT / "vberatung" / "templates" / "mail"
    written = {file.stem for file in folder.glob("[!_]*.txt")}
    assert written == BY_PEOPLE | BY_THE_OFFICE | BY_TIME | TO_THE_OFFICE


@pytest.mark.parametrize("purpose", sorted(RULES))
def test_what_people_cause_is_counted_by_whom_it_goes_to(
    app: Flask,
    session: Session,
    appointment: Appointment,
    entry: WaitingEntry,
    registration: Registration,
    purpose: str,
) -> None:
    about: object = appointment
    appointment.new_email = AYLIN
    if purpose == "waiting_joined":
        about = entry
    elif purpose.startswith("regist"):
        about = registration
        registration.sent_at = MORNING if purpose == "registered" else None
    write: Callable[..., object] = getattr(notices, purpose)
    if purpose == "receipt":
        write = partial(write, found=receipt_of(appointment, (), MORNING))
    with app.app_context():
        for _ in range(RULES[purpose].amount):
            assert write(session, about, MORNING)
        with pytest.raises(notices.TooManyMessages):
            write(session, about, MORNING)
        assert write(session, about, MORNING + timedelta(days=1))


def test_what_the_office_and_the_time_cause_always_goes_out(
    app: Flask, session: Session, cast: Cast, appointment: Appointment, enough: None
) -> None:
    invitation = invited(session, cast)
    entry = waiting.join(session, cast.topic, "video", booking_person(appointment), MORNING)
    (offer,) = waiting.offer_free_times(session, MORNING)
    assert offer.entry is entry
    with app.app_context():
        assert notices.invited(session, invitation, MORNING)
        assert notices.invitation_reminded(session, invitation, MORNING)
        assert notices.office_cancelled(session, appointment, invitation, [AT_TEN], MORNING)
        assert notices.waiting_offered(session, offer, MORNING)
        assert notices.booked(session, appointment, MORNING, by_office=True)
        assert notices.changed(session, appointment, MORNING, by_office=True)


def test_a_script_that_tries_every_way_sends_ten_messages_to_a_stranger(
    browser: Browser, session: Session, cast: Cast
) -> None:
    """With a new browser each time: no cookie holds it back."""
    cast.office.max_open_bookings = 20
    session.commit()
    for number in range(6):
        address = {"REMOTE_ADDR": f"203.0.113.{number}"}
        each = Browser(browser.app)
        each.post(JOIN.partition("?")[0], form_of(each.get(JOIN)), environ_base=address)
        slot = free_starts_of(session, cast.topic, MORNING, Wish("video"))[0]
        session.rollback()
        page = details(each, slot=slot.isoformat())
        each.post("/musterstadt/termin", form_of(page), environ_base=address)
        each.post("/link", form_of(each.get("/link"), contact=AYLIN), environ_base=address)
    sent = [m for m in outbox(session) if m.purpose in BY_PEOPLE - COUNTED_APART]
    assert {message.recipient.casefold() for message in sent} == {AYLIN}
    assert len(sent) == MESSAGES_TO_ONE.amount


def test_nobody_can_read_in_the_counts_who_got_messages(
    browser: Browser, session: Session, cast: Cast
) -> None:
    book(browser)
    assert session.scalars(select(RateCount.count)).all()
    rows = databases.raw_rows(browser.app.config["SQLALCHEMY_DATABASE_URI"])
    assert b"aylin" not in databases.raw_bytes({"rate_counts": rows["rate_counts"]})


# ---- What becomes of the cause


def test_a_booking_holds_without_a_message_and_says_so(
    browser: Browser, session: Session, cast: Cast, enough: None
) -> None:
    page = book(browser, email="Aylin@Example.org")
    assert page.h1 == "Ihr Termin ist gebucht"
    assert NO_MORE in page.text
    assert outbox(session) == []
    again = browser.get(page.path)
    for seen in (page, again):
        assert "Wir haben Ihnen eine E-Mail geschickt" not in seen.text
        assert "Bitte notieren oder drucken Sie Ihren persönlichen Link" in seen.text
        assert f"https://beratung.example{page.path.removesuffix('/gebucht')}" in seen.text


def test_a_move_holds_without_a_message_and_says_so(
    browser: Browser, session: Session, token: str, appointment: Appointment, enough: None
) -> None:
    path = f"/termin/{token}/verschieben"
    page = browser.submit(browser.get(path), path, slot=HALF_PAST_ELEVEN)
    assert NO_MORE in page.text
    assert "Wir haben Ihnen eine E-Mail geschickt" not in page.text
    session.refresh(appointment)
    assert appointment.starts_at == AT_TEN.replace(hour=11, minute=30)
    assert outbox(session) == []


def test_whoever_cancels_is_told_that_it_holds(
    browser: Browser, session: Session, token: str, enough: None
) -> None:
    path = f"/termin/{token}/absagen"
    page = browser.submit(browser.get(path), path)
    assert (page.h1, NO_MORE in page.text) == ("Ihr Termin ist abgesagt", True)


def test_who_books_and_moves_a_few_times_gets_each_message(
    browser: Browser, session: Session, token: str
) -> None:
    path = f"/termin/{token}/verschieben"
    for slot in (HALF_PAST_ELEVEN, "2026-11-23T10:00+01:00", HALF_PAST_ELEVEN):
        page = browser.submit(browser.get(path), path, slot=slot)
        assert "Wir haben Ihnen eine E-Mail geschickt" in page.text
        for message in session.scalars(select(OutboxMessage).filter_by(sent_at=None)):
            message.sent_at = MORNING
        session.commit()
    assert [message.purpose for message in outbox(session)] == ["moved"] * 3


def test_a_booking_that_only_its_mail_can_confirm_is_not_made(
    browser: Browser, session: Session, cast: Cast, enough: None
) -> None:
    cast.office.confirm_email = True
    page = book(browser)
    assert page.status == 429
    assert page.h1 == "Heute können wir Ihnen keine Nachricht mehr schicken"
    assert "Morgen ist es wieder möglich" in page.text
    assert "tel:+493023125000" in page.links()
    session.rollback()
    assert session.scalars(select(Appointment).filter_by(status=PENDING)).all() == []
    with clock.set_to(MORNING + timedelta(days=1)):
        assert browser.submit(page).status in (200, 409)  # as it was typed; ten o'clock is past


def test_nobody_waits_without_the_message_that_lets_them_leave_again(
    browser: Browser, session: Session, cast: Cast, enough: None
) -> None:
    page = browser.submit(browser.get(JOIN), name="Aylin Özdemir", email=AYLIN)
    assert page.status == 429
    session.rollback()
    assert session.scalars(select(WaitingEntry)).all() == []


def test_a_registration_is_received_without_a_message_and_says_so(
    browser: Browser, session: Session, cast: Cast, enough: None
) -> None:
    page = register(browser)
    assert page.h1 == "Ihre Meldung ist angekommen"
    assert NO_MORE in page.text
    assert str(newest(session).number) in page.text
    for seen in (page, browser.get(page.path)):
        assert "Wir haben Ihnen eine E-Mail geschickt" not in seen.text
        assert "Bitte drucken oder speichern Sie diese Bestätigung." in seen.text


def test_a_mail_to_somebody_else_in_the_same_moment_is_not_spoken_of(
    browser: Browser, session: Session, cast: Cast, enough: None
) -> None:
    mail = Mail("olena@example.org", "Ihre Meldung", "Ihr Nachweis")
    office_id = cast.office.id
    outboxes.put(session, mail, MORNING, AT_TEN, purpose="registered", office_id=office_id)
    session.commit()
    assert "Wir haben Ihnen eine E-Mail geschickt" not in register(browser).text


def test_a_receipt_that_was_written_is_spoken_of(browser: Browser, cast: Cast) -> None:
    assert "Wir haben Ihnen eine E-Mail geschickt" in register(browser).text


def test_link_again_answers_the_same_and_stays_silent(
    browser: Browser, session: Session, appointment: Appointment
) -> None:
    for email in (AYLIN, "niemand@example.org"):
        for _ in range(LINKS_AGAIN_A_DAY.amount):
            limits.take(session, LINKS_AGAIN_A_DAY, email, MORNING)
    session.commit()
    known = browser.submit(browser.get("/link"), contact=AYLIN)
    unknown = browser.submit(browser.get("/link"), contact="niemand@example.org")
    assert known.text == unknown.text
    assert outbox(session) == []


def test_links_are_sent_again_to_who_gets_no_other_messages_today(
    browser: Browser, session: Session, appointment: Appointment, enough: None
) -> None:
    browser.submit(browser.get("/link"), contact=AYLIN)
    assert [message.purpose for message in outbox(session)] == ["links_again"]


def booking_person(appointment: Appointment) -> booking.Person:
    return booking.Person(appointment.name, appointment.email, appointment.phone, None, "de")


def form_of(page: Page, **typed: str) -> dict[str, str]:
    form = page.form()
    known: dict[str, str | None] = {"name": "Aylin Özdemir", "email": AYLIN, "language": "de"}
    return dict(form.filled({**known, **typed}))
