"""Third persons: how they are asked, and how they come."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.booking import book
from tests.support.browser import Browser, Page
from tests.support.cast import AT_TEN, AYDIN, MORNING, Cast
from tests.support.databases import raw_rows
from tests.support.staff import sign_in
from vberatung import clock
from vberatung.booking.models import CANCELLED, Appointment
from vberatung.limits import GUESTS_OF_ONE
from vberatung.room import guests, operations, presence
from vberatung.room.models import Guest
from vberatung.room.places import COMPANION, INTERPRETER, place_of_guest

OKSANA = {"guest-role": INTERPRETER, "guest-name": "Oksana Bondar"}


def asked(page: Page) -> list[str]:
    """The names in the list."""
    return [strong.text or "" for strong in page.one("main").iter("strong")]


def link_in(page: Page) -> str:
    (link,) = page.marked("guest-link")
    return (link.text or "").strip().removeprefix("https://beratung.example")


@pytest.fixture
def guest(session: Session, appointment: Appointment) -> Guest:
    guest = guests.invite(session, appointment, INTERPRETER, "Oksana Bondar", MORNING)
    session.commit()
    return guest


@pytest.fixture
def way(session: Session, guest: Guest) -> str:
    """Oksana's link."""
    token = guests.issue_link(session, guest, MORNING)
    session.commit()
    return f"/gast/{token}"


@pytest.fixture
def team(appointment: Appointment) -> str:
    return f"/team/raum/{appointment.id}/gaeste"


@pytest.fixture
def own(token: str) -> str:
    return f"/termin/{token}/raum/gaeste"


# Asking


def test_an_interpreter_has_a_link_before_the_talk(
    berger: Browser, browser: Browser, team: str
) -> None:
    day = berger.get("/team/")
    assert team in day.links()
    page = berger.submit(berger.get(team), **OKSANA)
    assert asked(page) == ["Oksana Bondar"]
    shown = browser.get(link_in(page))
    assert shown.status == 200
    assert "Dolmetschen" in shown.text


def test_five_at_most_is_said_before(berger: Browser, browser: Browser, team: str) -> None:
    page = berger.get(team)
    assert "Höchstens 5 Personen" in page.text
    assert "3 Plätze sind frei" in page.text
    for name in ("Oksana", "Jonas", "Leyla"):
        page = berger.submit(page, team, **OKSANA | {"guest-name": name})
    assert not page.marked("invite-form")
    assert "Alle Plätze sind vergeben" in page.text
    form = berger.get(team).form()
    late = berger.post(team, OKSANA | {"csrf_token": form.value("csrf_token")})
    assert late.status == 409
    assert asked(late) == ["Oksana", "Jonas", "Leyla"]


@pytest.mark.parametrize(
    "changes",
    [
        {"guest-name": " "},
        {"guest-role": ""},
        {"guest-role": "counsellor"},
        {"guest-name": "http://x.example"},
    ],
)
def test_mistakes_are_shown_and_nothing_is_lost(
    berger: Browser, session: Session, team: str, changes: dict[str, str]
) -> None:
    page = berger.submit(berger.get(team), **OKSANA | changes)
    assert page.status == 422
    assert page.one("div", id="error-summary") is not None
    assert page.form(team).value("guest-name") == (OKSANA | changes)["guest-name"].strip()
    assert not session.scalars(select(Guest)).all()


def test_a_jobseeker_asks_a_companion_and_nobody_else(
    browser: Browser, session: Session, token: str, own: str
) -> None:
    assert own in browser.get(f"/termin/{token}").links()
    form = browser.get(own)
    assert not form.all("input", name="guest-role")
    page = browser.submit(form, **{"guest-name": "Emre Özdemir", "guest-role": "colleague"})
    assert asked(page) == ["Emre Özdemir"]
    (guest,) = session.scalars(select(Guest))
    assert (guest.role, guest.by_jobseeker) == (COMPANION, True)


def test_a_jobseeker_sees_but_does_not_decide_on_those_whom_the_counsellor_has_asked(
    browser: Browser, session: Session, own: str, guest: Guest
) -> None:
    page = browser.get(own)
    assert asked(page) == ["Oksana Bondar"]
    assert not page.marked("remove")
    assert not page.marked("link-again")
    csrf = page.form().value("csrf_token")
    for action in ("link", "entfernen"):
        answer = browser.post(f"{own}/{action}", {"guest": str(guest.id), "csrf_token": csrf})
        assert answer.location.endswith(own), action
    session.refresh(guest)
    assert guest.removed_at is None


