"""The page on which a counsellor connects a calendar that is kept elsewhere."""

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support import databases
from tests.support.browser import Browser, Page, text_of
from tests.support.calendars import (
    HOST,
    PASSWORD,
    USER,
    WebServer,
    calendar_file,
    event,
    radicale,
    web_server,
)
from tests.support.cast import MORNING, Cast
from tests.support.staff import SIGN_IN, sign_in
from vberatung import clock
from vberatung.calendars import operations
from vberatung.calendars.fetching import Source
from vberatung.calendars.models import ICS, BusyTime, ExternalCalendar
from vberatung.calendars.problems import Problem
from vberatung.calendars.reading import Reading
from vberatung.routes.staff.calendars import PROBLEMS

PAGE = "/team/verfuegbarkeit/kalender"
FILE = calendar_file(event("DTSTART:20261123T090000Z", "DURATION:PT1H"))


@pytest.fixture
def elsewhere(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebServer]:
    """A server that the operator allows."""
    allowed = dataclasses.replace(app.config["SETTINGS"], calendar_hosts=[HOST])
    monkeypatch.setitem(app.config, "SETTINGS", allowed)
    with web_server() as server:
        yield server


@pytest.fixture
def calendar(session: Session, cast: Cast, elsewhere: WebServer) -> ExternalCalendar:
    """Berger's, never read; the server has one event for it."""
    url = elsewhere.serve("/private-abc.ics", FILE)
    calendar = operations.connect(session, cast.berger.id, Source(ICS, url, USER, PASSWORD))
    session.commit()
    return calendar


def known(session: Session) -> list[ExternalCalendar]:
    return list(session.scalars(select(ExternalCalendar)))


def facts(page: Page) -> dict[str, str]:
    terms, texts = page.all("dt"), page.all("dd")
    return {text_of(dt): text_of(dd) for dt, dd in zip(terms, texts, strict=True)}


def connect(browser: Browser, url: str, **changes: str) -> Page:
    return browser.submit(browser.get(PAGE), PAGE, url=url, **changes)


def read(browser: Browser) -> Page:
    return browser.submit(browser.get(PAGE), "/lesen")


def test_strangers_are_asked_to_sign_in(browser: Browser, cast: Cast) -> None:
    assert browser.visit(PAGE).path == SIGN_IN


def test_the_page_is_reached_from_the_availability(berger: Browser) -> None:
    page = berger.visit(berger.visit("/team/verfuegbarkeit").link("Andere Kalender"))
    assert page.path == PAGE
    assert page.link("Zurück zur Verfügbarkeit") == "/team/verfuegbarkeit"


def test_without_a_calendar_the_page_says_so(berger: Browser) -> None:
    page = berger.get(PAGE)
    assert "Sie haben noch keinen Kalender verbunden." in page.text
    assert not page.has("calendar")


def test_connecting_reads_at_once(
    berger: Browser, session: Session, elsewhere: WebServer, cast: Cast
) -> None:
    page = connect(berger, elsewhere.serve("/private-abc.ics", FILE))
    assert "Wir haben 1 belegte Zeit gefunden." in page.text
    assert facts(page)["Zuletzt gelesen"].startswith("Montag, 23. November 2026, 08:00")
    (calendar,) = known(session)
    assert (calendar.counsellor_id, calendar.read_at) == (cast.berger.id, MORNING)
    assert len(session.scalars(select(BusyTime)).all()) == 1


def test_connecting_a_caldav_calendar(
    berger: Browser, session: Session, elsewhere: WebServer, tmp_path: Path
) -> None:
    with radicale(tmp_path) as server:
        server.put("one", event("DTSTART:20261123T090000Z", "DURATION:PT1H"))
        page = connect(berger, server.calendar_url, kind="caldav", user=USER, password=PASSWORD)
    assert "Wir haben 1 belegte Zeit gefunden." in page.text
    assert known(session)[0].password == PASSWORD


def test_a_calendar_that_cannot_be_read_is_not_connected(
    berger: Browser, session: Session, elsewhere: WebServer
) -> None:
    url = elsewhere.serve("/a", b"", 401)
    page = connect(berger, url, kind="caldav", user=USER, password=PASSWORD)
    assert page.status == 422
    assert "Der Kalender lässt uns nicht hinein." in page.text
    form = page.form(PAGE)
    assert (form.value("url"), form.value("user"), form.value("kind")) == (url, USER, "caldav")
    assert known(session) == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "calendar.example/a.ics",
        "ftp://calendar.example/a.ics",
        "file:///etc/passwd",
        "https://",
        "https://[::1/a.ics",
        "https://calendar.example:port/",
        "https://" + "a" * 2000,
        "https://calendar.example/\0",
    ],
)
def test_what_is_no_web_address(berger: Browser, session: Session, url: str) -> None:
    page = connect(berger, url)
    assert page.status == 422
    assert known(session) == []


