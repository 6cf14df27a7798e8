"""All checks in their order; those that wait for others side by side."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow

from vberatung import clock
from vberatung.config import Settings
from vberatung.db import AnySession
from vberatung.doctor import installation, outside
from vberatung.doctor.findings import FAILED, Finding
from vberatung.doctor.relay import relay
from vberatung.doctor.talk import talk

WITHIN_S = 18

Found = Finding | list[Finding]


def check_up(session: AnySession, settings: Settings, mail_to: str | None = None) -> list[Finding]:
    """Commits, and takes up to 20 seconds."""
    now, tls = clock.now(), outside.tls(settings)
    checks: dict[str, Callable[[], Found]] = {
        "mail": lambda: outside.mail(settings, mail_to, now),
        "sms": lambda: outside.sms(settings),
        "address": lambda: outside.public_address(settings),
        "certificate": lambda: outside.certificate(settings, now),
        "websocket": lambda: outside.websocket(settings),
        "relay": lambda: relay(settings, now, tls),
    }
    pool = ThreadPoolExecutor(len(checks))
    asked = {check: pool.submit(ask) for check, ask in checks.items()}
    pool.shutdown(wait=False)
    found = [installation.secrets(settings), installation.disk(settings.data_dir)]
    stored = installation.database(session)
    found += stored
    if stored[-1].level != FAILED:
        found += [
            installation.clocks(session, clock.now()),
            installation.waiting_messages(session, clock.now()),
        ]
        session.rollback()
    for check, future in asked.items():
        found += _result(check, future)
    answers = all(each.level != FAILED for each in found if each.check in ("websocket", "database"))
    if answers and stored[-1].level != FAILED:
        found.append(talk(session, settings))
    return found


def _result(check: str, future: Future[Found]) -> list[Finding]:
    try:
        result = future.result(WITHIN_S / 2)
    except TooSlow:
        return [Finding(check, FAILED, "too-slow")]
    except Exception as error:  # one check that breaks must not hide the others
        return [Finding(check, FAILED, "broken", {"error": type(error).__name__})]
    return result if isinstance(result, list) else [result]
