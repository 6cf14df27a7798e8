"""Verbs on staff accounts: create one, check a password, find the person of a session."""

from datetime import datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from vberatung import tokens
from vberatung.db import AnySession
from vberatung.offices.models import Office
from vberatung.people import throttle
from vberatung.people.models import Staff, email_hash

passwords = PasswordHasher()  # argon2id with the parameters of RFC 9106, section 4


class WrongPassword(Exception):
    """No active account has this address and password."""


def create_staff(
    session: AnySession,
    office: Office,
    name: str,
    email: str,
    password: str,
    *,
    admin: bool = False,
) -> Staff:
    staff = Staff(
        office=office,
        name=name,
        email=email,
        email_hash=email_hash(email),
        password_hash=passwords.hash(password),
        session_key=tokens.secret_key(),
        admin=admin,
    )
    session.add(staff)
    session.flush()
    return staff


def sign_in(session: AnySession, email: str, password: str, address: str, now: datetime) -> Staff:
    """The account, or WrongPassword (counted against the limits), or TooManyAttempts."""
    # Locked: on PostgreSQL too, attempts on one account are counted one after the other.
    account = select(Staff).where(Staff.email_hash == email_hash(email)).with_for_update()
    staff = session.scalar(account)
    throttle.check(session, email, address, now)
    if not _matches(staff, password) or staff is None or not staff.active:
        throttle.record_failure(session, email, address, now)
        raise WrongPassword
    throttle.forget(session, email, address)
    if passwords.check_needs_rehash(staff.password_hash):
        staff.password_hash = passwords.hash(password)
    return staff


def staff_of_session(session: AnySession, session_id: str) -> Staff | None:
    """The signed-in person; None after a password change or for a closed account."""
    number, _, key = session_id.partition(".")
    whole = [joinedload(Staff.office)]  # every page of the team names it
    staff = session.get(Staff, int(number), options=whole) if number.isdecimal() else None
    return staff if staff and staff.active and staff.session_key == key else None


@cache
def _nobody() -> str:
    """Verified when no account has the address: the answer takes as long as for a real one."""
    return passwords.hash(tokens.secret_key())


def _matches(staff: Staff | None, password: str) -> bool:
    try:
        return passwords.verify(staff.password_hash if staff else _nobody(), password)
    except VerificationError:
        return False
