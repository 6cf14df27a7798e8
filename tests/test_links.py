import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.cast import MORNING
from vberatung import links, tokens
from vberatung.booking.models import Appointment
from vberatung.links import Link


def test_a_link_leads_to_its_own_kind_only(session: Session, appointment: Appointment) -> None:
    token = links.issue(session, Link.appointment_id, appointment.id, MORNING)
    assert links.target_of_token(session, Link.appointment_id, token) == appointment.id
    assert links.target_of_token(session, Link.invitation_id, token) is None


def test_a_code_has_no_letter_that_is_mixed_up(session: Session) -> None:
    for _ in range(200):
        code = links.code_of(tokens.link_token())
        assert re.fullmatch("[ACEFHKLMPRTUWXY3479]{12}", code)


@pytest.mark.parametrize("write", [str.lower, tokens.grouped, lambda code: f" {' '.join(code)} "])
def test_a_code_is_found_however_it_is_written(
    session: Session, appointment: Appointment, write: "type[str]"
) -> None:
    token = links.issue(session, Link.appointment_id, appointment.id, MORNING)
    found = links.of_code(session, write(links.code_of(token)))
    assert found is not None
    assert found.appointment_id == appointment.id


def test_neither_link_nor_code_is_stored(session: Session, appointment: Appointment) -> None:
    token = links.issue(session, Link.appointment_id, appointment.id, MORNING)
    row = session.scalars(select(Link)).one()
    for hidden in (token.encode(), links.code_of(token).encode()):
        assert hidden not in row.token_hash
        assert hidden not in (row.code_hash or b"")
