"""axe finds nothing on any page, in both languages, light and dark, and all of it fits 320 px."""

from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest

from . import installed
from .accessibility import LANGUAGES, Axe, assert_for_everybody, open_in
from .engines import Chromium
from .server import Server
from .talk import (
    admit,
    assert_see_each_other_move,
    enter_waiting_room,
    sign_in,
    wait_for_state,
)

BOOKING = "/musterstadt/termin?topic=erstgespraech"
REGISTRATION = "/musterstadt/arbeitsuchend"

PUBLIC = {
    "start": "/",
    "postcode with an office": "/?plz=01234",
    "postcode without": "/?plz=99999",
    "no postcode": "/?plz=abc",
    "office": "/musterstadt/",
    "help": "/hilfe",
    "accessibility statement": "/barrierefreiheit",
    "privacy": "/datenschutz",
    "imprint": "/impressum",
    "topic": "/musterstadt/termin",
    "channel": BOOKING,
    "time": BOOKING + "&channel=video",
    "unknown topic": "/musterstadt/termin?topic=nichts",
    "to confirm": "/musterstadt/termin/bestaetigen",
    "waiting list": "/musterstadt/warteliste?topic=erstgespraech&channel=phone",
    "on the waiting list": "/musterstadt/warteliste/eingetragen",
    "registration": REGISTRATION,
    "deadline": REGISTRATION + "?ends_on=31.12.2026&known_on=20.11.2026",
    "deadline of no day": REGISTRATION + "?ends_on=99",
    "registration, step 1": REGISTRATION + "/neu",
    "lost link": "/link",
    "link sent": "/link/gesendet",
    "code": "/code",
    "nothing here": "/nirgendwo/",
    "sign-in": "/team/anmelden",
    "outbox": "/demo/postausgang",
}
PERSONAL = {
    "appointment": "",
    "booked": "/gebucht",
    "cancel": "/absagen",
    "call me": "/anruf",
    "before the room": "/raum",
    "feedback": "/danke",
}
STAFF = {
    "today": "/team/",
    "another day": "/team/?tag=2026-11-24",
    "availability": "/team/verfuegbarkeit",
    "weekly hours": "/team/verfuegbarkeit/wochenzeiten",
    "hours of a day": "/team/verfuegbarkeit/tage",
    "absence": "/team/verfuegbarkeit/abwesenheiten",
    "languages": "/team/verfuegbarkeit/angaben",
    "other calendars": "/team/verfuegbarkeit/kalender",
    "invitations": "/team/einladen",
    "one invitation": "/team/einladen/neu",
    "list of invitations": "/team/einladen/liste",
    "talk now": "/team/einladen/jetzt",
    "registrations": "/team/anmeldungen",
    "cancellation": "/team/ausfall",
    "delivery": "/team/zustellung",
    "statistics": "/verwaltung/statistik",
    "administration": "/verwaltung/",
    "postcodes": "/verwaltung/postleitzahlen",
    "devices": "/team/geraete",
    "devices before the room": "/team/raum/2",
    "time of a talk": "/team/raum/2/zeit",
    "outcome": "/team/termin/1/ergebnis",
}


@pytest.fixture(scope="module")
def desk(server: Server) -> Iterator[Chromium]:
    """The browser of somebody who is signed in."""
    with Chromium(installed.chromium()) as tab:
        sign_in(tab, server)
        yield tab


@pytest.fixture(scope="module")
def reader() -> Iterator[Chromium]:
    """One browser for all pages that need nothing but an address."""
    with Chromium(installed.chromium()) as tab:
        yield tab


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PUBLIC.values(), ids=PUBLIC)
def test_public_page(server: Server, reader: Chromium, axe: Axe, path: str, language: str) -> None:
    open_in(reader, server.url + path, language)
    assert_for_everybody(reader, axe)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PERSONAL.values(), ids=PERSONAL)
def test_personal_page(
    server: Server, reader: Chromium, axe: Axe, path: str, language: str
) -> None:
    open_in(reader, server.talk_url + path, language)
    assert_for_everybody(reader, axe)


@pytest.mark.parametrize("language", LANGUAGES)
def test_last_step_of_booking(server: Server, reader: Chromium, axe: Axe, language: str) -> None:
    open_in(reader, server.url + BOOKING + "&channel=video", language)
    slot = reader.evaluate("document.querySelector('[data-testid=slot]').value")
    open_in(reader, f"{server.url}{BOOKING}&channel=video&slot={quote(slot)}", language)
    assert_for_everybody(reader, axe)
    reader.type_into("[name=email]", "aylin@")
    reader.press("Enter")
    reader.wait("document.querySelector('#error-summary')")
    assert_for_everybody(reader, axe)


@pytest.mark.parametrize("path", STAFF.values(), ids=STAFF)
def test_staff_page(server: Server, desk: Chromium, axe: Axe, path: str) -> None:
    for language in LANGUAGES:
        open_in(desk, server.url + path, language)
        assert_for_everybody(desk, axe)


def test_trouble_with_the_devices(
    server: Server, open_chromium: Callable[..., Chromium], axe: Axe
) -> None:
    jobseeker = open_chromium(allow_devices=False)
    enter_waiting_room(jobseeker, server.talk_url)
    jobseeker.wait("document.querySelector('[data-testid=devices]').getClientRects().length")
    assert_for_everybody(jobseeker, axe)


def test_a_talk_from_the_arrival_to_the_end(
    server: Server, jobseeker: Chromium, counsellor: Chromium, axe: Axe
) -> None:
    room = server.talk_url + "/raum"
    sign_in(counsellor, server)
    for language in LANGUAGES:
        open_in(jobseeker, room, language)
        jobseeker.click("join")
        wait_for_state(jobseeker, "waiting")
        open_in(counsellor, server.url + "/team/", language)
        counsellor.wait("document.querySelector('[data-testid=arrival]')")
        assert_for_everybody(jobseeker, axe)
        assert_for_everybody(counsellor, axe)

    admit(counsellor)
    desk = counsellor.evaluate("location.origin + location.pathname")
    for language in LANGUAGES:
        open_in(jobseeker, room, language)
        open_in(counsellor, desk, language)
        assert_see_each_other_move(jobseeker, counsellor)
        assert_for_everybody(jobseeker, axe)
        assert_for_everybody(counsellor, axe)

    tab = jobseeker.new_tab()
    tab.open(room)
    wait_for_state(tab, "occupied")
    assert_for_everybody(tab, axe)
    tab.close()

    counsellor.click("end-for-all")
    assert_for_everybody(counsellor, axe)
    counsellor.click("end-for-all-confirm")
    for one in (jobseeker, counsellor):
        wait_for_state(one, "ended")
        assert_for_everybody(one, axe)
    for path in ("", "/raum", "/danke"):
        open_in(jobseeker, server.talk_url + path, "de")
        assert_for_everybody(jobseeker, axe)
