"""Limits at the door, tried with the question after the talk."""

import logging
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.support import databases
from tests.support.browser import Browser, Page
from tests.support.cast import MORNING
from tests.support.threads import at_once
from vberatung import clock, limited
from vberatung.booking.models import Appointment
from vberatung.extensions import limiter
from vberatung.limits import RateCount, Rule
from vberatung.statistics.models import Feedback

VIEW = "vberatung.routes.feedback.answer"


@pytest.fixture(autouse=True)
def three_an_hour(monkeypatch: pytest.MonkeyPatch, app: Flask) -> None:
    monkeypatch.setitem(limited._rules, VIEW, Rule("feedback", 3, 60, each_visitor=2))


@pytest.fixture
def path(session: Session, appointment: Appointment, token: str) -> str:
    appointment.admitted_at = clock.now()
    session.commit()
    return f"/termin/{token}/danke"


def answer(browser: Browser, path: str, address: str = "198.51.100.7", **typed: str) -> Page:
    """Without an answer to the question: the form comes back, and one may try again."""
    form = browser.get(path).form()
    values = dict(form.filled({"comment": "Gut", **typed}))
    return browser.post(path, values, environ_base={"REMOTE_ADDR": address})


def statuses(browser: Browser, path: str, *addresses: str) -> list[int]:
    return [answer(browser, path, address).status for address in addresses]


def test_the_fourth_time_is_refused_and_says_until_when(browser: Browser, path: str) -> None:
    for minutes in (0, 5, 10):
        with clock.set_to(MORNING + timedelta(minutes=minutes)):
            assert answer(browser, path).status == 422
    with clock.set_to(MORNING + timedelta(minutes=15)):
        page = answer(browser, path)
    assert page.status == 429
    assert page.response.headers["Retry-After"] == str(45 * 60)
    assert "warten Sie 45 Minuten" in page.text
    assert "tel:+493023125000" in page.links()
    with clock.set_to(MORNING + timedelta(minutes=60)):
        assert answer(browser, path).status == 422


def test_what_was_typed_is_still_there_and_can_be_sent_later(
    browser: Browser, session: Session, path: str
) -> None:
    typed = {"recommend": "no", "comment": "Zeile 1\nZeile <2> & „3“"}
    for _ in range(3):
        answer(browser, path)
    page = answer(browser, path, **typed)
    assert page.status == 429
    with clock.set_to(MORNING + timedelta(minutes=60)):
        page = browser.submit(page)
    assert page.status == 200
    row = session.scalars(select(Feedback).where(Feedback.comment.is_not(None))).one()
    assert (row.recommend, row.comment) == (False, typed["comment"])


def test_looking_costs_nothing(browser: Browser, session: Session, path: str) -> None:
    for _ in range(5):
        assert browser.get(path).status == 200
    assert session.scalar(select(func.count(RateCount.key_hash))) == 0


def test_another_address_is_not_held_up(browser: Browser, path: str) -> None:
    assert statuses(browser, path, *["198.51.100.7"] * 4, "198.51.100.8") == [422] * 3 + [429, 422]


def test_an_ipv6_household_is_one_address(browser: Browser, path: str) -> None:
    home = [f"2001:db8:1:2::{number:x}" for number in range(4)]
    assert statuses(browser, path, *home, "2001:db8:1:3::1") == [422] * 3 + [429, 422]


def test_an_ipv4_address_written_as_ipv6_is_the_same(browser: Browser, path: str) -> None:
    same = ["198.51.100.7", "::ffff:198.51.100.7"] * 2
    assert statuses(browser, path, *same, "::ffff:198.51.100.8") == [422] * 3 + [429, 422]


def test_one_visitor_cannot_use_up_the_lobby_s_share(browser: Browser, path: str) -> None:
    with browser.client.session_transaction(base_url=browser.base_url) as cookie:
        cookie["visitor"] = "one browser"
    assert statuses(browser, path, *["198.51.100.7"] * 3) == [422, 422, 429]
    assert answer(Browser(browser.app), path).status == 422


@pytest.mark.parametrize(("proxies", "expected"), [("1", 422), ("0", 429)])
def test_only_a_trusted_proxy_is_believed(
    install: Callable[..., Flask], browser: Browser, path: str, proxies: str, expected: int
) -> None:
    url = browser.app.config["SQLALCHEMY_DATABASE_URI"]
    behind = Browser(install(DATABASE_URL=url, TRUSTED_PROXIES=proxies))
    pages = []
    for number in range(4):
        form = behind.get(path).form()
        headers = {"X-Forwarded-For": f"203.0.113.{number}", "X-Forwarded-Proto": "https"}
        pages.append(behind.post(path, dict(form.filled({})), headers=headers))
    assert pages[-1].status == expected


def test_fifty_at_once_lock_nothing_and_three_come_through(browser: Browser, path: str) -> None:
    form = browser.get(path).form()
    cookie = browser.cookie("__Host-session")

    def post(_: int) -> int:
        client = browser.app.test_client(use_cookies=False)
        values = dict(form.filled({}))
        return client.post(
            path, data=values, base_url=browser.base_url, headers={"Cookie": cookie}
        ).status_code

    found = at_once(50, post)
    assert sorted(map(str, found)) == ["422"] * 3 + ["429"] * 47


def test_no_address_is_stored_or_logged(
    browser: Browser, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        statuses(browser, path, *["198.51.100.7"] * 4)
    assert "198.51" not in caplog.text
    rows = databases.raw_rows(browser.app.config["SQLALCHEMY_DATABASE_URI"])
    assert rows["rate_counts"]
    assert b"198.51" not in databases.raw_bytes(rows)


def test_where_counting_fails_people_come_in(
    browser: Browser, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> int:
        raise ConnectionError

    monkeypatch.setattr(limiter.storage, "incr", broken)
    assert statuses(browser, path, *["198.51.100.7"] * 5) == [422] * 5


def test_who_fills_in_what_nobody_sees_is_a_program(
    browser: Browser, session: Session, path: str
) -> None:
    page = answer(browser, path, recommend="yes", homepage="https://evil.example")
    assert page.status == 422
    assert "noch einmal" in page.text
    assert page.form().value("comment") == "Gut"
    session.commit()
    mine = select(func.count(Feedback.id)).where(Feedback.comment.is_not(None))
    assert session.scalar(mine) == 0
    assert page.form().value("homepage") == ""
    assert browser.submit(page).status == 200  # a person whose browser had filled it in
