"""Choosing a language: where the choice comes from, and that nothing is lost by it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from itertools import product
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from tests.support import booking
from tests.support.booking import HALF_PAST_ELEVEN, TEN, TYPED
from tests.support.browser import Browser, Form, Page, Values
from tests.support.cast import AT_TEN, MORNING, Cast, an_appointment
from tests.support.databases import raw_rows
from tests.support.invitations import invited, link_of
from tests.support.registration import person_step, token_of
from vberatung import clock, limited, links
from vberatung.booking.models import BOOKED, Appointment, Hold
from vberatung.booking.operations import Person
from vberatung.limits import Rule
from vberatung.links import Link
from vberatung.waiting import operations as waiting

WAITING_LIST = "/musterstadt/warteliste?topic=weiterbildung&channel=video"
NOT_SENT = ("csrf_token", "altcha", "homepage")
"""New on each page, or empty again."""


def lang(page: Page) -> str:
    return page.root.attrib["lang"]


def test_german_is_spoken_unless_somebody_asks(browser: Browser, cast: Cast) -> None:
    assert lang(browser.get("/")) == "de"


@pytest.mark.parametrize(
    ("accepted", "spoken"),
    [
        ("en-GB,en;q=0.9,de;q=0.8", "en"),
        ("de-AT,en;q=0.5", "de"),
        ("tr,uk;q=0.9", "de"),
        ("tr,en;q=0.5", "en"),
        ("EN-us", "en"),
        ("en;q=0, de;q=0.1", "de"),
        ("*", "de"),
        (",,;q=x", "de"),
    ],
)
def test_the_browser_proposes(browser: Browser, cast: Cast, accepted: str, spoken: str) -> None:
    assert lang(browser.get("/", headers={"Accept-Language": accepted})) == spoken


def test_a_choice_is_kept(browser: Browser, cast: Cast) -> None:
    browser.get("/?lang=en")
    assert lang(browser.get("/hilfe", headers={"Accept-Language": "de"})) == "en"


def test_a_choice_can_be_taken_back(browser: Browser, cast: Cast) -> None:
    browser.get("/?lang=en")
    assert lang(browser.get("/?lang=de")) == "de"
    assert lang(browser.get("/")) == "de"


def test_a_language_that_we_do_not_speak_changes_nothing(browser: Browser, cast: Cast) -> None:
    page = browser.get("/?lang=tlh")
    assert lang(page) == "de"
    assert not page.response.headers.getlist("Set-Cookie")


def test_the_links_to_the_languages_keep_what_has_been_chosen(browser: Browser, cast: Cast) -> None:
    page = browser.get("/musterstadt/termin?topic=weiterbildung&channel=video")
    other = page.link("English")
    assert lang(browser.get(other)) == "en"
    assert browser.get(other).marked("slot")


def test_the_present_language_is_marked(browser: Browser, cast: Cast) -> None:
    marked = browser.get("/hilfe?lang=en").all("a", aria_current="true")
    assert [link.attrib["lang"] for link in marked] == ["en"]


def language_button(page: Page, code: str) -> Element:
    return page.one("button", name="lang", value=code)


def typed_form(page: Page) -> Form:
    return Form.read(page.one("form", id="typed"), page.url)


def press_language(browser: Browser, page: Page, code: str, typed: Values | None = None) -> Page:
    """As a browser does: the fields of the form and the button, to the button's address."""
    button = language_button(page, code)
    form = Form.read(page.one("form", id=button.attrib["form"]), page.url)
    address = urljoin(page.url, button.attrib["formaction"])
    values = [*(form.values if typed is None else typed), ("lang", code)]
    if form.method == "get":
        return browser.open(address.partition("?")[0], "GET", query=MultiDict(values))
    return browser.open(address, "POST", data=MultiDict(values))


def filled_in(page: Page) -> Values:
    """Something in every field, as no default has it."""
    html, form = page.one("form", id="typed"), typed_form(page)
    values: dict[str, str] = {}
    for control in html.iter():
        name, kind = control.attrib.get("name", ""), control.attrib.get("type", "text")
        if control.tag == "select":
            values[name] = list(control.iter("option"))[-1].attrib["value"]
        elif control.tag == "textarea":
            values[name] = "Zeile mit <b> & “Zeichen”\r\nZweite Zeile"
        elif control.tag == "input" and kind in ("radio", "checkbox"):
            values[name] = control.attrib["value"]
        elif control.tag == "input" and kind not in ("hidden", "submit", "file", "password"):
            values[name] = f"„{name}“"
    return form.filled({**values, "homepage": ""})


