"""What the doctor sees from inside."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from tests.support.cast import AT_TEN
from tests.support.settings import settings
from vberatung.doctor import installation
from vberatung.doctor.findings import FAILED, OK, WARNING
from vberatung.messages import outbox
from vberatung.messages.models import Mail

MB = 1_000_000


def test_a_database_at_head_is_well(session: Session) -> None:
    found = installation.database(session)
    assert [(each.check, each.level) for each in found] == [("database", OK), ("migrations", OK)]


def test_a_database_of_another_state_is_not(session: Session) -> None:
    session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert installation.database(session)[-1].code == "migrations-behind"
    session.rollback()


def test_a_database_that_is_away() -> None:
    nowhere = create_engine("postgresql+psycopg://nobody@127.0.0.1:9/none")
    with Session(nowhere) as session:
        (found,) = installation.database(session)
    assert (found.level, found.code) == (FAILED, "database-down")


@pytest.mark.parametrize(
    ("free", "level"),
    [(2_000 * MB, OK), (1_999 * MB, WARNING), (300 * MB, WARNING), (299 * MB, FAILED)],
)
def test_a_full_disk(
    free: int, level: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda folder: SimpleNamespace(free=free))
    assert installation.disk(tmp_path).level == level


@pytest.mark.parametrize(
    ("minutes", "level"), [(9, OK), (10, WARNING), (59, WARNING), (60, FAILED)]
)
def test_what_the_jobs_have_left_undone(session: Session, minutes: int, level: str) -> None:
    assert installation.waiting_messages(session, AT_TEN).level == OK
    put_at = AT_TEN - timedelta(minutes=minutes)
    mail = Mail("aylin@example.org", "Termin", "…")
    outbox.put(session, mail, put_at, AT_TEN + timedelta(days=1), purpose="reminder")
    found = installation.waiting_messages(session, AT_TEN)
    assert (found.level, found.values["number"]) == (level, 1)


def test_a_clock_that_differs_from_the_databases(session: Session) -> None:
    found = installation.clocks(session, AT_TEN)  # the test's clock stands still, theirs does not
    if session.connection().dialect.name == "sqlite":
        assert found.code == "clock-own"
    else:
        assert (found.level, found.code) == (FAILED, "clock-off")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "secrets-ok"),
        ({"TURN_URLS": "turn:r.example", "TURN_SECRET": "x" * 16}, "secrets-turn"),
        ({"TURN_URLS": "turn:r.example", "TURN_SECRET": "x" * 24}, "secrets-ok"),
        ({"DEMO": "1"}, "secrets-demo"),
    ],
)
def test_secrets(tmp_path: Path, changes: dict[str, str], code: str) -> None:
    assert installation.secrets(settings(tmp_path, **changes)).code == code


def test_the_settings_of_a_production_are_well(install: Callable[..., Flask]) -> None:
    assert installation.secrets(install().config["SETTINGS"]).level == OK
