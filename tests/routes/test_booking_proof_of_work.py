"""Booking where the office asks the browser for a task first."""

import base64
import json

import altcha
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.booking import TYPED, details
from tests.support.browser import Browser, Page
from tests.support.cast import MORNING, Cast
from vberatung.booking.models import BOOKED, PENDING, Appointment


@pytest.fixture(autouse=True)
def asks(session: Session, cast: Cast) -> None:
    cast.office.proof_of_work = True


def answer(page: Page) -> str:
    """What static/js/proof.js would write into the form."""
    (part,) = page.marked("proof-of-work")
    task = altcha.Challenge.from_dict(json.loads(part.attrib["data-proof"]))
    found = altcha.solve_challenge(task)
    assert found
    return base64.b64encode(json.dumps(altcha.Payload(task, found).to_dict()).encode()).decode()


def states(session: Session) -> list[str]:
    session.commit()
    mine = select(Appointment.status).where(Appointment.booked_at == MORNING)
    return list(session.scalars(mine))


def test_with_the_task_solved_it_is_booked_at_once(browser: Browser, session: Session) -> None:
    page = details(browser)
    page = browser.submit(page, **TYPED, altcha=answer(page))
    assert page.status == 200
    assert states(session) == [BOOKED]


def test_without_javascript_the_mail_is_confirmed(browser: Browser, session: Session) -> None:
    page = browser.submit(details(browser), **TYPED)
    assert page.status == 200
    assert states(session) == [PENDING]


def test_with_neither_the_page_says_what_to_do(browser: Browser, session: Session) -> None:
    page = browser.submit(details(browser), **TYPED | {"email": ""})
    assert page.status == 422
    assert "E-Mail-Adresse" in page.text
    assert "+49 30 23125 000" in page.text
    assert page.form("/termin").value("name") == TYPED["name"]
    assert states(session) == []
    page = browser.submit(page, "/termin", altcha=answer(page))
    assert page.status == 200
    assert states(session) == [BOOKED]


def test_one_answer_is_good_for_one_appointment(browser: Browser, session: Session) -> None:
    page = details(browser)
    solved = answer(page)
    browser.submit(page, **TYPED | {"email": ""}, altcha=solved)
    page = browser.submit(details(browser), **TYPED | {"email": ""}, altcha=solved)
    assert page.status == 422
    assert states(session) == [BOOKED]


def test_a_double_press_is_no_second_use(browser: Browser, session: Session) -> None:
    page = details(browser)
    form = page.form("/termin")
    values = dict(form.filled({**TYPED, "email": "", "altcha": answer(page)}))
    assert [browser.post(form.action, values).status for _ in range(2)] == [303, 303]
    assert states(session) == [BOOKED]


def test_an_office_that_does_not_ask(browser: Browser, session: Session, cast: Cast) -> None:
    cast.office.proof_of_work = False
    page = details(browser)
    assert not page.has("proof-of-work")
    browser.submit(page, **TYPED)
    assert states(session) == [BOOKED]
