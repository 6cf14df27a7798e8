"""Served as in production: gunicorn with deploy/gunicorn.conf.py, with and without TLS."""

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from tests.support import databases
from tests.support.browser import Browser
from tests.support.cast import a_counsellor, a_topic, an_appointment, an_office
from tests.support.installation import installed
from tests.support.settings import environment
from tests.support.sockets import Socket, Sockets
from tests.support.staff import sign_in
from vberatung import clock, config
from vberatung.booking import operations
from vberatung.certificate import self_signed
from vberatung.config import PROJECT
from vberatung.room import operations as room
from vberatung.room import presence
from vberatung.room.protocol import MAX_SDP_CHARS

EMAIL = "berger@musterstadt.example"
STARTS_WITHIN_S = 60
OFFER = {"type": "offer", "sdp": "v=0\r\n" + "a" * (MAX_SDP_CHARS - 5)}


@dataclass
class Served:
    """A running server, and what people bring along."""

    process: subprocess.Popen[bytes]
    host: str
    tls: ssl.SSLContext | None
    log: Path
    token: str
    id: int
    cookie: str

    def sockets(self) -> Sockets:
        return Sockets(self.host, self.tls)

    def get(self, path: str) -> tuple[int, str]:
        scheme = "https" if self.tls else "http"
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=self.tls)
        )
        with opener.open(f"{scheme}://{self.host}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()


@pytest.fixture(params=["http", "https"])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    host, env = served_at(environment(tmp_path, JOBS="external", THREADS="50"))
    token, id, cookie = furnish(env)
    tls = None
    if request.param == "https":
        certificate, key = self_signed(tmp_path, ["127.0.0.1"])
        env |= {"TLS_CERT": str(certificate), "TLS_KEY": str(key)}
        tls = ssl.create_default_context(cafile=str(certificate))
    with gunicorn(env, tmp_path / "log") as process:
        served = Served(process, host, tls, tmp_path / "log", token, id, cookie)
        wait_until_it_answers(served)
        yield served


def served_at(env: dict[str, str]) -> tuple[str, dict[str, str]]:
    """A free address, and the settings to be served there."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    return f"127.0.0.1:{port}", env | {"HOST": "127.0.0.1", "PORT": str(port)}


def furnish(env: dict[str, str]) -> tuple[str, int, str]:
    """One appointment that has just begun; its link, its number and the counsellor's cookie."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    now -= timedelta(minutes=now.minute % 5)
    with installed(config.load(env)) as app, clock.set_to(now):
        databases.migrate(app)
        with Session(databases.engine_of(app)) as session:
            office = an_office("musterstadt", "Jobcenter Musterstadt")
            topic = a_topic(office, "weiterbildung", "Weiterbildung")
            session.add_all([office, topic])
            session.flush()
            berger = a_counsellor(session, "Sabine Berger", EMAIL, topic)
            talk = an_appointment(session, topic, berger, now)
            room.arrive(session, talk, now)
            presence.leave(session, talk.id, "jobseeker")
            token, id = operations.issue_link(session, talk, now), talk.id
            session.commit()
        browser = Browser(app)
        sign_in(browser, EMAIL)
        return token, id, browser.cookie("__Host-session")


@contextmanager
def gunicorn(env: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "app:app"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env={"PATH": os.environ["PATH"]} | env,
            stdout=output,
            stderr=output,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def wait_until_it_answers(served: Served) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while True:
        try:
            assert served.get("/healthz")[0] == 200
            return
        except OSError as error:
            if served.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(served.log.read_text()) from error
            time.sleep(0.1)


def begin_talk(served: Served, sockets: Sockets) -> tuple[Socket, Socket]:
    aylin = sockets.open(f"/termin/{served.token}/raum/socket")
    berger = sockets.open(f"/team/raum/{served.id}/socket", served.cookie)
    assert aylin.hello()["type"] == berger.hello()["type"] == "welcome"
    berger.send("admit", id="jobseeker")
    aylin.wait_for("peer")
    berger.wait_for("peer")
    return aylin, berger


def test_a_talk_from_hello_to_the_servers_end(served: Served) -> None:
    """One story for each server, because starting one takes its time."""
    with served.sockets() as sockets:
        live = sockets.open("/team/live", served.cookie)
        assert 'data-testid="arrival"' not in live.text()

        aylin, berger = begin_talk(served, sockets)
        assert 'data-testid="arrival"' in live.text()  # pushed when Aylin said hello

        berger.send("description", to="jobseeker", description=OFFER)
        assert aylin.wait_for("description")["description"] == OFFER
        aylin.send_raw("garbage")
        assert aylin.ending() == (4400, "bad-message")
        assert berger.wait_for("peer", peer=None)["left"] is False
        again = sockets.open(f"/termin/{served.token}/raum/socket")
        assert again.hello()["admitted"] is True
        assert served.get("/")[0] == 200

        stopping = time.monotonic()
        served.process.send_signal(signal.SIGTERM)
        assert again.ending()[0] == 1001
        assert berger.ending()[0] == 1001
        assert served.process.wait(20) == 0
        assert time.monotonic() - stopping < 10
    log = served.log.read_text()
    assert "Traceback" not in log
    assert log.count("There is no relay") == 1
    for secret in (served.token, "Aylin", "termin/", served.cookie):
        assert secret not in log
