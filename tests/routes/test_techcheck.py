"""The device test: its page, what is kept of it, who sees it, and telling the office."""

import gzip
import json
import logging
from datetime import timedelta
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from tests.support import databases
from tests.support.booking import book
from tests.support.browser import Browser, Page, text_of
from tests.support.cast import (
    AT_TEN,
    AYLIN,
    MORNING,
    NOACK,
    OLENA,
    Cast,
    an_appointment,
    an_office,
)
from tests.support.staff import sign_in
from vberatung import clock
from vberatung.booking.models import CANCELLED, PHONE, Appointment
from vberatung.jobs import work
from vberatung.limits import PROBLEMS_OF_ONE, Rule
from vberatung.messages import reminders
from vberatung.messages.models import REMINDER, OutboxMessage
from vberatung.room import operations
from vberatung.routes import techcheck as routes_techcheck
from vberatung.routes.static_files import STATIC, version
from vberatung.routes.techcheck import MOST_OFFICES
from vberatung.techcheck import results, verdict

SCRIPT = {"X-Requested-With": "fetch"}
MINUTE = timedelta(minutes=1)


def steps(browser: Browser, path: str = "/technik") -> list[Element]:
    """Every element of the part that a script fetches."""
    browser.before()
    url = path + "/schritte"
    answer = browser.client.get(url, base_url=browser.base_url, headers=SCRIPT)
    assert answer.status_code == 200
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return list(parser.parseFragment(answer.get_data(as_text=True)).iter())


def with_attribute(elements: list[Element], name: str) -> list[Element]:
    return [each for each in elements if isinstance(each.tag, str) and name in each.attrib]


# ---- The page


def test_anybody_can_open_it_and_finds_the_telephone(browser: Browser, cast: Cast) -> None:
    page = browser.get("/technik")
    assert page.h1 == "Testen Sie Ihre Technik"
    assert page.link(cast.office.phone) == "tel:+493023125000"
    assert not page.response.headers.getlist("Set-Cookie")


def test_where_there_are_many_offices_the_help_page_has_the_numbers(
    browser: Browser, session: Session, cast: Cast
) -> None:
    session.add_all(an_office(f"ort{number}", f"Jobcenter {number}") for number in range(9))
    page = browser.get("/technik")
    assert MOST_OFFICES < 11
    assert cast.office.phone not in page.text
    assert page.link("Hilfe und Kontakt ansehen") == "/hilfe"


@pytest.mark.parametrize("from_", ["/hilfe", "/musterstadt/"])
def test_it_is_linked_from_the_pages_that_help(browser: Browser, cast: Cast, from_: str) -> None:
    assert browser.get(from_).link("Technik testen") == "/technik"


def test_it_is_linked_from_the_appointment_and_the_page_before_the_room(
    browser: Browser, token: str
) -> None:
    own = f"/termin/{token}/technik"
    with clock.set_to(AT_TEN):
        assert browser.get(f"/termin/{token}").link("Technik testen") == own
        assert browser.get(f"/termin/{token}/raum").link("Technik testen") == own
        page = browser.get(own)
    assert page.link("Um einen Anruf bitten") == f"/termin/{token}/anruf"
    (root,) = with_attribute(steps(browser, own), "data-keep")
    assert (root.attrib["data-keep"], root.attrib["data-socket"]) == (own, "/technik/socket")


def test_without_javascript_it_says_what_is_needed(browser: Browser, token: str) -> None:
    """And nothing else: text browsers read out what is hidden."""
    for path in ("/technik", f"/termin/{token}/technik"):
        page = browser.get(path)
        (words,) = with_attribute(list(page.root.iter()), "data-without-script")
        assert "hidden" not in words.attrib
        assert "braucht Ihr Browser JavaScript" in page.text
        assert "Was Sie brauchen" in page.text
        assert "gesperrt" not in page.text
        assert page.all("button") == []


def test_who_opens_the_part_by_hand_gets_the_page(browser: Browser, token: str) -> None:
    for path in ("/technik", f"/termin/{token}/technik"):
        assert browser.visit(path + "/schritte").path == path


def test_every_cause_has_its_words_and_its_light_in_the_page(browser: Browser, cast: Cast) -> None:
    shown = {
        each.attrib["data-cause"]: each for each in with_attribute(steps(browser), "data-cause")
    }
    assert shown.keys() == verdict.LIGHT_OF_CAUSE.keys()
    for code, element in shown.items():
        assert element.attrib["data-light"] == verdict.LIGHT_OF_CAUSE[code]
        assert "hidden" in element.attrib
    levels = {e.attrib["data-level"]: c for c, e in shown.items() if "data-level" in e.attrib}
    assert levels == verdict.CAUSE_OF_LEVEL


