"""What a person changes on the page of their appointment."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.booking import HALF_PAST_ELEVEN, TYPED, book
from tests.support.browser import Browser
from tests.support.cast import AT_TEN, Cast, an_appointment
from vberatung import clock
from vberatung.booking.models import BOOKED, CANCELLED, PENDING, Appointment
from vberatung.messages.models import OutboxMessage


def mails(session: Session) -> list[OutboxMessage]:
    return list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def test_a_moved_appointment_keeps_its_link(
    browser: Browser, session: Session, appointment: Appointment, token: str
) -> None:
    """A pain of other systems: links die when an appointment is moved."""
    page = browser.get(browser.get(f"/termin/{token}").link("Termin verschieben"))
    page = browser.submit(page, slot=HALF_PAST_ELEVEN)
    assert "verschoben" in page.text
    assert "11:30 Uhr" in browser.get(f"/termin/{token}").text
    session.refresh(appointment)
    assert appointment.starts_at == AT_TEN + timedelta(minutes=90)
    assert "METHOD:REQUEST" in (mails(session)[-1].calendar or "")


def test_the_own_time_is_not_offered_again(browser: Browser, token: str) -> None:
    page = browser.get(f"/termin/{token}/verschieben")
    values = [slot.attrib["value"] for slot in page.marked("slot")]
    assert "2026-11-23T10:00:00+01:00" not in values
    assert "2026-11-23T10:15:00+01:00" in values


def test_a_taken_time_leaves_the_appointment_as_it_is(
    browser: Browser, session: Session, cast: Cast, token: str
) -> None:
    page = browser.get(f"/termin/{token}/verschieben")
    an_appointment(session, cast.topic, cast.berger, AT_TEN + timedelta(minutes=90))
    page = browser.submit(page, slot=HALF_PAST_ELEVEN)
    assert page.status == 409
    assert "Ihr Termin bleibt, wie er ist" in page.text
    assert "10:00 Uhr" in browser.get(f"/termin/{token}").text


def test_the_channel_can_be_changed(
    browser: Browser, session: Session, appointment: Appointment, token: str
) -> None:
    page = browser.get(f"/termin/{token}/art")
    page = browser.submit(page, channel="phone")
    assert "Wir rufen an" in page.text
    session.refresh(appointment)
    assert appointment.channel == "phone"


def test_a_call_needs_a_number(
    browser: Browser, session: Session, appointment: Appointment, token: str
) -> None:
    appointment.phone = None
    page = browser.submit(browser.get(f"/termin/{token}/art"), channel="phone", phone="")
    assert page.status == 422
    assert "Bitte schreiben Sie Ihre Telefonnummer." in page.text


def test_a_channel_that_is_not_offered(browser: Browser, token: str) -> None:
    page = browser.submit(browser.get(f"/termin/{token}/art"), channel="fax")
    assert page.status == 422


def test_details_can_be_added(
    browser: Browser, session: Session, appointment: Appointment, token: str
) -> None:
    page = browser.get(f"/termin/{token}/angaben")
    page = browser.submit(
        page,
        interpreter="sign",
        companion="y",
        access_needs="Schriftdolmetschen",
        email="neu@example.org",
    )
    for words in ("in Gebärdensprache", "Sie bringen jemanden mit", "Schriftdolmetschen"):
        assert words in page.text
    assert mails(session)[-1].recipient == "neu@example.org"


def test_a_mistake_in_the_details_loses_nothing(browser: Browser, token: str) -> None:
    page = browser.get(f"/termin/{token}/angaben")
    page = browser.submit(page, **TYPED | {"email": "falsch", "access_needs": "mehr Zeit"})
    assert page.status == 422
    assert page.form().value("email") == "falsch"
    assert page.form().value("access_needs") == "mehr Zeit"


def test_nothing_can_be_changed_after_the_start(browser: Browser, token: str) -> None:
    for part in ("verschieben", "art", "angaben"):
        with clock.set_to(AT_TEN):
            page = browser.get(f"/termin/{token}/{part}")
            assert page.status == 200
            assert "nicht mehr" in page.text
            values = {"csrf_token": "x", **TYPED, "slot": HALF_PAST_ELEVEN, "channel": "phone"}
            assert browser.post(f"/termin/{token}/{part}", values).status in (400, 409, 422)


def test_a_cancelled_link_leads_to_booking_anew(
    browser: Browser, session: Session, appointment: Appointment, token: str
) -> None:
    browser.submit(browser.get(f"/termin/{token}/absagen"))
    page = browser.get(f"/termin/{token}")
    page = browser.get(page.link("Neuen Termin buchen"))
    assert page.h1 == "Wann passt es Ihnen?"
    session.refresh(appointment)
    assert appointment.status == CANCELLED


def test_the_print_page_has_link_picture_and_code(browser: Browser, token: str) -> None:
    page = browser.get(f"/termin/{token}/drucken")
    assert f"https://beratung.example/termin/{token}" in page.text
    assert len(page.all("*", **{"class": "qr"})) == 1
    code = "".join(page.marked("code")[0].itertext())
    assert len(code) == 14


def test_the_code_opens_the_appointment(browser: Browser, token: str) -> None:
    page = browser.get(f"/termin/{token}/drucken")
    code = "".join(page.marked("code")[0].itertext()).lower().replace("-", " ")
    page = browser.submit(browser.get("/code"), code=code)
    assert page.h1 == "Ihr Termin"
    assert not page.path.endswith(token)


@pytest.mark.parametrize("wrong", ["", "ACEF-HKLM-PRTU", "x" * 41, "🙂", "'; DROP TABLE links"])
def test_a_wrong_code_opens_nothing(browser: Browser, token: str, wrong: str) -> None:
    page = browser.submit(browser.get("/code"), code=wrong)
    assert page.status == 422
    assert page.form().value("code") == wrong


@pytest.mark.parametrize("contact", ["aylin@example.org", "AYLIN@EXAMPLE.ORG", "0151 12345678"])
def test_links_are_sent_again(
    browser: Browser, session: Session, appointment: Appointment, contact: str
) -> None:
    page = browser.submit(browser.get("/link"), contact=contact)
    assert page.path == "/link/gesendet"
    assert "/termin/" in mails(session)[-1].body


def test_nobody_learns_whether_an_address_is_known(
    browser: Browser, session: Session, appointment: Appointment
) -> None:
    known = browser.submit(browser.get("/link"), contact="aylin@example.org")
    sent = len(mails(session))
    unknown = browser.submit(browser.get("/link"), contact="nobody@example.org")
    assert unknown.text == known.text
    assert len(mails(session)) == sent


def test_a_scanner_that_opens_links_confirms_nothing(
    browser: Browser, session: Session, cast: Cast
) -> None:
    """A pain of other systems: mail scanners that open links cancel or confirm appointments."""
    cast.office.confirm_email = True

    page = book(browser)
    assert "Bitte bestätigen Sie" in page.h1
    booked = session.scalars(select(Appointment).where(Appointment.status == PENDING)).one()
    link = next(word for word in mails(session)[-1].body.split() if "/bestaetigen" in word)
    page = browser.visit(link)
    session.refresh(booked)
    assert booked.status == PENDING
    page = browser.submit(page)
    assert page.h1 == "Ihr Termin ist gebucht"
    session.refresh(booked)
    assert booked.status == BOOKED