def shown(values: Values) -> list[tuple[str, str]]:
    return sorted((n, v.replace("\r\n", "\n")) for n, v in values if n not in NOT_SENT)


@pytest.fixture
def draft(browser: Browser, cast: Cast) -> str:
    return token_of(person_step(browser))


@pytest.fixture
def entry(session: Session, cast: Cast) -> str:
    """The link of somebody who waits."""
    person = Person("Thomas Müller", "thomas@example.org", None, None, "de")
    entry = waiting.join(session, cast.topic, "video", person, MORNING)
    token = links.issue(session, Link.waiting_entry_id, entry.id, MORNING)
    session.commit()
    return token


@pytest.fixture
def invitation(session: Session, cast: Cast) -> str:
    token = link_of(session, invited(session, cast)).rpartition("/")[2]
    session.commit()
    return token


@pytest.fixture
def pages(appointment: Appointment, session: Session, token: str, draft: str) -> dict[str, str]:
    """Every public page on which something is typed."""
    return {
        "sign-in": "/team/anmelden?next=/team/einladen",
        "booking": booking.step(),
        "booking by telephone": booking.step(channel="phone", slot=HALF_PAST_ELEVEN),
        "waiting list": WAITING_LIST,
        "earlier": f"/termin/{token}/frueher",
        "link again": "/link",
        "code": "/code",
        "channel": f"/termin/{token}/art",
        "details": f"/termin/{token}/angaben",
        "call": f"/termin/{token}/anruf",
        "deadline": "/musterstadt/arbeitsuchend",
        "registration": "/musterstadt/arbeitsuchend/neu?ends_on=31.05.2027",
        "person": f"/musterstadt/arbeitsuchend/{draft}/person?von=pruefen",
        "job": f"/musterstadt/arbeitsuchend/{draft}/arbeit",
        "search": f"/musterstadt/arbeitsuchend/{draft}/suche",
    }


def test_choosing_a_language_loses_nothing_that_was_typed(
    browser: Browser, pages: dict[str, str]
) -> None:
    for name, url in pages.items():
        page = browser.get(url)
        typed = filled_in(page)
        english = press_language(browser, page, "en", typed)
        assert (english.status, lang(english)) == (200, "en"), name
        assert shown(typed_form(english).values) == shown(typed), name
        by_get = typed_form(page).method == "get"  # it changes nothing and shows its answer
        assert by_get or not english.all("*", id="error-summary"), name
        german = press_language(browser, english, "de")
        assert lang(german) == "de"
        follows: dict[str, str | None] = {"language": "de"} if "language" in dict(typed) else {}
        assert shown(typed_form(german).values) == shown(Form("", "", typed).filled(follows)), name


@pytest.mark.parametrize("page", ["booking", "waiting list", "registration"])
def test_the_language_of_messages_follows_the_page_unless_it_was_chosen(
    browser: Browser, pages: dict[str, str], page: str
) -> None:
    german = browser.get(pages[page])
    assert typed_form(german).value("language") == "de"
    english = press_language(browser, german, "en")
    assert typed_form(english).value("language") == "en"
    chosen = typed_form(english).filled({"language": "de"})  # on purpose: the page is English
    again = press_language(browser, english, "en", chosen)
    assert typed_form(again).value("language") == "de"


def test_the_language_of_an_invitation_is_the_persons_and_not_the_counsellors(
    berger: Browser,
) -> None:
    page = press_language(berger, berger.get("/team/einladen/neu"), "en")
    assert typed_form(page).value("language") == "de"


