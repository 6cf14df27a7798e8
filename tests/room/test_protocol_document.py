"""docs/signalling.md and the code say the same."""

import re

import pytest

from vberatung.config import PROJECT
from vberatung.room import places, protocol

DOCUMENT = (PROJECT / "docs" / "signalling.md").read_text()
BROWSER_SCRIPT = (PROJECT / "vberatung/static/js/room/signalling.js").read_text()


def section(title: str) -> str:
    return DOCUMENT.partition(f"## {title}")[2].partition("\n## ")[0]


def test_every_close_code_is_documented_with_its_errors() -> None:
    documented: dict[str, int] = {}
    for close_code, names in re.findall(r"^\| (\d{4}) \| ([^|]*)\|", DOCUMENT, re.MULTILINE):
        documented |= dict.fromkeys(re.findall(r"`([a-z-]+)`", names), int(close_code))
    assert documented == dict(protocol.CLOSE_CODES)


def test_every_message_of_the_browser_is_documented() -> None:
    types = re.findall(r"^\| `([a-z]+)`", section("From the browser to the server"), re.MULTILINE)
    assert set(types) == set(protocol.FIELDS)


@pytest.mark.parametrize("kind", sorted(protocol.FIELDS))
def test_every_field_is_documented(kind: str) -> None:
    rows = section("From the browser to the server").splitlines()
    row = next(row for row in rows if row.startswith(f"| `{kind}`"))
    assert all(f"`{field}`" in row for field in protocol.FIELDS[kind])


def test_the_limits_are_documented() -> None:
    for limit in (
        f"{protocol.MAX_FRAME_CHARS // 1024} KiB",
        f"{protocol.BURST} messages at once and {protocol.REFILL_PER_S} a second",
        f"within {protocol.HELLO_WITHIN_S} seconds",
        f"silent for {protocol.SILENT_FOR_S} seconds",
        f"{protocol.MAX_SDP_CHARS:,} characters",
    ):
        assert limit in DOCUMENT


def test_the_browser_speaks_the_same_version() -> None:
    assert f"version {protocol.VERSION}" in DOCUMENT.splitlines()[0]
    assert re.search(rf"\bv: {protocol.VERSION}\b", BROWSER_SCRIPT)


def test_the_browser_stops_at_the_same_close_codes() -> None:
    stops = re.findall(r"(4\d{3}): '([a-z-]+)'", BROWSER_SCRIPT)
    assert stops
    assert all(protocol.CLOSE_CODES[name] == int(code) for code, name in stops)


def test_every_message_of_the_server_is_documented() -> None:
    types = re.findall(r"^\| `([a-z]+)`", section("From the server to the browser"), re.MULTILINE)
    sent = {"welcome", "admitted", "waiting", "news", "peer", "description", "ended"}
    sent |= {"error", "pong"}
    assert set(types) == sent


def test_every_role_and_the_most_people_are_documented() -> None:
    assert all(f'`"{role}"`' in DOCUMENT for role in places.ROLES)
    words = {2: "two", 3: "three", 4: "four", 5: "five"}
    assert f"At most {words[places.MOST_PEOPLE]} people" in DOCUMENT
    assert f"and {words[places.MOST_GUESTS]} guests" in DOCUMENT
