"""The product with its demo data, served as in production, on a port and in a folder of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

PROJECT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")

CHANGE = """
from datetime import timedelta
from app import app
from vberatung import clock
from vberatung.booking import operations
from vberatung.booking.models import Appointment
from vberatung.booking.operations import Person
from vberatung.booking.queries import appointment_of_link
from vberatung.db import begin_write
from vberatung.extensions import db
with app.app_context():
    begin_write(db.session)
    now = clock.now()
    talk = appointment_of_link(db.session, {token!r})
    {code}
    db.session.commit()
"""


class Server:
    """`flask demo --serve`. What it prints is what the tests know of it."""

    def __init__(self, folder: Path, host: str = "127.0.0.1", **settings: str) -> None:
        self._folder, self._settings = folder, settings
        self._log = folder / "server.log"
        self._host, self._port = host, _free_port()
        self._child: subprocess.Popen[bytes] | None = None
        self.url = f"http://127.0.0.1:{self._port}"
        self.email = self.password = self.talk_path = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop(signal.SIGKILL)  # browsers hold connections open: an orderly end takes seconds

    @property
    def talk_url(self) -> str:
        """The jobseeker's link to the appointment whose room is open."""
        return self.url + self.talk_path

    def start(self) -> None:
        command = [sys.executable, "-m", "flask", "--app", "app", "demo", "--serve"]
        with self._log.open("wb") as log:
            self._child = subprocess.Popen(
                command,
                cwd=PROJECT,
                env=self._environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not (self._has_printed_everything() and self._answers()):
            if self._child.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"the server did not start:\n{self.log()}")
            time.sleep(0.1)

    def run(self, code: str) -> str:
        """Run Python beside the server, in its installation; what it prints."""
        command = [sys.executable, "-c", code]
        done = subprocess.run(
            command, cwd=PROJECT, env=self._environment(), capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
        return done.stdout.strip()

    def change_talk(self, code: str) -> str:
        """Run Python with `talk`, the appointment of `talk_url`, at `now`; what it prints."""
        token = self.talk_path.rpartition("/")[2]
        return self.run(CHANGE.format(token=token, code=code.strip()))

    def _environment(self) -> dict[str, str]:
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        environment |= {"DEMO": "1", "HOST": self._host, "PORT": str(self._port)}
        environment |= {"DATA_DIR": str(self._folder / "data"), "PYTHONUNBUFFERED": "1"}
        return environment | self._settings

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """As with Ctrl-C."""
        if self._child is None:
            return
        os.killpg(self._child.pid, how)
        try:
            self._child.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait(10)
        self._child = None

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def _has_printed_everything(self) -> bool:
        said = dict(line.split(": ", 1) for line in self.log().splitlines() if ": " in line)
        if "A talk that begins now" not in said:
            return False
        if not self.talk_path:  # after a restart it is another talk: the tests stay with theirs
            self.email, self.password = said["Counsellor sign-in"].split()
            self.talk_path = urlsplit(said["A talk that begins now"].strip()).path
        return True

    def get(self, path: str) -> str:
        """A page as from this machine, without a browser."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.url + path, timeout=5) as answer:
            return str(answer.read().decode())

    def _answers(self) -> bool:
        try:
            return bool(self.get("/healthz"))
        except OSError:
            return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
