"""The synthetic talk: it takes place, it says where it failed, and it leaves no trace."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.support import databases
from tests.support.cast import MORNING, Cast
from tests.support.server import serving
from vberatung import clock, tables  # noqa: F401 - all tables are known
from vberatung.config import Settings
from vberatung.db import Base
from vberatung.doctor import talk as doctor_talk
from vberatung.doctor.findings import FAILED, OK, WARNING, Finding
from vberatung.doctor.talk import clear, prepare, talk
from vberatung.room import presence


@pytest.fixture
def served(app: Flask, cast: Cast) -> Iterator[Settings]:
    """Settings whose public address is a real port."""
    with serving(app) as host:
        yield replace(app.config["SETTINGS"], public_url=f"http://{host}")


@pytest.fixture
def apart(app: Flask) -> Iterator[Session]:
    """As `flask doctor`, which is a process of its own."""
    with Session(databases.engine_of(app)) as session:
        yield session


def rows(session: Session) -> dict[str, int]:
    session.rollback()
    numbers = {
        table.name: session.scalar(select(func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
    }
    session.rollback()
    return numbers


def hold(session: Session, settings: Settings) -> Finding:
    return talk(session, settings)


def test_it_takes_place_and_leaves_no_trace(apart: Session, served: Settings) -> None:
    before = rows(apart)
    found = hold(apart, served)
    assert (found.level, found.code) == (OK, "talk-ok")
    assert int(found.values["frames"]) >= doctor_talk.FEWEST_FRAMES
    assert int(found.values["packets"]) >= doctor_talk.FEWEST_PACKETS
    assert rows(apart) == before


def test_a_server_that_is_away_is_said_and_leaves_no_trace(
    apart: Session, app: Flask, cast: Cast
) -> None:
    before = rows(apart)
    nowhere = replace(app.config["SETTINGS"], public_url="http://127.0.0.1:9")
    found = hold(apart, nowhere)
    assert (found.level, found.code) == (FAILED, "talk-down")
    assert rows(apart) == before


def test_a_talk_that_does_not_connect_says_so(
    apart: Session, served: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(side: Any, *_: object) -> None:
        """The description is lost on its way."""

    before = rows(apart)
    monkeypatch.setattr(doctor_talk.Side, "_describe", never)
    monkeypatch.setattr(doctor_talk, "CONNECTS_WITHIN_S", 0.5)
    monkeypatch.setattr(doctor_talk, "LASTS_S", 0.5)
    assert hold(apart, served).code == "talk-not-connected"
    assert rows(apart) == before


def test_what_a_killed_doctor_left_over_goes_with_the_next(apart: Session, cast: Cast) -> None:
    before = rows(apart)
    assert prepare(apart, MORNING)
    later = prepare(apart, MORNING + timedelta(minutes=6))
    assert later
    clear(apart, later)
    assert rows(apart) == before


def test_without_a_topic_there_is_none(apart: Session, app: Flask) -> None:
    found = hold(apart, app.config["SETTINGS"])
    assert (found.level, found.code) == (WARNING, "talk-no-topic")


def test_a_connection_without_pictures_is_no_talk(
    apart: Session, served: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(*_: object) -> None:
        """Neither picture nor sound."""

    monkeypatch.setattr(doctor_talk, "_read", nothing)
    monkeypatch.setattr(doctor_talk, "LASTS_S", 0.2)
    found = hold(apart, served)
    assert (found.level, found.code) == (FAILED, "talk-silent")


def test_what_a_presence_would_leave_goes_too(
    apart: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should the server not notice in time that they have gone."""
    monkeypatch.setattr(doctor_talk, "LEAVES_WITHIN_S", 0.1)
    before = rows(apart)
    prepared = prepare(apart, clock.now())
    assert prepared
    presence.touch(apart, prepared.appointment_id, "jobseeker", clock.now())
    apart.commit()
    clear(apart, prepared)
    assert rows(apart) == before
