"""All checks in their order; those that wait for others side by side."""

import threading
import time
from collections.abc import Callable

from vberatung import clock
from vberatung.config import Settings
from vberatung.db import AnySession
from vberatung.doctor import installation, outside
from vberatung.doctor.findings import FAILED, Finding
from vberatung.doctor.relay import relay
from vberatung.doctor.talk import talk

WITHIN_S = 8
"""For all that waits for others, together. The talk takes up to 17 seconds more, most often 4."""

Found = Finding | list[Finding]
Check = Callable[[], Found]


def check_up(session: AnySession, settings: Settings, mail_to: str | None = None) -> list[Finding]:
    """Commits. Whatever breaks is a finding and hides no other."""
    now, tls = clock.now(), outside.tls(settings)
    asked = [
        Asked("mail", lambda: outside.mail(settings, mail_to, now)),
        Asked("sms", lambda: outside.sms(settings)),
        Asked("address", lambda: outside.public_address(settings)),
        Asked("certificate", lambda: outside.certificate(settings, now)),
        Asked("websocket", lambda: outside.websocket(settings)),
        Asked("relay", lambda: relay(settings, now, tls)),
    ]
    deadline = time.monotonic() + WITHIN_S
    found = made("secrets", lambda: installation.secrets(settings))
    found += made("disk", lambda: installation.disk(settings.data_dir))
    stored = made("database", lambda: installation.database(session))
    works = all(each.level != FAILED for each in stored)
    found += stored
    if works:
        found += made("clock", lambda: installation.clocks(session, clock.now()))
        found += made("jobs", lambda: installation.waiting_messages(session, clock.now()))
    session.rollback()  # no transaction is open while others make us wait
    for each in asked:
        found += each.result(deadline)
    if works and all(each.level != FAILED for each in found if each.check == "websocket"):
        found += made("talk", lambda: talk(session, settings))
    return found


def made(check: str, make: Check) -> list[Finding]:
    try:
        result = make()
    except Exception as error:
        return [Finding(check, FAILED, "broken", {"error": type(error).__name__})]
    return result if isinstance(result, list) else [result]


class Asked:
    """A check in a thread of its own, which nobody waits for in the end."""

    def __init__(self, check: str, make: Check) -> None:
        self.check, self.found = check, [Finding(check, FAILED, "too-slow", {"seconds": WITHIN_S})]
        self._thread = threading.Thread(target=self._run, args=[make], daemon=True)
        self._thread.start()

    def _run(self, make: Check) -> None:
        self.found = made(self.check, make)

    def result(self, deadline: float) -> list[Finding]:
        """What was found by then (monotonic seconds)."""
        self._thread.join(max(0, deadline - time.monotonic()))
        return self.found
