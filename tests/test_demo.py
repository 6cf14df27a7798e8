"""`make run`, as far as it goes before the server starts."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from tests.support import consistency, databases
from tests.support.browser import Browser
from tests.support.installation import installed
from tests.support.staff import sign_in
from vberatung import clock, config, demo
from vberatung.booking import operations as booking
from vberatung.booking.models import Appointment, Claim
from vberatung.db import begin_write
from vberatung.extensions import db
from vberatung.offices.models import Office
from vberatung.people.models import Staff
from vberatung.room import access, operations
from vberatung.statistics.models import TalkCount

NOW = "/team/einladen/jetzt"
Prepare = Callable[[], dict[str, str]]


@pytest.fixture
def made(empty_database: str, app: Flask, tmp_path: Path) -> Iterator[Flask]:
    """A demo on a database without a single row."""
    env = {"DEMO": "1", "DATA_DIR": str(tmp_path), "DATABASE_URL": empty_database, "PORT": "8123"}
    with installed(config.load(env)) as made:
        yield made


@pytest.fixture
def prepare(made: Flask) -> Prepare:
    """Runs the command; its printed lines as words → what they say."""

    def run() -> dict[str, str]:
        with made.app_context():
            lines = demo.prepare(made.config["SETTINGS"])
        return dict(line.split(": ", 1) for line in lines)

    return run


def open_browser(made: Flask) -> Browser:
    return Browser(made, base_url="http://127.0.0.1:8123")


def counts(made: Flask) -> list[int | None]:
    with Session(databases.engine_of(made)) as session:
        return [
            session.scalar(select(func.count()).select_from(model))
            for model in (Office, Staff, Appointment, TalkCount)
        ]


def test_it_says_what_to_open(prepare: Prepare) -> None:
    said = prepare()
    assert list(said) == ["Start page", "Counsellor sign-in", "A talk that begins now"]
    assert said["Start page"] == "http://127.0.0.1:8123/"
    assert said["A talk that begins now"].startswith("http://127.0.0.1:8123/termin/")


def test_there_are_two_offices_with_four_counsellors(made: Flask, prepare: Prepare) -> None:
    prepare()
    offices, staff, appointments, talks = counts(made)
    assert (offices, staff) == (2, 4)
    assert (appointments or 0) >= 20
    assert (talks or 0) > 0


def test_the_sign_in_works(made: Flask, prepare: Prepare) -> None:
    email, password = prepare()["Counsellor sign-in"].split()
    assert sign_in(open_browser(made), email, password).path == "/team/"


def test_the_link_leads_into_an_open_room_and_the_counsellor_sees_who_comes(
    made: Flask, prepare: Prepare
) -> None:
    said = prepare()
    jobseeker, counsellor = open_browser(made), open_browser(made)
    room = jobseeker.get(said["A talk that begins now"]).marked("room-link")[0]
    jobseeker.submit(jobseeker.get(room.attrib["href"]))
    page = sign_in(counsellor, *said["Counsellor sign-in"].split())
    assert len(page.marked("arrival")) == 1


def test_a_second_start_keeps_everything(made: Flask, prepare: Prepare) -> None:
    first = prepare()
    before = counts(made)
    again = prepare()
    assert counts(made) == before
    assert again["Counsellor sign-in"] == first["Counsellor sign-in"]
    link = first["A talk that begins now"]
    assert open_browser(made).get(link).status == 200


def test_after_the_talk_there_is_a_new_one(made: Flask, prepare: Prepare) -> None:
    prepare()
    with made.app_context():
        begin_write(db.session)
        talk = demo._current_talk(clock.now())
        operations.note_talk(talk, clock.now())
        operations.end(db.session, talk, clock.now())
        db.session.commit()
    link = prepare()["A talk that begins now"]
    assert open_browser(made).get(link).has("room-link")


MOMENTS = {
    "at night": datetime(2026, 11, 24, 2, 13, tzinfo=UTC),
    "before midnight": datetime(2026, 11, 23, 22, 58, tzinfo=UTC),
    "on a Sunday": datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
    "in the night of the longer day": datetime(2026, 10, 25, 0, 47, tzinfo=UTC),
    "in the night of the shorter day": datetime(2027, 3, 28, 0, 59, 59, tzinfo=UTC),
    "at the turn of the year": datetime(2026, 12, 31, 22, 55, tzinfo=UTC),
}


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
def test_at_any_time_a_talk_begins_now(made: Flask, prepare: Prepare, moment: datetime) -> None:
    with clock.set_to(moment):
        link = prepare()["A talk that begins now"]
        assert open_browser(made).get(link).has("room-link")


def test_some_hours_later_there_is_one_again(made: Flask, prepare: Prepare) -> None:
    prepare()
    for hours in (3, 30):
        with clock.set_to(clock.now() + timedelta(hours=hours)):
            link = prepare()["A talk that begins now"]
            assert open_browser(made).get(link).has("room-link")


def test_the_room_of_that_talk_is_open_long_enough_to_try_it(made: Flask, prepare: Prepare) -> None:
    prepare()
    with made.app_context():
        talk = demo._current_talk(clock.now())
        times = operations.times_of(talk)
        assert access.is_open(times, clock.now() + timedelta(minutes=30))
        db.session.rollback()


def appointments_in(made: Flask) -> list[Appointment]:
    with Session(databases.engine_of(made)) as session:
        open_ones = select(Appointment).where(Appointment.status == "booked")
        return list(session.scalars(open_ones.order_by(Appointment.starts_at)))


@pytest.mark.parametrize("minutes", [0, 20, 55, 180])
def test_nobody_is_in_two_talks_at_the_same_time(
    made: Flask, prepare: Prepare, minutes: int
) -> None:
    prepare()
    now = clock.now() + timedelta(minutes=minutes)
    with clock.set_to(now):
        prepare()
    for one, other in combinations(appointments_in(made), 2):
        if one.name == other.name or one.counsellor_id == other.counsellor_id:
            assert one.ends_at <= other.starts_at, (one.name, one.starts_at)
    with Session(databases.engine_of(made)) as session:
        consistency.check(session, now)


def test_when_nobody_has_time_one_talk_makes_room(made: Flask, prepare: Prepare) -> None:
    prepare()
    with made.app_context():
        begin_write(db.session)
        for staff in db.session.scalars(select(Staff)):
            for appointment in db.session.scalars(select(Appointment).filter_by(counsellor=staff)):
                db.session.delete(appointment)
            db.session.flush()
            db.session.execute(delete(Claim).filter_by(counsellor_id=staff.id))
            phone = booking.Person("Im Weg", None, "+4915187654321", None, "de")
            topic, now = staff.topics[0], clock.now()
            booking.arrange(db.session, topic, staff.id, "phone", now, phone, now)
        db.session.commit()
    link = prepare()["A talk that begins now"]
    assert open_browser(made).get(link).has("room-link")
    with Session(databases.engine_of(made)) as session:
        consistency.check(session, clock.now())


@pytest.mark.parametrize("minutes", [0, 40, 55, 100, 500])
def test_a_newcomer_can_begin_a_talk_or_reads_from_when_on(
    made: Flask, prepare: Prepare, minutes: int
) -> None:
    said, browser = prepare(), open_browser(made)
    with clock.set_to(clock.now() + timedelta(minutes=minutes)):
        sign_in(browser, *said["Counsellor sign-in"].split())
        page = browser.submit(browser.get(NOW), "/jetzt", name="Neu Hier")
    if page.status == 409:
        found = re.search(r"beginnen ab: (\d+):(\d+) Uhr", page.text)
        assert found
        wait = clock.to_local(clock.now()).replace(hour=int(found[1]), minute=int(found[2]))
        with clock.set_to(wait):
            page = browser.submit(browser.get(NOW), "/jetzt", name="Neu Hier")
    assert page.path.startswith(NOW + "/")


def test_the_invented_people_have_addresses_that_belong_to_nobody() -> None:
    plan = json.dumps(json.loads(demo.DATA.read_text()))
    words = [word.strip('",[]{}') for word in plan.split()]
    addresses = [word for word in words if "@" in word]
    assert addresses
    assert all(address.endswith((".example", "example.org")) for address in addresses)
