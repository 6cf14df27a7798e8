"""A PostgreSQL server of our own, made from the system's binaries and gone after the tests."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Self

import psycopg
from sqlalchemy.engine import URL

OWNER = "vberatung"
STARTS_WITHIN_S = 30
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "timezone": "Asia/Tokyo",  # whoever forgets a time zone is found out
}


class NoPostgres(Exception):
    """There is no server to be had; the sentence says why."""


class Postgres:
    """`with Postgres() as server: server.create("name")` gives the URL of a fresh database."""

    def __init__(self) -> None:
        self.bin = _binaries()
        self.user = _unprivileged_user()
        self.folder = Path(tempfile.mkdtemp(prefix="vb-pg-"))  # a short path: it holds a socket

    def __enter__(self) -> Self:
        try:
            if self.user:
                shutil.chown(self.folder, self.user)
            self._init()
            self._start()
        except NoPostgres:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGINT)  # "fast": without waiting for clients
        self.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)

    def create(self, name: str, template: str = "template1") -> str:
        """The address of a new database, a copy of `template`."""
        with psycopg.connect(self._dsn("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        url = URL.create(
            "postgresql+psycopg", OWNER, database=name, query={"host": str(self.folder)}
        )
        return url.render_as_string()

    def drop(self, name: str) -> None:
        with psycopg.connect(self._dsn("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())

    def _dsn(self, name: str) -> str:
        return f"host={self.folder} user={OWNER} dbname={name}"

    def _init(self) -> None:
        options = ("--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        command = [str(self.bin / "initdb"), "-D", str(self.folder / "data"), "-U", OWNER, *options]
        made = subprocess.run(command, capture_output=True, text=True, **self._as_user())
        if made.returncode:
            raise NoPostgres(f"initdb failed: {made.stderr.strip()[-300:]}")

    def _start(self) -> None:
        settings = {**SETTINGS, "unix_socket_directories": str(self.folder)}
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        log = self.folder / "log"
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [self.bin / "postgres", "-D", self.folder / "data", *options],
                stdout=output,
                stderr=output,
                **self._as_user(),
            )
        deadline = time.monotonic() + STARTS_WITHIN_S
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise NoPostgres(f"postgres does not start: {log.read_text()[-300:]}")
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._dsn("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    def _as_user(self) -> dict[str, Any]:
        """PostgreSQL refuses to run as root."""
        if self.user is None:
            return {"cwd": self.folder}
        group = pwd.getpwnam(self.user).pw_gid
        return {"cwd": self.folder, "user": self.user, "group": group, "extra_groups": []}


def _binaries() -> Path:
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3])
    )
    initdb = shutil.which("initdb")
    candidates = [path.parent for path in reversed(found)]
    if initdb:
        candidates.append(Path(initdb).resolve().parent)
    for folder in candidates:
        if (folder / "postgres").exists():
            return folder
    raise NoPostgres("there is no initdb in PATH or /usr/lib/postgresql (apt install postgresql)")


def _unprivileged_user() -> str | None:
    """Whom the server runs as: ourselves, unless we are root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise NoPostgres("we are root, and there is no user postgres or nobody to run the server as")
