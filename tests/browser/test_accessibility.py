"""axe finds nothing on any page, in both languages, light and dark, and all of it fits 320 px."""

from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest

from . import installed
from .accessibility import assert_fits
from .engines import Chromium, Tab
from .server import Server
from .talk import (
    admit,
    assert_see_each_other_move,
    enter_waiting_room,
    sign_in,
    wait_for_state,
)

Axe = Callable[[Tab], None]
LANGUAGES = ("de", "en")
LOOKS = ("light", "dark")
NARROW = 320  # CSS pixels: 1280 at 400 % zoom (WCAG 1.4.10)
BOOKING = "/musterstadt/termin?topic=erstgespraech"

PUBLIC = {
    "start": "/",
    "office": "/musterstadt/",
    "help": "/hilfe",
    "accessibility statement": "/barrierefreiheit",
    "privacy": "/datenschutz",
    "imprint": "/impressum",
    "topic": "/musterstadt/termin",
    "channel": BOOKING,
    "time": BOOKING + "&channel=video",
    "unknown topic": "/musterstadt/termin?topic=nichts",
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
STAFF = {"today": "/team/", "statistics": "/verwaltung/statistik", "room": "/team/raum/1"}


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
def test_staff_page(server: Server, counsellor: Chromium, axe: Axe, path: str) -> None:
    sign_in(counsellor, server)
    for language in LANGUAGES:
        open_in(counsellor, server.url + path, language)
        assert_for_everybody(counsellor, axe)


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


def open_in(tab: Tab, url: str, language: str) -> None:
    tab.open(f"{url}{'&' if '?' in url else '?'}lang={language}")
    assert tab.evaluate("document.documentElement.lang") == language


def assert_for_everybody(tab: Chromium, axe: Axe) -> None:
    for look in LOOKS:
        tab.emulate_media(color_scheme=look)
        axe(tab)
    assert_fits(tab, NARROW)
    tab.set_viewport(1280, 800)
