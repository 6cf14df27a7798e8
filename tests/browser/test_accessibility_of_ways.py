"""axe finds nothing on the pages that only come on the way: mistakes, questions, what was done."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from . import installed
from .accessibility import LANGUAGES, Axe, assert_for_everybody, open_in
from .engines import Chromium
from .server import Server
from .talk import sign_in
from .walks import (
    GO_ON,
    SLOT,
    address_in_outbox,
    book,
    choose_day,
    choose_file,
    choose_time,
    far_ahead,
    fill_in,
    press,
)

LIST = """Name;E-Mail;Straße;PLZ;Ort;Sprache
Eva Muster;eva@example.org;;;;de
Otto Brief;;Lange Straße 5;01234;Musterstadt;de
;falsch@;;;;xx
"""

pytestmark = pytest.mark.parametrize("language", LANGUAGES)


@pytest.fixture(scope="module")
def reader() -> Iterator[Chromium]:
    """Makes mistakes on purpose: the browser may complain about a 422."""
    with Chromium(installed.chromium()) as tab:
        yield tab


@pytest.fixture(scope="module")
def desk(server: Server) -> Iterator[Chromium]:
    with Chromium(installed.chromium()) as tab:
        sign_in(tab, server)
        yield tab


def test_an_appointment_that_is_changed(
    server: Server, reader: Chromium, axe: Axe, language: str
) -> None:
    open_in(reader, server.url + "/musterstadt/", language)
    appointment = book(reader, server, f"aylin-{language}@example.org")
    for page in ("/gebucht", "/verschieben", "/art", "/drucken", "/frueher", "/absagen", ""):
        reader.open(appointment + page)
        assert_for_everybody(reader, axe)
    reader.open(appointment + "/angaben")
    reader.click_on("details.more summary")
    fill_in(reader, phone="12")
    press_and_check(reader, axe)
    fill_in(reader, phone="0170 7654321")
    press_and_check(reader, axe)
    reader.open(appointment + "/art")
    press_and_check(reader, axe)
    reader.open(appointment + "/verschieben")
    press_and_check(reader, axe, SLOT)
    reader.open(appointment + "/frueher")
    press_and_check(reader, axe)
    reader.open(appointment + "/absagen")
    press_and_check(reader, axe, "main form button")


def test_a_time_that_somebody_else_took(
    server: Server, reader: Chromium, axe: Axe, language: str
) -> None:
    open_in(reader, server.url + "/musterstadt/", language)
    choose_time(reader, server)
    fill_in(reader, name="Aylin Özdemir")
    at_night = (datetime.now(UTC) + timedelta(days=7)).strftime("%Y-%m-%dT02:00:00+00:00")
    reader.evaluate(f"document.querySelector('main [name=slot]').value = '{at_night}'")
    press_and_check(reader, axe)
    assert reader.evaluate("document.querySelectorAll('[type=radio][name=slot]').length")


def test_a_registration(server: Server, reader: Chromium, axe: Axe, language: str) -> None:
    open_in(reader, server.url + "/musterstadt/arbeitsuchend/neu", language)
    press_and_check(reader, axe)
    fill_in(reader, name="Aylin Özdemir", born_on="01.02.1990", street="Am Ring 1")
    fill_in(reader, postcode="01234", city="Musterstadt", email=f"meldung-{language}@example.org")
    press_and_check(reader, axe)
    press_and_check(reader, axe)
    reader.click_on("[name=kind]")
    fill_in(reader, employer="Bäckerei", job="Verkäuferin")
    fill_in(reader, ends_on=far_ahead(), known_on="20.11.2026")
    press_and_check(reader, axe)  # is that so?
    reader.click("doubt")
    press_and_check(reader, axe)
    press_and_check(reader, axe, "[value=spaeter]")
    press(reader, "main .actions a")
    press_and_check(reader, axe)
    fill_in(reader, jobs="Verkauf", hours="30", from_on=far_ahead(), region="Musterstadt")
    reader.click_on("[name=mobility]")
    press_and_check(reader, axe)  # is that so?
    reader.click("doubt")
    press_and_check(reader, axe)
    press_and_check(reader, axe, "[data-testid=send]")


def test_the_waiting_list(server: Server, reader: Chromium, axe: Axe, language: str) -> None:
    join = "/musterstadt/warteliste?topic=erstgespraech&channel=video"
    open_in(reader, server.url + join, language)
    press_and_check(reader, axe)
    email = f"mia-{language}@example.org"
    fill_in(reader, name="Mia Muster", email=email)
    press_and_check(reader, axe)
    open_in(reader, address_in_outbox(reader, server, "warteliste", email), language)
    assert_for_everybody(reader, axe)
    press_and_check(reader, axe, "[data-testid=leave]")


def test_invitations(
    server: Server, reader: Chromium, desk: Chromium, axe: Axe, language: str
) -> None:
    open_in(desk, server.url + "/team/einladen/neu", language)
    press_and_check(desk, axe)
    email = f"max-{language}@example.org"
    fill_in(desk, name="Max Beispiel", email=email)
    press_and_check(desk, axe)
    invitation = address_in_outbox(reader, server, "einladung", email)
    open_in(reader, invitation, language)
    assert_for_everybody(reader, axe)
    press(reader, "[data-testid=choose-time]")
    press(reader, "[data-channel=video]")
    press(reader, SLOT)
    press(reader)
    reader.open(invitation)
    assert_for_everybody(reader, axe)

    desk.open(server.url + "/team/einladen/liste")
    press_and_check(desk, axe)
    choose_file(desk, LIST)
    press_and_check(desk, axe)
    press_and_check(desk, axe, "[data-testid=send-all]")
    desk.click_on("[name=leave_out]")
    press_and_check(desk, axe, "[data-testid=send-all]")
    invitation = address_in_outbox(reader, server, "einladung", "eva@example.org")
    desk.open(server.url + "/team/einladen?zustand=sent")
    press_and_check(desk, axe, "[href$=zuruecknehmen]")
    press(desk, "[data-testid=confirm]")
    reader.open(invitation)
    assert_for_everybody(reader, axe)


def test_mistakes_of_the_staff(server: Server, desk: Chromium, axe: Axe, language: str) -> None:
    own = "/team/verfuegbarkeit"
    for page in (own + "/wochenzeiten", own + "/tage", own + "/abwesenheiten", own + "/kalender"):
        open_in(desk, server.url + page, language)
        press_and_check(desk, axe)
    for page in ("/team/einladen/jetzt", "/verwaltung/postleitzahlen"):
        desk.open(server.url + page)
        press_and_check(desk, axe)
    desk.open(server.url + "/team/ausfall/vorschau")
    assert_for_everybody(desk, axe)
    desk.open(server.url + "/verwaltung/")
    fill_in(desk, reminder_hours="bald")
    press_and_check(desk, axe)


def test_a_sick_day_and_a_registration_at_the_office(
    server: Server, desk: Chromium, axe: Axe, language: str
) -> None:
    open_in(desk, server.url + "/team/anmeldungen", language)
    assert_for_everybody(desk, axe)
    press_and_check(desk, axe, "main table a")
    if language == LANGUAGES[0]:
        press_and_check(desk, axe, "[data-testid=handled]")
    desk.open(server.url + "/team/ausfall")
    choose_day(desk, "first", 0)
    choose_day(desk, "last", 10)
    press_and_check(desk, axe)
    press_and_check(desk, axe)
    desk.open(server.url + "/team/")
    assert_for_everybody(desk, axe)


def press_and_check(tab: Chromium, axe: Axe, selector: str = GO_ON) -> None:
    press(tab, selector)
    assert_for_everybody(tab, axe)
