"""What a booking begins with fills in what is known, and is told of the booking."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.browser import Browser, Page
from tests.support.cast import AT_TEN, MONDAY, Cast, an_appointment, works
from tests.support.invitations import invited, link_of
from tests.support.registration import search_step
from vberatung import clock, links
from vberatung.booking import operations
from vberatung.booking.models import HELD, Appointment
from vberatung.links import Link
from vberatung.registration.models import Registration

AFTERWARDS = AT_TEN + timedelta(hours=2)


def book_first(browser: Browser, times: Page) -> Page:
    """The first free time, with nothing but what was filled in already."""
    page = browser.submit(times, slot=times.marked("slot")[0].attrib["value"])
    return browser.submit(page)


def after_a_talk(session: Session, cast: Cast) -> str:
    """The link of somebody who had a talk with Berger."""
    earlier = an_appointment(session, cast.topic, cast.berger, AT_TEN)
    token = operations.issue_link(session, earlier, clock.now())
    earlier.status, earlier.talk_started_at = HELD, AT_TEN
    works(session, cast.aydin, MONDAY, 15, 17)
    session.commit()
    return token


def test_whoever_had_a_talk_may_choose_the_same_counsellor(
    browser: Browser, session: Session, cast: Cast
) -> None:
    token = after_a_talk(session, cast)
    with clock.set_to(AFTERWARDS):
        times = browser.get(browser.get(f"/termin/{token}").link("Neuen Termin buchen"))
        assert "die freien Zeiten von Sabine Berger" in times.text
        page = book_first(browser, times)
    assert "Sabine Berger" in page.text


def test_or_anybody(browser: Browser, session: Session, cast: Cast) -> None:
    token = after_a_talk(session, cast)
    with clock.set_to(AFTERWARDS):
        times = browser.get(browser.get(f"/termin/{token}").link("Neuen Termin buchen"))
        everybody = browser.get(times.link("Zeiten von allen ansehen"))
    assert len(everybody.marked("slot")) > len(times.marked("slot"))


def test_who_had_no_talk_has_no_counsellor_of_their_own(
    browser: Browser, session: Session, appointment: Appointment, token: str
) -> None:
    operations.cancel(session, appointment, clock.now())
    times = browser.get(browser.get(f"/termin/{token}").link("Neuen Termin buchen"))
    assert "Sabine Berger" not in times.text
    page = browser.submit(times, slot=times.marked("slot")[0].attrib["value"])
    assert page.form().value("name") == "Aylin Özdemir"


def test_what_is_not_known_about_interpreting_is_no(
    browser: Browser, session: Session, cast: Cast
) -> None:
    """Pain: after a registration none of the answers was chosen."""
    token = after_a_talk(session, cast)
    with clock.set_to(AFTERWARDS):
        times = browser.get(browser.get(f"/termin/{token}").link("Neuen Termin buchen"))
        page = browser.submit(times, slot=times.marked("slot")[0].attrib["value"])
    (chosen,) = [each for each in page.all("input", name="interpreter") if "checked" in each.attrib]
    assert chosen.attrib["value"] == ""


def test_an_invitation_fills_in_the_form_and_is_booked(
    browser: Browser, session: Session, cast: Cast
) -> None:
    invitation = invited(session, cast)
    page = browser.get(link_of(session, invitation))
    page = browser.visit(page.link("Zeit wählen"))
    if not page.marked("slot"):
        page = browser.visit(page.link("Per Video"))
    assert book_first(browser, page).h1 == "Ihr Termin ist gebucht"
    session.refresh(invitation)
    assert invitation.booked_at == clock.now()
    booked = session.get_one(Appointment, invitation.appointment_id)
    assert booked.email == "aylin@example.org"


def test_an_invitation_leads_to_no_other_office(
    browser: Browser, session: Session, cast: Cast
) -> None:
    token = link_of(session, invited(session, cast)).rpartition("/")[2]
    page = browser.get(
        f"/seeheim/termin?occasion=einladung.{token}&topic=weiterbildung&channel=video"
    )
    page = browser.submit(page, slot=page.marked("slot")[0].attrib["value"])
    assert page.form().value("name") == ""


def test_a_registration_leads_to_the_first_talk_with_everything_known(
    browser: Browser, session: Session, cast: Cast
) -> None:
    cast.first_talk.after_registration = True
    browser.submit(search_step(browser), "", sure="y")
    registration = session.scalars(select(Registration)).one()
    assert registration.sent_at is not None
    token = links.issue(session, Link.registration_id, registration.id, clock.now())
    session.commit()
    receipt = browser.visit(f"/meldung/{token}")
    times = browser.get(receipt.link("Erstes Gespräch buchen"))
    page = browser.submit(times, slot=times.marked("slot")[0].attrib["value"])
    assert page.form().value("name") == "Aylin Özdemir"
    assert browser.submit(page).h1 == "Ihr Termin ist gebucht"
    session.refresh(registration)
    assert registration.appointment_id is not None


def test_a_forged_occasion_is_none(browser: Browser, cast: Cast) -> None:
    for forged in ("einladung.", "einladung.x", "wieder.%00", "x.y", "meldung", "🙂.🙂"):
        page = browser.get(
            "/musterstadt/termin",
            query={"topic": "weiterbildung", "channel": "video", "occasion": forged},
        )
        assert page.status == 200
        assert page.marked("slot")