def test_a_lost_link_is_followed_by_another(
    berger: Browser, browser: Browser, team: str, way: str
) -> None:
    page = berger.submit(berger.get(team), "/link")
    assert link_in(page) != way
    assert browser.get(link_in(page)).status == browser.get(way).status == 200


def test_a_code_is_read_aloud_where_no_link_can_be_sent(
    berger: Browser, browser: Browser, team: str, guest: Guest
) -> None:
    (code,) = berger.submit(berger.get(team), "/link").marked("code")
    page = browser.submit(browser.get("/code"), code=(code.text or "").strip())
    assert page.path.startswith("/gast/")
    assert "Oksana Bondar" in page.text


def test_removing_asks_first_and_then_the_link_is_worth_nothing(
    berger: Browser, browser: Browser, session: Session, team: str, guest: Guest, way: str
) -> None:
    question = berger.get(berger.get(team).link("Entfernen"))
    assert question.marked("remove-question")
    session.refresh(guest)
    assert guest.removed_at is None
    page = berger.submit(question, "/entfernen")
    assert asked(page) == []
    told = browser.get(way)
    assert (told.status, told.h1) == (410, "Ihre Einladung gilt nicht mehr")
    with clock.set_to(AT_TEN):
        assert browser.get(way + "/raum").status == 410


def test_the_list_says_who_waits_and_who_talks(
    berger: Browser, session: Session, appointment: Appointment, team: str, guest: Guest
) -> None:
    assert "war noch nicht da" in berger.get(team).text
    with clock.set_to(AT_TEN):
        guests.arrive(session, guest, AT_TEN)
        presence.touch(session, appointment.id, place_of_guest(guest.id), AT_TEN)
        assert "ist im Warteraum" in berger.get(team).text
        guests.admit(session, appointment, guest.id, AT_TEN)
        assert "ist im Gespräch" in berger.get(team).text


def test_other_counsellors_and_other_talks_are_none_of_ones_business(
    app: Flask, session: Session, cast: Cast, berger: Browser, team: str, guest: Guest
) -> None:
    aydin = Browser(app, before=session.commit)
    sign_in(aydin, AYDIN)
    csrf = aydin.get("/team/").form().value("csrf_token")
    assert aydin.get(team).status == 404
    foreign = f"/team/raum/{cast.noise.id}/gaeste"
    for action in ("", "/link", "/entfernen"):
        sent = {"guest": str(guest.id), "csrf_token": csrf, **OKSANA}
        assert aydin.post(team + action, sent).status == 404, action
        token = berger.get(team).form().value("csrf_token")
        assert berger.post(foreign + action, sent | {"csrf_token": token}).status == 404, action
    for number in ("0", "99999999999999999999", "x", ""):
        token = berger.get(team).form().value("csrf_token")
        berger.post(team + "/entfernen", {"guest": number, "csrf_token": token})
    session.refresh(guest)
    assert guest.removed_at is None


def test_a_link_of_another_talk_is_not_shown(
    berger: Browser, session: Session, cast: Cast, team: str
) -> None:
    cast.noise.talk_ended_at = None
    stranger = guests.invite(session, cast.noise, INTERPRETER, "Fremde Person", MORNING)
    token = guests.issue_link(session, stranger, MORNING)
    page = berger.get(f"{team}?link={token}&entfernen={stranger.id}")
    assert "Fremde Person" not in page.text
    assert not page.marked("new-link")
    assert not page.marked("remove-question")


def test_there_are_not_endless_links(berger: Browser, team: str, guest: Guest) -> None:
    statuses = [
        berger.submit(berger.get(team), "/link").status for _ in range(GUESTS_OF_ONE.amount)
    ]
    assert set(statuses) == {200}
    assert berger.submit(berger.get(team), "/link").status == 429


def test_nobody_is_asked_to_a_talk_that_is_over(
    berger: Browser, browser: Browser, appointment: Appointment, team: str, own: str
) -> None:
    appointment.status = CANCELLED
    assert berger.get(team).status == browser.get(own).status == 410


def test_a_telephone_call_has_no_third_persons(browser: Browser, berger: Browser) -> None:
    page = book(browser, channel="phone")
    address = page.path.removesuffix("/gebucht")
    assert browser.get(f"{address}/raum/gaeste").location.endswith(address)
    assert f"{address}/raum/gaeste" not in browser.get(address).links()


