from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.cast import MORNING
from vberatung.invitations import states
from vberatung.invitations.states import Facts, is_open, reminder_is_due, state_of

DAY = timedelta(days=1)
MAIL = Facts(letter=False, expires_at=MORNING + 14 * DAY, sent_at=MORNING)
LETTER = Facts(letter=True, expires_at=MORNING + 14 * DAY)


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        (MAIL, states.SENT),
        (LETTER, states.TO_PRINT),
        (replace(LETTER, sent_at=MORNING), states.SENT),
        (replace(MAIL, undelivered=True), states.UNDELIVERED),
        (replace(MAIL, reminded_at=MORNING), states.REMINDED),
        (replace(MAIL, reminded_at=MORNING, undelivered=True), states.UNDELIVERED),
        (replace(MAIL, booked=True, reminded_at=MORNING), states.BOOKED),
        (replace(MAIL, booked=True, expires_at=MORNING), states.BOOKED),
        (replace(MAIL, withdrawn_at=MORNING), states.WITHDRAWN),
        (replace(MAIL, withdrawn_at=MORNING, expires_at=MORNING), states.WITHDRAWN),
        (replace(MAIL, expires_at=MORNING), states.EXPIRED),
        (replace(LETTER, expires_at=MORNING), states.EXPIRED),
        (replace(MAIL, expires_at=MORNING + timedelta(seconds=1)), states.SENT),
    ],
)
def test_the_state_is_what_ended_the_invitation_or_what_happened_last(
    facts: Facts, state: str
) -> None:
    assert state_of(facts, MORNING) == state
    assert is_open(facts, MORNING) == (state in states.OPEN)


def test_the_reminder_is_due_three_days_after_it_went_out() -> None:
    assert not reminder_is_due(MAIL, MORNING + 3 * DAY - timedelta(seconds=1))
    assert reminder_is_due(MAIL, MORNING + 3 * DAY)


@pytest.mark.parametrize(
    "facts",
    [
        replace(MAIL, reminded_at=MORNING + 3 * DAY),
        replace(MAIL, booked=True),
        replace(MAIL, withdrawn_at=MORNING),
        replace(MAIL, expires_at=MORNING + 4 * DAY + timedelta(hours=11)),
        replace(MAIL, sent_at=MORNING + 2 * DAY),
        replace(LETTER, sent_at=MORNING),
        LETTER,
    ],
    ids=["once", "booked", "withdrawn", "nearly over", "sent again", "printed", "not printed"],
)
def test_no_reminder_that_is_of_no_use(facts: Facts) -> None:
    assert not reminder_is_due(facts, MORNING + 4 * DAY)
