"""How it ends for monitoring, and that every finding has its words."""

import ast

import pytest

from vberatung.config import PROJECT
from vberatung.doctor.findings import FAILED, LEVELS, OK, WARNING, Finding, exit_code
from vberatung.routes import doctor_words

CODES = {
    node.value
    for file in (PROJECT / "vberatung" / "doctor").glob("*.py")
    for node in ast.walk(ast.parse(file.read_text()))
    if isinstance(node, ast.Constant)
    and isinstance(node.value, str)
    and node.value.partition("-")[0] in doctor_words.CHECKS
    and "-" in node.value
    and " " not in node.value
}


@pytest.mark.parametrize(
    ("levels", "code"),
    [([], 0), ([OK, OK], 0), ([OK, WARNING], 1), ([WARNING, FAILED, OK], 2)],
)
def test_the_worst_finding_is_the_exit_code(levels: list[str], code: int) -> None:
    assert exit_code(Finding("disk", level, "disk-ok") for level in levels) == code


def test_every_code_has_a_meaning_and_no_meaning_is_left_over() -> None:
    assert CODES | {"too-slow", "broken"} == set(doctor_words.MEANINGS)


@pytest.mark.parametrize("code", sorted(doctor_words.MEANINGS))
def test_what_is_not_well_comes_with_advice(code: str) -> None:
    well = code.endswith(("-ok", "-sent", "-own")) or code == "sms-none"
    assert (code in doctor_words.ADVICE) != well


def test_levels_have_words() -> None:
    assert set(doctor_words.LEVELS) == set(LEVELS)