def test_the_page_brings_the_thresholds_along(browser: Browser, cast: Cast) -> None:
    (root,) = with_attribute(steps(browser), "data-needs")
    needs = json.loads(root.attrib["data-needs"])
    assert [each["level"] for each in needs] == [need.level for need in verdict.NEEDS]
    assert needs[0] == {"level": "good", "kbit": 700, "rtt": 300, "loss": 3}


def test_ids_are_unique_together_and_every_field_has_a_label(browser: Browser, token: str) -> None:
    path = f"/termin/{token}/technik"
    both = steps(browser, path) + list(browser.get(path).root.iter())
    ids = [each.attrib["id"] for each in with_attribute(both, "id")]
    assert len(ids) == len(set(ids))
    labelled = {each.attrib["for"] for each in with_attribute(both, "for")}
    assert {each.attrib["id"] for each in both if each.tag == "select"} <= labelled


def test_in_english_too(browser: Browser, token: str) -> None:
    for path in ("/technik", f"/termin/{token}/technik", f"/termin/{token}/technik/problem"):
        assert browser.get(f"{path}?lang=en").root.attrib["lang"] == "en"


def test_a_cancelled_appointment_offers_no_call(
    browser: Browser, appointment: Appointment, token: str
) -> None:
    appointment.status = CANCELLED
    page = browser.get(f"/termin/{token}/technik")
    assert not page.has("call-me")
    assert "Um einen Anruf bitten" not in page.text
    assert browser.get(f"/termin/{'x' * 22}/technik").status == 404


LOADED = (
    "css/base.css",
    "css/techcheck.css",
    "js/techcheck/load.js",
    "js/techcheck/check.js",
    "js/techcheck/echo.js",
    "js/techcheck/ways.js",
    "js/techcheck/sound.js",
    "js/device_lists.js",
    "js/room/media.js",
    "js/share.js",
)


def test_it_is_small(browser: Browser, token: str) -> None:
    """Cold, headers aside; with the echo's socket these are 13 requests."""
    path = f"/termin/{token}/technik"
    page = browser.get(path)
    named = {link.attrib["href"] for link in page.all("link") if link.attrib["rel"] != "icon"}
    named |= {script.attrib["src"] for script in page.all("script")}
    addresses = {f"/static/v-{version()}/{name}" for name in LOADED}
    assert named == addresses
    part = browser.client.get(path + "/schritte", base_url=browser.base_url, headers=SCRIPT)
    answers = [browser.get(name).response for name in addresses] + [page.response, part]
    sizes = [len(gzip.compress(answer.data)) for answer in answers]
    assert sum(sizes) <= 43_000


@pytest.mark.parametrize("name", ["echo.js", "ways.js", "sound.js"])
def test_what_talks_to_the_network_and_devices_does_not_touch_the_page(name: str) -> None:
    assert "document." not in (STATIC / "js" / "techcheck" / name).read_text()


# ---- What is kept


def csrf_of(browser: Browser, token: str) -> str:
    (root,) = with_attribute(steps(browser, f"/termin/{token}/technik"), "data-csrf")
    return root.attrib["data-csrf"]


def keep(browser: Browser, token: str, *causes: str) -> int:
    """As static/js/techcheck/check.js does."""
    values = [("csrf_token", csrf_of(browser, token)), *(("cause", cause) for cause in causes)]
    path = f"/termin/{token}/technik"
    return browser.open(path, "POST", data=MultiDict(values), headers=SCRIPT).status


def test_the_result_is_kept_beside_the_appointment(
    browser: Browser, session: Session, appointment: Appointment, token: str
) -> None:
    assert keep(browser, token, "speaker", "camera-denied") == 204
    check = results.of(session, appointment)
    assert check
    assert (check.light, check.causes) == ("limited", ["camera-denied", "speaker"])
    assert check.tested_at == MORNING
    assert keep(browser, token) == 204
    session.expire_all()
    assert (check.light, check.causes) == ("ok", [])


@pytest.mark.parametrize(
    "causes", [["<b>"], ["camera-denied", "x" * 9000], list(verdict.LIGHT_OF_CAUSE)]
)
def test_what_is_no_result_is_refused(
    browser: Browser, session: Session, appointment: Appointment, token: str, causes: list[str]
) -> None:
    assert keep(browser, token, *causes) == 400
    assert results.of(session, appointment) is None


def test_without_our_token_nothing_is_kept(
    browser: Browser, session: Session, appointment: Appointment, token: str
) -> None:
    assert browser.post(f"/termin/{token}/technik", {"cause": "speaker"}).status == 400
    assert results.of(session, appointment) is None


