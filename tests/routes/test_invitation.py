"""What the invited person sees: /einladung/<token>."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.browser import Browser
from tests.support.cast import AT_TEN, AYLIN, MORNING, Cast, an_appointment
from tests.support.databases import raw_rows
from tests.support.invitations import AYLIN_BY_MAIL, invited, link_of
from vberatung import clock, links
from vberatung.booking import operations as booking
from vberatung.booking.hours import Absence
from vberatung.booking.models import Appointment
from vberatung.invitations import operations
from vberatung.invitations.models import CANCELLED_BY_OFFICE, Invitation
from vberatung.invitations.operations import Terms
from vberatung.invitations.replacement import invite_instead
from vberatung.links import Link

CHOOSE = "Zeit wählen"


@pytest.fixture
def invitation(session: Session, cast: Cast) -> Invitation:
    return invited(session, cast)


@pytest.fixture
def url(session: Session, invitation: Invitation) -> str:
    return link_of(session, invitation)


def test_it_says_who_invites_to_what_until_when_and_how_long_it_takes(
    browser: Browser, url: str
) -> None:
    text = browser.get(url).text
    for words in (
        "Aylin Özdemir",
        "Jobcenter Musterstadt",
        "Weiterbildung",
        "Montag, 7. Dezember 2026",
        "etwa 30 Minuten",
        "freiwillig",
    ):
        assert words in text


def test_from_the_invitation_to_the_appointment_with_the_person_who_invited(
    browser: Browser, session: Session, cast: Cast
) -> None:
    """At ten both counsellors are free, and the fair order would take Berger."""
    terms = Terms(cast.topic, channel="video", counsellor_id=cast.aydin.id)
    invitation = operations.invite(session, cast.aydin, terms, AYLIN_BY_MAIL, MORNING)
    url = link_of(session, invitation)
    times = browser.visit(browser.get(url).link(CHOOSE))
    details = browser.submit(times, slot=times.marked("slot")[0].attrib["value"])
    assert details.form().value("name") == "Aylin Özdemir"
    assert browser.submit(details).path.endswith("/gebucht")
    session.expire_all()
    appointment = invitation.appointment
    assert appointment
    assert (appointment.counsellor_id, appointment.name) == (cast.aydin.id, "Aylin Özdemir")
    assert not browser.get(url).has("choose-time")


def test_a_channel_that_the_office_has_chosen_is_not_asked_again(
    browser: Browser, session: Session, cast: Cast
) -> None:
    invitation = operations.invite(
        session, cast.berger, Terms(cast.topic, channel="phone"), AYLIN_BY_MAIL, MORNING
    )
    page = browser.get(link_of(session, invitation))
    assert "Telefon" in page.text
    assert "channel=phone" in page.link(CHOOSE)


def test_opening_the_link_changes_nothing(app: Flask, browser: Browser, url: str) -> None:
    before = raw_rows(app.config["SQLALCHEMY_DATABASE_URI"])
    for method in ("GET", "HEAD"):
        assert browser.open(url, method).status == 200
    assert raw_rows(app.config["SQLALCHEMY_DATABASE_URI"]) == before


def test_whoever_has_booked_comes_to_the_appointment(
    browser: Browser, session: Session, cast: Cast, invitation: Invitation, url: str
) -> None:
    appointment = an_appointment(session, cast.topic, cast.berger)
    operations.note_booking(session, invitation, appointment, MORNING)
    page = browser.get(url)
    assert "10:00 Uhr" in page.text
    assert not page.has("choose-time")
    page = browser.submit(page, "/termin")
    token = page.path.removeprefix("/termin/")
    assert links.target_of_token(session, Link.appointment_id, token) == appointment.id


def test_before_a_booking_there_is_no_way_to_an_appointment(
    browser: Browser, session: Session, cast: Cast, url: str
) -> None:
    token = browser.get("/code").form().value("csrf_token")
    assert browser.post(f"{url}/termin", {"csrf_token": token}).status == 404


def test_after_a_cancellation_another_time_can_be_chosen(
    browser: Browser, session: Session, cast: Cast, invitation: Invitation, url: str
) -> None:
    appointment = an_appointment(session, cast.topic, cast.berger)
    operations.note_booking(session, invitation, appointment, MORNING)
    booking.cancel(session, appointment, MORNING)
    assert browser.get(url).has("choose-time")


def test_an_expired_invitation_names_the_phone_and_another_way(browser: Browser, url: str) -> None:
    with clock.set_to(MORNING + timedelta(days=15)):
        page = browser.get(url)
    assert page.status == 200
    assert "+49 30 23125 000" in page.text
    assert page.link("Termin ohne Einladung buchen") == "/musterstadt/"
    assert not page.has("choose-time")


def test_a_withdrawn_invitation_says_so(
    browser: Browser, session: Session, invitation: Invitation, url: str
) -> None:
    operations.withdraw(session, invitation, MORNING)
    page = browser.get(url)
    assert "zurückgenommen" in page.text
    assert not page.has("choose-time")


def test_a_booking_that_has_been_deleted_is_not_shown_as_open(
    browser: Browser, session: Session, invitation: Invitation, url: str
) -> None:
    invitation.booked_at = MORNING
    page = browser.get(url)
    assert page.status == 200
    assert not page.has("choose-time")


@pytest.fixture
def instead(session: Session, cast: Cast) -> str:
    """The link to other times, after the office had to cancel Aylin's talk by phone at ten."""
    appointment = an_appointment(session, cast.topic, cast.berger, channel="phone")
    booking.cancel(session, appointment, MORNING, by_office=True)
    invitation = invite_instead(session, appointment, cast.berger, "mail", MORNING)
    return link_of(session, invitation)


