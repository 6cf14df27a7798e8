"""What was tried against booking, and works no more."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.booking import HALF_PAST_ELEVEN, TEN, TYPED, book
from tests.support.browser import Browser
from tests.support.cast import MORNING, Cast
from tests.support.invitations import invited, link_of
from vberatung import clock
from vberatung.booking import operations
from vberatung.booking.hours import WeeklyHours
from vberatung.booking.models import PENDING, VIDEO, Appointment, Hold
from vberatung.jobs import work
from vberatung.messages.models import OutboxMessage
from vberatung.waiting import operations as waiting
from vberatung.waiting import plan

TIMES = "/musterstadt/termin?topic=weiterbildung&channel=video"


def test_an_old_link_does_not_replace_the_click_in_the_mail(
    browser: Browser, session: Session, cast: Cast, appointment: Appointment, token: str
) -> None:
    cast.office.confirm_email = True
    times = browser.get(f"{TIMES}&occasion=wieder.{token}")
    page = browser.submit(times, slot=HALF_PAST_ELEVEN)
    page = browser.submit(page, **TYPED | {"email": "stranger@example.org"})
    assert "Bitte bestätigen Sie" in page.h1


def test_what_is_not_confirmed_can_only_be_confirmed_or_cancelled(
    browser: Browser, session: Session, cast: Cast
) -> None:
    cast.office.confirm_email = True
    session.commit()
    book(browser)
    pending = session.scalars(select(Appointment).where(Appointment.status == PENDING)).one()
    token = operations.issue_link(session, pending, MORNING)
    session.commit()
    for part in ("gebucht", "verschieben", "art", "angaben", "anruf"):
        assert browser.visit(f"/termin/{token}/{part}").path.endswith(("/bestaetigen", token))
    assert browser.get(f"/termin/{token}/absagen").status == 200


def test_a_time_held_for_video_is_not_booked_in_person(
    browser: Browser, session: Session, cast: Cast
) -> None:
    for hours in session.scalars(select(WeeklyHours)):
        hours.channels = [VIDEO]
    page = browser.submit(browser.get(TIMES), slot=TEN)
    page = browser.submit(page, **TYPED | {"channel": "in_person"})
    assert page.status == 409


def test_pressing_again_does_not_make_a_hold_longer(
    browser: Browser, session: Session, cast: Cast
) -> None:
    browser.submit(browser.get(TIMES), slot=TEN)
    with clock.set_to(MORNING + timedelta(minutes=5)):
        browser.post(
            "/musterstadt/termin/zeit", dict(browser.get(TIMES).form().values) | {"slot": TEN}
        )
    assert session.scalars(select(Hold)).one().until == MORNING + operations.HOLD_FOR


def test_a_job_deletes_holds_that_are_over(
    app: Flask, browser: Browser, session: Session, cast: Cast
) -> None:
    browser.submit(browser.get(TIMES), slot=TEN)
    work.give_up_unconfirmed(session, MORNING + timedelta(minutes=10), app.config["SETTINGS"])
    assert session.scalars(select(Hold)).all() == []


def test_a_form_sent_again_after_cancelling_books_anew(
    browser: Browser, session: Session, cast: Cast
) -> None:
    form = browser.submit(browser.get(TIMES), slot=TEN)
    first = browser.submit(form, **TYPED).path
    browser.submit(browser.get(first.replace("/gebucht", "/absagen")))
    assert browser.submit(form, **TYPED).h1 == "Ihr Termin ist gebucht"
    assert "abgesagt" in browser.visit(first).h1


def test_an_appointment_is_no_cannon_for_mails(
    browser: Browser, session: Session, appointment: Appointment, token: str
) -> None:
    for number in range(20):
        page = browser.get(f"/termin/{token}/angaben")
        browser.submit(page, email=f"stranger{number}@example.org")
    sent = session.scalars(
        select(OutboxMessage).where(OutboxMessage.appointment_id == appointment.id)
    )
    assert len(sent.all()) <= 12


def test_another_topic_does_not_use_up_an_invitation(
    browser: Browser, session: Session, cast: Cast
) -> None:

    invitation = invited(session, cast)
    token = link_of(session, invitation).rpartition("/")[2]
    times = browser.get(
        f"/musterstadt/termin?topic=erstgespraech&channel=video&occasion=einladung.{token}"
    )
    page = browser.submit(times, slot=times.marked("slot")[0].attrib["value"])
    assert browser.submit(page).h1 == "Ihr Termin ist gebucht"
    session.refresh(invitation)
    assert invitation.booked_at is None


def test_invented_people_on_the_waiting_list_do_not_empty_the_calendar(
    session: Session, cast: Cast
) -> None:
    for number in range(plan.OFFERS_PER_NETWORK + 10):
        person = operations.Person("N. N.", f"n{number}@example.org", None, None, "de")
        waiting.join(session, cast.other_topic, VIDEO, person, MORNING, network="192.0.2.1")
    waiting.offer_free_times(session, MORNING)
    held = session.scalars(select(Hold)).all()
    assert len(held) == plan.OFFERS_PER_NETWORK
