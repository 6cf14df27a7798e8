"""The HTTP session for addresses that people type in: it reaches no network of ours."""

import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from vberatung.calendars.problems import CalendarProblem, Problem

SILENCE_S = 10
"""Longest wait for a connection, and for the next bytes."""
LONGEST_S = 30
"""For one whole visit, however many requests it takes."""
LARGEST_BYTES = 5 * 1024 * 1024
"""Of one answer, unpacked."""
MOST_REDIRECTS = 5
MOST_ADDRESSES = 4
"""Of one name that are tried."""
NAT64 = IPv6Network("64:ff9b::/96")
CHUNK_BYTES = 64 * 1024


@contextmanager
def guarded_session(allowed_hosts: Sequence[str]) -> Iterator[requests.Session]:
    """A session whose every request, also after a redirect, goes where it may, or fails.

    Reachable are public addresses by https, and the hosts that the operator allows by http too.
    Raises CalendarProblem for what is refused, too large or too slow.
    """
    door = Door(allowed_hosts)
    session = requests.Session()
    session.trust_env = False  # a proxy would connect for us, unchecked; .netrc holds passwords
    session.max_redirects = MOST_REDIRECTS
    for scheme in ("http://", "https://"):
        session.mount(scheme, GuardedAdapter(door))
    watch = threading.Timer(LONGEST_S, door.shut)
    watch.daemon = True
    watch.start()
    try:
        yield session
    except (requests.RequestException, UnicodeError) as error:  # UnicodeError: no name of a host
        raise CalendarProblem(Problem.TOO_SLOW if door.is_shut else _problem(error)) from error
    finally:
        watch.cancel()
        session.close()
        door.close()


class Door:
    """Opens connections, and only to where they may go."""

    def __init__(self, allowed_hosts: Sequence[str]) -> None:
        self.allowed_hosts = {_plain(host) for host in allowed_hosts}
        self.is_shut = False
        self._opened: list[socket.socket] = []

    def allows(self, host: str) -> bool:
        """Whether the operator has named this host."""
        return _plain(host) in self.allowed_hosts

    def connect(self, host: str, port: int) -> socket.socket:
        """Resolve, check and connect to the very address that was checked.

        A check before the request would be worth nothing: the name may resolve to another
        address the next time.
        """
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[:MOST_ADDRESSES]
        ways = [way for way in found if self.allows(host) or is_public(str(way[4][0]))]
        if not ways:
            raise CalendarProblem(Problem.REFUSED)
        failure = OSError()
        for family, kind, protocol, _, address in ways:
            try:
                return self._connect(family, kind, protocol, address)
            except OSError as error:
                failure = error
        raise failure

    def shut(self) -> None:
        """End every connection at once: whoever reads from one goes on with an error."""
        self.is_shut = True
        for opened in self._opened:
            with suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        for opened in self._opened:
            opened.close()

    def _connect(self, family: int, kind: int, protocol: int, address: Any) -> socket.socket:
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(SILENCE_S)
            connection.connect(address)
            self._opened.append(connection.dup())  # TLS takes the original over
            if self.is_shut:
                raise CalendarProblem(Problem.TOO_SLOW)
        except BaseException:
            connection.close()
            raise
        return connection


class GuardedAdapter(HTTPAdapter):
    """Sends by connections of the door, and reads no more than an answer may hold."""

    def __init__(self, door: Door) -> None:
        self.door = door
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        # The system's certificates as well: an office's server may have one of its own authority.
        super().init_poolmanager(*args, **options, ssl_context=ssl.create_default_context())
        door = self.door

        class Plain(urllib3.connection.HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return door.connect(self._dns_host, self.port)

        class Secure(urllib3.connection.HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                return door.connect(self._dns_host, self.port)

        class PlainPool(urllib3.HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(urllib3.HTTPSConnectionPool):
            ConnectionCls = Secure

        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        address = urlsplit(request.url or "")
        if address.scheme != "https" and not self.door.allows(address.hostname or ""):
            raise CalendarProblem(Problem.NOT_ENCRYPTED)
        options |= {"stream": True, "timeout": SILENCE_S, "verify": True, "proxies": None}
        response = super().send(request, **options)
        body = _read(response)
        if self.door.is_shut:  # an answer that was cut short looks like a whole one
            raise CalendarProblem(Problem.TOO_SLOW)
        response._content, response._content_consumed = body, True  # type: ignore[attr-defined]
        return response


def is_public(address: str) -> bool:
    """Whether this IP address belongs to the public internet, also when one wraps another."""
    ip: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1])
        if ip in NAT64:
            inner = IPv4Address(int(ip) & 0xFFFFFFFF)
        ip = inner or ip
    return ip.is_global and not (ip.is_multicast or ip.is_reserved)


def _read(response: requests.Response) -> bytes:
    """The body, as it comes: `read` would wait for a full chunk from a slow sender."""
    body = bytearray()
    try:
        while chunk := response.raw.read1(CHUNK_BYTES, decode_content=True):
            body += chunk
            if len(body) > LARGEST_BYTES:
                raise CalendarProblem(Problem.TOO_LARGE)
    except (urllib3.exceptions.TimeoutError, TimeoutError) as error:
        raise requests.Timeout from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise requests.ConnectionError from error
    finally:
        response.raw.close()
    return bytes(body)


def _problem(error: Exception) -> Problem:
    if isinstance(error, requests.exceptions.SSLError):
        return Problem.CERTIFICATE
    return Problem.TOO_SLOW if isinstance(error, requests.Timeout) else Problem.UNREACHABLE


def _plain(host: str) -> str:
    return host.casefold().rstrip(".")
