"""A wrong setting stops the start, and its sentence says which one."""

from pathlib import Path

import pytest

from tests.support.settings import FIELD_KEY, environment, settings
from vberatung import config


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "a" * 64),
        ("FIELD_KEYS", ""),
        ("FIELD_KEYS", "not a key"),
        ("FIELD_KEYS", f"{FIELD_KEY},broken"),
        ("PUBLIC_URL", ""),
        ("PUBLIC_URL", "beratung.example"),
        ("PUBLIC_URL", "http://beratung.example"),
        ("SMTP_URL", ""),
        ("SMS_URL", "gateway.example/send?to={to}&text={text}"),
        ("SMS_URL", "https://gateway.example/send?text={text}"),
        ("SMS_URL", "https://gateway.example/send?to={to}"),
        ("JOBS", "sometimes"),
        ("TURN_LIFETIME_S", "four hours"),
        ("STUN_URLS", "turn.example.org:3478"),
        ("STUN_URLS", "stun:turn.example.org:3478?transport=udp"),
        ("TURN_URLS", "turn:turn.example.org:3478 turns:turn.example.org"),
        ("TURN_URLS", "turn:turn.example.org?transport=tls"),
        ("TURN_URLS", "https://turn.example.org"),
    ],
)
def test_production_does_not_start_with(tmp_path: Path, setting: str, value: str) -> None:
    with pytest.raises(SystemExit, match=setting):
        settings(tmp_path, **{setting: value})


def test_a_relay_needs_its_secret(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="TURN_SECRET"):
        settings(tmp_path, TURN_URLS="turn:relay.example:3478")


def test_the_defaults_are_enough_for_one_vm(tmp_path: Path) -> None:
    loaded = settings(tmp_path)
    assert loaded.database_url == f"sqlite:///{tmp_path}/vberatung.db"
    assert loaded.jobs == "inline"
    assert not loaded.demo


def test_cookies_are_bound_to_the_host_under_https(tmp_path: Path) -> None:
    flask = settings(tmp_path).flask()
    assert flask["SESSION_COOKIE_NAME"] == "__Host-session"
    assert flask["SESSION_COOKIE_SECURE"] is True
    assert flask["SESSION_COOKIE_HTTPONLY"] is True
    assert flask["SESSION_COOKIE_SAMESITE"] == "Lax"


def test_the_demo_makes_and_keeps_its_own_secrets(tmp_path: Path) -> None:
    first = config.load({"DEMO": "1", "DATA_DIR": str(tmp_path)})
    again = config.load({"DEMO": "1", "DATA_DIR": str(tmp_path)})
    assert (first.secret_key, first.field_keys) == (again.secret_key, again.field_keys)
    assert (tmp_path / "demo-secrets.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("env", "url"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"PORT": "8001"}, "http://127.0.0.1:8001"),
        ({"HOST": "localhost", "TLS": "1"}, "https://localhost:8000"),
    ],
)
def test_the_demo_knows_its_address(env: dict[str, str], url: str) -> None:
    assert config.demo_url(env) == url


def test_every_setting_is_documented() -> None:
    documented = (config.PROJECT / "docs" / "operating.md").read_text()
    for setting in environment(Path("x")) | {"TURN_URLS": "", "TURN_SECRET": "", "STUN_URLS": ""}:
        assert f"`{setting}`" in documented