def test_who_changes_the_language_goes_on_where_the_languages_are(
    browser: Browser, cast: Cast
) -> None:
    here = {"Sec-Fetch-Site": "same-origin"}
    page = browser.get(booking.step(), headers=here)
    assert not page.all("*", autofocus="")
    values = MultiDict([*typed_form(page).values, ("lang", "en")])
    english = browser.open(booking.step(), "POST", data=values, headers=here)
    assert [button.attrib["value"] for button in english.all("button", autofocus="")] == ["en"]
    linked = browser.get("/hilfe?lang=en", headers=here)
    assert [link.attrib["lang"] for link in linked.all("a", autofocus="")] == ["en"]
    from_elsewhere = browser.get("/hilfe?lang=en", headers={"Sec-Fetch-Site": "cross-site"})
    assert not from_elsewhere.all("*", autofocus="")


@pytest.mark.parametrize("typed", ["", "010", "01067"])
def test_the_start_page_keeps_the_postcode(browser: Browser, cast: Cast, typed: str) -> None:
    page = browser.get("/")
    english = press_language(browser, page, "en", typed_form(page).filled({"plz": typed}))
    assert (english.status, lang(english)) == (200, "en")
    assert typed_form(english).value("plz") == typed
    assert not english.all("*", id="error-summary")
    assert not english.all("input", aria_invalid="true")


def test_a_form_with_mistakes_keeps_everything_in_another_language(
    browser: Browser, pages: dict[str, str]
) -> None:
    refused = 0
    for name, url in pages.items():
        page = browser.get(url)
        typed = filled_in(page)
        page = browser.send(typed_form(page), typed)
        if page.status != 422:
            continue
        refused += 1
        english = press_language(browser, page, "en")
        assert (english.status, lang(english)) == (200, "en"), name
        assert shown(typed_form(english).values) == shown(typed_form(page).values), name
        assert not english.all("*", id="error-summary"), name
        browser.get("/?lang=de")
    assert refused >= 10


def test_the_question_after_the_talk_keeps_its_answer(
    browser: Browser, session: Session, appointment: Appointment, token: str
) -> None:
    appointment.admitted_at = AT_TEN
    with clock.set_to(AT_TEN + timedelta(hours=1)):
        page = browser.get(f"/termin/{token}/danke")
        english = press_language(browser, page, "en", filled_in(page))
        assert shown(typed_form(english).values) == shown(filled_in(page))


def posted_to(app: Flask, **arguments: list[str]) -> Iterator[str]:
    """Every address that takes a form, with all these values for what is open in it."""
    arguments |= {"id": ["1"], "key": ["person"], "kind": ["tage"]}
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if "POST" in (rule.methods or ()):
                names = sorted(rule.arguments)
                for values in product(*(arguments.get(name, ["1"]) for name in names)):
                    yield rule.build(dict(zip(names, values, strict=True)))[1]  # type: ignore[index]


def test_choosing_a_language_sends_no_form(
    app: Flask,
    berger: Browser,
    appointment: Appointment,
    token: str,
    draft: str,
    entry: str,
    invitation: str,
) -> None:
    """Every form there is, with all that it could need to be sent."""
    page = berger.get(booking.step())
    everything = {
        **TYPED,
        "csrf_token": page.form().value("csrf_token"),
        "form_id": "x",
        "topic": "weiterbildung",
        "channel": "video",
        "slot": TEN,
        "contact": "aylin@example.org",
        "recommend": "yes",
        "part_of_day": "any",
        "offer": "1",
        "lang": "en",
    }
    before = raw_rows(app.config["SQLALCHEMY_DATABASE_URI"])
    addresses = set(posted_to(app, slug=["musterstadt"], token=[token, draft, entry, invitation]))
    assert len(addresses) > 80
    for address in addresses:
        answer = berger.post(address, everything)
        assert answer.status < 500, address
        assert raw_rows(app.config["SQLALCHEMY_DATABASE_URI"]) == before, address


def test_the_same_without_the_language_books(
    browser: Browser, session: Session, cast: Cast
) -> None:
    """The counter-check: it was the language that kept the form from being sent."""
    page = booking.details(browser)
    values = typed_form(page).filled(dict(TYPED))
    booked = select(func.count(Appointment.id)).where(Appointment.status == BOOKED)
    before = session.scalar(booked) or 0
    english = press_language(browser, page, "en", values)
    assert session.scalar(booked) == before
    assert browser.submit(english).status == 200
    assert session.scalar(booked) == before + 1


