"""The time that is held while the form is filled in, without JavaScript."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.support.booking import HALF_PAST_ELEVEN, TEN, TYPED, step
from tests.support.browser import Browser, Page
from tests.support.cast import AT_TEN, MORNING, Cast
from vberatung import clock
from vberatung.booking.models import Appointment, Hold
from vberatung.booking.operations import HOLD_FOR

TIMES = "/musterstadt/termin?topic=weiterbildung&channel=video"


def choose(browser: Browser, slot: str = TEN) -> Page:
    """The details page after a time was pressed."""
    return browser.submit(browser.get(TIMES), slot=slot)


def holds(session: Session) -> int:
    return session.scalar(select(func.count(Hold.id))) or 0


def leave(browser: Browser, page: Page, **more: str) -> int:
    form = page.form()
    values = {name: form.value(name) for name in ("csrf_token", "topic", "channel", "slot")}
    return browser.post("/musterstadt/termin/verlassen", values | more).status


def test_the_page_says_until_when_the_time_is_held(browser: Browser, cast: Cast) -> None:
    page = choose(browser)
    assert page.h1 == "Ihre Angaben"
    assert "bis 08:10 Uhr" in page.text
    assert page.has("hold-timer")


def test_a_hold_survives_a_reload(browser: Browser, cast: Cast) -> None:
    page = choose(browser)
    assert browser.get(page.url).has("hold-timer")


def test_looking_at_a_time_holds_nothing(browser: Browser, session: Session, cast: Cast) -> None:
    assert not browser.get(step()).has("hold-timer")
    assert holds(session) == 0


def test_others_do_not_see_what_is_held(app: Flask, browser: Browser, cast: Cast) -> None:
    cast.aydin.topics = []
    choose(browser)
    others = [slot.attrib["value"] for slot in Browser(app).get(TIMES).marked("slot")]
    assert "2026-11-23T10:00:00+01:00" not in others


def test_the_held_time_is_booked_though_nobody_else_could(
    app: Flask, browser: Browser, session: Session, cast: Cast
) -> None:
    cast.aydin.topics = []
    page = choose(browser)
    stranger = Browser(app)
    assert stranger.get(step()).status == 409
    assert browser.submit(page, **TYPED).h1 == "Ihr Termin ist gebucht"
    assert holds(session) == 0


def test_another_time_gives_the_first_one_back(
    browser: Browser, session: Session, cast: Cast
) -> None:
    choose(browser)
    choose(browser, HALF_PAST_ELEVEN)
    assert [held.starts_at for held in session.scalars(select(Hold))] == [
        AT_TEN + timedelta(minutes=90)
    ]


def test_a_button_gives_the_time_back(browser: Browser, session: Session, cast: Cast) -> None:
    page = choose(browser)
    form = page.form()
    page = browser.send(
        type(form)("/musterstadt/termin/freigeben", "post", form.values), form.values
    )
    assert page.h1 == "Wann passt es Ihnen?"
    assert holds(session) == 0


def test_a_closed_page_gives_the_time_back_soon(
    browser: Browser, session: Session, cast: Cast
) -> None:
    page = choose(browser)
    assert leave(browser, page) == 204
    with clock.set_to(MORNING + timedelta(minutes=1)):
        assert not browser.get(page.url).has("hold-timer")


def test_a_page_that_comes_back_keeps_its_time(browser: Browser, cast: Cast) -> None:
    page = choose(browser)
    leave(browser, page)
    leave(browser, page, back="1")
    with clock.set_to(MORNING + timedelta(minutes=9)):
        assert browser.get(page.url).has("hold-timer")


def test_after_the_hold_one_can_still_book_what_is_free(browser: Browser, cast: Cast) -> None:
    cast.topic.notice_min = 0
    page = choose(browser)
    with clock.set_to(MORNING + HOLD_FOR):
        assert browser.submit(page, **TYPED).h1 == "Ihr Termin ist gebucht"


def test_a_mistake_in_the_form_keeps_the_hold(browser: Browser, cast: Cast) -> None:
    page = browser.submit(choose(browser), **TYPED | {"name": ""})
    assert page.status == 422
    assert page.has("hold-timer")


def test_a_form_sent_twice_makes_one_appointment(
    browser: Browser, session: Session, cast: Cast
) -> None:
    page = choose(browser)
    before = session.scalar(select(func.count(Appointment.id))) or 0
    first = browser.submit(page, **TYPED)
    second = browser.submit(page, **TYPED)
    assert first.h1 == second.h1 == "Ihr Termin ist gebucht"
    assert session.scalar(select(func.count(Appointment.id))) == before + 1


def test_a_time_that_cannot_be_read_is_refused_in_words(browser: Browser, cast: Cast) -> None:
    page = browser.submit(browser.get(TIMES), slot="tomorrow")
    assert page.status == 422
    assert "Diese Zeit können wir nicht lesen" in page.text


def test_a_foreign_visitor_cannot_release_a_hold(
    app: Flask, browser: Browser, session: Session, cast: Cast
) -> None:
    choose(browser)
    stranger = Browser(app)
    page = stranger.submit(stranger.get(TIMES), slot=HALF_PAST_ELEVEN)
    values = dict(page.form().values) | {"slot": TEN}
    stranger.post("/musterstadt/termin/freigeben", values)
    assert holds(session) == 2
