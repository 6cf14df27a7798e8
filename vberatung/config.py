"""Every environment variable, read once, typed, with its unit. Listed in docs/operating.md."""

import json
import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path

from vberatung import crypto, tokens

PROJECT = Path(__file__).resolve().parent.parent
WEAKEST_SECRET = 32
"""Characters: 32 of base64url carry 192 bits."""


EVERYWHERE = "0.0.0.0"  # noqa: S104  # only compared with


SOCKETS = {
    "ping_interval": 25,  # seconds: finds dead connections, keeps living ones through proxies
    "max_message_size": 256 * 1024,  # bytes
    "receive_bytes": 16 * 1024,  # a whole TLS record: the rest of one would wait unseen
}


SHORTEST_TURN_SECRET = 16
SHORTEST_METRICS_TOKEN = 16
HOST = r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?"
STUN_URL = re.compile(rf"stuns?:{HOST}")
TURN_URL = re.compile(rf"turns?:{HOST}(\?transport=(udp|tcp))?")
"""RFC 7064 and 7065: a browser that is told anything else makes no connection at all."""

REDIS_SCHEMES = ("redis", "rediss", "redis+unix")
REDIS_TIMEOUTS = {"socket_connect_timeout": 1, "socket_timeout": 1}
"""Seconds; a request without its count is answered all the same."""


class WrongSetting(SystemExit):
    """A setting is missing or unusable; the sentence says which and what to do."""


@dataclass(frozen=True)
class Settings:
    secret_key: str
    field_keys: list[str]
    database_url: str
    data_dir: Path
    public_url: str
    demo: bool
    smtp_url: str | None
    mail_from: str
    sms_url: str | None
    sms_countries: list[str]
    calendar_hosts: list[str]
    stun_urls: list[str]
    turn_urls: list[str]
    turn_secret: str | None
    turn_lifetime_s: int
    trusted_proxies: int
    jobs: str
    redis_url: str | None
    metrics_token: str | None
    echo_places: int
    echo_ports: range | None
    echo_address: str | None

    @property
    def https(self) -> bool:
        return self.public_url.startswith("https://")

    def flask(self) -> dict[str, object]:
        """The part that Flask and its extensions want to know."""
        return {
            "SECRET_KEY": self.secret_key,
            "SQLALCHEMY_DATABASE_URI": self.database_url,
            "SQLALCHEMY_ENGINE_OPTIONS": {
                "hide_parameters": True,  # no personal data in errors
                "pool_pre_ping": True,  # survives a restart of PostgreSQL
            },
            "SESSION_COOKIE_NAME": "__Host-session" if self.https else "session",
            "SESSION_COOKIE_SECURE": self.https,
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "PERMANENT_SESSION_LIFETIME": 10 * 3600,  # seconds: one working day
            "MAX_CONTENT_LENGTH": 256 * 1024,  # bytes
            "WTF_CSRF_TIME_LIMIT": None,  # a form may stay open as long as the session lives
            "WTF_CSRF_SSL_STRICT": False,  # it wants the Referer, which our policy never sends
            "BABEL_DEFAULT_LOCALE": "de",
            "BABEL_DEFAULT_TIMEZONE": "Europe/Berlin",
            "SOCK_SERVER_OPTIONS": SOCKETS,
            "COMPRESS_MIN_SIZE": 500,  # bytes
            "RATELIMIT_STORAGE_URI": self.redis_url or "database://",
            "RATELIMIT_STORAGE_OPTIONS": REDIS_TIMEOUTS if self.redis_url else {},
        }


def load(env: Mapping[str, str] = os.environ) -> Settings:
    """Settings from the environment; SystemExit with a sentence where one is missing or weak."""
    demo = env.get("DEMO") == "1"
    data_dir = Path(env.get("DATA_DIR") or PROJECT / "instance").resolve()
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    if demo:
        env = {**demo_secrets(data_dir), **env}
    settings = Settings(
        secret_key=_secret(env, "SECRET_KEY"),
        field_keys=_list(env, "FIELD_KEYS"),
        database_url=env.get("DATABASE_URL") or f"sqlite:///{data_dir / 'vberatung.db'}",
        data_dir=data_dir,
        public_url=(env.get("PUBLIC_URL") or (demo_url(env) if demo else "")).rstrip("/"),
        demo=demo,
        smtp_url=env.get("SMTP_URL") or None,
        mail_from=env.get("MAIL_FROM") or "videoberatung@localhost",
        sms_url=env.get("SMS_URL") or None,
        sms_countries=_list(env, "SMS_COUNTRIES") or ["49"],
        calendar_hosts=_list(env, "CALENDAR_HOSTS"),
        stun_urls=_list(env, "STUN_URLS"),
        turn_urls=_list(env, "TURN_URLS"),
        turn_secret=env.get("TURN_SECRET") or None,
        turn_lifetime_s=_number(env, "TURN_LIFETIME_S", 4 * 3600),
        trusted_proxies=_number(env, "TRUSTED_PROXIES", 0),
        jobs=env.get("JOBS") or "inline",
        redis_url=env.get("REDIS_URL") or None,
        metrics_token=env.get("METRICS_TOKEN") or None,
        echo_places=_number(env, "ECHO_PLACES", max(2, os.cpu_count() or 1)),
        echo_ports=_ports(env, "ECHO_PORTS"),
        echo_address=env.get("ECHO_ADDRESS") or None,
    )
    _check(settings)
    return settings