def test_the_last_step_of_booking_keeps_step_and_hold(
    browser: Browser, session: Session, cast: Cast
) -> None:
    page = browser.submit(browser.get(booking.step(slot="")), slot=TEN)
    page = browser.submit(page, name="")
    assert page.status == 422
    english = press_language(browser, page, "en")
    assert english.has("hold-timer")
    assert session.scalar(select(func.count(Hold.id))) == 1
    fallback = language_button(page, "en").attrib["formaction"]
    assert browser.get(fallback).has("hold-timer")


def test_a_time_that_was_taken_meanwhile_costs_nothing_that_was_typed(
    browser: Browser, session: Session, cast: Cast
) -> None:
    page = booking.details(browser)
    for counsellor in (cast.berger, cast.aydin):
        an_appointment(session, cast.topic, counsellor, AT_TEN)
    english = press_language(browser, page, "en", typed_form(page).filled(dict(TYPED)))
    assert english.status == 409
    assert typed_form(english).value("name") == TYPED["name"]
    assert english.marked("slot")
    other = english.marked("slot")[1].attrib["value"]
    german = press_language(browser, english, "de", typed_form(english).filled({"slot": other}))
    assert german.status == 200
    assert typed_form(german).value("name") == TYPED["name"]
    assert datetime.fromisoformat(typed_form(german).value("slot")) == datetime.fromisoformat(other)


def test_an_old_form_changes_its_language_as_well(browser: Browser, cast: Cast) -> None:
    page = booking.details(browser)
    typed = typed_form(page).filled({**TYPED, "csrf_token": "old"})
    browser.client.delete_cookie("session", domain="beratung.example")
    assert typed_form(press_language(browser, page, "en", typed)).value("name") == TYPED["name"]


def test_too_many_attempts_keep_the_form(
    browser: Browser, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(limited._rules, "vberatung.routes.link_again.send", Rule("x", 1, 60))
    page = browser.get("/link")
    for _ in range(2):
        answer = browser.post("/link", dict(typed_form(page).filled({"contact": "aylin"})))
    assert answer.status == 429
    english = press_language(browser, answer, "en")
    assert (english.status, lang(english)) == (200, "en")
    assert typed_form(english).value("contact") == "aylin"


def test_the_preview_of_a_list_stays(berger: Browser) -> None:
    page = berger.get("/team/einladen/liste")
    file = (BytesIO(b"Name;E-Mail\nOlena;olena@example.org\n"), "liste.csv")
    values = dict(page.form().values)
    page = berger.open("/team/einladen/liste", "POST", data={**values, "file": file})
    english = press_language(berger, page, "en")
    assert lang(english) == "en"
    assert len(english.marked("row")) == 1
    assert shown(typed_form(english).values) == shown(typed_form(page).values)


def test_a_page_of_another_host_cannot_fill_in_our_forms(browser: Browser, cast: Cast) -> None:
    values = {"lang": "en", "contact": "mallory@example.org"}
    answer = browser.post("/link", values, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 403


def test_an_address_that_only_takes_forms_says_so(browser: Browser, token: str) -> None:
    page = browser.post("/musterstadt/termin/zeit", {"lang": "en"})
    assert (page.status, lang(page)) == (405, "en")
    assert page.link("Deutsch") == "/?lang=de"


def test_the_enter_key_sends_the_form_and_does_not_choose_a_language(
    browser: Browser, pages: dict[str, str]
) -> None:
    """It presses the first button of the form (HTML, implicit submission)."""
    for url in pages.values():
        page = browser.get(url)
        assert "name" not in page.all("*", form="typed")[0].attrib
        first = next(page.one("form", id="typed").iter("button"))
        assert not {"name", "formaction"} & first.attrib.keys(), url


def test_a_browser_that_does_not_know_the_attribute_form_opens_the_page_again(
    browser: Browser, cast: Cast
) -> None:
    """As lynx and w3m: a form by GET around the buttons."""
    page = booking.details(browser)
    nav = page.one("nav", id="languages")
    form = Form.read(next(nav.iter("form")), page.url)
    english = browser.send(form, [*form.values, ("lang", "en")])
    assert lang(english) == "en"
    assert typed_form(english).value("slot") == typed_form(page).value("slot")
