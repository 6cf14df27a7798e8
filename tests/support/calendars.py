"""Calendars elsewhere: a real Radicale, a server that answers whatever a test wants, files."""

import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests

HOST = "127.0.0.1"
USER, PASSWORD = "sabine", "Kastanie im Hof"


def calendar_file(*parts: str) -> bytes:
    """An iCalendar file with these components."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//", *parts, "END:VCALENDAR", ""]
    return "\r\n".join(lines).encode()


def event(*lines: str, uid: str = "one") -> str:
    """A VEVENT with these lines."""
    return "\r\n".join(
        ["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20261101T080000Z", *lines, "END:VEVENT"]
    )


@dataclass
class Radicale:
    """One server with one user and one calendar."""

    url: str
    process: "subprocess.Popen[bytes]"

    @property
    def calendar_url(self) -> str:
        return f"{self.url}/{USER}/beratung/"

    def put(self, name: str, *parts: str) -> None:
        """Keep these components as one object of the calendar."""
        self._ask("PUT", self.calendar_url + name + ".ics", calendar_file(*parts))

    def remove(self, url: str) -> None:
        self._ask("DELETE", url)

    def make_calendar(self) -> None:
        self._ask("MKCALENDAR", self.calendar_url)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=10)

    def _ask(self, method: str, url: str, body: bytes = b"") -> None:
        headers = {"Content-Type": "text/calendar; charset=utf-8"}
        answer = requests.request(
            method, url, data=body, headers=headers, auth=(USER, PASSWORD), timeout=10
        )
        answer.raise_for_status()


@contextmanager
def radicale(folder: Path) -> Iterator[Radicale]:
    """A Radicale server of its own on a free port, with an empty calendar."""
    users = folder / "users"
    users.write_text(f"{USER}:{PASSWORD}\n")
    with socket.create_server((HOST, 0)) as probe:
        port = probe.getsockname()[1]
    options = {
        "server-hosts": f"{HOST}:{port}",
        "auth-type": "htpasswd",
        "auth-htpasswd-filename": str(users),
        "auth-htpasswd-encryption": "plain",
        "auth-delay": "0",
        "storage-filesystem-folder": str(folder / "collections"),
        "logging-level": "critical",
    }
    arguments = [f"--{name}={value}" for name, value in options.items()]
    process = subprocess.Popen(
        [sys.executable, "-m", "radicale", "--config=", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    server = Radicale(f"http://{HOST}:{port}", process)
    try:
        _wait_for(port, process)
        server.make_calendar()
        yield server
    finally:
        server.stop()


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(200):
        assert process.poll() is None, "Radicale has ended"
        try:
            socket.create_connection((HOST, port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("Radicale does not listen")


Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class WebServer:
    """Answers each path as the test wants, and remembers what it was asked."""

    url: str
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def port(self) -> str:
        return self.url.rpartition(":")[2]

    def serve(self, path: str, body: bytes, status: int = 200, **headers: str) -> str:
        """The address at which this body can be got from now on."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            for name, value in headers.items():
                handler.send_header(name.replace("_", "-"), value)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

        self.answers[path] = answer
        return self.url + path


@contextmanager
def web_server(certificate: tuple[Path, Path] | None = None) -> Iterator[WebServer]:
    """On a free port; with a certificate and its key it speaks TLS."""
    scheme = "https" if certificate else "http"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            box.asked.append(f"{self.command} {self.path}")
            box.headers.append(dict(self.headers))
            with suppress(OSError):  # who asked may have gone
                box.answers[self.path](self)

        do_PROPFIND = do_REPORT = do_GET  # noqa: N815  # the library's names

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """A client that does not like our certificate."""

    server = Server((HOST, 0), Handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    box = WebServer(f"{scheme}://{HOST}:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield box
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
