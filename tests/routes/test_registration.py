import io
import logging
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.support.browser import Browser, text_of
from tests.support.cast import MORNING, Cast
from tests.support.databases import raw_rows
from tests.support.registration import (
    JOB,
    NEW,
    PERSON,
    SEARCH,
    START,
    job_step,
    newest,
    person_step,
    register,
    search_step,
    token_of,
)
from vberatung import clock
from vberatung.messages.models import OutboxMessage
from vberatung.registration import operations
from vberatung.registration.models import Registration


def count(session: Session) -> int:
    return session.scalar(select(func.count(Registration.id))) or 0


def mails(session: Session) -> list[OutboxMessage]:
    return list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


# Until when


def test_the_deadline_is_computed_and_explained(browser: Browser, cast: Cast) -> None:
    page = browser.get(START)
    assert not page.has("deadline")
    page = browser.submit(page, ends_on="31.05.2027", known_on="2.11.2026")
    (deadline,) = page.marked("deadline")
    assert deadline.attrib["data-day"] == "2027-03-01"
    said = text_of(deadline)
    assert "Ihre Frist: bis Montag, 1. März 2027" in said
    assert "drei Monate vorher" in said
    assert "Sonntag, 28. Februar 2027 ist kein Werktag" in said
    assert "Melden Sie sich schon vorher" in said  # whether months back move on is disputed


def test_whoever_learns_late_has_three_days(browser: Browser, cast: Cast) -> None:
    page = browser.submit(browser.get(START), ends_on="31.12.2026", known_on="23.11.2026")
    (deadline,) = page.marked("deadline")
    assert deadline.attrib["data-day"] == "2026-11-26"
    assert "drei Tage Zeit" in text_of(deadline)


def test_whoever_is_late_is_told_kindly(browser: Browser, cast: Cast) -> None:
    page = browser.submit(browser.get(START), ends_on="31.12.2026", known_on="02.11.2026")
    said = text_of(page.marked("deadline")[0])
    assert "Die Frist war am Donnerstag, 5. November 2026" in said
    assert "Melden Sie sich trotzdem" in said


def test_a_day_that_is_none_is_named(browser: Browser, cast: Cast) -> None:
    page = browser.submit(browser.get(START), ends_on="31.02.2027")
    assert "Beispiel: 31.05.2027" in page.text
    assert page.form().value("ends_on") == "31.02.2027"
    assert not page.has("deadline")


def test_days_that_were_counted_with_are_filled_in_later(browser: Browser, cast: Cast) -> None:
    page = browser.submit(browser.get(START), ends_on="15.06.2027", known_on="02.11.2026")
    page = browser.submit(browser.get(page.link("Meldung beginnen")), **PERSON)
    assert page.form().value("ends_on") == "15.06.2027"
    assert page.form().value("known_on") == "02.11.2026"


# The steps


def test_four_steps_lead_to_a_receipt(browser: Browser, session: Session, cast: Cast) -> None:
    titles = [step(browser).h1 for step in (person_step, job_step, search_step, register)]
    assert titles == [
        "Arbeit und ihr Ende",
        "Was Sie suchen",
        "Prüfen und senden",
        "Ihre Meldung ist angekommen",
    ]
    sent = newest(session)
    answers = operations.answers_of(sent)
    assert sent.sent_at == MORNING
    assert answers["born_on"] == "1990-04-03"
    assert answers["phone"] == "+4915112345678"
    assert {name: answers[name] for name in SEARCH} == SEARCH | {"from_on": "2027-06-16"}


def test_each_step_has_one_form_and_its_main_button_comes_first(
    browser: Browser, cast: Cast
) -> None:
    for page in (browser.get(NEW), person_step(browser), job_step(browser)):
        (form,) = page.one("main").iter("form")
        assert text_of(next(form.iter("button"))) == "Speichern und weiter"


def test_opening_the_pages_creates_nothing(browser: Browser, session: Session, cast: Cast) -> None:
    browser.get(START)
    browser.get(NEW)
    assert count(session) == 0


def test_opening_any_page_of_a_draft_or_receipt_changes_nothing(
    app: Flask, browser: Browser, cast: Cast
) -> None:
    draft, sent = token_of(job_step(browser)), token_of(register(browser))
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    before = raw_rows(url)
    for token in (draft, sent):
        for page in ("person", "arbeit", "suche", "pruefen", "spaeter", "bestaetigung"):
            assert browser.visit(f"{START}/{token}/{page}").status == 200
        browser.get(f"{START}/{token}/bestaetigung.pdf")
    assert raw_rows(url) == before


