"""What the measurements share: servers to measure, a small HTTP client, the table at the end."""

import argparse
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Self
from urllib.parse import urlencode, urlsplit

from flask import Flask

from vberatung import config, create_app

PROJECT = Path(__file__).resolve().parents[1]
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")
STARTS_WITHIN_S = 60
ANSWERS_WITHIN_S = 60
CSRF = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


# ---- Servers


class Server:
    """A gunicorn on a free port of loopback, in a process group of its own."""

    def __init__(self, arguments: Sequence[str], settings: Mapping[str, str] | None = None) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._temporary = tempfile.TemporaryDirectory(prefix="bench-")
        self.folder = Path(self._temporary.name)
        self.env = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        self.env |= {"HOST": "127.0.0.1", "PORT": str(self.port), **(settings or {})}
        self._command = [sys.executable, "-m", "gunicorn", *arguments]
        self._log = self.folder / "server.log"
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._temporary.cleanup()

    def start(self) -> None:
        with self._log.open("wb") as log:
            self._child = subprocess.Popen(
                self._command,
                cwd=PROJECT,
                env=self.env,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + STARTS_WITHIN_S
        while not self._answers():
            if self._child.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise SystemExit(f"The server did not start:\n{self._log.read_text()}")
            time.sleep(0.1)

    def stop(self) -> None:
        if self._child is not None:
            end_group(self._child)
            self._child = None

    def processes(self) -> list[int]:
        """The ids of the server's processes: the arbiter and its workers."""
        if self._child is None:
            return []
        return [pid for pid in _all_processes() if _group_of(pid) == self._child.pid]

    def _answers(self) -> bool:
        try:
            return Client(self.url).get("/healthz").status == 200
        except OSError:
            return False


class Bare(Server):
    """The bare Flask application of bench/floor; `page` is the text of its /page."""

    def __init__(self, page: str = "") -> None:
        threads = ["--worker-class", "gthread", "--threads", "2100"]
        limits = ["--worker-connections", "3100", "--keep-alive", "5", "--log-level", "warning"]
        super().__init__([*threads, *limits, "bench.floor.app:app"])
        self._command += ["--bind", f"127.0.0.1:{self.port}"]
        file = self.folder / "page.html"
        file.write_text(page)
        self.env["BARE_PAGE"] = str(file)


class Product(Server):
    """The product with its demo data, served as in production. Fill it before it starts."""

    def __init__(self, database_url: str | None = None) -> None:
        settings = {"DEMO": "1", "TRUSTED_PROXIES": "1"}
        super().__init__(["-c", "deploy/gunicorn.conf.py", "app:app"], settings)
        self.env["DATA_DIR"] = str(self.folder / "data")
        if database_url:
            self.env["DATABASE_URL"] = database_url
        command = [sys.executable, "-m", "flask", "--app", "app", "demo"]
        said = subprocess.check_output(
            command, cwd=PROJECT, env=self.env, text=True, timeout=STARTS_WITHIN_S
        )
        lines = dict(line.split(": ", 1) for line in said.splitlines() if ": " in line)
        self.email, self.password = lines["Counsellor sign-in"].split()
        self.talk = urlsplit(lines["A talk that begins now"]).path

    def app(self) -> Flask:
        """The same application in this process, to fill its database or to look into it."""
        return create_app(config.load(self.env))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def end_group(child: subprocess.Popen[bytes]) -> None:
    for name in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(child.pid, name)
        with suppress(subprocess.TimeoutExpired):
            child.wait(10)
            return


def _all_processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _group_of(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None


# ---- HTTP


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Client:
    """One visitor with an address of their own: one connection that is kept, and the cookies."""

    _visitors = count(1)

    def __init__(self, url: str) -> None:
        number = next(self._visitors)
        self.address = f"198.18.{number // 250}.{number % 250}"
        self._connection = http.client.HTTPConnection(
            urlsplit(url).netloc, timeout=ANSWERS_WITHIN_S
        )
        self._cookies: dict[str, str] = {}

    def get(self, path: str, *, encoding: str = "identity") -> Answer:
        return self._ask("GET", path, None, {"Accept-Encoding": encoding})

    def post(self, path: str, form: Mapping[str, str]) -> Answer:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", path, urlencode(form).encode(), kind)

    def token_of(self, path: str) -> str:
        """The CSRF token of the form on this page; its cookie is kept."""
        return CSRF.search(self.get(path).text)[1]

    def connect(self) -> None:
        """Anew, so that the next request does not meet a connection that was closed as idle."""
        self._connection.close()
        self._connection.connect()

    def _ask(self, method: str, path: str, body: bytes | None, more: dict[str, str]) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        # Limits count by address; the product trusts one proxy to name it.
        known = {"Cookie": cookies, "X-Forwarded-For": self.address}
        self._connection.request(method, path, body, known | more)
        answer = self._connection.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.split(";")[0].partition("=")
            self._cookies[name] = value
        return Answer(answer.status, answer.headers, answer.read())


# ---- Figures


@dataclass(frozen=True)
class Figure:
    """One line of the table. `met` is None when there is no goal."""

    what: str
    measured: str
    goal: str = ""
    met: bool | None = None


def at_most(what: str, value: float, limit: float, form: str) -> Figure:
    """A figure that must not be above its limit; `form` writes both, as in "{:.1f} kB"."""
    return Figure(what, form.format(value), "≤ " + form.format(limit), value <= limit)


def at_least(what: str, value: float, limit: float, form: str) -> Figure:
    """A figure that must not be below its limit."""
    return Figure(what, form.format(value), "≥ " + form.format(limit), value >= limit)


def exactly(what: str, value: object, wanted: object) -> Figure:
    return Figure(what, str(value), f"exactly {wanted}", value == wanted)


def arguments(description: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--report-only", action="store_true", help="end with 0 in any case")
    return parser


def report(figures: Sequence[Figure], options: argparse.Namespace) -> None:
    """Print the table, and end the process with 1 when a goal is missed."""
    wide = max(len(figure.what) for figure in figures)
    middle = max(len(figure.measured) for figure in figures)
    for figure in figures:
        verdict = {None: "", True: "met", False: "MISSED"}[figure.met]
        line = f"{figure.what:{wide}}  {figure.measured:>{middle}}  {figure.goal}  {verdict}"
        print(line.rstrip())
    missed = any(figure.met is False for figure in figures)
    sys.exit(1 if missed and not options.report_only else 0)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that is not below `percent` of them."""
    ordered = sorted(values)
    return ordered[max(0, -(-int(len(ordered) * percent) // 100) - 1)]