def test_after_the_appointment_nothing_is_kept(
    browser: Browser, session: Session, appointment: Appointment, token: str
) -> None:
    with clock.set_to(appointment.ends_at + MINUTE):
        assert keep(browser, token, "speaker") == 204
    assert results.of(session, appointment) is None


def test_anybodys_test_is_kept_nowhere(browser: Browser, cast: Cast) -> None:
    assert browser.post("/technik", {"cause": "speaker"}).status == 405


def test_a_job_deletes_it_a_day_later(
    app: Flask, session: Session, browser: Browser, appointment: Appointment, token: str
) -> None:
    later = appointment.ends_at + timedelta(days=1)
    keep(browser, token)
    session.rollback()
    work.clear_rooms(session, later, app.config["SETTINGS"])
    assert results.of(session, appointment) is None


# ---- The counsellor's list


def test_the_counsellor_sees_it_in_words_and_what_to_do(
    berger: Browser, browser: Browser, token: str
) -> None:
    assert not berger.get("/team/").has("tech-check")
    keep(browser, token, "microphone-missing")
    (shown,) = berger.get("/team/").marked("tech-check")
    assert shown.attrib["data-result"] == "failed"
    assert "Technik klappt nicht (getestet Mo. 23.11., 08:00 Uhr)." in text_of(shown)
    assert "Es gibt kein Mikrofon. Bieten Sie einen Anruf an." in text_of(shown)


def test_also_on_the_list_of_another_day(
    berger: Browser, browser: Browser, session: Session, appointment: Appointment, token: str
) -> None:
    keep(browser, token)
    with clock.set_to(MORNING - timedelta(days=1)):
        page = berger.get("/team/?tag=2026-11-23")
    assert "Technik klappt (getestet" in text_of(page.marked("tech-check")[0])


def test_nobody_else_sees_it(app: Flask, session: Session, browser: Browser, token: str) -> None:
    keep(browser, token, "microphone-missing")
    noack = Browser(app, before=session.commit)
    sign_in(noack, NOACK)
    assert not noack.get("/team/").has("tech-check")


def test_who_waits_with_a_trouble_has_it_beside_the_name(
    berger: Browser, browser: Browser, session: Session, appointment: Appointment, token: str
) -> None:
    keep(browser, token, "camera-denied")
    with clock.set_to(AT_TEN):
        operations.arrive(session, appointment, AT_TEN)
        page = berger.get("/team/")
    (arrival,) = page.marked("arrival")
    assert "Die Kamera ist im Browser gesperrt." in text_of(arrival)
    assert len(page.marked("tech-check")) == 2


def test_a_call_by_telephone_needs_no_test(
    berger: Browser, browser: Browser, appointment: Appointment, token: str
) -> None:
    keep(browser, token, "camera-denied")
    appointment.channel = PHONE
    assert not berger.get("/team/").has("tech-check")
    assert "Technik testen" not in browser.get(f"/termin/{token}").text


def test_the_words_speak_the_counsellors_language(
    berger: Browser, browser: Browser, token: str
) -> None:
    keep(browser, token, "speaker")
    assert berger.get("/team/?lang=en").has("tech-check")


# ---- The reminder


def reminder(session: Session) -> str:
    moment = AT_TEN - timedelta(hours=2)
    found = reminders.find(session, moment)
    reminders.queue(session, found, moment)
    session.commit()
    mine = select(OutboxMessage).where(
        OutboxMessage.purpose == REMINDER, OutboxMessage.kind == "mail"
    )
    return next(m.body for m in session.scalars(mine) if m.recipient == AYLIN.email)


def test_the_reminder_asks_those_who_have_not_tested(
    app: Flask, session: Session, appointment: Appointment
) -> None:
    appointment.booked_at = AT_TEN - timedelta(days=9)
    session.commit()
    with app.app_context():
        body = reminder(session)
    assert "Testen Sie vorher Ihre Technik." in body
    link = next(line for line in body.splitlines() if line.endswith("/technik"))
    assert link.startswith("https://beratung.example/termin/")


def test_it_does_not_ask_who_has_tested_beside_who_has_not(
    app: Flask, session: Session, cast: Cast, appointment: Appointment
) -> None:
    """Both at the same time about the same topic: one text is not used for the other."""
    other = an_appointment(session, cast.topic, cast.aydin, AT_TEN, OLENA)
    for each in (appointment, other):
        each.booked_at, each.language = AT_TEN - timedelta(days=9), "de"
    results.keep(session, appointment, ["browser"], MORNING)
    session.commit()
    with app.app_context():
        assert "/technik" not in reminder(session)
    others = select(OutboxMessage).where(OutboxMessage.appointment_id == other.id)
    assert "/technik" in session.scalars(others).one().body


