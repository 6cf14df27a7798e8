"""What else people and offices do: keyboard alone, on the screen of a small phone."""

from datetime import UTC, datetime, time, timedelta

import pytest

from tests.support.calendars import WebServer, calendar_file, event
from tests.support.mail_server import MailServer

from .engines import Chromium
from .keyboard import follow, tab_to, write, write_day, write_time
from .server import Server
from .walks import GO_ON, book, choose_file, register

WIDTH, HEIGHT = 360, 640
LIST = "Name;E-Mail;Sprache\nEva Muster;eva@example.org;de\nOhne Adresse;;de\n"
SETTLED = "document.readyState === 'complete'"


@pytest.fixture(scope="module")
def server(connected_server: Server) -> Server:
    return connected_server


@pytest.fixture
def phone(jobseeker: Chromium) -> Chromium:
    jobseeker.set_viewport(WIDTH, HEIGHT, mobile=True)
    return jobseeker


@pytest.fixture
def desk(server: Server, counsellor: Chromium) -> Chromium:
    """Signed in."""
    counsellor.set_viewport(WIDTH, HEIGHT, mobile=True)
    counsellor.open(server.url + "/team/anmelden")
    write(counsellor, "email", server.email)
    write(counsellor, "password", server.password)
    go(counsellor, GO_ON, "Ihre Termine heute")
    return counsellor


def go(tab: Chromium, selector: str, until: str) -> None:
    """Tab there, press Enter, and read a page that fits on the screen."""
    tab.evaluate("document.querySelector('h1').isOld = true")
    text = f"document.querySelector('main').innerText.includes({until!r})"
    follow(tab, selector, f"{SETTLED} && !document.querySelector('h1').isOld && {text}")
    assert_fits(tab)


def open_page(tab: Chromium, url: str) -> None:
    tab.open(url)
    assert_fits(tab)


def assert_fits(tab: Chromium) -> None:
    wide = tab.evaluate("document.documentElement.scrollWidth")
    assert wide <= WIDTH, f"{wide} px wide: {tab.describe()}"


def test_find_the_office_by_postcode(server: Server, phone: Chromium) -> None:
    open_page(phone, server.url + "/")
    write(phone, "plz", "01067")
    phone.press("Enter")
    phone.wait(f"{SETTLED} && document.body.innerText.includes('Für 01067 ist')")
    go(phone, ".card a", "Worüber möchten Sie sprechen?")


@pytest.mark.parametrize("answer", ["accept", "decline"])
def test_answer_what_the_waiting_list_offers(
    server: Server, phone: Chromium, mails: MailServer, answer: str
) -> None:
    email = f"{answer}@example.org"
    open_page(phone, server.url + "/musterstadt/termin?topic=erstgespraech&channel=video")
    # the free times come first: whoever wants none of them tabs on
    follow(phone, "a[href*=warteliste]", f"{SETTLED} && document.querySelector('[name=not_after]')")
    assert_fits(phone)
    write(phone, "name", "Mia Muster")
    write(phone, "email", email)
    tab_to(phone, "[name=part_of_day]")
    phone.press("ArrowDown")
    assert phone.evaluate("document.activeElement.value") == "morning"
    write_day(phone, "not_after", (datetime.now(UTC) + timedelta(days=20)).date())
    go(phone, GO_ON, "Sie stehen auf der Warteliste")
    open_page(phone, mails.link_in_newest(email, "warteliste"))
    if answer == "accept":
        go(phone, "[data-testid=accept]", "Ihr Termin ist gebucht")
    else:
        go(phone, "[data-testid=decline]", "Noch 2 Angebote")
        go(phone, "[data-testid=leave]", "Sie haben sich von der Liste gestrichen")


def test_the_personal_page(server: Server, phone: Chromium) -> None:
    appointment = book(phone, server, "aylin@example.org")
    phone.set_viewport(WIDTH, HEIGHT, mobile=True)
    open_page(phone, appointment)
    go(phone, "main a[href$='/art']", "Neue Art des Gesprächs")
    tab_to(phone, "[name=channel]")
    phone.press("ArrowDown")
    phone.press("ArrowUp")
    assert phone.evaluate("document.activeElement.value") == "phone"
    go(phone, GO_ON, "Die Art des Gesprächs ist geändert")
    go(phone, "main a[href$='/angaben']", "Dolmetschen, Begleitung")
    tab_to(phone, "details.more summary")
    phone.press("Enter")
    tab_to(phone, "[name=companion]")
    phone.press("Space")
    go(phone, GO_ON, "Was Sie jetzt tun")
    go(phone, "main a[href$='/drucken']", "So kommen Sie zu Ihrem Termin")
    code = phone.evaluate("document.querySelector('[data-testid=code]').innerText")
    open_page(phone, server.url + "/code")
    write(phone, "code", code.replace(" ", ""))
    go(phone, GO_ON, "Was Sie jetzt tun")
    open_page(phone, server.url + "/link")
    write(phone, "contact", "aylin@example.org")
    go(phone, GO_ON, "Schauen Sie in Ihre Nachrichten")