@pytest.mark.parametrize("url", ["https://127.0.0.1/a.ics", "https://[::1]/", "https://10.0.0.7/"])
def test_the_offices_network_is_not_looked_into(
    berger: Browser, session: Session, url: str
) -> None:
    page = connect(berger, url)
    assert page.status == 422
    assert "liegt in einem internen Netz" in page.text


def test_a_webcal_address_is_an_https_address(berger: Browser, cast: Cast) -> None:
    page = connect(berger, "webcal://127.0.0.1/a.ics")
    assert page.form(PAGE).value("url") == "https://127.0.0.1/a.ics"


def test_the_password_and_the_address_are_never_shown_again(
    berger: Browser, calendar: ExternalCalendar
) -> None:
    page = berger.get(PAGE)
    html = page.response.get_data(as_text=True)
    assert PASSWORD not in html
    assert "private-abc" not in html
    assert text_of(page.marked("calendar")[0]).startswith(HOST)


def test_address_and_password_are_encrypted_in_the_database(
    app: Flask, calendar: ExternalCalendar
) -> None:
    url = app.config["SETTINGS"].database_url
    stolen = databases.raw_bytes(databases.raw_rows(url))
    assert b"private-abc" not in stolen
    assert PASSWORD.encode() not in stolen


def test_reading_now(berger: Browser, session: Session, calendar: ExternalCalendar) -> None:
    assert facts(berger.get(PAGE))["Zuletzt gelesen"] == "noch nie"
    assert "Wir haben 1 belegte Zeit gefunden." in read(berger).text
    assert facts(berger.get(PAGE))["Belegte Zeiten ab jetzt"] == "1"


def test_a_problem_is_a_sentence_with_what_to_do(
    berger: Browser, session: Session, calendar: ExternalCalendar, elsewhere: WebServer
) -> None:
    read(berger)
    elsewhere.serve("/private-abc.ics", b"", 404)
    with clock.set_to(MORNING + timedelta(hours=1)):
        assert "Kopieren Sie in Ihrem Kalenderprogramm die neue Adresse" in read(berger).text
    page = berger.get(PAGE)
    assert "Das ist so seit Montag, 23. November 2026, 09:00" in page.text
    assert facts(page)["Belegte Zeiten ab jetzt"] == "1"


@pytest.mark.parametrize("problem", Problem)
def test_every_problem_has_its_sentence(
    berger: Browser, session: Session, calendar: ExternalCalendar, problem: Problem
) -> None:
    failed = problem != Problem.PARTLY
    operations.refresh(session, calendar, problem if failed else Reading([], 1), MORNING)
    page = berger.get(PAGE)
    assert str(PROBLEMS[problem]) in page.text
    assert ("wird nicht gelesen" in page.text) is failed


def test_removing(berger: Browser, session: Session, calendar: ExternalCalendar) -> None:
    read(berger)
    asked = berger.get(berger.get(PAGE).link("Kalender entfernen"))
    assert len(known(session)) == 1
    page = berger.submit(asked, "/entfernen")
    assert "Der Kalender ist entfernt." in page.text
    assert known(session) == []
    assert session.scalars(select(BusyTime)).all() == []


@pytest.mark.parametrize("verb", ["lesen", "entfernen"])
def test_calendars_of_others_do_not_exist(
    browser: Browser, session: Session, calendar: ExternalCalendar, elsewhere: WebServer, verb: str
) -> None:
    """Not even for a colleague of the same office."""
    sign_in(browser, "aydin@musterstadt.example")
    page = browser.get(PAGE)
    assert not page.has("calendar")
    form = page.form(PAGE)
    for id in (calendar.id, 10**30):
        form.action = f"{PAGE}/{id}/{verb}"
        assert browser.send(form, form.values).status == 404
    assert elsewhere.asked == []
    assert len(known(session)) == 1


def test_too_many_calendars(
    berger: Browser, session: Session, cast: Cast, elsewhere: WebServer
) -> None:
    for number in range(operations.MOST_CALENDARS):
        operations.connect(session, cast.berger.id, Source(ICS, f"https://c.example/{number}"))
    page = connect(berger, elsewhere.serve("/a", FILE))
    assert page.status == 422
    assert "Sie haben schon so viele Kalender verbunden" in page.text


def test_the_same_calendar_connected_twice_is_one(
    berger: Browser, session: Session, elsewhere: WebServer
) -> None:
    url = elsewhere.serve("/a", FILE)
    connect(berger, url)
    connect(berger, url)
    assert len(known(session)) == 1
    assert len(session.scalars(select(BusyTime)).all()) == 1
