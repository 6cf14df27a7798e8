"""What an operator may set of the echo."""

from pathlib import Path

import pytest

from tests.support.settings import settings


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("ECHO_PLACES", "0"),
        ("ECHO_PLACES", "many"),
        ("ECHO_PORTS", "50000"),
        ("ECHO_PORTS", "50000-"),
        ("ECHO_PORTS", "50100-50000"),
        ("ECHO_PORTS", "80-90"),
        ("ECHO_PORTS", "60000-70000"),
        ("ECHO_ADDRESS", "beratung.example"),
        ("ECHO_ADDRESS", "fd00::5"),
    ],
)
def test_the_server_does_not_start_with(tmp_path: Path, setting: str, value: str) -> None:
    with pytest.raises(SystemExit, match=setting):
        settings(tmp_path, **{setting: value})


def test_both_ends_of_the_ports_are_included(tmp_path: Path) -> None:
    loaded = settings(tmp_path, ECHO_PORTS="50000-50099", ECHO_ADDRESS="203.0.113.5")
    assert loaded.echo_ports is not None
    assert (loaded.echo_ports[0], loaded.echo_ports[-1]) == (50_000, 50_099)
    assert loaded.echo_address == "203.0.113.5"


def test_without_settings_there_is_a_place_for_each_core(tmp_path: Path) -> None:
    loaded = settings(tmp_path)
    assert loaded.echo_places >= 2
    assert loaded.echo_ports is None
