import ast
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.cast import MORNING
from vberatung import clock
from vberatung.config import PROJECT

PACKAGE = PROJECT / "vberatung"
ALLOWED = {"clock.py", "certificate.py"}  # a certificate's dates are those of the real world


def test_the_clock_can_be_set_and_goes_on_afterwards() -> None:
    with clock.set_to(MORNING):
        assert clock.now() == MORNING
        with clock.set_to(MORNING + timedelta(hours=1)):
            assert clock.now() == MORNING + timedelta(hours=1)
        assert clock.now() == MORNING


def test_now_is_aware_and_in_utc() -> None:
    assert clock.now().tzinfo is UTC


def test_local_time_is_that_of_berlin() -> None:
    winter = datetime(2026, 12, 1, 12, tzinfo=UTC)
    assert clock.to_local(winter).hour == 13
    assert clock.to_local(winter.replace(month=7)).hour == 14


@pytest.mark.parametrize(
    "file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: str(file.relative_to(PACKAGE))
)
def test_nobody_else_asks_for_the_time(file: Path) -> None:
    if file.name in ALLOWED:
        return
    tree = ast.parse(file.read_text())
    asked = [
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in ("now", "today", "utcnow")
        and getattr(node.value, "id", "") in ("datetime", "date")
    ]
    assert asked == []


def test_the_local_day_begins_at_midnight_of_the_offices() -> None:
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert clock.local_day(late) == date(2026, 11, 23)
    assert clock.local_monday(late - timedelta(hours=1)) == date(2026, 11, 16)
    with clock.set_to(late):
        assert clock.today() == date(2026, 11, 23)
