"""A real coturn with deploy/turnserver.conf: who gets a place, and where it leads to."""

import ipaddress
import os
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import pytest

from tests.support.coturn import (
    REALM,
    NoCoturn,
    Relay,
    free_port,
    relay,
    wait_until_it_listens,
)
from tests.support.settings import settings
from tests.support.turn import TCP, Refused, Turn, Way
from vberatung import clock
from vberatung.certificate import self_signed
from vberatung.config import PROJECT, own_address
from vberatung.room.relay import NO_RELAY, NOT_AS_HTTPS, WORDS, relay_problem

LOOPBACK, LOOPBACK_6 = "127.0.0.1", "::1"
ELSEWHERE, ELSEWHERE_6 = "192.0.2.7", "2a01:4f8::7"
INTERNAL = (
    "0.0.0.0",  # noqa: S104  # another name of this machine
    LOOPBACK,
    "127.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.254",
    "192.168.0.1",
    "224.0.0.251",
    "255.255.255.255",
)
INTERNAL_6 = (
    "::",
    LOOPBACK_6,
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b::a00:1",
    "64:ff9b:1::a00:1",
    "2001:0:a00:1::",
    "2002:a00:1::1",
    "fc00::1",
    "fd12:3456:789a::1",
    "fe80::1",
    "fec0::1",
    "ff02::fb",
)

PAGES = "beratung.example"
NGINX = """%(load)s
daemon off;
pid %(folder)s/nginx.pid;
events {}
%(stream)s
http {
    access_log off;
    client_body_temp_path %(folder)s/body;
    proxy_temp_path %(folder)s/proxy;
    fastcgi_temp_path %(folder)s/fastcgi;
    uwsgi_temp_path %(folder)s/uwsgi;
    scgi_temp_path %(folder)s/scgi;
    server {
        listen 127.0.0.1:%(pages)s ssl proxy_protocol;
        set_real_ip_from 127.0.0.1;
        real_ip_header proxy_protocol;
        ssl_certificate %(certificate)s;
        ssl_certificate_key %(key)s;
        location / { return 200 "for $remote_addr"; }
    }
}
"""


