"""Real allocations at a real relay, and what is said when there is none."""

import os
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.coturn import NoCoturn, Relay
from tests.support.coturn import relay as coturn
from tests.support.settings import settings
from vberatung.config import Settings
from vberatung.doctor.findings import FAILED, OK, WARNING, Finding
from vberatung.doctor.relay import parts_of, relay


@pytest.fixture(scope="module")
def turn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    try:
        with coturn(tmp_path_factory.mktemp("coturn")) as running:
            yield running
    except NoCoturn as reason:
        if os.environ.get("CI"):
            pytest.fail(str(reason), pytrace=False)
        pytest.skip(str(reason))


def ask(urls: list[str], secret: str, folder: Path, tls: ssl.SSLContext) -> list[Finding]:
    ours: Settings = replace(settings(folder), turn_urls=urls, turn_secret=secret)
    return relay(ours, datetime.now(UTC), tls)


def test_each_way_gets_a_place(turn: Relay, tmp_path: Path) -> None:
    urls = [turn.url("udp"), turn.url("tcp"), turn.url("tls")]
    found = ask(urls, turn.secret, tmp_path, turn.tls)
    assert [(each.level, each.values.get("url")) for each in found[:3]] == [
        (OK, url) for url in urls
    ]
    assert (found[3].level, found[3].code) == (WARNING, "relay-not-as-https")


@pytest.mark.parametrize("way", ["udp", "tcp", "tls"])
def test_another_secret_is_refused(turn: Relay, tmp_path: Path, way: str) -> None:
    url = turn.url(way)  # type: ignore[arg-type]
    found = ask([url], "ein-anderes-Geheimnis", tmp_path, turn.tls)
    assert (found[0].level, found[0].code) == (FAILED, "relay-refused")


def test_a_certificate_that_nobody_trusts(turn: Relay, tmp_path: Path) -> None:
    found = ask([turn.url("tls")], turn.secret, tmp_path, ssl.create_default_context())
    assert (found[0].level, found[0].code) == (FAILED, "relay-certificate")


@pytest.mark.parametrize("url", ["turn:127.0.0.1:9?transport=tcp", "turn:127.0.0.1:9"])
def test_nobody_is_there(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vberatung.doctor.relay.WITHIN_S", 0.5)
    found = ask([url], "x" * 24, tmp_path, ssl.create_default_context())
    assert found[0].level == FAILED
    assert found[0].code in ("relay-down", "relay-silent")


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("turn:r.example", ("r.example", 3478, "udp", False)),
        ("turn:r.example:80?transport=tcp", ("r.example", 80, "tcp", False)),
        ("turns:r.example", ("r.example", 5349, "tcp", True)),
        ("turns:r.example:443?transport=tcp", ("r.example", 443, "tcp", True)),
        ("turn:[2001:db8::1]", ("2001:db8::1", 3478, "udp", False)),
        ("turn:[2001:db8::1]:99", ("2001:db8::1", 99, "udp", False)),
    ],
)
def test_parts_of_an_address(url: str, parts: tuple[str, int, str, bool]) -> None:
    assert parts_of(url) == parts
