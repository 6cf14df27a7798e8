"""A real relay of our own: the system's coturn with deploy/turnserver.conf, gone after the test."""

import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.support.turn import Turn, Way
from vberatung import clock
from vberatung.certificate import self_signed
from vberatung.config import PROJECT
from vberatung.room.ice import ice_servers

TEMPLATE = PROJECT / "deploy" / "turnserver.conf"
SECRET = "Nur-fuer-Tests-0123456789abcdef"
REALM = "turn.beratung.example"
STARTS_WITHIN_S = 15


class NoCoturn(Exception):
    """There is no relay to be had; the sentence says why."""


@dataclass
class Relay:
    """One as the product and a browser see it."""

    address: str
    port: int
    tls_port: int
    secret: str
    tls: ssl.SSLContext
    output: Path
    """What it has written anywhere."""
    command: list[str]
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.output.open("ab") as written:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.output.parent,
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=written,
            )
        wait_until_it_listens(self.process, self.address, (self.port, self.tls_port), self.output)

    def stop(self) -> None:
        """Whoever has a place there loses it."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)

    def url(self, way: Way) -> str:
        if way == "tls":
            return f"turns:{self.address}:{self.tls_port}?transport=tcp"
        return f"turn:{self.address}:{self.port}?transport={way}"

    def credentials(
        self, lifetime_s: int = 600, secret: str = SECRET, user: str = "talk1-jobseeker"
    ) -> tuple[str, str]:
        """As the product gives them to a browser."""
        now = datetime.now(UTC)
        (server,) = ice_servers([], [self.url("udp")], secret, lifetime_s, user, now)
        return str(server["username"]), str(server["credential"])

    def client(
        self, way: Way = "udp", credentials: tuple[str, str] | None = None, **options: str
    ) -> Turn:
        """Somebody who wants a place."""
        port = self.tls_port if way == "tls" else self.port
        username, password = credentials or self.credentials()
        return Turn((self.address, port), way, username, password, tls=self.tls, **options)


@contextmanager
def relay(folder: Path, address: str = "127.0.0.1", **changes: str) -> Iterator[Relay]:
    """coturn at this address. `changes` of settings, with _ for -; an empty one takes it out."""
    binary = shutil.which("turnserver")
    if binary is None:
        raise NoCoturn("there is no turnserver in PATH (Debian: apt-get install coturn)")
    folder.mkdir(parents=True, exist_ok=True)
    port, tls_port = free_port(address), free_port(address)
    with clock.set_to(datetime.now(UTC)):  # TLS looks at the real one
        certificate, key = self_signed(folder, [address, REALM])
    values = {
        "listening-ip": address,
        "relay-ip": address,
        "listening-port": str(port),
        "tls-listening-port": str(tls_port),
        "static-auth-secret": SECRET,
        "realm": REALM,
        "cert": str(certificate),
        "pkey": str(key),
    }
    values |= {name.replace("_", "-"): value for name, value in changes.items()}
    config = folder / "turnserver.conf"
    config.write_text(configured(TEMPLATE.read_text(), values))
    tls = ssl.create_default_context(cafile=str(certificate))
    command = [binary, "-c", str(config), "--pidfile", str(folder / "pid")]
    command += ["--userdb", str(folder / "turndb")]
    relay = Relay(address, port, tls_port, SECRET, tls, folder / "output", command)
    try:
        relay.start()
        yield relay
    finally:
        relay.stop()


def configured(template: str, values: dict[str, str]) -> str:
    """The template with other values: an operator changes the same lines. Unknown ones are added,
    empty ones taken out."""
    lines, left = [], dict(values)
    for line in template.splitlines():
        name = line.partition("#")[0].partition("=")[0].strip()
        if name not in values:
            lines.append(line)
        elif left.pop(name, ""):
            lines.append(f"{name}={values[name]}")
    lines += [f"{name}={value}" for name, value in left.items() if value]
    return "\n".join(lines) + "\n"


def wait_until_it_listens(
    process: subprocess.Popen[bytes], address: str, ports: tuple[int, ...], output: Path
) -> None:
    """Or say what it said instead."""
    deadline = time.monotonic() + STARTS_WITHIN_S
    for port in ports:
        while True:
            try:
                socket.create_connection((address, port), timeout=1).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    words = output.read_text(errors="replace")[-1000:]
                    raise NoCoturn(f"{process.args!r} does not start: {words}") from None
                time.sleep(0.05)


def free_port(address: str) -> int:
    """For UDP and TCP alike."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    while True:
        with (
            socket.socket(family, socket.SOCK_STREAM) as stream,
            socket.socket(family, socket.SOCK_DGRAM) as datagrams,
        ):
            stream.bind((address, 0))
            port = int(stream.getsockname()[1])
            try:
                datagrams.bind((address, port))
            except OSError:
                continue
            return port
