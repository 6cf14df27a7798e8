from collections.abc import Iterator

import pytest

from tests.support.settings import FIELD_KEY, OLD_FIELD_KEY, SECRET_KEY
from vberatung import crypto


@pytest.fixture(autouse=True)
def keys_of_the_tests() -> Iterator[None]:
    crypto.use_keys([FIELD_KEY], SECRET_KEY)
    yield
    crypto.use_keys([FIELD_KEY], SECRET_KEY)


def test_what_is_encrypted_can_be_read_and_looks_different_each_time() -> None:
    first, second = crypto.encrypt("Олена"), crypto.encrypt("Олена")
    assert crypto.decrypt(first) == crypto.decrypt(second) == "Олена"
    assert first != second


def test_a_new_key_in_front_reads_what_the_old_one_wrote() -> None:
    crypto.use_keys([OLD_FIELD_KEY], SECRET_KEY)
    old = crypto.encrypt("Aylin")
    crypto.use_keys([FIELD_KEY, OLD_FIELD_KEY], SECRET_KEY)
    assert crypto.decrypt(old) == "Aylin"
    new = crypto.encrypt("Aylin")
    crypto.use_keys([FIELD_KEY], SECRET_KEY)
    assert crypto.decrypt(new) == "Aylin"
    with pytest.raises(crypto.WrongKey, match="FIELD_KEYS"):
        crypto.decrypt(old)


def test_a_hash_depends_on_the_key() -> None:
    before = crypto.keyed_hash("link:abc")
    assert before == crypto.keyed_hash("link:abc") != crypto.keyed_hash("link:abd")
    crypto.use_keys([FIELD_KEY], SECRET_KEY[::-1])
    assert crypto.keyed_hash("link:abc") != before
