"""Mail programs open links before people do: opening one must not change anything."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import product

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from tests.support.browser import Browser
from tests.support.cast import AT_TEN, AYLIN, MORNING, Cast
from tests.support.databases import raw_rows
from tests.support.invitations import invited
from tests.support.registration import JOB, PERSON, SEARCH
from vberatung import clock, links
from vberatung.booking.models import VIDEO, Appointment
from vberatung.links import Link
from vberatung.registration import operations as registration
from vberatung.room import guests, operations
from vberatung.room.models import HandOver
from vberatung.room.places import INTERPRETER
from vberatung.routes.registration_forms import KEYS
from vberatung.waiting import operations as waiting

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
            assert status in ((200, 302) if own else (200, 302, 404, 410)), rule
    assert raw_rows(url) == before


def a_time_offered(session: Session, cast: Cast) -> int:
    """To somebody on the waiting list."""
    entry = waiting.join(session, cast.topic, VIDEO, AYLIN, MORNING)
    assert waiting.offer_free_times(session, MORNING)
    return entry.id


def a_draft(session: Session, cast: Cast) -> int:
    draft = registration.start(session, cast.office, "de", MORNING)
    registration.save(session, draft, ANSWERS, MORNING)
    return draft.id


def a_receipt(session: Session, cast: Cast) -> int:
    sent = registration.start(session, cast.office, "de", MORNING)
    assert registration.send(session, sent, ANSWERS, MORNING)
    return sent.id


def a_guest(session: Session, cast: Cast) -> int:
    return guests.invite(session, cast.noise, INTERPRETER, "Oksana Bondar", MORNING).id


def a_hand_over(session: Session, cast: Cast) -> int:
    hand_over = HandOver(appointment=cast.noise, place="jobseeker.2", created_at=MORNING)
    session.add(hand_over)
    session.flush()
    return hand_over.id


LATE = timedelta(days=60)
ANSWERS = {**PERSON, **JOB, **SEARCH, "born_on": "1990-04-03"}
ANSWERS |= {"ends_on": "2027-06-15", "known_on": "2026-11-02", "from_on": "2027-06-16"}
LINKS: dict[str, tuple[links.Target, Callable[[Session, Cast], int], str]] = {
    "invitation": (Link.invitation_id, lambda *cast: invited(*cast).id, "/einladung/"),
    "waiting list": (Link.waiting_entry_id, a_time_offered, "/warteliste/"),
    "draft": (Link.registration_id, a_draft, "/musterstadt/arbeitsuchend/"),
    "guest": (Link.guest_id, a_guest, "/gast/"),
    "hand-over": (Link.hand_over_id, a_hand_over, "/geraet/"),
    "receipt": (Link.registration_id, a_receipt, "/musterstadt/arbeitsuchend/"),
}
"""Each kind of link besides an appointment's: whose it is, and how its own addresses begin."""


def addresses_with(app: Flask, token: str) -> Iterator[str]:
    """Every page that a token can be put into."""
    places = {"<token>": [token], "<slug>": ["musterstadt"], STEP: list(KEYS), "<proof>": ["x"]}
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and "token" in rule.arguments and not rule.websocket:
            found = re.findall("<.*?>", rule.rule)
            for words in product(*(places[place] for place in found)):
                yield re.sub("<.*?>", "{}", rule.rule).format(*words)


STEP = f"<any({','.join(KEYS)}):key>"


def test_every_kind_of_link_is_opened() -> None:
    kinds = {key.parent.name for key in Link.__table__.foreign_keys}
    tried = {target.key for target, *_ in LINKS.values()}
    assert kinds == tried | {Link.appointment_id.key}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("kind", LINKS)
@pytest.mark.parametrize("later", [timedelta(), timedelta(hours=1), LATE])
def test_opening_any_page_with_another_link_changes_nothing(
    app: Flask,
    browser: Browser,
    session: Session,
    cast: Cast,
    kind: str,
    method: str,
    later: timedelta,
) -> None:
    target, make, own = LINKS[kind]
    token = links.issue(session, target, make(session, cast), MORNING)
    session.commit()
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    before, shown = raw_rows(url), 0
    with clock.set_to(MORNING + later):
        for address in addresses_with(app, token):
            status = browser.open(address, method).status
            assert status < 500
            assert raw_rows(url) == before, address
            shown += address.startswith(own) and status == 200
    # A draft is forgotten by then, and the code for another device holds for two minutes.
    assert shown or later == LATE or (later and kind == "hand-over")


def test_opening_the_other_pages_changes_nothing(
    app: Flask, berger: Browser, appointment: Appointment
) -> None:
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    before = raw_rows(url)
    with clock.set_to(AT_TEN):
        for rule in get_rules(app, None):
            assert berger.get(rule.rule).status < 500, rule
        for rule in get_rules(app, "id"):
            status = berger.visit(rule.rule.replace("<int:id>", str(appointment.id))).status
            of_appointment = rule.rule.startswith(("/team/raum/", "/team/termin/"))
            assert status == (200 if of_appointment else 404), rule
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
