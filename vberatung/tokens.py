"""The only door to randomness."""

import secrets

LINK_BYTES = 16
"""A personal link carries 128 bits: it cannot be guessed."""

# No 0 O 1 I l: a printed password must be readable.
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"


def link_token() -> str:
    """The secret part of a personal link: 22 characters of [A-Za-z0-9_-]."""
    return secrets.token_urlsafe(LINK_BYTES)


def secret_key() -> str:
    return secrets.token_urlsafe(32)


def readable_password(length: int = 14) -> str:
    return "".join(secrets.choice(READABLE) for _ in range(length))


def calendar_uid() -> str:
    """A globally unique iCalendar UID (RFC 7986, 5.3) that says nothing about its appointment."""
    return secrets.token_hex(16)
