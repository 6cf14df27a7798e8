"""The only door to randomness."""

import secrets

LINK_BYTES = 16
"""A personal link carries 128 bits: it cannot be guessed."""

# No 0 O 1 I l: a printed password must be readable.
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"

SPOKEN = "ACEFHKLMPRTUWXY3479"
"""One of each pair that is easily mixed up: by eye (0 O, 1 I, 2 Z, 5 S, 6 G, 8 B, U V) and
by ear in German (B P, D T, M N, S F)."""


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


def spell(number: bytes, length: int) -> str:
    """So many characters of SPOKEN for a large random number."""
    value, letters = int.from_bytes(number, "big"), []
    for _ in range(length):
        value, digit = divmod(value, len(SPOKEN))
        letters.append(SPOKEN[digit])
    return "".join(letters)


def normalised(code: str) -> str:
    """A code as it was issued: without gaps and hyphens, in capitals."""
    return "".join(c for c in code.upper() if c.isalnum())


def same(one: str, other: str | None) -> bool:
    """Compared in a time that tells nothing of where they differ."""
    return other is not None and secrets.compare_digest(one.encode(), other.encode())


def grouped(code: str) -> str:
    """ABCD-EFGH-KLMN"""
    return "-".join(code[n : n + 4] for n in range(0, len(code), 4))


def below(limit: int) -> int:
    """A number from 0 to `limit` - 1."""
    return secrets.randbelow(limit)