def test_back_and_forth_loses_nothing_that_was_typed(browser: Browser, cast: Cast) -> None:
    page = job_step(browser)
    page = browser.submit(page, jobs="Verkauf", hours="viele", go="zurueck")  # not valid yet
    assert page.h1 == "Arbeit und ihr Ende"
    assert page.form().value("employer") == JOB["employer"]
    page = browser.submit(page, go="zurueck")
    assert page.form().value("name") == PERSON["name"]
    page = browser.submit(browser.submit(page))
    assert page.h1 == "Was Sie suchen"
    assert page.form().value("jobs") == "Verkauf"
    assert page.form().value("hours") == "viele"


def test_an_error_keeps_everything_that_was_typed(browser: Browser, cast: Cast) -> None:
    page = person_step(browser, postcode="123", born_on="gestern")
    assert page.status == 422
    assert "Eine Postleitzahl hat 5 Ziffern" in page.text
    assert page.form().value("born_on") == "gestern"
    assert page.form().value("name") == PERSON["name"]


def test_an_old_form_keeps_everything_that_was_typed(
    browser: Browser, session: Session, cast: Cast
) -> None:
    page = browser.submit(browser.get(NEW), **PERSON, csrf_token="old")
    assert page.status == 422
    assert page.form().value("street") == PERSON["street"]
    assert count(session) == 0


def test_going_away_needs_a_form_of_ours(browser: Browser, session: Session, cast: Cast) -> None:
    browser.submit(browser.get(NEW), **PERSON, csrf_token="forged", go="spaeter")
    assert count(session) == 0


def test_a_program_that_fills_in_every_field_makes_no_draft(
    browser: Browser, session: Session, cast: Cast
) -> None:
    assert person_step(browser, homepage="https://spam.example").status == 422
    assert count(session) == 0


def test_neither_mail_nor_telephone_is_needed(
    browser: Browser, session: Session, cast: Cast
) -> None:
    page = person_step(browser, email="", phone="")
    page = browser.submit(browser.submit(browser.submit(page, **JOB), **SEARCH), "/pruefen")
    assert page.h1 == "Ihre Meldung ist angekommen"
    assert "Diese Seite ist Ihr Nachweis" in page.text
    assert mails(session) == []


