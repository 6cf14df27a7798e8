"""The whole way from the start page to the personal page, without JavaScript."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.booking import HALF_PAST_ELEVEN, TYPED, book, details, step
from tests.support.browser import Browser, text_of
from tests.support.cast import AT_TEN, Cast, an_appointment
from vberatung import clock
from vberatung.booking.models import Appointment
from vberatung.extensions import jobs
from vberatung.links import Link
from vberatung.messages.models import OutboxMessage


def newest(session: Session) -> Appointment:
    return session.scalars(select(Appointment).order_by(Appointment.id.desc()).limit(1)).one()


def test_from_the_start_page_to_the_personal_page(browser: Browser, cast: Cast) -> None:
    page = browser.visit("/")
    page = browser.visit(page.link("Jobcenter Musterstadt"))
    page = browser.visit(page.link("Weiterbildung"))
    page = browser.visit(page.one("a", data_channel="video").attrib["href"])
    slot = page.marked("slot")[0]
    page = browser.submit(page, slot=slot.attrib["value"])
    page = browser.submit(page, name="Aylin Özdemir", email="aylin@example.org")
    assert page.h1 == "Ihr Termin ist gebucht"
    personal = next(link for link in page.links() if re.fullmatch(r"/termin/[\w-]{22}", link))
    page = browser.visit(personal)
    assert "Montag, 23. November 2026" in text_of(page.marked("appointment-time")[0])
    assert "10:00 Uhr bis 10:30 Uhr" in text_of(page.marked("appointment-time")[0])


def test_only_the_topics_of_the_office_are_offered(browser: Browser, cast: Cast) -> None:
    topics = [text_of(topic) for topic in browser.get("/musterstadt/termin").marked("topic")]
    assert topics == ["Weiterbildung", "Erstgespräch"]


def test_only_the_channels_of_the_topic_are_offered(browser: Browser, cast: Cast) -> None:
    page = browser.get("/musterstadt/termin?topic=erstgespraech")
    channels = [link.attrib.get("data-channel") for link in page.all("a")]
    assert [channel for channel in channels if channel] == ["video"]


def test_the_next_free_time_needs_one_click(browser: Browser, cast: Cast) -> None:
    page = browser.get("/musterstadt/termin?topic=weiterbildung")
    button = page.marked("next-free")[0]
    page = browser.submit(page, slot=button.attrib["value"])
    assert page.h1 == "Ihre Angaben"
    assert page.form().value("slot").startswith("2026-11-23T")


def test_every_slot_is_an_iso_time_with_offset(browser: Browser, cast: Cast) -> None:
    page = browser.get("/musterstadt/termin?topic=weiterbildung&channel=video")
    values = [slot.attrib["value"] for slot in page.marked("slot")]
    assert values[0] == "2026-11-23T10:00:00+01:00"
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:00\+0[12]:00", v) for v in values)


def test_a_booking_is_answered_by_a_redirect(browser: Browser, cast: Cast) -> None:
    page = book(browser)
    assert [seen.status for seen in page.seen] == [303]
    assert page.status == 200


def test_what_was_typed_is_in_the_appointment(
    browser: Browser, session: Session, cast: Cast
) -> None:
    book(browser)
    booked = newest(session)
    assert (booked.name, booked.email) == ("Aylin Özdemir", "aylin@example.org")
    assert (booked.phone, booked.notes) == ("+4915112345678", "Bitte langsam sprechen.")
    assert (booked.starts_at, booked.channel) == (AT_TEN, "video")
    assert (booked.office.slug, booked.booked_at) == ("musterstadt", clock.now())


def test_the_mail_is_in_the_outbox_with_a_link_of_its_own(
    browser: Browser, session: Session, cast: Cast
) -> None:
    book(browser)
    mail = session.scalars(select(OutboxMessage)).one()
    assert mail.recipient == "aylin@example.org"
    assert mail.expires_at == AT_TEN + timedelta(minutes=30)
    link = re.search(r"https://beratung\.example(/termin/[\w-]{22})\s", mail.body)
    assert link
    assert browser.get(link[1]).h1 == "Ihr Termin"


def test_the_mail_is_sent_soon(browser: Browser, cast: Cast) -> None:
    jobs.huey.flush()
    book(browser)
    assert jobs.huey.pending_count() == 1


def test_without_an_address_there_is_no_mail_but_the_link(
    browser: Browser, session: Session, cast: Cast
) -> None:
    page = book(browser, email="")
    assert "notieren oder drucken" in page.text
    assert "https://beratung.example/termin/" in page.text
    assert session.scalars(select(OutboxMessage)).all() == []


def test_a_name_is_enough_for_a_video_talk(browser: Browser, session: Session, cast: Cast) -> None:
    page = book(browser, email="", phone="", notes="")
    assert page.h1 == "Ihr Termin ist gebucht"
    assert (newest(session).email, newest(session).phone, newest(session).notes) == (None,) * 3


NAMES = {
    "Arabic": "فاطمة السيد",
    "Chinese": "王小明",
    "Hindi, joined": "श्रीमती क्षमा",
    "Persian with its joiner": "نرگس کتاب\u200cخانه",
    "emoji": "Aylin 👩🏽‍🚀",
    "combining": "Jose\u0301 Nguye\u0302\u0303n",
    "markup": '<b>O\'Brien</b> & "Söhne" {{ 7*7 }} %(name)s {0}',
    "one letter": "Ö",
    "200 characters": "李" * 200,
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_of_any_script_is_kept_as_it_is(
    browser: Browser, session: Session, cast: Cast, name: str
) -> None:
    page = book(browser, name=f"  {name} ")
    assert page.h1 == "Ihr Termin ist gebucht"
    assert newest(session).name == name
    assert name in session.scalars(select(OutboxMessage)).one().body


def test_a_talk_by_phone_shows_the_number(browser: Browser, cast: Cast) -> None:
    page = book(browser, channel="phone", email="")
    assert "+49 1511 2345678" in page.text


def test_a_talk_at_the_office_shows_the_address(browser: Browser, cast: Cast) -> None:
    assert "Lindenallee 12, 01234 Musterstadt" in book(browser, channel="in_person").text


def test_the_language_of_the_messages_is_the_pages_at_first(browser: Browser, cast: Cast) -> None:
    assert details(browser).form().value("language") == "de"
    browser.get("/?lang=en")
    assert details(browser).form().value("language") == "en"


def test_what_has_been_chosen_can_be_changed(browser: Browser, cast: Cast) -> None:
    page = details(browser)
    assert page.link("Thema") == "/musterstadt/termin"
    assert browser.get(page.link("Art")).h1 == "Wie möchten Sie sprechen?"
    assert browser.get(page.link("Zeit")).h1 == "Wann passt es Ihnen?"


def test_two_people_get_two_counsellors(browser: Browser, session: Session, cast: Cast) -> None:
    book(browser)
    book(browser, name="Thomas Müller")
    booked = session.scalars(select(Appointment).where(Appointment.starts_at == AT_TEN)).all()
    names = {appointment.counsellor.name for appointment in booked}
    assert names == {"Sabine Berger", "Murat Aydın"}
    assert len(session.scalars(select(Link)).all()) == 4  # in each mail, and on each page


def test_after_a_conflict_the_next_free_time_needs_one_click(
    browser: Browser, session: Session, cast: Cast
) -> None:
    page = details(browser, slot=HALF_PAST_ELEVEN)
    an_appointment(session, cast.topic, cast.berger, AT_TEN.replace(hour=11, minute=30))
    page = browser.submit(page, **TYPED)
    near = [slot.attrib["value"] for slot in page.marked("slot")]
    assert near == sorted(near)
    assert browser.submit(page).h1 == "Ihr Termin ist gebucht"
    assert newest(session).name == TYPED["name"]


def test_nothing_personal_is_in_an_address(browser: Browser, cast: Cast) -> None:
    page = book(browser)
    urls = [page.url, *(seen.url for seen in page.seen)]
    assert not [
        url for url in urls if any(word in url for word in ("Aylin", "example.org", "12345"))
    ]


def test_a_full_calendar_leads_to_the_telephone(
    browser: Browser, session: Session, cast: Cast
) -> None:
    cast.berger.topics, cast.aydin.topics = [], []
    page = browser.get("/musterstadt/termin?topic=weiterbildung&channel=video")
    assert page.status == 200
    assert page.marked("slot") == []
    assert "+49 30 23125 000" in page.text


def test_an_english_booking_is_english_all_the_way(browser: Browser, cast: Cast) -> None:
    page = browser.get(step() + "&lang=en")
    assert page.root.attrib["lang"] == "en"
    page = browser.submit(page, **TYPED)
    assert page.root.attrib["lang"] == "en"
    assert "Monday, 23 November 2026" in page.text
