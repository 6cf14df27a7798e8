import ast
import re

from vberatung import tokens
from vberatung.config import PROJECT

MANY = 200


def test_a_link_carries_128_bits_in_22_characters() -> None:
    links = {tokens.link_token() for _ in range(MANY)}
    assert len(links) == MANY
    assert all(re.fullmatch(r"[\w-]{22}", link, re.ASCII) for link in links)
    assert tokens.LINK_BYTES * 8 >= 128


def test_a_secret_key_is_strong_enough_for_our_own_settings() -> None:
    assert len(tokens.secret_key()) >= 32
    assert tokens.secret_key() != tokens.secret_key()


def test_a_password_can_be_read_aloud() -> None:
    password = tokens.readable_password()
    assert len(password) == 14
    assert not set(password) & set("0O1Il")


def test_calendar_names_differ_and_say_nothing() -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", tokens.calendar_uid())
    assert tokens.calendar_uid() != tokens.calendar_uid()


def test_nobody_else_makes_random_numbers() -> None:
    """But for the demo's invented past, which nobody needs to guess."""
    package = PROJECT / "vberatung"
    for file in package.rglob("*.py"):
        if file.name in ("tokens.py", "demo.py"):
            continue
        names = {
            alias.name
            for node in ast.walk(ast.parse(file.read_text()))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }
        assert not names & {"random", "secrets", "uuid", "uuid4"}, file