def test_accept_an_invitation(desk: Chromium, phone: Chromium, mails: MailServer) -> None:
    go(desk, "[href='/team/einladen']", "Alle Einladungen")
    go(desk, "[href='/team/einladen/neu']", "Wie laden wir ein?")
    write(desk, "name", "Max Beispiel")
    write(desk, "email", "max@example.org")
    go(desk, GO_ON, "Die Einladung ist unterwegs.")
    open_page(phone, mails.link_in_newest("max@example.org", "einladung"))
    go(phone, "[data-testid=choose-time]", "Wie möchten Sie sprechen?")
    go(phone, "[data-channel=video]", "Wann passt es Ihnen?")
    go(phone, "[data-testid=slot]", "Ihre Angaben")
    go(phone, GO_ON, "Ihr Termin ist gebucht")


def test_invite_a_list_in_which_one_line_is_wrong(server: Server, desk: Chromium) -> None:
    open_page(desk, server.url + "/team/einladen/liste")
    tab_to(desk, "[type=file]")
    choose_file(desk, LIST)  # the dialogue that Enter opens is the system's
    go(desk, GO_ON, "1 Person kann eingeladen werden")
    tab_to(desk, "[name=leave_out]")
    desk.press("Space")
    go(desk, "[data-testid=send-all]", "Die Einladung ist unterwegs.")


def test_working_hours_and_an_absence(desk: Chromium) -> None:
    go(desk, "[href='/team/verfuegbarkeit']", "Ihre Verfügbarkeit")
    go(desk, "main a[href$='/wochenzeiten']", "Für diese Gespräche")
    tab_to(desk, "[name=weekday]")
    for _ in range(6):
        desk.press("ArrowDown")
    assert desk.evaluate("document.activeElement.value") == "6"
    write_time(desk, "starts", time(9))
    write_time(desk, "ends", time(14, 30))
    go(desk, GO_ON, "09:00 bis 14:30")
    go(desk, "[data-testid=weekly] li:last-child a", "Möchten Sie diesen Eintrag löschen?")
    go(desk, "[data-testid=confirm]", "gelöscht")
    go(desk, "main a[href$='/abwesenheiten']", "Erster Tag")
    write_day(desk, "first", (datetime.now(UTC) + timedelta(days=20)).date())
    go(desk, GO_ON, "Ihre Verfügbarkeit")
    go(desk, "[data-testid=absences] a", "Möchten Sie diesen Eintrag löschen?")
    go(desk, "[data-testid=confirm]", "gelöscht")


def test_connect_an_external_calendar(server: Server, desk: Chromium, elsewhere: WebServer) -> None:
    day = (datetime.now(UTC) + timedelta(days=5)).strftime("%Y%m%d")
    busy = event(f"DTSTART:{day}T100000Z", f"DTEND:{day}T110000Z", "SUMMARY:Belegt")
    open_page(desk, server.url + "/team/verfuegbarkeit/kalender")
    write(desk, "url", elsewhere.serve("/kalender.ics", calendar_file(busy)))
    go(desk, GO_ON, "Der Kalender ist verbunden.")
    go(desk, "[id^=read-]", "wird gelesen")
    go(desk, "[id^=disconnect-]", "Möchten Sie diesen Kalender entfernen?")
    go(desk, "[data-testid=confirm]", "Der Kalender ist entfernt.")


def test_somebody_is_away_for_some_days(desk: Chromium) -> None:
    go(desk, "[href='/team/ausfall']", "Jemand fällt aus")
    write_day(desk, "last", (datetime.now(UTC) + timedelta(days=2)).date())
    go(desk, GO_ON, "Vorschau: Ausfall von Sabine Berger")
    tab_to(desk, "fieldset [type=radio]")
    desk.press("ArrowDown")
    go(desk, GO_ON, "Ausfall: erledigt")


def test_a_registration_at_the_office(server: Server, jobseeker: Chromium, desk: Chromium) -> None:
    register(jobseeker, server, "bora@example.org")
    go(desk, "[href='/team/anmeldungen']", "Meldungen als arbeitsuchend")
    go(desk, "main table a", "Meldung von Bora Kaya")
    go(desk, "[data-testid=handled]", "bearbeitet am")


def test_a_message_that_did_not_arrive(server: Server, jobseeker: Chromium, desk: Chromium) -> None:
    book(jobseeker, server, "nobody@example.org")
    banner = "document.body.innerText.includes('ist nicht angekommen')"
    desk.wait(f"{banner} || void location.reload()")
    go(desk, "nav [href='/team/zustellung']", "Noch einmal senden")
    go(desk, "[action*='erledigt'] button", "Alle Nachrichten sind angekommen")


def test_the_settings_and_closing_days_of_the_office(desk: Chromium) -> None:
    go(desk, "[href='/verwaltung/']", "Einstellungen speichern")
    tab_to(desk, "[name=confirm_email]")
    desk.press("Space")
    go(desk, GO_ON, "Die Einstellungen sind gespeichert.")
    write_day(desk, "first", (datetime.now(UTC) + timedelta(days=40)).date())
    go(desk, "form[action$='schliesstage'] button", "Die Dienststelle ist an diesen Tagen")
