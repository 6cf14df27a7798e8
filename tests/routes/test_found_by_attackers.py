"""What was tried against booking, and works no more."""

import re
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.booking import HALF_PAST_ELEVEN, TEN, TYPED, book, details
from tests.support.browser import Browser, Page
from tests.support.cast import AT_TEN, AYLIN, MORNING, OLENA, Cast, an_appointment
from tests.support.invitations import invited, link_of
from vberatung import clock, limits
from vberatung.booking import operations
from vberatung.booking.free import free_starts_of
from vberatung.booking.hours import WeeklyHours
from vberatung.booking.models import BOOKED, PENDING, PHONE, VIDEO, Appointment, Hold
from vberatung.jobs import work
from vberatung.messages import notices
from vberatung.messages.models import OutboxMessage
from vberatung.offices.models import Topic
from vberatung.waiting import operations as waiting
from vberatung.waiting import plan
from vberatung.waiting.models import WaitingEntry

JOIN = "/musterstadt/warteliste?topic=weiterbildung&channel=video"
STRANGER = "stranger@example.org"
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


# ---- Confirming


def booked_for(session: Session, email: str) -> list[Appointment]:
    session.rollback()
    return [each for each in session.scalars(select(Appointment)) if each.email == email]


def messages_to(session: Session, email: str) -> list[OutboxMessage]:
    session.rollback()
    written = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
    return [each for each in written if each.recipient == email]


def starts_of(session: Session, topic: Topic, number: int) -> list[datetime]:
    """Starts that do not touch each other."""
    free = free_starts_of(session, topic, MORNING)
    session.rollback()
    return free[::4][:number]


def by_invitation(browser: Browser, token: str, topic: Topic, start: datetime, email: str) -> Page:
    key = f"&occasion=einladung.{token}"
    page = browser.get(f"/musterstadt/termin?topic={topic.slug}&channel=video{key}")
    page = browser.submit(page, slot=start.isoformat())
    return browser.submit(page, **TYPED | {"email": email, "phone": ""})


@pytest.fixture
def invitation_token(session: Session, cast: Cast) -> str:
    cast.office.confirm_email = cast.office.proof_of_work = True
    return link_of(session, invited(session, cast)).rpartition("/")[2]


@pytest.mark.parametrize("email", ["aylin@example.org", "Aylin@Example.org", ""])
def test_the_invited_person_confirms_nothing_once(
    browser: Browser, session: Session, cast: Cast, invitation_token: str, email: str
) -> None:
    first, second = starts_of(session, cast.topic, 2)
    page = by_invitation(browser, invitation_token, cast.topic, first, email)
    assert page.h1 == "Ihr Termin ist gebucht"
    again = by_invitation(browser, invitation_token, cast.topic, second, "aylin@example.org")
    assert "Bitte bestätigen Sie" in again.h1


def test_an_invitation_is_no_way_around_confirming_for_others(
    browser: Browser, session: Session, cast: Cast, invitation_token: str
) -> None:
    start = starts_of(session, cast.topic, 1)[0]
    page = by_invitation(browser, invitation_token, cast.topic, start, STRANGER)
    assert "Bitte bestätigen Sie" in page.h1
    assert [each.status for each in booked_for(session, STRANGER)] == [PENDING]


def test_an_invitation_is_no_way_around_confirming_for_other_topics(
    browser: Browser, session: Session, cast: Cast, invitation_token: str
) -> None:
    start = starts_of(session, cast.first_talk, 1)[0]
    page = by_invitation(browser, invitation_token, cast.first_talk, start, "aylin@example.org")
    assert "Bitte bestätigen Sie" in page.h1


@pytest.fixture
def own_page(browser: Browser, session: Session, cast: Cast) -> str:
    """Somebody has booked without a mail address, where the office wants addresses confirmed."""
    cast.office.confirm_email = True
    session.commit()
    return book(browser, email=None, phone=None).path.removesuffix("/gebucht")


def give_address(browser: Browser, own_page: str, email: str) -> Page:
    return browser.submit(browser.get(own_page + "/angaben"), own_page + "/angaben", email=email)


def link_in(message: OutboxMessage) -> str:
    found = re.search(r"https://beratung\.example(/\S+)", message.body)
    assert found
    return found[1]


