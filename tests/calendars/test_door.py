"""An address that a person types in must not open the office's own network."""

import gzip
import socket
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from tests.support.calendars import HOST, WebServer, web_server
from vberatung.calendars import door
from vberatung.calendars.door import Door, guarded_session, is_public
from vberatung.calendars.problems import CalendarProblem, Problem
from vberatung.certificate import self_signed

PUBLIC, PRIVATE = "93.184.216.34", "10.0.0.7"


def problem_of(url: str, *hosts: str) -> Problem:
    with pytest.raises(CalendarProblem) as raised, guarded_session(hosts) as session:
        session.get(url)
    return raised.value.problem


def resolves_to(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    """Every name resolves to the next of these addresses. The names that were asked for."""
    left, asked = list(answers), []

    def getaddrinfo(host: str, port: int, **options: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (left.pop(0), port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::a00:1",
    ],
)
def test_addresses_that_are_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", [PUBLIC, "2606:2800:220:1:248:1893:25c8:1946"])
def test_addresses_that_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_this_machine_is_refused_however_it_is_written(elsewhere: WebServer, host: str) -> None:
    assert problem_of(f"https://{host}:{elsewhere.port}/") == Problem.REFUSED
    assert elsewhere.asked == []


def test_a_public_name_with_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    resolves_to(monkeypatch, PRIVATE)
    assert problem_of("https://calendar.example/a.ics") == Problem.REFUSED


def test_the_address_that_was_checked_is_the_one_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """DNS rebinding: public when it is checked, private the next time."""
    asked = resolves_to(monkeypatch, PUBLIC, PRIVATE)
    connected: list[Any] = []
    monkeypatch.setattr(Door, "_connect", lambda self, *way: connected.append(way[-1]))
    Door([]).connect("calendar.example", 443)
    assert asked == ["calendar.example"]
    assert connected == [(PUBLIC, 443)]


def test_a_host_that_the_operator_allows_is_reached(elsewhere: WebServer) -> None:
    url = elsewhere.serve("/a.ics", b"calendar")
    with guarded_session([HOST]) as session:
        assert session.get(url).content == b"calendar"


def test_without_encryption_only_what_the_operator_allows(elsewhere: WebServer) -> None:
    assert problem_of(elsewhere.url) == Problem.NOT_ENCRYPTED
    assert problem_of(elsewhere.url, "calendar.example") == Problem.NOT_ENCRYPTED
    assert elsewhere.asked == []


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        ("https://localhost:{port}/b", Problem.REFUSED),
        ("https://169.254.169.254/latest", Problem.REFUSED),
        ("http://localhost:{port}/b", Problem.NOT_ENCRYPTED),
        ("file:///etc/passwd", Problem.UNREACHABLE),
        ("/a.ics", Problem.UNREACHABLE),
    ],
    ids=["private", "cloud metadata", "not encrypted", "a file", "round and round"],
)
def test_a_redirect_opens_no_other_door(
    elsewhere: WebServer, target: str, problem: Problem
) -> None:
    url = elsewhere.serve("/a.ics", b"", 302, Location=target.format(port=elsewhere.port))
    elsewhere.serve("/b", b"secret")
    assert problem_of(url, HOST) == problem
    assert "GET /b" not in elsewhere.asked
    assert len(elsewhere.asked) <= 1 + door.MOST_REDIRECTS


def test_a_redirect_to_an_allowed_address_is_followed(elsewhere: WebServer) -> None:
    elsewhere.serve("/b", b"calendar")
    url = elsewhere.serve("/a.ics", b"", 302, Location="/b")
    with guarded_session([HOST]) as session:
        assert session.get(url).content == b"calendar"


def test_a_proxy_of_the_environment_is_not_used(
    elsewhere: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", elsewhere.url)
    resolves_to(monkeypatch, PRIVATE)
    assert problem_of("https://calendar.example/") == Problem.REFUSED
    assert elsewhere.asked == []


@pytest.mark.parametrize("packed", [False, True], ids=["large", "small but unpacks large"])
def test_no_more_is_read_than_a_calendar_may_hold(elsewhere: WebServer, packed: bool) -> None:
    large = b"x" * (door.LARGEST_BYTES + 1)
    if packed:
        url = elsewhere.serve("/a", gzip.compress(large), Content_Encoding="gzip")
    else:
        url = elsewhere.serve("/a", large)
    assert problem_of(url, HOST) == Problem.TOO_LARGE


def drip_body(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    drip_headers(handler)


def drip_headers(handler: BaseHTTPRequestHandler) -> None:
    for _ in range(100):
        handler.wfile.write(b"x")
        time.sleep(0.1)


@pytest.mark.parametrize("answer", [drip_body, drip_headers])
def test_a_server_that_sends_byte_by_byte_is_left(
    elsewhere: WebServer, monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    monkeypatch.setattr(door, "LONGEST_S", 0.5)
    elsewhere.answers["/a"] = answer
    began = time.monotonic()
    assert problem_of(elsewhere.url + "/a", HOST) == Problem.TOO_SLOW
    assert time.monotonic() - began < 3


def test_a_server_that_says_nothing_is_left(
    elsewhere: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "SILENCE_S", 0.3)
    elsewhere.answers["/a"] = lambda handler: time.sleep(1)
    assert problem_of(elsewhere.url + "/a", HOST) == Problem.TOO_SLOW


@pytest.mark.parametrize("url", [f"http://{HOST}:1/", "https://" + "a" * 70 + ".example/"])
def test_nobody_there(url: str) -> None:
    assert problem_of(url, HOST) == Problem.UNREACHABLE


def test_certificates_of_the_system_count_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = self_signed(tmp_path, [HOST])
    with web_server(certificate) as server:
        url = server.serve("/a.ics", b"calendar")
        assert problem_of(url, HOST) == Problem.CERTIFICATE
        assert server.asked == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        with guarded_session([HOST]) as session:
            assert session.get(url).content == b"calendar"
