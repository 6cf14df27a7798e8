"""From an event in a real calendar elsewhere to the slot that is not offered any more."""

import dataclasses
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

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
from tests.support.cast import AT_TEN, MORNING, Cast
from vberatung import clock
from vberatung.booking.free import Wish, free_starts_of
from vberatung.calendars import operations
from vberatung.calendars.fetching import Source
from vberatung.calendars.models import CALDAV, ICS, BusyTime, ExternalCalendar
from vberatung.config import Settings
from vberatung.jobs import work
from vberatung.jobs.runner import aside

TEN = event("DTSTART:20261123T090000Z", "DURATION:PT30M")


@pytest.fixture
def some_settings(app: Flask) -> Settings:
    settings: Settings = app.config["SETTINGS"]
    return dataclasses.replace(settings, calendar_hosts=[HOST])


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Radicale]:
    with radicale(tmp_path) as server:
        yield server


def connect(session: Session, counsellor_id: int, source: Source) -> ExternalCalendar:
    calendar = operations.connect(session, counsellor_id, source)
    session.commit()
    return calendar


def offered(session: Session, cast: Cast) -> list[str]:
    """Berger's free starts on this Monday, on the hour."""
    wish = Wish(counsellor_id=cast.berger.id)
    starts = [clock.to_local(s) for s in free_starts_of(session, cast.topic, MORNING, wish)]
    session.rollback()
    return [f"{s:%H:%M}" for s in starts if s.date() == MORNING.date() and s.minute == 0]


def test_an_event_elsewhere_takes_the_slot_away(
    session: Session, cast: Cast, server: Radicale, some_settings: Settings
) -> None:
    source = Source(CALDAV, server.calendar_url, USER, PASSWORD)
    calendar = connect(session, cast.berger.id, source)
    assert offered(session, cast) == ["10:00", "11:00"]
    server.put("one", TEN)
    work.read_calendars(session, MORNING, some_settings)
    assert offered(session, cast) == ["11:00"]
    server.remove(server.calendar_url + "one.ics")
    work.read_calendars(session, MORNING, some_settings)
    assert offered(session, cast) == ["10:00", "11:00"]
    server.put("one", TEN)
    work.read_calendars(session, MORNING, some_settings)
    server.stop()
    work.read_calendars(session, AT_TEN, some_settings)
    assert (calendar.problem, calendar.failed_since) == ("unreachable", AT_TEN)
    assert offered(session, cast) == ["11:00"]


def test_it_is_read_as_far_ahead_as_any_topic_can_be_booked(
    session: Session, cast: Cast, elsewhere: WebServer, some_settings: Settings
) -> None:
    cast.topic.horizon_days = 200
    each_week = event("DTSTART:20261123T090000Z", "DURATION:PT30M", "RRULE:FREQ=WEEKLY")
    connect(session, cast.berger.id, Source(ICS, elsewhere.serve("/a", calendar_file(each_week))))
    work.read_calendars(session, MORNING, some_settings)
    last = max(session.scalars(select(BusyTime.starts_at)))
    assert timedelta(193) < last - MORNING <= timedelta(201)


def test_one_failing_calendar_does_not_stop_the_others(
    session: Session, cast: Cast, elsewhere: WebServer, some_settings: Settings
) -> None:
    elsewhere.answers["/hangs-up"] = lambda handler: handler.connection.close()
    good = elsewhere.serve("/good", calendar_file(TEN))
    urls = [elsewhere.url + "/hangs-up", elsewhere.serve("/bad", b"<html>"), good]
    calendars = [connect(session, cast.berger.id, Source(ICS, url)) for url in urls]
    work.read_calendars(session, MORNING, some_settings)
    assert [calendar.problem for calendar in calendars] == ["unreachable", "not_a_calendar", None]
    assert session.scalars(select(BusyTime.calendar_id)).all() == [calendars[2].id]


def test_no_transaction_is_open_while_a_server_makes_us_wait(
    session: Session, cast: Cast, elsewhere: WebServer, some_settings: Settings, engine: Engine
) -> None:
    """Somebody else writes while the calendar is being read: on SQLite only one can."""
    file = calendar_file(TEN)

    def answer_slowly(handler: BaseHTTPRequestHandler) -> None:
        with Session(engine) as other:
            other.get_one(type(cast.office), office_id).city = "Musterhausen"
            other.commit()
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(file)

    office_id = cast.office.id
    elsewhere.answers["/a"] = answer_slowly
    connect(session, cast.berger.id, Source(ICS, elsewhere.url + "/a"))
    work.read_calendars(session, MORNING, some_settings)
    session.refresh(cast.office)
    assert cast.office.city == "Musterhausen"
    assert len(session.scalars(select(BusyTime)).all()) == 1


def test_a_calendar_removed_while_it_is_read_is_not_missed(
    session: Session, cast: Cast, elsewhere: WebServer, some_settings: Settings, engine: Engine
) -> None:
    def remove_and_answer(handler: BaseHTTPRequestHandler) -> None:
        with Session(engine) as other:
            operations.disconnect(other, other.scalars(select(ExternalCalendar)).one())
            other.commit()
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n" + calendar_file(TEN))

    elsewhere.answers["/a"] = remove_and_answer
    connect(session, cast.berger.id, Source(ICS, elsewhere.url + "/a"))
    work.read_calendars(session, MORNING, some_settings)
    assert session.scalars(select(BusyTime)).all() == []


@pytest.fixture
def engine(session: Session) -> Engine:
    engine = session.get_bind()
    assert isinstance(engine, Engine)
    return engine


def test_the_reading_holds_up_nothing_and_runs_once_at_a_time() -> None:
    may_end, runs = threading.Event(), []
    ended = threading.Event()

    def wait() -> None:
        runs.append(1)
        may_end.wait(10)
        ended.set()

    start: Callable[[], None] = aside(wait)
    start()
    start()  # returns at once, while the first one still waits
    may_end.set()
    assert ended.wait(10)
    assert len(runs) == 1