def test_an_address_that_is_given_later_is_confirmed_too(
    browser: Browser, session: Session, own_page: str
) -> None:
    page = give_address(browser, own_page, STRANGER)
    assert "Bitte bestätigen Sie Ihre neue E-Mail-Adresse" in page.text
    assert booked_for(session, STRANGER) == []
    (message,) = messages_to(session, STRANGER)
    assert message.purpose == "new_email"
    link = link_in(message)
    asked = browser.get(link)
    assert booked_for(session, STRANGER) == []  # opening it changes nothing
    done = browser.submit(asked)
    assert "Ihre neue E-Mail-Adresse gilt jetzt" in done.text
    assert [each.status for each in booked_for(session, STRANGER)] == [BOOKED]
    assert [each.purpose for each in messages_to(session, STRANGER)] == ["new_email", "booked"]
    assert browser.visit(link).h1 == "Ihr Termin"


def test_whoever_has_only_typed_the_address_cannot_confirm_it(
    browser: Browser, session: Session, own_page: str
) -> None:
    give_address(browser, own_page, "own@example.org")
    (message,) = messages_to(session, "own@example.org")
    proof = link_in(message).rpartition("/")[2]  # of an address that is really theirs
    form = browser.get(f"{own_page}/adresse/{proof}").form()
    give_address(browser, own_page, STRANGER)
    for each in (proof, "A" * 26):
        browser.post(f"{own_page}/adresse/{each}", dict(form.values))
    assert booked_for(session, STRANGER) == []


def test_a_typing_mistake_loses_nobody_their_appointment(
    browser: Browser, session: Session, cast: Cast, appointment: Appointment, token: str
) -> None:
    cast.office.confirm_email = True
    page = give_address(browser, f"/termin/{token}", "ailin@example.org")
    assert "Bis dahin schreiben wir weiter an aylin@example.org" in page.text
    session.refresh(appointment)
    assert (appointment.email, appointment.status) == ("aylin@example.org", BOOKED)
    assert appointment.new_email == "ailin@example.org"
    assert "ailin@example.org" in browser.get(f"/termin/{token}/angaben").text
    give_address(browser, f"/termin/{token}", "")
    session.refresh(appointment)
    assert appointment.email is appointment.new_email is None


# ---- Open appointments of one contact


def test_the_limit_of_open_appointments_holds_on_the_details_page_too(
    browser: Browser, session: Session, cast: Cast
) -> None:
    answers = []
    for start in starts_of(session, cast.topic, 5):
        page = details(browser, slot=start.isoformat())
        page = browser.submit(page, **TYPED | {"email": "", "phone": ""})
        answers.append(give_address(browser, page.path.removesuffix("/gebucht"), STRANGER).status)
    assert answers == [200, 200, 200, 429, 429]
    assert len(booked_for(session, STRANGER)) == cast.office.max_open_bookings


def test_a_number_given_with_another_channel_is_counted_too(
    browser: Browser, session: Session, cast: Cast, appointment: Appointment, token: str
) -> None:
    cast.office.max_open_bookings = 1
    person = replace(OLENA, phone="+4915198765432")
    an_appointment(session, cast.topic, cast.aydin, AT_TEN, person, PHONE)
    session.commit()
    page = browser.get(f"/termin/{token}/art")
    page = browser.submit(page, f"{token}/art", channel=PHONE, phone="0151 98765432")
    assert page.status == 429
    assert "Ihr Termin bleibt, wie er ist" in page.text
    session.refresh(appointment)
    assert (appointment.channel, appointment.phone) == (VIDEO, AYLIN.phone)


def test_who_has_all_that_is_allowed_can_still_change_details(
    browser: Browser, session: Session, cast: Cast, appointment: Appointment, token: str
) -> None:
    cast.office.max_open_bookings = 1
    session.commit()
    page = browser.get(f"/termin/{token}/angaben")
    assert browser.submit(page, f"{token}/angaben", notes="Bis bald").h1 == "Ihr Termin"


def test_a_mailbox_with_many_names_is_one_contact(
    browser: Browser, session: Session, cast: Cast
) -> None:
    answers = []
    for number, start in enumerate(starts_of(session, cast.topic, 4)):
        page = details(browser, slot=start.isoformat())
        email = f"Stranger+{number}@example.org"
        answers.append(browser.submit(page, **TYPED | {"email": email, "phone": ""}).status)
    assert answers == [200, 200, 200, 429]


def test_what_strangers_leave_unconfirmed_keeps_nobody_from_booking(
    browser: Browser, session: Session, cast: Cast
) -> None:
    cast.office.confirm_email = True
    session.commit()
    answers = []
    for start in starts_of(session, cast.topic, 4):
        page = details(browser, slot=start.isoformat())
        answers.append(browser.submit(page, **TYPED | {"phone": ""}).h1)
    assert answers == ["Fast geschafft: Bitte bestätigen Sie Ihren Termin"] * 4
    for number, each in enumerate(booked_for(session, "aylin@example.org")):
        token = operations.issue_link(session, each, MORNING)
        session.commit()
        page = browser.submit(browser.get(f"/termin/{token}/bestaetigen"))
        assert page.status == (200 if number < cast.office.max_open_bookings else 429)


