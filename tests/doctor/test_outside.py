"""What the doctor sees from outside: mail, SMS, and the public address."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.support.cast import AT_TEN, Cast
from tests.support.mail_server import mail_server
from tests.support.server import serving
from tests.support.settings import settings
from vberatung.certificate import self_signed
from vberatung.config import Settings
from vberatung.doctor import outside
from vberatung.doctor.findings import FAILED, OK, WARNING

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def served(app: Flask, cast: Cast) -> Iterator[Settings]:
    with serving(app) as host:
        yield replace(app.config["SETTINGS"], public_url=f"http://{host}")


class Somebody(BaseHTTPRequestHandler):
    """Another program at our address."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"status": "fine"}')

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def somebody_else(tls: ssl.SSLContext | None = None) -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Somebody)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_public_address_leads_here(served: Settings) -> None:
    assert outside.public_address(served).level == OK


def test_the_public_address_leads_to_somebody_else(tmp_path: Path) -> None:
    with somebody_else() as host:
        theirs = replace(settings(tmp_path), public_url=f"http://{host}")
        assert outside.public_address(theirs).code == "address-other"
        assert outside.websocket(theirs).level == FAILED


def test_nobody_is_there(tmp_path: Path) -> None:
    nobody = replace(settings(tmp_path), public_url=NOWHERE)
    assert outside.public_address(nobody).code == "address-down"
    assert outside.websocket(nobody).code == "websocket-down"
    tls = replace(settings(tmp_path), public_url=NOWHERE.replace("http", "https"))
    assert outside.certificate(tls, AT_TEN).code == "address-down"


def test_a_socket_comes_through(served: Settings) -> None:
    assert outside.websocket(served).code == "websocket-ok"


def test_a_proxy_that_changes_the_name_is_noticed(served: Settings, app: Flask) -> None:
    """Then browsers' sockets would be refused as a foreign page's."""
    inner = app.wsgi_app

    def renamed(environ: Any, start_response: Any) -> Any:
        return inner(environ | {"HTTP_HOST": "inner.example"}, start_response)

    app.wsgi_app = renamed  # type: ignore[method-assign]
    try:
        assert outside.websocket(served).code == "websocket-other"
    finally:
        app.wsgi_app = inner  # type: ignore[method-assign]


def test_a_certificate_that_no_browser_trusts(tmp_path: Path) -> None:
    files = self_signed(tmp_path, ["127.0.0.1"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    with somebody_else(context) as host:
        ours = replace(settings(tmp_path), public_url=f"https://{host}")
        assert outside.certificate(ours, AT_TEN).code == "certificate-wrong"
        demo = replace(ours, demo=True)
        assert outside.certificate(demo, AT_TEN).code == "certificate-demo"


def test_without_https(tmp_path: Path) -> None:
    plain = replace(settings(tmp_path), public_url="http://beratung.example")
    assert outside.certificate(plain, AT_TEN).level == WARNING


def test_the_mail_server_is_greeted_or_gets_a_mail(tmp_path: Path) -> None:
    with mail_server() as server:
        ours = settings(tmp_path, SMTP_URL=server.url)
        assert outside.mail(ours, None, AT_TEN).code == "mail-ok"
        assert server.mails == []
        assert outside.mail(ours, "edv@jobcenter.example", AT_TEN).code == "mail-sent"
        assert [to for to, _ in server.mails] == ["edv@jobcenter.example"]
        assert outside.mail(ours, "nobody@jobcenter.example", AT_TEN).code == "mail-refused"


def test_a_mail_server_that_is_away(tmp_path: Path) -> None:
    away = settings(tmp_path, SMTP_URL="smtp://127.0.0.1:9")
    assert outside.mail(away, None, AT_TEN).code == "mail-down"


def test_no_mail_and_no_sms(tmp_path: Path) -> None:
    without = replace(settings(tmp_path), smtp_url=None)
    assert outside.mail(without, None, AT_TEN).code == "mail-none"
    assert outside.sms(without).code == "sms-none"


def test_the_sms_gateway_is_only_called_upon(tmp_path: Path) -> None:
    with somebody_else() as host:
        there = settings(tmp_path, SMS_URL=f"http://{host}/?to={{to}}&text={{text}}")
        assert outside.sms(there).code == "sms-ok"
    assert outside.sms(there).code == "sms-down"