def test_the_room_gets_a_fragment(app: Flask, berger: Browser, team: str) -> None:
    answer = berger.client.get(
        team, headers={"X-Requested-With": "fetch"}, base_url=berger.base_url
    )
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert 'name="csrf_token"' in answer.text


# Coming


def test_a_guest_sees_who_talks_and_when_and_nothing_of_the_case(
    browser: Browser, appointment: Appointment, way: str
) -> None:
    appointment.notes = "Ich habe gekündigt."
    with clock.set_to(AT_TEN):
        pages = [browser.get(way), browser.get(way + "/raum")]
    assert "Sabine Berger" in pages[0].text
    assert "Aylin Özdemir" in pages[0].text
    assert "10:00" in pages[0].text
    for page in pages:
        assert "gekündigt" not in page.text
        assert "Weiterbildung" not in page.text
        assert "aylin@example.org" not in page.text


def test_a_guest_corrects_the_name(
    browser: Browser, session: Session, guest: Guest, way: str
) -> None:
    page = browser.submit(browser.get(way), name="Oksana Bondarenko")
    assert "Oksana Bondarenko" in page.text
    assert browser.submit(page, name="").status == 422
    session.refresh(guest)
    assert guest.name == "Oksana Bondarenko"


def test_whoever_is_in_the_talk_keeps_the_name(
    browser: Browser, session: Session, guest: Guest, way: str
) -> None:
    before = browser.get(way)
    guest.admitted_at = AT_TEN
    assert not browser.get(way).marked("rename")
    assert browser.submit(before, name="Sabine Berger").status == 409
    session.refresh(guest)
    assert guest.name == "Oksana Bondar"


def test_before_its_time_the_room_leads_to_the_page_that_says_when(
    browser: Browser, way: str
) -> None:
    page = browser.visit(way + "/raum")
    assert page.path == way
    assert "öffnet am Montag, 23. November 2026, 09:45 Uhr" in page.text


def test_a_guest_consents_and_waits(
    browser: Browser, session: Session, guest: Guest, way: str
) -> None:
    with clock.set_to(AT_TEN):
        page = browser.get(way + "/raum")
        (consent,) = page.marked("consent")
        assert "vertraulich" in "".join(consent.itertext())
        (room,) = [each for each in page.all("div") if "data-room" in each.attrib]
        assert room.attrib["data-role"] == INTERPRETER
        assert room.attrib["data-socket"] == way + "/raum/socket"
        assert "data-auto-join" not in room.attrib
        form = page.form("/raum")
        by_script = {"X-Requested-With": "fetch"}
        answer = browser.post(form.action, dict(form.values), headers=by_script)
    assert answer.status == 204
    session.refresh(guest)
    assert (guest.consented_at, guest.consent_version) == (AT_TEN, guests.CONSENT_VERSION)
    assert guest.admitted_at is None


def test_without_javascript_a_guest_is_told_what_is_missing(browser: Browser, way: str) -> None:
    with clock.set_to(AT_TEN):
        page = browser.submit(browser.get(way + "/raum"), "/raum")
    assert "JavaScript" in page.text


def test_after_the_end_a_guest_is_thanked(
    browser: Browser, session: Session, appointment: Appointment, guest: Guest, way: str
) -> None:
    guest.admitted_at = AT_TEN
    operations.end(session, appointment, AT_TEN)
    for address in (way, way + "/raum"):
        page = browser.get(address)
        assert (page.status, page.h1) == (410, "Dieses Gespräch ist vorbei")
        assert "Vielen Dank" in page.text
        assert "Özdemir" not in page.text


def test_a_guest_comes_nowhere_else_with_the_link(browser: Browser, way: str) -> None:
    token = way.rpartition("/")[2]
    for address in (f"/termin/{token}", f"/termin/{token}/raum", f"/termin/{token}/raum/gaeste"):
        assert browser.get(address).status == 404


def test_looking_changes_nothing(
    app: Flask, browser: Browser, berger: Browser, team: str, own: str, guest: Guest, way: str
) -> None:
    token = way.rpartition("/")[2]
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    before = raw_rows(url)
    with clock.set_to(AT_TEN):
        for query in ("", f"?link={token}", f"?entfernen={guest.id}"):
            assert berger.get(team + query).status == 200
            assert browser.get(own + query).status == 200
        assert browser.get(way).status == browser.get(way + "/raum").status == 200
    assert raw_rows(url) == before
