import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.browser import Browser
from tests.support.cast import Cast
from vberatung import clock
from vberatung.booking.models import Appointment
from vberatung.statistics.models import Feedback


@pytest.fixture
def talked(session: Session, appointment: Appointment) -> Appointment:
    """Aylin was admitted."""
    appointment.admitted_at = clock.now()
    session.commit()
    return appointment


def answers(session: Session, cast: Cast) -> list[tuple[bool, str | None]]:
    mine = select(Feedback).where(Feedback.office_id == cast.office.id)
    return [(row.recommend, row.comment) for row in session.scalars(mine)]


@pytest.mark.parametrize(("answer", "kept"), [("yes", True), ("no", False)])
def test_one_question_is_asked(
    browser: Browser, session: Session, cast: Cast, talked: Appointment, token: str,
    answer: str, kept: bool,
) -> None:  # fmt: skip
    page = browser.get(f"/termin/{token}/danke")
    page = browser.submit(page, recommend=answer, comment=" Es war gut. ")
    assert answers(session, cast) == [(kept, "Es war gut.")]
    assert not page.all("form", action="")


def test_the_comment_is_voluntary(
    browser: Browser, session: Session, cast: Cast, talked: Appointment, token: str
) -> None:
    browser.submit(browser.get(f"/termin/{token}/danke"), recommend="yes", comment="")
    assert answers(session, cast) == [(True, None)]


@pytest.mark.parametrize("recommend", [None, "", "maybe"])
def test_without_an_answer_the_question_is_asked_again(
    browser: Browser, session: Session, cast: Cast, talked: Appointment, token: str,
    recommend: str | None,
) -> None:  # fmt: skip
    page = browser.get(f"/termin/{token}/danke")
    page = browser.submit(page, recommend=recommend, comment="Gut")
    assert page.status == 422
    assert page.form().value("comment") == "Gut"
    assert answers(session, cast) == []


def test_the_question_is_asked_once(
    browser: Browser, session: Session, cast: Cast, talked: Appointment, token: str
) -> None:
    page = browser.get(f"/termin/{token}/danke")
    for _ in range(2):
        assert browser.submit(page, recommend="yes").status == 200
    assert len(answers(session, cast)) == 1


def test_a_comment_of_2001_characters(
    browser: Browser, session: Session, cast: Cast, talked: Appointment, token: str
) -> None:
    page = browser.get(f"/termin/{token}/danke")
    assert browser.submit(page, recommend="yes", comment="x" * 2001).status == 422
    assert answers(session, cast) == []


def test_before_the_talk_nothing_is_asked(
    browser: Browser, session: Session, cast: Cast, appointment: Appointment, token: str
) -> None:
    page = browser.get(f"/termin/{token}/danke")
    assert page.status == 200
    assert not list(page.one("main").iter("form"))
    form = browser.get(f"/termin/{token}/anruf").form()
    forged = browser.post(f"/termin/{token}/danke", {**dict(form.values), "recommend": "yes"})
    assert forged.status == 409
    assert answers(session, cast) == []


def test_the_answer_does_not_lead_back_to_the_person(
    browser: Browser, session: Session, cast: Cast, talked: Appointment, token: str
) -> None:
    browser.submit(browser.get(f"/termin/{token}/danke"), recommend="no", comment="Zu kurz")
    columns = set(Feedback.__table__.columns.keys())
    assert columns == {"id", "office_id", "month", "recommend", "comment"}