def leave_out(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def running() -> Iterator[ExitStack]:
    with ExitStack() as running:
        yield running


def start(running: ExitStack, folder: Path, address: str = LOOPBACK, **changes: str) -> Relay:
    try:
        return running.enter_context(relay(folder, address, **changes))
    except NoCoturn as reason:
        leave_out(str(reason))


@pytest.fixture(scope="module")
def here(running: ExitStack, tmp_path_factory: pytest.TempPathFactory) -> Relay:
    """As in production, but for its address, its secret and its certificate."""
    return start(running, tmp_path_factory.mktemp("relay"))


@pytest.fixture(scope="module")
def here_6(running: ExitStack, tmp_path_factory: pytest.TempPathFactory) -> Relay:
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind((LOOPBACK_6, 0))
        except OSError:
            leave_out("this machine has no IPv6")
    return start(running, tmp_path_factory.mktemp("relay"), LOOPBACK_6)


def code_of(refused: pytest.ExceptionInfo[Refused]) -> int:
    return refused.value.code


@pytest.mark.parametrize("way", ["udp", "tcp", "tls"])
def test_our_credentials_open_it_in_every_way(here: Relay, way: Way) -> None:
    with here.client(way) as client:
        address, port = client.allocate()
        assert address == here.address
        assert 49152 <= port <= 65535
        client.permit(ELSEWHERE)
        assert client.refresh(0) == 0


def test_its_certificate_is_looked_at(here: Relay) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        here.client("tls", name="turn.example.com")


@pytest.mark.parametrize("way", ["udp", "tcp", "tls"])
def test_a_wrong_secret_opens_nothing(here: Relay, way: Way) -> None:
    credentials = here.credentials(secret="Das-Geheimnis-einer-anderen")
    with here.client(way, credentials) as client, pytest.raises(Refused) as refused:
        client.allocate()
    assert code_of(refused) == 401


def test_expired_credentials_open_nothing(here: Relay) -> None:
    credentials = here.credentials(lifetime_s=-1)
    with here.client(credentials=credentials) as client, pytest.raises(Refused) as refused:
        client.allocate()
    assert code_of(refused) == 401


def test_a_longer_life_cannot_be_written_into_them(here: Relay) -> None:
    username, password = here.credentials(lifetime_s=-1)
    later = str(int(username.partition(":")[0]) + 3600) + ":" + username.partition(":")[2]
    with here.client(credentials=(later, password)) as client, pytest.raises(Refused) as refused:
        client.allocate()
    assert code_of(refused) == 401


def test_the_name_of_another_person_does_not_fit_the_password(here: Relay) -> None:
    username, password = here.credentials()
    other = username.replace("jobseeker", "counsellor")
    with here.client(credentials=(other, password)) as client, pytest.raises(Refused) as refused:
        client.allocate()
    assert code_of(refused) == 401


def test_credentials_of_another_realm_open_nothing(here: Relay) -> None:
    with here.client(realm="turn.example.com") as client, pytest.raises(Refused) as refused:
        client.allocate()
    assert code_of(refused) in (401, 437, 441)  # as versions of coturn see it


def test_a_place_outlives_its_credentials_but_no_new_one_is_given(here: Relay) -> None:
    """So a talk goes on that lasts longer than TURN_LIFETIME_S."""
    credentials = here.credentials(lifetime_s=2)
    with here.client(credentials=credentials) as client:
        client.allocate()
        time.sleep(3)
        assert client.refresh() > 0
        client.permit(ELSEWHERE)
    with here.client(credentials=credentials) as client, pytest.raises(Refused) as refused:
        client.allocate()
    assert code_of(refused) == 401


@pytest.mark.parametrize("peer", INTERNAL)
def test_no_way_leads_into_the_internal_network(here: Relay, peer: str) -> None:
    with here.client() as client:
        client.allocate()
        client.permit(ELSEWHERE)
        assert_closed(client.permit, peer)
        assert_closed(client.bind, peer, 53)


@pytest.mark.parametrize("peer", INTERNAL_6)
def test_nor_with_ipv6(here_6: Relay, peer: str) -> None:
    with here_6.client() as client:
        client.allocate(6)
        client.permit(ELSEWHERE_6)
        assert_closed(client.permit, peer)
        assert_closed(client.bind, peer, 53)


def assert_closed(ask: Callable[..., None], *peer: object) -> None:
    with pytest.raises(Refused) as refused:
        ask(*peer)
    assert code_of(refused) == 403


def test_nothing_arrives_there_either(here: Relay) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as service, here.client() as client:
        service.bind((LOOPBACK, 0))
        service.settimeout(0.5)
        client.allocate()
        for peer in (LOOPBACK, "0.0.0.0"):  # noqa: S104  # an address, not a place to listen at
            client.send(peer, service.getsockname()[1], b"let me in")
        with pytest.raises(TimeoutError):
            service.recv(100)


def test_it_opens_no_tcp_connections_to_others(here: Relay) -> None:
    with here.client("tcp") as client, pytest.raises(Refused) as refused:
        client.allocate(transport=TCP)
    assert code_of(refused) in (403, 442)


def test_one_person_has_a_number_of_places(running: ExitStack, tmp_path: Path) -> None:
    small = start(running, tmp_path, user_quota="2")
    with ExitStack() as clients:
        mine = [clients.enter_context(small.client()) for _ in range(3)]
        mine[0].allocate()
        mine[1].allocate()
        with pytest.raises(Refused) as refused:
            mine[2].allocate()
        assert code_of(refused) == 486
        later = small.credentials(lifetime_s=700)  # a new welcome brings no new places
        with small.client(credentials=later) as client, pytest.raises(Refused):
            client.allocate()
        other = clients.enter_context(
            small.client(credentials=small.credentials(user="talk1-counsellor"))
        )
        other.allocate()


def test_two_people_behind_relays_reach_each_other_and_nobody_else(
    running: ExitStack, tmp_path: Path
) -> None:
    """Behind NAT the relay's own address is a private one: the one exception."""
    address = own_address()
    if ipaddress.ip_address(address).is_loopback:
        leave_out("this machine has no address but loopback")
    own = start(running, tmp_path, address, allowed_peer_ip=address)
    with own.client("udp") as one, own.client("tls") as other:
        there, back = other.allocate(), one.allocate()
        one.permit(there[0])
        other.permit(back[0])
        one.send(*there, b"Guten Tag")
        assert other.receive() == b"Guten Tag"
        other.send(*back, b"Hallo")
        assert one.receive() == b"Hallo"
        assert_closed(one.permit, "10.0.0.1")
        assert_closed(one.permit, LOOPBACK)


def test_it_writes_no_word_about_who_was_here(running: ExitStack, tmp_path: Path) -> None:
    silent = start(running, tmp_path)
    with silent.client() as client:
        client.allocate()
        assert_closed(client.permit, "10.0.0.1")
    with (
        silent.client(credentials=silent.credentials(secret="falsch")) as client,
        pytest.raises(Refused),
    ):
        client.allocate()
    silent.stop()
    written = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
    assert b"10.0.0.1 " not in written
    assert b"talk1" not in written
    assert LOOPBACK.encode() not in silent.output.read_bytes()


def test_a_renewed_certificate_is_read_without_a_restart(
    running: ExitStack, tmp_path: Path
) -> None:
    renewed = start(running, tmp_path)
    before = certificate_of(renewed)
    with clock.set_to(datetime.now(UTC)), renewed.client() as client:
        client.allocate()
        self_signed(tmp_path, [LOOPBACK, REALM])
        assert renewed.process
        renewed.process.send_signal(signal.SIGUSR2)
        deadline = time.monotonic() + 10
        while certificate_of(renewed) == before:
            assert time.monotonic() < deadline, "the old certificate is still shown"
            time.sleep(0.1)
        assert client.refresh() > 0


def certificate_of(relay: Relay) -> str:
    return ssl.get_server_certificate((relay.address, relay.tls_port))


@contextmanager
def nginx(folder: Path, relay: Relay) -> Iterator[int]:
    """The port that pages and relay share, as in deploy/nginx-stream.conf."""
    binary = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    if binary is None:
        leave_out("there is no nginx (Debian: apt-get install nginx libnginx-mod-stream)")
    shared, pages, inner = (free_port(LOOPBACK) for _ in range(3))
    with clock.set_to(datetime.now(UTC)):
        certificate, key = self_signed(folder, [PAGES])
    stream = (PROJECT / "deploy" / "nginx-stream.conf").read_text()
    for ours, tests in (
        ("listen [::]:443;", ""),
        ("listen 443;", f"listen {LOOPBACK}:{shared};"),
        ("turn.example.org", REALM),
        ("203.0.113.5:5349", f"{relay.address}:{relay.tls_port}"),
        (":5348", f":{inner}"),
        (":8443", f":{pages}"),
    ):
        assert ours in stream
        stream = stream.replace(ours, tests)
    modules = "/usr/lib/nginx/modules/ngx_stream_module.so"
    load = f"load_module {modules};" if Path(modules).exists() else ""
    values = {"load": load, "folder": folder, "stream": stream, "pages": pages}
    values |= {"certificate": certificate, "key": key}
    (folder / "nginx.conf").write_text(NGINX % values)
    command = [binary, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"]
    with (folder / "nginx.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_until_it_listens(process, LOOPBACK, (shared, pages), folder / "nginx.log")
        yield shared
    finally:
        process.terminate()
        process.wait(10)


def test_pages_and_relay_share_one_port(here: Relay, tmp_path: Path) -> None:
    with nginx(tmp_path, here) as port:
        username, password = here.credentials()
        there = (LOOPBACK, port)
        with Turn(there, "tls", username, password, tls=here.tls, name=REALM) as client:
            assert client.allocate()[0] == here.address
        trusting = ssl.create_default_context(cafile=str(tmp_path / "demo-cert.pem"))
        with (
            socket.create_connection(there, 5, ("127.0.0.2", 0)) as plain,
            trusting.wrap_socket(plain, server_hostname=PAGES) as page,
        ):
            page.sendall(f"GET / HTTP/1.0\r\nHost: {PAGES}\r\n\r\n".encode())
            answer = b"".join(iter(lambda: page.recv(4096), b"")).decode()
        assert answer.endswith("for 127.0.0.2")  # limits count by address


def test_what_the_settings_lack_is_said(tmp_path: Path) -> None:
    def problem(urls: str) -> str | None:
        return relay_problem(settings(tmp_path, TURN_URLS=urls, TURN_SECRET="x" * 16))

    assert problem("") == NO_RELAY
    assert problem("turn:relay.example:3478") == NOT_AS_HTTPS
    assert problem("turns:relay.example:5349?transport=tcp") == NOT_AS_HTTPS
    assert problem("turn:relay.example:3478,turns:relay.example:443?transport=tcp") is None
    assert all("docs/operating.md" in words for words in WORDS.values())
