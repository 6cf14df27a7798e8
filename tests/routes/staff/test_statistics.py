import pytest
from sqlalchemy.orm import Session

from tests.support.browser import Browser, Page, text_of
from tests.support.cast import Cast
from tests.support.staff import SIGN_IN, sign_in
from vberatung.booking.models import Appointment
from vberatung.statistics.models import Feedback, TalkCount

PAGE = "/verwaltung/statistik"


def figures(page: Page) -> list[str]:
    marks = ("talks", "minutes", "recommendation-rate")
    return [text_of(page.marked(mark)[0]) for mark in marks]


def add_answers(session: Session, cast: Cast, yes: int, no: int) -> None:
    for recommend in [True] * yes + [False] * no:
        session.add(Feedback(office_id=cast.office.id, month="2026-11", recommend=recommend))


def test_strangers_are_asked_to_sign_in(browser: Browser, cast: Cast) -> None:
    assert browser.visit(PAGE).path == SIGN_IN


def test_an_office_sees_its_own_counts_only(berger: Browser, browser: Browser) -> None:
    assert figures(berger.get(PAGE)) == ["0", "0", "–"]
    sign_in(browser, "noack@seeheim.example")
    assert figures(browser.get(PAGE)) == ["7", "287", "0 %"]


def test_talks_and_minutes_are_summed(berger: Browser, session: Session, cast: Cast) -> None:
    for minutes in (30, 12):
        session.add(
            TalkCount(
                office_id=cast.office.id, topic_id=cast.topic.id, month="2026-11", minutes=minutes
            )
        )
    assert figures(berger.get(PAGE))[:2] == ["2", "42"]


@pytest.mark.parametrize(
    ("yes", "no", "rate"), [(4, 0, "–"), (5, 0, "100 %"), (4, 1, "80 %"), (2, 4, "33 %")]
)
def test_the_rate_hides_single_answers(
    berger: Browser, session: Session, cast: Cast, yes: int, no: int, rate: str
) -> None:
    add_answers(session, cast, yes, no)
    assert figures(berger.get(PAGE))[2] == rate


def test_no_name_is_on_the_page(berger: Browser, appointment: Appointment) -> None:
    assert "Özdemir" not in berger.get(PAGE).text


@pytest.mark.parametrize(("others", "shown"), [(3, False), (4, True)])
def test_comments_are_shown_once_nobody_can_be_told_by_them(
    berger: Browser, session: Session, cast: Cast, others: int, shown: bool
) -> None:
    add_answers(session, cast, others, 0)
    for office, comment in ((cast.office, "<b>Es war laut</b>"), (cast.other_office, "Foreign")):
        answer = Feedback(office_id=office.id, month="2026-11", recommend=True, comment=comment)
        session.add(answer)
    page = berger.get(PAGE)
    assert ("<b>Es war laut</b>" in page.text) is shown
    assert "Foreign" not in page.text