def _check(settings: Settings) -> None:
    if not settings.field_keys:
        raise WrongSetting(
            "FIELD_KEYS is missing. Make one with: python -m vberatung.new_secrets. "
            "Keep it outside the database: without it no personal field can be read."
        )
    if not all(crypto.is_field_key(key) for key in settings.field_keys):
        raise WrongSetting(
            "FIELD_KEYS holds a key that is not a Fernet key (44 base64 characters)."
        )
    if not settings.public_url.startswith(("http://", "https://")):
        raise WrongSetting("PUBLIC_URL is missing: the address that people open, https://…")
    if not settings.demo and not settings.https:
        raise WrongSetting(
            "PUBLIC_URL must begin with https://: browsers give no camera otherwise."
        )
    if not settings.demo and not settings.smtp_url:
        raise WrongSetting("SMTP_URL is missing: confirmations could not be sent. smtp://host:25")
    if settings.smtp_url and not settings.smtp_url.startswith(("smtp://", "smtps://")):
        raise WrongSetting("SMTP_URL must look like smtp://user:password@host:587?starttls=1")
    if settings.sms_url and not (
        settings.sms_url.startswith(("http://", "https://"))
        and "{text}" in settings.sms_url
        and any(to in settings.sms_url for to in ("{to}", "{digits}"))
    ):
        raise WrongSetting(
            "SMS_URL must look like https://user:password@gateway/send?to={to}&text={text}"
        )
    if not all(each.isascii() and each.isdecimal() for each in settings.sms_countries):
        raise WrongSetting("SMS_COUNTRIES must look like 49,43: country codes without + or 00.")
    if not settings.database_url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise WrongSetting(
            "DATABASE_URL must be sqlite:////path/file.db or postgresql+psycopg://user:password@…"
        )
    if not all(STUN_URL.fullmatch(url) for url in settings.stun_urls):
        raise WrongSetting("STUN_URLS must look like stun:turn.example.org:3478")
    if not all(TURN_URL.fullmatch(url) for url in settings.turn_urls):
        raise WrongSetting(
            "TURN_URLS must look like turn:turn.example.org:3478?transport=udp,"
            "turns:turn.example.org:443?transport=tcp"
        )
    if settings.turn_urls and len(settings.turn_secret or "") < SHORTEST_TURN_SECRET:
        raise WrongSetting(
            f"TURN_SECRET (coturn's static-auth-secret) needs at least {SHORTEST_TURN_SECRET} "
            "characters."
        )
    if settings.redis_url and settings.redis_url.partition("://")[0] not in REDIS_SCHEMES:
        raise WrongSetting("REDIS_URL must look like redis://host:6379/0 (or rediss, redis+unix).")
    if settings.redis_url and find_spec("redis") is None:
        raise WrongSetting("REDIS_URL needs the Python package redis: pip install redis")
    if settings.echo_places < 1:
        raise WrongSetting("ECHO_PLACES must be at least 1.")
    if settings.echo_address and not _is_ipv4(settings.echo_address):
        raise WrongSetting("ECHO_ADDRESS must be an IPv4 address, like 203.0.113.5.")
    if settings.metrics_token and len(settings.metrics_token) < SHORTEST_METRICS_TOKEN:
        raise WrongSetting(f"METRICS_TOKEN needs at least {SHORTEST_METRICS_TOKEN} characters.")
    if settings.jobs not in ("inline", "external"):
        raise WrongSetting("JOBS must be inline (in this process) or external (flask jobs).")


def _secret(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "")
    if len(value) < WEAKEST_SECRET or len(set(value)) < 10:
        raise WrongSetting(
            f"{name} is {'too weak' if value else 'missing'}: it needs at least "
            f"{WEAKEST_SECRET} random characters. Make one with: python -m vberatung.new_secrets"
        )
    return value


def _list(env: Mapping[str, str], name: str) -> list[str]:
    return [part.strip() for part in env.get(name, "").split(",") if part.strip()]


def _is_ipv4(text: str) -> bool:
    try:
        return ip_address(text).version == 4
    except ValueError:
        return False


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    try:
        return int(env.get(name) or default)
    except ValueError as error:
        raise WrongSetting(f"{name} must be a whole number.") from error


def _ports(env: Mapping[str, str], name: str) -> range | None:
    """First and last, as in 50000-50099; both included."""
    if not env.get(name):
        return None
    first, _, last = env[name].partition("-")
    if not (_is_port(first) and _is_port(last) and int(first) <= int(last)):
        raise WrongSetting(f"{name} must look like 50000-50099: the first and the last port.")
    return range(int(first), int(last) + 1)


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdecimal() and 1024 <= int(text) <= 65535


def demo_url(env: Mapping[str, str]) -> str:
    """Where `make run` serves: HOST, PORT and TLS=1."""
    host, port = env.get("HOST") or "127.0.0.1", env.get("PORT") or "8000"
    scheme = "https" if env.get("TLS") == "1" else "http"
    return f"{scheme}://{own_address() if host == EVERYWHERE else host}:{port}"


def own_address() -> str:
    """This machine's address in its network; no packet is sent to find out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1: asks only the routing table
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def demo_secrets(data_dir: Path) -> dict[str, str]:
    """Secrets of the demo, made at its first start and kept in its data folder (mode 0600)."""
    file = data_dir / "demo-secrets.json"
    if not file.exists():
        made = {
            "SECRET_KEY": tokens.secret_key(),
            "FIELD_KEYS": crypto.new_field_key(),
            "DEMO_PASSWORD": tokens.readable_password(),
        }
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            json.dump(made, out)
    secrets: dict[str, str] = json.loads(file.read_text())
    return secrets
