"""Joining the waiting list, and taking or leaving what is offered."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.browser import Browser, Page
from tests.support.cast import AT_TEN, AYLIN, MORNING, Cast, an_appointment
from tests.support.databases import raw_rows
from vberatung import clock, links
from vberatung.booking import operations as booking
from vberatung.booking.hours import Absence
from vberatung.booking.models import Appointment
from vberatung.links import Link
from vberatung.messages.models import OutboxMessage
from vberatung.waiting import operations
from vberatung.waiting.models import WaitingEntry, WaitingOffer

JOIN = "/musterstadt/warteliste?topic=weiterbildung&channel=video"
TYPED: dict[str, str | None] = {"name": "Aylin Özdemir", "email": "aylin@example.org"}


@pytest.fixture
def nothing_free(session: Session, cast: Cast) -> None:
    for counsellor in (cast.berger, cast.aydin):
        session.add(
            Absence(
                counsellor_id=counsellor.id,
                starts_at=MORNING,
                ends_at=MORNING + timedelta(days=60),
            )
        )
    session.commit()


@pytest.fixture
def entry(session: Session, cast: Cast) -> WaitingEntry:
    """Aylin waits, and one time is offered to her."""
    entry = operations.join(session, cast.topic, "video", AYLIN, MORNING)
    operations.offer_free_times(session, MORNING)
    session.commit()
    return entry


@pytest.fixture
def link(session: Session, entry: WaitingEntry) -> str:
    token = links.issue(session, Link.waiting_entry_id, entry.id, MORNING)
    session.commit()
    return f"/warteliste/{token}"


def join(browser: Browser, **changes: str | None) -> Page:
    return browser.submit(browser.get(JOIN), **TYPED | changes)


def press(browser: Browser, page: Page, action: str) -> Page:
    return browser.submit(page, action)


def entries(session: Session) -> list[WaitingEntry]:
    return list(session.scalars(select(WaitingEntry)))


def offer_of(session: Session) -> WaitingOffer:
    return session.scalars(select(WaitingOffer)).one()


@pytest.mark.usefixtures("nothing_free")
def test_no_free_slot_and_nothing_else_does_not_happen(browser: Browser, cast: Cast) -> None:
    page = browser.get("/musterstadt/termin?topic=weiterbildung&channel=video")
    assert browser.visit(page.link("Warteliste")).h1 == "Auf die Warteliste setzen lassen"


def test_only_who_gets_a_mail_is_told_of_the_spam_folder(
    app: Flask, browser: Browser, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(app.config["SETTINGS"], sms_url="https://sms.example/?to={to}&text={text}")
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    by_text = join(browser, email=None, phone="0151 12345678")
    assert by_text.h1 == "Sie stehen auf der Warteliste"
    assert "Spam" not in by_text.text
    assert "Es kam keine SMS an?" in by_text.text
    assert "Spam-Ordner" in join(browser).text


@pytest.mark.usefixtures("nothing_free")
def test_joining_is_confirmed_by_a_message(browser: Browser, session: Session, cast: Cast) -> None:
    page = join(browser, part_of_day="morning", not_after="2026-12-24")
    assert page.h1 == "Sie stehen auf der Warteliste"
    (entry,) = entries(session)
    assert (entry.name, entry.email) == (TYPED["name"], TYPED["email"])
    assert (entry.part_of_day, str(entry.not_after)) == ("morning", "2026-12-24")
    message = session.scalars(select(OutboxMessage)).one()
    assert (message.recipient, message.purpose) == (TYPED["email"], "waiting_joined")


@pytest.mark.usefixtures("nothing_free")
def test_who_waits_already_learns_it_only_from_the_message(
    browser: Browser, session: Session, cast: Cast
) -> None:
    pages = [join(browser), join(browser, name="Jemand Anderes")]
    assert pages[0].text == pages[1].text
    assert [entry.name for entry in entries(session)] == [TYPED["name"]]


@pytest.mark.usefixtures("nothing_free")
def test_joining_again_changes_nothing_and_the_message_says_so(
    browser: Browser, session: Session, cast: Cast
) -> None:
    pages = [join(browser, part_of_day="morning"), join(browser, part_of_day="afternoon")]
    assert pages[0].text == pages[1].text
    assert "Dann ist dort alles geblieben, wie es war" in pages[0].text  # said to everybody
    (entry,) = entries(session)
    assert entry.part_of_day == "morning"
    newest = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
    assert newest
    assert "Nur am Vormittag" in newest.body
    assert "Ihren Wunsch ändern" in newest.body


def test_the_form_says_that_an_address_or_a_number_is_needed(browser: Browser, cast: Cast) -> None:
    page = browser.get(JOIN)
    assert "E-Mail-Adresse (nötig ohne Handynummer)" in page.text
    assert "Telefonnummer (nötig ohne E-Mail-Adresse)" in page.text
    page = browser.get(JOIN.replace("video", "phone"))
    assert "Telefonnummer (Pflichtfeld)" in page.text


def test_what_is_free_is_offered_at_once(browser: Browser, session: Session, cast: Cast) -> None:
    join(browser)
    purposes = session.scalars(select(OutboxMessage.purpose).order_by(OutboxMessage.id)).all()
    assert purposes == ["waiting_joined", "waiting_offered"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "Ihren Namen"),
        ({"email": ""}, "E-Mail-Adresse oder"),
        ({"email": "aylin"}, "prüfen Sie die E-Mail"),
        ({"email": "", "phone": "030 23125000"}, "Handynummer"),
        ({"not_after": "irgendwann"}, "Tag, Monat und Jahr"),
        ({"not_after": "2026-11-22"}, "heute oder einen Tag danach"),
        ({"part_of_day": "nachts"}, "eine der Antworten"),
    ],
)
def test_mistakes_are_explained_and_nothing_is_lost(
    browser: Browser, session: Session, cast: Cast, changes: dict[str, str], words: str
) -> None:
    page = join(browser, **changes)
    assert page.status == 422
    assert words in page.text
    form = page.form()
    assert form.value("name") == changes.get("name", TYPED["name"])
    assert form.value("not_after") == changes.get("not_after", "")
    assert form.value("email") == changes.get("email", TYPED["email"])
    assert entries(session) == []


def test_a_day_may_be_written_as_germans_do(browser: Browser, session: Session, cast: Cast) -> None:
    join(browser, not_after="24.12.2026")
    assert str(entries(session)[0].not_after) == "2026-12-24"


@pytest.mark.parametrize("choice", ["", "?topic=weiterbildung", "?topic=x&channel=video"])
def test_without_topic_and_channel_one_chooses_first(
    browser: Browser, cast: Cast, choice: str
) -> None:
    assert browser.visit(f"/musterstadt/warteliste{choice}").path == "/musterstadt/termin"


def test_an_old_form_is_kept(browser: Browser, session: Session, cast: Cast) -> None:
    page = browser.submit(browser.get(JOIN), **TYPED, csrf_token="old")
    assert page.status == 422
    assert page.form().value("name") == TYPED["name"]


def test_the_page_shows_what_is_offered_and_until_when(browser: Browser, link: str) -> None:
    page = browser.get(link)
    assert page.h1 == "Eine Zeit ist für Sie frei"
    assert "Montag, 23. November 2026, 10:15 Uhr" in page.text
    assert "8:15 Uhr" in page.text  # two hours of notice before it


def test_the_page_says_with_whom_the_offered_talk_would_be(
    browser: Browser, session: Session, link: str
) -> None:
    hold = offer_of(session).hold
    assert hold
    assert f"Mit wem: {hold.counsellor.name}" in browser.get(link).text


def test_accepting_books(browser: Browser, session: Session, link: str) -> None:
    page = press(browser, browser.get(link), "/annehmen")
    assert page.path.endswith("/gebucht")
    booked = session.scalars(select(Appointment).order_by(Appointment.id.desc())).first()
    assert booked
    assert (booked.name, booked.starts_at) == (AYLIN.name, AT_TEN + timedelta(minutes=15))
    assert session.scalars(select(OutboxMessage.purpose)).all() == ["booked"]
    assert "angenommen" in browser.get(link).text


def test_accepting_twice_says_that_it_is_over(browser: Browser, link: str) -> None:
    page = browser.get(link)
    press(browser, page, "/annehmen")
    assert press(browser, page, "/annehmen").status == 409


def test_an_offer_that_has_expired_says_so(browser: Browser, session: Session, link: str) -> None:
    page = browser.get(link)
    with clock.set_to(MORNING + timedelta(hours=2)):
        answer = press(browser, page, "/annehmen")
        assert "Nicht mehr verfügbar" in browser.get(link).text
    assert answer.status == 409
    assert "gilt nicht mehr" in answer.text


def test_a_declined_time_goes_to_the_next(
    browser: Browser, session: Session, cast: Cast, link: str
) -> None:
    offered = offer_of(session).starts_at
    other = operations.join(
        session,
        cast.topic,
        "video",
        booking.Person("O", "o@example.org", None, None, "de"),
        MORNING,
    )
    press(browser, browser.get(link), "/ablehnen")
    told = session.scalars(select(WaitingOffer).where(WaitingOffer.entry_id == other.id)).all()
    assert [offer.starts_at for offer in told] == [offered]


def test_leaving_the_list(browser: Browser, session: Session, link: str) -> None:
    page = press(browser, browser.get(link), "/verlassen")
    assert "von der Liste gestrichen" in page.text
    assert press(browser, page, "/verlassen").status == 200 if page.all("form") else True
    assert entries(session)[0].outcome == "left"


def test_opening_the_link_changes_nothing(browser: Browser, app_url: str, link: str) -> None:
    before = raw_rows(app_url)
    for _ in range(2):
        browser.get(link)
        browser.open(link, "HEAD")
    assert raw_rows(app_url) == before


@pytest.fixture
def app_url(browser: Browser) -> str:
    return str(browser.app.config["SQLALCHEMY_DATABASE_URI"])


def test_an_unknown_link_is_not_found(browser: Browser, cast: Cast, token: str) -> None:
    for forged in ("A" * 22, "x", token):
        assert browser.get(f"/warteliste/{forged}").status == 404


@pytest.mark.parametrize("offer", ["", "0", "x", "²", "9" * 30, "99"])
def test_a_forged_offer_is_not_found(browser: Browser, link: str, offer: str) -> None:
    page = browser.get(link)
    values = dict(page.form("/annehmen").values) | {"offer": offer}
    for action in ("annehmen", "ablehnen"):
        assert browser.post(f"{link}/{action}", values).status == 404


def test_an_offer_to_somebody_else_is_not_found(
    browser: Browser, session: Session, cast: Cast, link: str
) -> None:
    person = booking.Person("O", "o@example.org", None, None, "de")
    other = operations.join(session, cast.topic, "video", person, MORNING)
    (foreign,) = operations.offer_free_times(session, MORNING)
    assert foreign.entry == other
    values = dict(browser.get(link).form("/annehmen").values) | {"offer": str(foreign.id)}
    assert browser.post(f"{link}/annehmen", values).status == 404


def test_an_earlier_time_for_an_appointment(browser: Browser, session: Session, cast: Cast) -> None:
    late = an_appointment(session, cast.topic, cast.aydin, AT_TEN + timedelta(days=7))
    token = booking.issue_link(session, late, MORNING)
    session.commit()
    page = browser.submit(browser.get(f"/termin/{token}/frueher"))
    assert page.path.startswith("/warteliste/")
    assert "verschieben wir Ihren Termin vom Montag, 30. November" in page.text
    page = press(browser, page, "/annehmen")
    assert page.status == 200
    session.refresh(late)
    assert late.starts_at == AT_TEN + timedelta(minutes=15)
    purposes = session.scalars(select(OutboxMessage.purpose).order_by(OutboxMessage.id)).all()
    assert purposes == ["waiting_joined", "waiting_offered", "moved"]


@pytest.fixture
def late_link(session: Session, cast: Cast) -> str:
    """Aylin has an appointment in a week, and there are earlier times."""
    late = an_appointment(session, cast.topic, cast.aydin, AT_TEN + timedelta(days=7))
    token = booking.issue_link(session, late, MORNING)
    session.commit()
    return f"/termin/{token}"


def test_the_page_of_an_appointment_shows_the_earlier_time_that_is_offered(
    browser: Browser, late_link: str
) -> None:
    assert not browser.get(late_link).has("earlier-offer")
    browser.submit(browser.get(late_link + "/frueher"))
    page = browser.get(late_link)
    assert "Eine frühere Zeit ist für Sie frei: Montag, 23. November 2026, 10:15 Uhr" in page.text
    assert "frei bis Montag, 23. November 2026, 08:15 Uhr" in page.text
    waiting = browser.get(page.link("Frühere Zeit ansehen"))
    assert waiting.h1 == "Eine Zeit ist für Sie frei"
    assert browser.get(waiting.link("Zurück zum Termin")).h1 == "Ihr Termin"


def test_who_waits_for_an_earlier_time_finds_the_waiting_list_again(
    browser: Browser, late_link: str
) -> None:
    page = browser.submit(browser.get(late_link + "/frueher"))
    press(browser, page, "/ablehnen")
    page = browser.get(browser.get(late_link).link("Warteliste ansehen"))
    left = press(browser, page, "/verlassen")
    assert "von der Liste gestrichen" in left.text
    assert browser.get(left.link("Termin ansehen")).link("Lieber einen früheren Termin?")


def test_an_offer_that_has_expired_is_not_on_the_page_of_the_appointment(
    browser: Browser, late_link: str
) -> None:
    browser.submit(browser.get(late_link + "/frueher"))
    with clock.set_to(MORNING + timedelta(hours=2)):
        assert not browser.get(late_link).has("earlier-offer")


def test_the_message_of_an_earlier_time_leads_to_both_pages(
    browser: Browser, session: Session, late_link: str
) -> None:
    browser.submit(browser.get(late_link + "/frueher"))
    purpose = OutboxMessage.purpose == "waiting_offered"
    message = session.scalars(select(OutboxMessage).where(purpose)).one()
    (token,) = re.findall(r"/warteliste/([\w-]{22})", message.body)
    page = browser.get(f"/warteliste/{token}")
    assert browser.get(page.link("Zurück zum Termin")).h1 == "Ihr Termin"


def test_the_wish_for_an_earlier_time_is_shown_again(
    browser: Browser, session: Session, late_link: str
) -> None:
    for part in ("afternoon", "morning"):
        browser.submit(browser.get(late_link + "/frueher"), part_of_day=part)
        assert browser.get(late_link + "/frueher").form().value("part_of_day") == part
    assert len(entries(session)) == 1


def test_who_cannot_be_written_to_is_asked_to_call(
    browser: Browser, session: Session, cast: Cast
) -> None:
    person = booking.Person("Ohne Kontakt", None, None, None, "de")
    late = an_appointment(session, cast.topic, cast.aydin, AT_TEN, person)
    token = booking.issue_link(session, late, MORNING)
    page = browser.get(f"/termin/{token}/frueher")
    assert "Rufen Sie uns an" in page.text
    assert "/frueher" not in [form.attrib["action"] for form in page.all("form")]


def test_what_has_begun_waits_for_nothing(browser: Browser, token: str) -> None:
    page = browser.get(f"/termin/{token}/frueher")
    with clock.set_to(AT_TEN):
        assert "nicht mehr verschoben" in browser.get(f"/termin/{token}/frueher").text
        assert browser.submit(page).status == 409


def test_the_language_that_was_searched_for_is_waited_for(
    browser: Browser, session: Session, cast: Cast
) -> None:
    cast.aydin.languages = ["de", "tr"]
    times = browser.get("/musterstadt/termin?topic=weiterbildung&channel=video&spoken=tr")
    page = browser.visit(times.link("Auf die Warteliste"))
    assert "Türkisch" in page.text
    assert "spoken=tr" in page.link("Zurück zu den freien Zeiten")
    page = browser.submit(page, name="")
    assert page.status == 422
    assert browser.submit(page, **TYPED).h1 == "Sie stehen auf der Warteliste"
    assert [entry.spoken for entry in entries(session)] == ["tr"]
    token = links.issue(session, Link.waiting_entry_id, entries(session)[0].id, MORNING)
    session.commit()
    assert "Türkisch" in browser.get(f"/warteliste/{token}").text


@pytest.mark.parametrize("spoken", ["", "uk", "x" * 500, "%00"])
def test_a_language_that_nobody_talks_is_not_waited_for(
    browser: Browser, session: Session, cast: Cast, spoken: str
) -> None:
    page = browser.get(f"{JOIN}&spoken={spoken}")
    assert "Sprache im Gespräch" not in page.text
    browser.submit(page, **TYPED)
    assert [entry.spoken for entry in entries(session)] == [None]
