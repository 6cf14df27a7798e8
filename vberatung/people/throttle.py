"""How many failed sign-ins are too many (OWASP ASVS 4.0.3, 2.2.1)."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from vberatung import crypto
from vberatung.db import AnySession
from vberatung.people.models import FailedSignIn

WINDOW = timedelta(minutes=15)
LIMIT_PER_ACCOUNT_AND_ADDRESS = 5
LIMIT_PER_ACCOUNT = 30
LIMIT_PER_ADDRESS = 50
"""Higher than for one account: a whole office may share an address."""


class TooManyAttempts(Exception):
    """Too many failed sign-ins lately; `minutes` until the next try."""

    minutes = int(WINDOW.total_seconds() // 60)


def check(session: AnySession, email: str, address: str, now: datetime) -> None:
    """Raise TooManyAttempts when one of the limits is reached."""
    for key, limit in _keys(email, address).items():
        recent = select(func.count()).where(
            FailedSignIn.key_hash == key, FailedSignIn.at > now - WINDOW
        )
        if (session.scalar(recent) or 0) >= limit:
            raise TooManyAttempts


def record_failure(session: AnySession, email: str, address: str, now: datetime) -> None:
    session.execute(delete(FailedSignIn).where(FailedSignIn.at <= now - WINDOW))
    session.add_all(FailedSignIn(key_hash=key, at=now) for key in _keys(email, address))
    session.flush()


def forget(session: AnySession, email: str, address: str) -> None:
    """After a success: earlier slips of this account from this address no longer count."""
    key = next(iter(_keys(email, address)))
    session.execute(delete(FailedSignIn).where(FailedSignIn.key_hash == key))


def _keys(email: str, address: str) -> dict[bytes, int]:
    account = email.strip().casefold()
    return {
        crypto.keyed_hash(f"sign-in both:{account} {address}"): LIMIT_PER_ACCOUNT_AND_ADDRESS,
        crypto.keyed_hash(f"sign-in account:{account}"): LIMIT_PER_ACCOUNT,
        crypto.keyed_hash(f"sign-in address:{address}"): LIMIT_PER_ADDRESS,
    }
