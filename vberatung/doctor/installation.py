"""What can be seen from inside: secrets, database, disk, what waits to be done."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from vberatung.config import PROJECT, Settings
from vberatung.db import AnySession
from vberatung.doctor.findings import FAILED, OK, WARNING, Finding
from vberatung.messages import outbox

SHORT_OF_MB, OUT_OF_MB = 2_000, 300
CLOCK_OFF_S, CLOCK_WRONG_S = 2, 30
LATE, STUCK = timedelta(minutes=10), timedelta(hours=1)
"""A message goes out within a minute, or is tried again after 1, 2, 4 … minutes."""
STRONG_TURN_SECRET = 24


def secrets(settings: Settings) -> Finding:
    """Missing and weak ones stop the start (config.py); here: what is better."""
    if settings.demo:
        return Finding("secrets", WARNING, "secrets-demo")
    if settings.turn_secret and len(settings.turn_secret) < STRONG_TURN_SECRET:
        return Finding("secrets", WARNING, "secrets-turn", {"characters": STRONG_TURN_SECRET})
    return Finding("secrets", OK, "secrets-ok", {"keys": len(settings.field_keys)})


def database(session: AnySession) -> list[Finding]:
    """Whether it answers; then its migrations, its clock, and what waits in it."""
    try:
        kind = session.connection().dialect.name
        version = _version(session)
        present = MigrationContext.configure(session.connection()).get_current_heads()
    except SQLAlchemyError as error:
        session.rollback()
        return [Finding("database", FAILED, "database-down", {"error": type(error).__name__})]
    found = [Finding("database", OK, "database-ok", {"kind": kind, "version": version})]
    if set(present) != set(ScriptDirectory(str(PROJECT / "migrations")).get_heads()):
        return [*found, Finding("migrations", FAILED, "migrations-behind")]
    return [*found, Finding("migrations", OK, "migrations-ok")]


def _version(session: AnySession) -> str:
    if session.connection().dialect.name == "sqlite":
        return str(session.scalar(text("SELECT sqlite_version()")))
    return str(session.scalar(text("SHOW server_version")))


def clocks(session: AnySession, now: datetime) -> Finding:
    """Against the database's. SQLite has none of its own."""
    if session.connection().dialect.name == "sqlite":
        return Finding("clock", OK, "clock-own")
    theirs = session.scalars(select(func.clock_timestamp())).one()
    off_s = round(abs((theirs.astimezone(UTC) - now).total_seconds()), 1)
    level = OK if off_s < CLOCK_OFF_S else WARNING if off_s < CLOCK_WRONG_S else FAILED
    return Finding("clock", level, "clock-ok" if level == OK else "clock-off", {"seconds": off_s})


def disk(folder: Path) -> Finding:
    free_mb = shutil.disk_usage(folder).free // 1_000_000
    level = OK if free_mb >= SHORT_OF_MB else WARNING if free_mb >= OUT_OF_MB else FAILED
    return Finding("disk", level, "disk-ok" if level == OK else "disk-full", {"megabytes": free_mb})


def waiting_messages(session: AnySession, now: datetime) -> Finding:
    """Whether the jobs run, by what they have left undone."""
    number, age_s = outbox.backlog(session, now)
    age = timedelta(seconds=age_s)
    level = OK if age < LATE else WARNING if age < STUCK else FAILED
    values: dict[str, str | int | float] = {"number": number, "minutes": int(age_s // 60)}
    return Finding("jobs", level, "jobs-ok" if level == OK else "jobs-late", values)
