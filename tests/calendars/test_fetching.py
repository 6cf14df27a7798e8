"""Real servers: an ICS address, and Radicale for CalDAV."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.calendars import (
    HOST,
    PASSWORD,
    USER,
    Radicale,
    WebServer,
    calendar_file,
    event,
    radicale,
)
from tests.support.cast import MORNING
from vberatung import clock
from vberatung.calendars import fetching
from vberatung.calendars.fetching import Source, fetch
from vberatung.calendars.models import CALDAV, ICS
from vberatung.calendars.problems import Problem
from vberatung.calendars.reading import Reading
from vberatung.calendars.visit import visit

BEGIN, END = MORNING - timedelta(days=1), MORNING + timedelta(days=90)
NINE = event("DTSTART:20261123T080000Z", "DTEND:20261123T090000Z")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    with radicale(tmp_path_factory.mktemp("radicale")) as server:
        yield server


@pytest.fixture
def server(shared: Radicale) -> Radicale:
    """Radicale with an empty calendar."""
    shared.remove(shared.calendar_url)
    shared.make_calendar()
    return shared


def caldav(url: str, password: str | None = PASSWORD) -> Source:
    return Source(CALDAV, url, USER, password)


def look(source: Source) -> Reading | Problem:
    return visit(source, [HOST], MORNING, timedelta(days=28))


def local(found: Reading | Problem) -> list[str]:
    assert isinstance(found, Reading)
    return [f"{clock.to_local(a):%m-%d %H:%M}-{clock.to_local(b):%H:%M}" for a, b in found.busy]


def test_an_ics_address(elsewhere: WebServer) -> None:
    url = elsewhere.serve("/private-abc/basic.ics", calendar_file(NINE))
    assert local(look(Source(ICS, url))) == ["11-23 09:00-10:00"]


def test_an_ics_address_that_asks_for_a_password(elsewhere: WebServer) -> None:
    url = elsewhere.serve("/a.ics", calendar_file())
    look(Source(ICS, url, USER, "secret"))
    assert elsewhere.headers[0]["Authorization"] == "Basic c2FiaW5lOnNlY3JldA=="


@pytest.mark.parametrize("kind", [ICS, CALDAV])
@pytest.mark.parametrize(
    ("status", "problem"),
    [
        (401, Problem.NO_ACCESS),
        (403, Problem.NO_ACCESS),
        (404, Problem.GONE),
        (410, Problem.GONE),
        (429, Problem.SERVER_ERROR),
        (500, Problem.SERVER_ERROR),
        (503, Problem.SERVER_ERROR),
        (200, Problem.NOT_A_CALENDAR),
    ],
)
def test_what_a_server_may_answer_instead(
    elsewhere: WebServer, kind: str, status: int, problem: Problem
) -> None:
    url = elsewhere.serve("/a/", b"<html><p>Hello", status)
    assert look(Source(kind, url, USER, "secret")) == problem


def test_a_caldav_calendar_with_a_series_and_an_override(server: Radicale) -> None:
    series = event(
        "DTSTART;TZID=Europe/Berlin:20260907T090000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=14"
    )
    moved = event(
        "RECURRENCE-ID;TZID=Europe/Berlin:20261130T090000",
        "DTSTART;TZID=Europe/Berlin:20261201T110000",
        "DURATION:PT30M",
    )
    server.put("one", series, moved)
    server.put("two", event("DTSTART;VALUE=DATE:20261202", uid="two"))
    server.put("old", event("DTSTART:20200101T090000Z", "DURATION:PT1H", uid="old"))
    assert local(look(caldav(server.calendar_url))) == [
        "11-23 09:00-10:00",
        "12-01 11:00-11:30",
        "12-02 00:00-00:00",
        "12-07 09:00-10:00",
    ]


def test_only_events_near_the_window_are_asked_for(server: Radicale) -> None:
    server.put("now", NINE)
    server.put("old", event("DTSTART:20200101T090000Z", "DURATION:PT1H", uid="old"))
    assert len(fetch(caldav(server.calendar_url), [HOST], BEGIN, END)) == 1


def test_an_empty_caldav_calendar(server: Radicale) -> None:
    assert look(caldav(server.calendar_url)) == Reading([])


@pytest.mark.parametrize("password", ["wrong", None])
def test_caldav_with_a_wrong_password(server: Radicale, password: str | None) -> None:
    assert look(caldav(server.calendar_url, password)) == Problem.NO_ACCESS


def test_caldav_with_digest_authentication(elsewhere: WebServer) -> None:
    digest = 'Digest realm="calendar", nonce="abc", qop="auth", algorithm=SHA-256'
    url = elsewhere.serve("/a/", b"", 401, WWW_Authenticate=digest)
    assert look(caldav(url)) == Problem.NO_ACCESS
    answers = [headers.get("Authorization", "") for headers in elsewhere.headers]
    assert answers[-1].startswith(f'Digest username="{USER}"')
    assert not any(answer.startswith("Basic") for answer in answers)


def test_caldav_where_the_calendar_is_gone(server: Radicale) -> None:
    assert look(caldav(server.url + f"/{USER}/gone/")) == Problem.GONE


def test_caldav_where_the_address_is_the_servers(server: Radicale) -> None:
    assert look(caldav(server.url + "/")) == Problem.NOT_A_CALENDAR


def test_caldav_where_the_server_is_down(tmp_path: Path) -> None:
    with radicale(tmp_path) as server:
        url = server.calendar_url
    assert look(caldav(url)) == Problem.UNREACHABLE


def test_caldav_with_too_many_events(server: Radicale, monkeypatch: pytest.MonkeyPatch) -> None:
    server.put("one", NINE)
    monkeypatch.setattr(fetching, "LARGEST_BYTES", 50)
    assert look(caldav(server.calendar_url)) == Problem.TOO_LARGE


def test_caldav_answers_that_say_nothing_of_events_are_no_empty_calendar(
    elsewhere: WebServer,
) -> None:
    """Or the times known before would be deleted."""
    about = (
        b'<?xml version="1.0"?><D:multistatus xmlns:D="DAV:" '
        b'xmlns:C="urn:ietf:params:xml:ns:caldav"><D:response><D:href>/a/</D:href><D:propstat>'
        b"<D:prop><D:resourcetype><D:collection/><C:calendar/></D:resourcetype></D:prop>"
        b"<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>"
    )
    url = elsewhere.serve("/a/", about, 207, Content_Type="application/xml")
    assert look(caldav(url)) == Problem.SERVER_ERROR
    propfind = elsewhere.answers["/a/"]
    elsewhere.serve("/b/", b"<html>Please sign in")
    page = elsewhere.answers["/b/"]
    elsewhere.answers["/a/"] = lambda handler: (
        propfind if handler.command == "PROPFIND" else page
    )(handler)
    assert look(caldav(url)) == Problem.NOT_A_CALENDAR


def test_external_entities_of_xml_are_not_read(elsewhere: WebServer, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("C:calendar")
    body = (
        f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file://{secret}">]>'
        '<D:multistatus xmlns:D="DAV:"><D:response><D:href>&x;</D:href></D:response>'
        "</D:multistatus>"
    )
    url = elsewhere.serve("/a/", body.encode(), 207, Content_Type="application/xml")
    assert look(caldav(url)) in (Problem.NOT_A_CALENDAR, Problem.SERVER_ERROR)


def test_addresses_and_passwords_are_in_no_log(
    server: Radicale, elsewhere: WebServer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        look(caldav(server.calendar_url))
        look(caldav(server.calendar_url, "wrong"))
        look(Source(ICS, elsewhere.serve("/private-abc/a.ics", b"<html>")))
        look(Source(ICS, elsewhere.url + "/private-abc/down"))
        look(Source(ICS, "http://127.0.0.1:1/private-abc"))
    for secret in ("private-abc", PASSWORD, USER, "beratung"):
        assert secret not in caplog.text
    assert "private" not in repr(Source(ICS, "https://a.example/private", "private", "private"))


def test_what_nobody_has_thought_of_is_a_problem_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise RuntimeError("private-abc")

    monkeypatch.setattr("vberatung.calendars.visit.fetch", broken)
    assert look(Source(ICS, "https://a.example/")) == Problem.SERVER_ERROR
