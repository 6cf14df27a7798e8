"""Mail programs open links before people do: opening one must not change anything."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from tests.support.browser import Browser
from tests.support.cast import AT_TEN
from tests.support.databases import raw_rows
from vberatung import clock
from vberatung.booking.models import Appointment
from vberatung.room import operations

MOMENTS = {
    "before": AT_TEN - timedelta(hours=2),
    "while the room is open": AT_TEN,
    "afterwards": AT_TEN + timedelta(hours=3),
}


def get_rules(app: Flask, argument: str | None) -> Iterator[Rule]:
    """Every page with this argument in its address, or with none."""
    for rule in app.url_map.iter_rules():
        wanted = {argument} if argument else set()
        if "GET" in (rule.methods or ()) and rule.arguments == wanted and not rule.websocket:
            yield rule


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
def test_opening_any_page_of_an_appointment_changes_nothing(
    app: Flask, browser: Browser, appointment: Appointment, token: str, moment: datetime
) -> None:
    assert len(list(get_rules(app, "token"))) >= 8
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    before = raw_rows(url)
    with clock.set_to(moment):
        for rule in get_rules(app, "token"):
            page = browser.get(rule.rule.replace("<token>", token))
            assert page.status < 500
            assert raw_rows(url) == before, rule


def test_opening_a_page_after_arriving_changes_nothing(
    app: Flask, session: Session, browser: Browser, appointment: Appointment, token: str
) -> None:
    operations.arrive(session, appointment, AT_TEN)
    operations.admit(session, appointment, AT_TEN)
    session.commit()
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    before = raw_rows(url)
    with clock.set_to(AT_TEN + timedelta(minutes=5)):
        for rule in get_rules(app, "token"):
            status = browser.get(rule.rule.replace("<token>", token)).status
            own = rule.rule.startswith("/termin/")
            assert status in ((200, 302) if own else (200, 302, 404)), rule
    assert raw_rows(url) == before


def test_opening_the_other_pages_changes_nothing(
    app: Flask, berger: Browser, appointment: Appointment
) -> None:
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    before = raw_rows(url)
    with clock.set_to(AT_TEN):
        for rule in get_rules(app, None):
            assert berger.get(rule.rule).status < 500, rule
        for rule in get_rules(app, "id"):
            status = berger.get(rule.rule.replace("<int:id>", str(appointment.id))).status
            assert status == (200 if "/raum/" in rule.rule else 404), rule
        for rule in get_rules(app, "slug"):
            assert berger.get(rule.rule.replace("<slug>", "musterstadt")).status < 400, rule
    assert raw_rows(url) == before


def test_a_head_request_changes_nothing_either(
    app: Flask, browser: Browser, appointment: Appointment, token: str
) -> None:
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    before = raw_rows(url)
    for rule in get_rules(app, "token"):
        browser.open(rule.rule.replace("<token>", token), "HEAD")
    assert raw_rows(url) == before
