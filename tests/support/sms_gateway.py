"""A real HTTP server that takes text messages, and can be difficult."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Asked:
    """One request: how, with which fields and headers."""

    method: str
    path: str
    fields: dict[str, str]
    headers: dict[str, str]


@dataclass
class Gateway:
    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    """What to answer to the next requests; afterwards 200."""
    delay_s: float = 0

    @property
    def texts(self) -> list[str]:
        return [each.fields["text"] for each in self.asked]


@contextmanager
def sms_gateway() -> Iterator[Gateway]:
    gateway = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # http.server's name
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length).decode()
            address = urlsplit(self.path)
            if self.headers.get("Content-Type") == "application/json":
                fields = json.loads(body)
            else:
                fields = dict(parse_qsl(body or address.query))
            headers = dict(self.headers.items())
            gateway.asked.append(Asked(self.command, address.path, fields, headers))
            time.sleep(gateway.delay_s)
            self.send_response(gateway.statuses.pop(0) if gateway.statuses else 200)
            self.end_headers()

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    gateway.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