def test_who_was_cancelled_by_the_office_reads_what_happened_and_when_it_would_have_been(
    browser: Browser, instead: str
) -> None:
    page = browser.get(instead)
    assert page.h1 == "Ihr Termin am Montag, 23. November 2026, 10:00 Uhr musste abgesagt werden"
    assert "das tut uns leid" in page.text


def test_after_that_the_next_free_times_are_one_press_away(
    browser: Browser, session: Session, cast: Cast, instead: str
) -> None:
    page = browser.get(instead)
    slots = [slot.attrib["value"] for slot in page.marked("slot")]
    assert len(slots) == 6
    assert slots[0] == "2026-11-23T10:00:00+01:00"
    details = browser.submit(page, "/zeit", slot=slots[1])
    assert details.form().value("name") == "Aylin Özdemir"
    booked = browser.submit(details)
    assert "10:15 Uhr" in booked.text
    assert "Telefon" in booked.text
    assert browser.get(instead).h1 == "Sie haben einen Termin"


@pytest.fixture
def with_needs(session: Session, cast: Cast) -> str:
    """As `instead`, of somebody who had chosen Turkish and asked for an interpreter and a ramp."""
    cast.berger.languages, cast.aydin.languages = ["de"], ["de", "tr"]
    person = replace(
        AYLIN,
        interpreter="spoken",
        interpreter_language="Zaza",
        companion=True,
        access_needs="Eine Rampe",
    )
    appointment = an_appointment(session, cast.topic, cast.aydin, AT_TEN, person)
    appointment.spoken = "tr"
    booking.cancel(session, appointment, MORNING, by_office=True)
    return link_of(session, invite_instead(session, appointment, cast.berger, "mail", MORNING))


def test_the_language_and_the_needs_of_the_cancelled_appointment_are_kept(
    browser: Browser, session: Session, cast: Cast, with_needs: str
) -> None:
    page = browser.get(with_needs)
    assert "Türkisch" in page.text
    assert "spoken=tr" in page.link("Alle freien Zeiten")
    slots = [slot.attrib["value"] for slot in page.marked("slot")]
    details = browser.submit(page, "/zeit", slot=slots[0])
    browser.submit(details)
    newest = select(Appointment).where(Appointment.status == "booked").order_by(Appointment.id)
    booked = session.scalars(newest).all()[-1]
    assert (booked.spoken, booked.counsellor) == ("tr", cast.aydin)
    assert (booked.interpreter, booked.interpreter_language) == ("spoken", "Zaza")
    assert (booked.companion, booked.access_needs) == (True, "Eine Rampe")


def test_without_a_time_in_that_language_one_can_wait_for_it(
    browser: Browser, session: Session, cast: Cast, with_needs: str
) -> None:
    session.add(
        Absence(
            counsellor_id=cast.aydin.id, starts_at=MORNING, ends_at=MORNING + timedelta(days=60)
        )
    )
    session.commit()
    page = browser.get(with_needs)
    assert not page.has("slot")
    assert "spoken=tr" in page.link("Auf die Warteliste")


def test_after_that_any_channel_of_the_topic_can_be_chosen(browser: Browser, instead: str) -> None:
    page = browser.get(instead)
    assert page.form("/zeit").value("channel") == "phone"
    page = browser.get(page.link("persönlich vor Ort"))
    assert page.form("/zeit").value("channel") == "in_person"
    assert "channel=in_person" in page.link("Alle freien Zeiten")
    assert browser.get(instead + "?channel=fax").form("/zeit").value("channel") == "phone"


def test_where_nothing_is_free_the_waiting_list_is_next(
    browser: Browser, session: Session, cast: Cast, instead: str
) -> None:
    for staff in (cast.berger, cast.aydin):
        staff.active = False
    page = browser.get(instead)
    assert not page.has("slot")
    assert "/warteliste" in page.link("Auf die Warteliste")


def test_when_the_cancelled_appointment_is_deleted_the_page_still_says_what_happened(
    browser: Browser, session: Session, invitation: Invitation, url: str
) -> None:
    invitation.reason = CANCELLED_BY_OFFICE
    assert browser.get(url).h1 == "Ihr Termin musste abgesagt werden"


def test_what_was_booked_with_an_invitation_and_cancelled_by_the_office_is_named_there(
    browser: Browser, session: Session, cast: Cast, invitation: Invitation, url: str
) -> None:
    appointment = an_appointment(session, cast.topic, cast.berger)
    operations.note_booking(session, invitation, appointment, MORNING)
    booking.cancel(session, appointment, MORNING, by_office=True)
    assert "musste abgesagt werden" in browser.get(url).h1


def test_who_cancelled_themselves_reads_no_apology(
    browser: Browser, session: Session, cast: Cast, instead: str
) -> None:
    invitation = session.scalars(select(Invitation)).one()
    appointment = an_appointment(session, cast.topic, cast.berger)
    operations.note_booking(session, invitation, appointment, MORNING)
    booking.cancel(session, appointment, MORNING)
    assert browser.get(instead).h1 == "Wir laden Sie zu einem Gespräch ein"


def test_it_speaks_english_too(browser: Browser, url: str) -> None:
    assert browser.get(url + "?lang=en").status == 200


@pytest.mark.parametrize("token", ["x", "0" * 22, "%00"])
def test_an_unknown_link_is_not_found(browser: Browser, cast: Cast, token: str) -> None:
    assert browser.get(f"/einladung/{token}").status == 404


def test_the_link_of_an_appointment_is_no_invitation(
    browser: Browser, appointment: Appointment, token: str
) -> None:
    assert browser.get(f"/einladung/{token}").status == 404
