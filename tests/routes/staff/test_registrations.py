import io
import json
from datetime import timedelta

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy.orm import Session

from tests.support.browser import Browser, text_of
from tests.support.cast import NOACK, Cast
from tests.support.staff import sign_in
from vberatung import clock
from vberatung.booking.queries import LARGEST_ID
from vberatung.offices.models import Office
from vberatung.registration import operations
from vberatung.registration.models import Registration
from vberatung.registration.queries import PER_PAGE

LIST = "/team/anmeldungen"
ANSWERS = {
    "name": "Aylin Özdemir",
    "email": "aylin@example.org",
    "kind": "permanent",
    "ends_on": "2027-06-15",
    "known_on": "2026-11-02",
    "jobs": "Verkauf",
    "hours": "30",
}


def a_registration(
    session: Session, office: Office, minutes: int = 0, **answers: str
) -> Registration:
    now = clock.now() + timedelta(minutes=minutes)
    registration = operations.start(session, office, "de", now)
    operations.send(session, registration, ANSWERS | answers, now)
    return registration


@pytest.fixture
def registration(session: Session, cast: Cast) -> Registration:
    return a_registration(session, cast.office)


def test_the_newest_comes_first(berger: Browser, session: Session, cast: Cast) -> None:
    for minute, name in enumerate(["Erste", "Zweite", "Dritte"]):
        a_registration(session, cast.office, minute, name=name)
    names = [text_of(row.find("th")) for row in berger.get(LIST).marked("registration")]
    assert names == ["Dritte", "Zweite", "Erste"]


def test_long_lists_have_pages(berger: Browser, session: Session, cast: Cast) -> None:
    for minute in range(PER_PAGE + 1):
        a_registration(session, cast.office, minute, name=f"Person {minute}")
    page = berger.get(LIST)
    assert len(page.marked("registration")) == PER_PAGE
    page = berger.get(page.link("Ältere Meldungen"))
    (last,) = page.marked("registration")
    assert "Person 0" in text_of(last)
    assert "Seite 2 von 2" in page.text


@pytest.mark.parametrize("number", ["0", "-5", "99", "x", "9" * 30])
def test_a_page_that_is_none_is_the_nearest(
    berger: Browser, registration: Registration, number: str
) -> None:
    assert berger.get(f"{LIST}?seite={number}").has("registration")


def test_drafts_and_those_of_other_offices_are_not_seen(
    berger: Browser, session: Session, cast: Cast
) -> None:
    foreign = a_registration(session, cast.other_office)
    draft = operations.start(session, cast.office, "de", clock.now())
    session.flush()
    assert "Es gibt keine Meldungen" in berger.get(LIST).text
    assert not berger.get("/team/").has("new-registrations")
    for id in (foreign.id, draft.id, LARGEST_ID + 1):
        for ending in ("", ".pdf", ".json"):
            assert berger.get(f"{LIST}/{id}{ending}").status == 404


def test_one_shows_all_answers_and_when_it_is_deleted(
    berger: Browser, registration: Registration
) -> None:
    page = berger.get(f"{LIST}/{registration.id}")
    assert page.h1 == "Meldung von Aylin Özdemir"
    assert "Montag, 15. März 2027, rechtzeitig" in page.text
    assert "Verkauf" in page.text
    assert "Sonntag, 21. Februar 2027" in page.text  # 90 days


def test_new_ones_are_counted_until_somebody_takes_care(
    berger: Browser, registration: Registration
) -> None:
    assert "1 neue Meldung" in text_of(berger.get("/team/").marked("new-registrations")[0])
    berger.submit(berger.get(f"{LIST}/{registration.id}"), "/bearbeitet")
    assert not berger.get("/team/").has("new-registrations")
    assert "bearbeitet" in text_of(berger.get(LIST).marked("registration")[0])


def test_looking_at_it_does_not_take_care(
    berger: Browser, session: Session, registration: Registration
) -> None:
    for ending in ("", ".pdf", ".json"):
        berger.get(f"{LIST}/{registration.id}{ending}")
    session.refresh(registration)
    assert registration.handled_at is None


def test_one_as_json(berger: Browser, registration: Registration) -> None:
    answer = berger.get(f"{LIST}/{registration.id}.json").response
    exported = json.loads(answer.data)
    assert exported["number"] == registration.number
    assert exported["person"]["name"] == "Aylin Özdemir"
    assert exported["job"]["ends_on"] == "2027-06-15"
    assert exported["search"]["wishes"] is None
    assert f"filename=meldung-{registration.number}.json" in answer.headers["Content-Disposition"]


def test_one_as_pdf(berger: Browser, registration: Registration) -> None:
    answer = berger.get(f"{LIST}/{registration.id}.pdf").response
    text = PdfReader(io.BytesIO(answer.data)).pages[0].extract_text()
    assert "Aylin Özdemir" in text
    assert str(registration.number) in text
    assert f"filename=meldung-{registration.number}.pdf" in answer.headers["Content-Disposition"]


def test_only_those_who_signed_in_see_anything(
    browser: Browser, app: Flask, session: Session, registration: Registration
) -> None:
    for page in ("", f"/{registration.id}", f"/{registration.id}.pdf", f"/{registration.id}.json"):
        assert "/team/anmelden" in browser.get(LIST + page).location
    noack = Browser(app, before=session.commit)
    sign_in(noack, NOACK)
    assert noack.get(f"{LIST}/{registration.id}").status == 404
    assert not noack.get(LIST).has("registration")