def test_one_network_keeps_few_times_unconfirmed(
    browser: Browser, session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.office.confirm_email = True
    for _ in range(limits.UNCONFIRMED.amount):
        limits.take(session, limits.UNCONFIRMED, "127.0.0.1", MORNING)
    session.commit()
    assert book(browser).h1 == "Zu viele Versuche"


# ---- The waiting list


def test_a_stranger_who_joins_with_an_address_changes_nobodys_wish(
    browser: Browser, session: Session, cast: Cast
) -> None:
    known = replace(AYLIN, phone=None)
    entry = waiting.join(session, cast.topic, VIDEO, known, MORNING)
    session.commit()
    address = JOIN.replace("video", "phone")
    typed = {"email": "aylin@example.org", "phone": "0151 99999999", "not_after": "2026-11-23"}
    first = browser.submit(browser.get(address), name="Fremd", **typed)
    second = browser.submit(browser.get(address), name="Fremd", **typed | {"email": STRANGER})
    assert first.text == second.text  # nor does it say that the address is known
    session.refresh(entry)
    assert (entry.channel, entry.phone, entry.not_after) == (VIDEO, None, None)


def test_the_wish_is_changed_behind_the_link_in_the_mail(
    browser: Browser, session: Session, cast: Cast
) -> None:
    waiting.join(session, cast.topic, VIDEO, replace(AYLIN, phone=None), MORNING)
    session.commit()
    browser.submit(browser.get(JOIN), name="Aylin Özdemir", email="aylin@example.org")
    message = messages_to(session, "aylin@example.org")[0]
    assert "Dann gilt weiter Ihr Wunsch von damals" in message.body
    page = browser.get(browser.get(link_in(message)).link("Wunsch ändern"))
    without = browser.submit(page, channel=PHONE)
    assert (without.status, "Ihre Telefonnummer" in without.text) == (422, True)
    wish = {"channel": PHONE, "phone": "0151 12345678", "not_after": "2026-12-24"}
    page = browser.submit(page, part_of_day="afternoon", **wish)
    assert "Ihr neuer Wunsch gilt jetzt" in page.text
    session.rollback()
    (entry,) = session.scalars(select(WaitingEntry)).all()
    assert (entry.channel, entry.phone) == (PHONE, "+4915112345678")
    assert (entry.part_of_day, str(entry.not_after)) == ("afternoon", "2026-12-24")


def test_a_list_that_is_full_says_so_to_everybody(
    browser: Browser, session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "MOST_WAITING", 1)
    browser.submit(browser.get(JOIN), name="Aylin Özdemir", email="aylin@example.org")
    for email in ("aylin@example.org", STRANGER):
        page = browser.submit(browser.get(JOIN), name="Aylin Özdemir", email=email)
        assert page.status == 409
        assert "wir können zurzeit niemanden mehr aufnehmen" in page.text
        assert page.form().value("email") == email
    assert len(session.scalars(select(WaitingEntry)).all()) == 1


def test_offers_to_one_mailbox_are_counted(session: Session, cast: Cast) -> None:
    """However often somebody joins with it, and with whatever stands behind a plus."""
    for number in range(limits.OFFERS_TO_ONE.amount + 4):
        person = replace(AYLIN, email=f"aylin+{number}@example.org")
        waiting.join(session, cast.other_topic, VIDEO, person, MORNING)
        waiting.offer_free_times(session, MORNING)
    offered = session.scalars(select(Hold)).all()
    assert len(offered) == limits.OFFERS_TO_ONE.amount
    waiting.offer_free_times(session, MORNING + timedelta(days=1))
    assert len(session.scalars(select(Hold)).all()) > len(offered)


# ---- Who got messages


def test_a_refusal_does_not_tell_when_somebody_got_their_first_message(
    browser: Browser, session: Session, cast: Cast
) -> None:
    for _ in range(limits.MESSAGES_TO_ONE.amount):
        limits.take(session, limits.MESSAGES_TO_ONE, "aylin@example.org", MORNING)
    session.commit()
    pages = []
    for hours in (1, 5):
        with clock.set_to(MORNING + timedelta(hours=hours)):
            pages.append(browser.submit(browser.get(JOIN), name="Fremd", email="aylin@example.org"))
    assert [page.status for page in pages] == [429, 429]
    assert {page.response.headers["Retry-After"] for page in pages} == {"86400"}
    assert "Morgen ist es wieder möglich" in pages[0].text
    assert " Uhr" not in " ".join(pages[0].one("main").itertext())


def test_asking_for_links_uses_up_nothing_that_a_stranger_could_measure(
    browser: Browser, session: Session, cast: Cast, appointment: Appointment
) -> None:
    left = []
    for email in ("aylin@example.org", STRANGER):
        browser.submit(browser.get("/link"), contact=email)
        session.rollback()
        person = replace(AYLIN, email=email)
        entry = waiting.join(session, cast.topic, VIDEO, person, MORNING)
        left.append(0)
        with browser.app.app_context(), suppress(notices.TooManyMessages):
            while notices.waiting_joined(session, entry, MORNING):
                left[-1] += 1
        session.commit()
    assert left[0] == left[1] == limits.MESSAGES_TO_ONE.amount


def test_one_network_does_not_use_up_all_messages_of_a_recipient(
    browser: Browser, session: Session, cast: Cast
) -> None:
    statuses = [
        browser.submit(browser.get(JOIN), name="Fremd", email="aylin@example.org").status
        for _ in range(limits.MESSAGES_TO_ONE_FROM_NETWORK.amount + 1)
    ]
    assert statuses[-2:] == [200, 429]
    own = Browser(browser.app)
    form = dict(own.get(JOIN).form().filled({"name": "A", "email": "aylin@example.org"}))
    own_address = {"REMOTE_ADDR": "203.0.113.9"}
    assert own.post(JOIN.partition("?")[0], form, environ_base=own_address).status == 303


def test_strangers_do_not_use_up_what_the_holder_of_a_link_may_get(
    browser: Browser, session: Session, cast: Cast, token: str
) -> None:
    for _ in range(limits.MESSAGES_TO_ONE.amount):
        limits.take(session, limits.MESSAGES_TO_ONE, "aylin@example.org", MORNING)
    session.commit()
    path = f"/termin/{token}/verschieben"
    browser.submit(browser.get(path), path, slot=HALF_PAST_ELEVEN)
    assert [each.purpose for each in messages_to(session, "aylin@example.org")] == ["moved"]


def test_a_message_is_not_taken_back_for_one_that_is_not_written(
    app: Flask, session: Session, appointment: Appointment
) -> None:
    for _ in range(limits.OWN_MESSAGES_TO_ONE.amount):
        limits.take(session, limits.OWN_MESSAGES_TO_ONE, "aylin@example.org", MORNING)
    with app.app_context():
        notices.booked(session, appointment, MORNING)
        with pytest.raises(notices.TooManyMessages):
            notices.moved(session, appointment, MORNING)
    session.commit()
    assert [each.purpose for each in messages_to(session, "aylin@example.org")] == ["booked"]


# ---- Text messages to far away


@pytest.fixture
def gateway(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = replace(app.config["SETTINGS"], sms_url="https://sms.example/?to={to}&text={text}")
    monkeypatch.setitem(app.config, "SETTINGS", settings)


@pytest.mark.usefixtures("gateway")
def test_no_text_message_goes_to_where_it_costs_a_fortune(
    browser: Browser, session: Session, cast: Cast
) -> None:
    page = book(browser, email=None, phone="+43 664 1234567")
    assert page.h1 == "Ihr Termin ist gebucht"
    assert "An Nummern aus diesem Land schicken wir keine SMS" in page.text
    assert session.scalars(select(OutboxMessage)).all() == []


@pytest.mark.usefixtures("gateway")
def test_the_waiting_list_says_that_it_cannot_write_there(browser: Browser, cast: Cast) -> None:
    page = browser.submit(browser.get(JOIN), name="A", email="", phone="+43 664 1234567")
    assert page.status == 422
    assert "An Nummern aus diesem Land schicken wir keine SMS" in page.text


def test_the_office_says_which_countries_get_text_messages(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    for countries, reached in ((["49"], False), (["49", "43"], True)):
        settings = replace(
            app.config["SETTINGS"],
            sms_url="https://sms.example/?to={to}&text={text}",
            sms_countries=countries,
        )
        monkeypatch.setitem(app.config, "SETTINGS", settings)
        with app.app_context():
            assert notices.can_text("+4915112345678")
            assert notices.can_text("+436641234567") is reached
            assert notices.is_too_far("+436641234567") is not reached