def test_the_confirmation_has_the_link(browser: Browser, session: Session, cast: Cast) -> None:
    book(browser)
    booked = select(OutboxMessage).where(OutboxMessage.purpose == "booked")
    assert "/technik\n" in session.scalars(booked).one().body


# ---- Telling the office


def to_office(session: Session) -> list[OutboxMessage]:
    session.rollback()
    return list(session.scalars(select(OutboxMessage).where(OutboxMessage.purpose == "problem")))


def report(browser: Browser, token: str, words: str) -> Page:
    page = browser.get(f"/termin/{token}/technik/problem")
    return browser.submit(page, "/technik/problem", words=words)


def test_a_report_goes_to_the_office_with_the_result(
    browser: Browser, session: Session, cast: Cast, token: str
) -> None:
    keep(browser, token, "microphone-denied")
    page = report(browser, token, "Es <b>knackt</b> nur.\nSeit gestern.")
    assert page.path == f"/termin/{token}"
    assert "Ihre Meldung ist unterwegs" in page.text
    (mail,) = to_office(session)
    assert mail.recipient == cast.office.email
    assert "> Es <b>knackt</b> nur.\n> Seit gestern." in mail.body
    assert "Das Mikrofon ist im Browser gesperrt." in mail.body
    assert "https://beratung.example/team/?tag=2026-11-23" in mail.body
    assert "Sabine Berger" in mail.body
    assert AYLIN.name not in mail.body
    assert token not in mail.body


def test_a_report_without_a_test_says_so(browser: Browser, session: Session, token: str) -> None:
    assert "noch nicht getestet" in browser.get(f"/termin/{token}/technik/problem").text
    report(browser, token, "Hilfe")
    (mail,) = to_office(session)
    assert "Die Technik wurde noch nicht getestet." in mail.body


@pytest.mark.parametrize("words", ["", "  \n ", "x" * 2001, "<i>ö</i>" * 1250])
def test_too_little_or_too_much_loses_nothing(
    browser: Browser, session: Session, token: str, words: str
) -> None:
    page = report(browser, token, words)
    assert page.status == 422
    assert page.path == f"/termin/{token}/technik/problem"
    assert (page.one("textarea").text or "").strip() == words.strip()
    assert to_office(session) == []


def test_two_thousand_characters_are_not_too_many(
    browser: Browser, session: Session, token: str
) -> None:
    report(browser, token, "ä" * 2000)
    assert len(to_office(session)) == 1


def test_it_cannot_look_like_words_of_ours(browser: Browser, session: Session, token: str) -> None:
    report(browser, token, "Hallo\r\n\r\nFragen? 0900 5555\u202e\x07 hier")
    (mail,) = to_office(session)
    assert "> Fragen? 0900 5555 hier" in mail.body
    assert "\nFragen?" not in mail.body


def test_an_old_form_keeps_what_was_typed(browser: Browser, session: Session, token: str) -> None:
    answer = browser.post(f"/termin/{token}/technik/problem", {"words": "Es knackt."})
    assert answer.status == 422
    assert "Es knackt." in (answer.one("textarea").text or "")
    assert to_office(session) == []


def test_the_office_is_not_flooded(browser: Browser, session: Session, token: str) -> None:
    for _ in range(PROBLEMS_OF_ONE.amount):
        report(browser, token, "Es knackt.")
    page = report(browser, token, "Es knackt immer noch.")
    assert page.status == 429
    assert "Es knackt immer noch." in str(page.response.get_data(as_text=True))
    assert len(to_office(session)) == PROBLEMS_OF_ONE.amount


def test_nor_by_many_appointments(
    browser: Browser, session: Session, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes_techcheck, "PROBLEMS_FROM_NETWORK", Rule("few", 2, 60))
    for _ in range(2):
        report(browser, token, "Es knackt.")
    assert report(browser, token, "Es knackt immer noch.").status == 429
    assert len(to_office(session)) == 2


def test_neither_words_nor_person_are_in_the_log_or_readable_in_the_database(
    app: Flask,
    browser: Browser,
    session: Session,
    token: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG):
        keep(browser, token, "camera-denied")
        report(browser, token, "Unverwechselbares")
    data = databases.raw_bytes(databases.raw_rows(app.config["SQLALCHEMY_DATABASE_URI"]))
    assert b"Unverwechselbares" not in data
    assert b"camera-denied" in data
    for secret in ("Unverwechselbares", token, AYLIN.name):
        assert secret not in caplog.text


def test_a_problem_of_somebody_elses_appointment_is_not_found(browser: Browser, cast: Cast) -> None:
    assert browser.get(f"/termin/{'x' * 22}/technik/problem").status == 404
