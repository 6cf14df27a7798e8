"""Field encryption and keyed hashes; the keys live outside the database.

Configured once per process by `use_keys`; the column types in `db` and the link hashes call it.
"""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

_fernet: MultiFernet | None = None
_hash_key = b""


class WrongKey(Exception):
    """A stored field was encrypted with a key that FIELD_KEYS does not hold."""


def use_keys(field_keys: list[str], secret_key: str) -> None:
    """Encrypt with the first of the Fernet keys, decrypt with any; hash with `secret_key`."""
    global _fernet, _hash_key
    _fernet = MultiFernet([Fernet(key) for key in field_keys])
    _hash_key = hashlib.sha256(b"vberatung keyed hash\0" + secret_key.encode()).digest()


def new_field_key() -> str:
    return Fernet.generate_key().decode()


def is_field_key(text: str) -> bool:
    try:
        Fernet(text)
    except ValueError:
        return False
    return True


def encrypt(text: str) -> bytes:
    return _ready().encrypt(text.encode())


def decrypt(stored: bytes) -> str:
    try:
        return _ready().decrypt(stored).decode()
    except InvalidToken as error:
        raise WrongKey("None of the keys in FIELD_KEYS opens this field.") from error


def keyed_hash(text: str) -> bytes:
    """HMAC-SHA256 (RFC 2104): finds a secret again without storing it. 32 bytes."""
    return hmac.new(_hash_key, text.encode(), hashlib.sha256).digest()


def relay_password(secret: str, username: str) -> str:
    """The password that coturn expects for a time-limited user name.

    base64(HMAC-SHA1(secret, username)), draft-uberti-behave-turn-rest-00, section 2.2.
    """
    digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def _ready() -> MultiFernet:
    if _fernet is None:
        raise RuntimeError("crypto.use_keys has not been called")
    return _fernet