@pytest.mark.parametrize(
    ("step", "typed", "sentence"),
    [
        (person_step, {"born_on": "03.04.2025"}, "jünger als 14"),
        (person_step, {"name": "www.example.org"}, "nur Ihren Namen"),
        (job_step, {"known_on": "24.11.2026"}, "liegt in der Zukunft"),
        (job_step, {"ends_on": "15.06.2072"}, "mehr als 10 Jahre entfernt"),
        (job_step, {"kind": None}, "welche Beschäftigung oder Ausbildung endet"),
        (search_step, {"from_on": "22.11.2026"}, "schreiben Sie das heutige Datum"),
        (search_step, {"hours": "200"}, "168 Stunden"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(
    browser: Browser, cast: Cast, step: object, typed: dict[str, str | None], sentence: str
) -> None:
    page = step(browser, **typed)  # type: ignore[operator]
    assert page.status == 422
    assert page.one("title").text.startswith("Fehler:")
    assert sentence in page.text
    assert not page.has("doubt")


@pytest.mark.parametrize(
    ("step", "typed", "sentence"),
    [
        (person_step, {"born_on": "03.04.1920"}, "100 Jahre alt"),
        (job_step, {"ends_on": "15.06.2029"}, "erst in mehr als 2 Jahren"),
        (job_step, {"ends_on": "20.11.2026"}, "schon zu Ende"),
        (search_step, {"from_on": "01.01.2027"}, "bevor Ihre jetzige Beschäftigung endet"),
        (search_step, {"hours": "60"}, "mehr als 48 Stunden"),
    ],
)
def test_what_is_unlikely_is_asked_about_and_can_be_confirmed(
    browser: Browser, cast: Cast, step: object, typed: dict[str, str], sentence: str
) -> None:
    page = step(browser, **typed)  # type: ignore[operator]
    assert page.status == 422
    (doubt,) = page.marked("doubt")
    assert sentence in page.text
    title = page.h1
    page = browser.submit(page, confirmed=doubt.attrib["value"])
    assert page.status == 200
    assert page.h1 != title


def test_another_unlikely_answer_is_asked_about_again(browser: Browser, cast: Cast) -> None:
    page = job_step(browser, ends_on="15.06.2029")
    (doubt,) = page.marked("doubt")
    page = browser.submit(page, ends_on="15.06.2030", confirmed=doubt.attrib["value"])
    assert page.has("doubt")


def test_what_was_confirmed_is_not_asked_about_again(browser: Browser, cast: Cast) -> None:
    page = job_step(browser, ends_on="15.06.2029")
    page = browser.submit(page, confirmed=page.marked("doubt")[0].attrib["value"])
    page = browser.submit(browser.submit(page, go="zurueck"))
    assert page.h1 == "Was Sie suchen"


# Later


def test_an_interrupted_draft_goes_on_by_its_link(browser: Browser, app: Flask, cast: Cast) -> None:
    page = browser.submit(job_step(browser), jobs="Verkauf", go="spaeter")
    assert page.h1 == "Ihre Angaben sind gespeichert"
    link = text_of(page.marked("personal-link")[0])
    elsewhere = Browser(app)
    page = elsewhere.visit(link)
    assert page.h1 == "Was Sie suchen"
    assert page.form().value("jobs") == "Verkauf"


def test_an_interrupted_draft_goes_on_by_its_code(browser: Browser, app: Flask, cast: Cast) -> None:
    page = browser.submit(job_step(browser), go="spaeter")
    code = text_of(page.marked("code")[0])
    elsewhere = Browser(app)
    assert elsewhere.submit(elsewhere.get("/code"), code=code).h1 == "Was Sie suchen"


def test_the_link_of_a_draft_comes_by_mail(browser: Browser, session: Session, cast: Cast) -> None:
    page = browser.submit(job_step(browser), go="spaeter")
    page = browser.submit(page, "/spaeter")
    assert "Wir haben den Link" in page.text
    (mail,) = mails(session)
    assert mail.recipient == PERSON["email"]
    link = re.search(r"https://\S+/meldung/\S+", mail.body)
    assert link
    assert browser.visit(link.group()).h1 == "Was Sie suchen"


def test_a_mail_address_that_is_none_gets_no_mail(
    browser: Browser, session: Session, cast: Cast
) -> None:
    page = browser.submit(browser.get(NEW), name="Aylin", email="aylin@", go="spaeter")
    assert page.h1 == "Ihre Angaben sind gespeichert"
    assert not page.has("mail-link")


def test_nobody_is_flooded_with_links(browser: Browser, session: Session, cast: Cast) -> None:
    page = browser.submit(job_step(browser), go="spaeter")
    statuses = [browser.submit(page, "/spaeter").status for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    assert len(mails(session)) == 3


def test_a_draft_ends_after_seven_days(browser: Browser, cast: Cast) -> None:
    link = f"/meldung/{token_of(job_step(browser))}"
    with clock.set_to(MORNING + timedelta(days=7)):
        assert browser.get(link).status == 404


def test_a_link_leads_to_nothing_under_another_office(browser: Browser, cast: Cast) -> None:
    token = token_of(register(browser))
    assert browser.get(f"/seeheim/arbeitsuchend/{token}/bestaetigung").status == 404
    assert browser.get(f"{START}/{'x' * 22}/bestaetigung").status == 404


# Check and send


def test_every_answer_can_be_changed_from_the_last_page(
    browser: Browser, session: Session, cast: Cast
) -> None:
    page = search_step(browser)
    assert sum("von=pruefen" in link for link in page.links()) == len(PERSON | JOB | SEARCH) + 1
    change = next(link for link in page.links() if link.endswith("#employer"))
    page = browser.submit(browser.get(change), employer="Café Krümel")
    assert page.h1 == "Prüfen und senden"
    assert "Café Krümel" in page.text


def test_what_is_missing_is_named_before_sending(
    browser: Browser, session: Session, cast: Cast
) -> None:
    token = token_of(job_step(browser))
    page = browser.get(f"{START}/{token}/pruefen")
    assert "Bitte schreiben Sie, welche Arbeit Sie suchen." in page.text
    assert not page.has("send")
    csrf = job_step(browser).form().value("csrf_token")
    answer = browser.post(f"{START}/{token}/pruefen", {"csrf_token": csrf})
    assert answer.status == 422
    assert session.scalars(select(Registration.sent_at)).all() == [None, None]


def test_a_draft_that_grew_old_is_looked_at_again(browser: Browser, cast: Cast) -> None:
    """The start was tomorrow when it was typed."""
    page = browser.submit(job_step(browser), **SEARCH | {"from_on": "24.11.2026"})
    page = browser.submit(page, confirmed=page.marked("doubt")[0].attrib["value"])
    with clock.set_to(MORNING + timedelta(days=3)):
        page = browser.get(page.url)
    assert "Dieser Tag ist schon vorbei" in page.text
    assert not page.has("send")


def test_sending_twice_leads_to_the_same_receipt(
    browser: Browser, session: Session, cast: Cast
) -> None:
    page = search_step(browser)
    first, second = browser.submit(page, "/pruefen"), browser.submit(page, "/pruefen")
    assert text_of(first.marked("receipt")[0]) == text_of(second.marked("receipt")[0])
    assert count(session) == len(mails(session)) == 1


def test_what_was_sent_cannot_be_changed(browser: Browser, session: Session, cast: Cast) -> None:
    page = job_step(browser)
    token = token_of(page)
    browser.submit(browser.submit(page, **SEARCH), "/pruefen")
    late = browser.submit(page, **SEARCH | {"jobs": "Etwas anderes"})
    assert late.h1 == "Ihre Meldung ist angekommen"
    assert operations.answers_of(newest(session))["jobs"] == SEARCH["jobs"]
    assert browser.get(f"{START}/{token}/suche").status == 302


# The receipt


def test_the_receipt_has_date_time_and_number(
    browser: Browser, session: Session, cast: Cast
) -> None:
    receipt = text_of(register(browser).marked("receipt")[0])
    assert "Montag, 23. November 2026, 08:00 Uhr" in receipt
    assert re.search(r"[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}", receipt)
    assert str(newest(session).number) in receipt


def test_the_receipt_comes_by_mail(browser: Browser, session: Session, cast: Cast) -> None:
    register(browser)
    (mail,) = mails(session)
    assert mail.recipient == PERSON["email"]
    assert str(newest(session).number) in mail.body
    link = re.search(r"https://\S+/meldung/\S+", mail.body)
    assert link
    assert browser.visit(link.group()).h1 == "Ihre Meldung ist angekommen"


def test_the_receipt_is_a_pdf_with_everything(
    browser: Browser, session: Session, cast: Cast
) -> None:
    page = register(browser)
    answer = browser.get(page.link("PDF")).response
    assert answer.mimetype == "application/pdf"
    number = newest(session).number
    assert answer.headers["Content-Disposition"] == f"attachment; filename=meldung-{number}.pdf"
    reader = PdfReader(io.BytesIO(answer.data))
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    assert "Montag, 23. November 2026, 08:00 Uhr" in text
    for typed in ("Aylin Özdemir", "03.04.1990", "Bäckerei Krümel", "15. Juni 2027", "Vormittags."):
        assert typed in text


def test_a_draft_has_no_pdf(browser: Browser, cast: Cast) -> None:
    token = token_of(job_step(browser))
    assert browser.get(f"{START}/{token}/bestaetigung.pdf").status == 404


def test_it_goes_straight_to_booking_with_everything_known_filled_in(
    browser: Browser, session: Session, cast: Cast
) -> None:
    cast.first_talk.after_registration = True
    page = register(browser)
    (button,) = page.marked("book-first")
    address = urlsplit(button.attrib["href"])
    asked = parse_qs(address.query)
    assert address.path == "/musterstadt/termin"
    assert (asked["topic"], asked["channel"]) == (["erstgespraech"], ["video"])
    page = browser.visit(button.attrib["href"])
    slot = page.marked("slot")[0].attrib["value"]
    page = browser.submit(page, slot=slot)
    assert page.form().value("name") == PERSON["name"]
    assert page.form().value("email") == PERSON["email"]
    page = browser.submit(page)
    assert page.h1 == "Ihr Termin ist gebucht"
    registration = newest(session)
    assert registration.appointment is not None
    receipt = browser.visit(f"/meldung/{asked['occasion'][0].partition('.')[2]}")
    assert "Ihr erstes Gespräch ist gebucht" in receipt.text
    assert not receipt.has("book-first")


def test_without_a_first_talk_it_goes_on_to_the_office(browser: Browser, cast: Cast) -> None:
    (button,) = register(browser).marked("book-first")
    assert button.attrib["href"] == "/musterstadt/"


def test_the_office_says_where_to_register(browser: Browser, cast: Cast) -> None:
    assert not browser.get("/musterstadt/").has("register")
    cast.first_talk.after_registration = True
    assert browser.get("/musterstadt/").has("register")


def test_it_all_works_in_english(browser: Browser, cast: Cast) -> None:
    browser.get("/?lang=en")
    assert register(browser).has("receipt")


def test_the_log_of_a_registration_is_silent(
    browser: Browser, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        browser.get(register(browser).link("PDF"))
    assert "zdemir" not in caplog.text
    assert "meldung/" not in caplog.text


def test_the_receipt_speaks_of_its_mail_as_long_as_it_can_be_seen(
    browser: Browser, session: Session, cast: Cast
) -> None:
    """Sent mails are deleted after a month, receipts later."""
    page = register(browser)
    for mail in mails(session):
        session.delete(mail)
    session.commit()
    assert "Wir haben Ihnen eine E-Mail geschickt" in browser.get(page.path).text
