"""What else people and offices do, in a text browser: no JavaScript, no pictures, no mouse."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.calendars import WebServer, calendar_file, event
from tests.support.mail_server import MailServer

from . import installed
from .lynx import Lynx
from .server import Server
from .test_registration_without_javascript import register

LIST = "Name;E-Mail;Sprache\nEva Muster;eva@example.org;de\nOhne Adresse;;de\n"


@pytest.fixture(scope="module")
def server(connected_server: Server) -> Server:
    return connected_server


@pytest.fixture
def lynx(server: Server) -> Iterator[Lynx]:
    with Lynx(installed.program("lynx"), server.url + "/musterstadt/?lang=de") as lynx:
        lynx.wait_for("Worüber möchten Sie sprechen?")
        yield lynx


@pytest.fixture
def desk(server: Server) -> Iterator[Lynx]:
    with Lynx(installed.program("lynx"), server.url + "/team/anmelden?lang=de") as lynx:
        lynx.wait_for("Für Beratungskräfte")
        lynx.go_to("E-Mail-Adresse")
        lynx.write(server.email, server.password)
        lynx.press(until="Ihre Termine heute")
        yield lynx


def test_find_the_office_by_postcode(server: Server, lynx: Lynx) -> None:
    lynx.open(server.url + "/", until="Finden Sie Ihre Dienststelle")
    lynx.go_behind("English")
    lynx.fill_in("99999")
    lynx.press(until="keine Dienststelle")
    lynx.open(server.url + "/?lang=de", until="Oder wählen Sie")
    lynx.go_behind("English")
    lynx.fill_in("01067")
    lynx.press(until="Für 01067 ist diese Dienststelle da")
    lynx.follow("Jobcenter Musterstadt", until="Worüber möchten Sie sprechen?")


def test_decline_a_time_from_the_waiting_list(lynx: Lynx, mails: MailServer) -> None:
    wait(lynx, "mia@example.org")
    lynx.open(mails.link_in_newest("mia@example.org", "warteliste"), until="Zeit ablehnen")
    lynx.follow("Zeit ablehnen", until="Noch 2 Angebote")


def test_accept_a_time_from_the_waiting_list(lynx: Lynx, mails: MailServer) -> None:
    wait(lynx, "ina@example.org")
    lynx.open(mails.link_in_newest("ina@example.org", "warteliste"), until="Zeit ablehnen")
    lynx.follow("Diese Zeit annehmen", until="Ihr Termin ist gebucht")


def test_the_personal_page(server: Server, lynx: Lynx) -> None:
    lynx.follow("Erstgespräch", until="Wie möchten Sie sprechen?")
    lynx.follow("Per Video", until="Wann passt es Ihnen?")
    lynx.follow("10:30", until="Ihre Angaben")
    lynx.go_to("Nachname")
    lynx.fill_in("Bora Kaya", "bora@example.org")
    lynx.write("")  # no telephone
    lynx.follow("Termin buchen", until="Ihr Termin ist gebucht")
    lynx.follow("Ihren Termin ansehen", until="Was Sie jetzt tun")
    lynx.follow("Art des Gesprächs", until="Neue Art des Gesprächs")
    lynx.choose("Am Telefon")
    lynx.go_to("Persönlich vor Ort")
    lynx.write("")
    lynx.fill_in("0170 1234567")
    lynx.follow("Art ändern", until="Was Sie jetzt tun")
    lynx.wait_for("Wir rufen an")
    lynx.follow("Angaben ändern", until="Angaben speichern")
    lynx.choose("Ich bringe eine Begleitperson")
    lynx.follow("Angaben speichern", until="Was Sie jetzt tun")
    lynx.follow("Seite zum Ausdrucken", until="Oder schreiben Sie diesen Link")
    found = re.search(r"(?:\w{4}[ -]){2}\w{4}", lynx.text)
    assert found, lynx.text
    lynx.open(server.url + "/code", until="Haben Sie einen Code?")
    lynx.go_behind("English")
    lynx.fill_in(found[0])
    lynx.press(until="Was Sie jetzt tun")
    lynx.open(server.url + "/link", until="Haben Sie Ihren Link verloren?")
    lynx.go_behind("English")
    lynx.fill_in("bora@example.org")
    lynx.press(until="Schauen Sie in Ihre Nachrichten")


def test_accept_an_invitation(server: Server, desk: Lynx, lynx: Lynx, mails: MailServer) -> None:
    desk.follow("Einladen", until="Alle Einladungen der Dienststelle")
    desk.follow("Eine Person einladen", until="Wie laden wir ein?")
    desk.go_to("Vor- und Nachname")
    desk.fill_in("Max Beispiel")
    desk.go_behind("Brief")
    desk.fill_in("max@example.org")
    desk.write("", "")
    desk.follow("Person einladen", until="Die Einladung ist unterwegs.")
    desk.wait_for("Max Beispiel")

    lynx.open(mails.link_in_newest("max@example.org", "einladung"), until="Zeit wählen")
    lynx.follow("Zeit wählen", until="Wie möchten Sie sprechen?")
    lynx.follow("Per Video", until="Wann passt es Ihnen?")
    lynx.follow("10:30", until="Ihre Angaben")
    lynx.follow("Termin buchen", until="Ihr Termin ist gebucht")


def test_invite_a_list_in_which_one_line_is_wrong(
    server: Server, desk: Lynx, tmp_path: Path
) -> None:
    file = tmp_path / "liste.csv"
    file.write_text(LIST)
    desk.open(server.url + "/team/einladen/liste", until="Eine Liste einladen")
    desk.go_behind("Vorlage herunterladen")
    desk.write(str(file))
    desk.follow("Liste prüfen", until="1 Person kann eingeladen werden")
    desk.wait_for("Zeile 3")
    desk.choose("mit Fehlern weglassen")
    desk.follow("1 Person einladen", until="Die Einladung ist unterwegs.")
    desk.wait_for("Eva Muster")


def test_working_hours_and_an_absence(desk: Lynx) -> None:
    later = datetime.now(UTC) + timedelta(days=20)
    desk.follow("Verfügbarkeit", until="Ihre Verfügbarkeit")
    desk.follow("Wochenzeit hinzu", until="Wochenzeit eintragen")
    desk.go_to("Montag")
    desk.press(until="Sonntag")
    desk.choose("Sonntag")
    desk.go_to("Von")
    desk.fill_in("09:00", "10:00")
    desk.follow("Wochenzeit eintragen", until="Erledigt:")
    desk.wait_for("Sonntag")
    desk.go_before("Wochenzeit hinzu")
    desk.press(until="Möchten Sie diesen Eintrag löschen?")
    desk.follow("Eintrag jetzt", until="gelöscht")
    desk.follow("Abwesenheit hinzu", until="Abwesenheit eintragen")
    desk.go_to("Erster Tag")
    desk.fill_in(f"{later:%d.%m.%Y}")
    desk.write("", "", "")
    desk.follow("Abwesenheit eintragen", until="Erledigt:")
    desk.go_before("Abwesenheit hinzu")
    desk.press(until="Möchten Sie diesen Eintrag löschen?")
    desk.follow("Eintrag jetzt", until="gelöscht")


def test_connect_an_external_calendar(server: Server, desk: Lynx, elsewhere: WebServer) -> None:
    day = (datetime.now(UTC) + timedelta(days=5)).strftime("%Y%m%d")
    busy = event(f"DTSTART:{day}T100000Z", f"DTEND:{day}T110000Z", "SUMMARY:Belegt")
    address = elsewhere.serve("/kalender.ics", calendar_file(busy))
    desk.open(server.url + "/team/verfuegbarkeit/kalender", until="Ihre anderen Kalender")
    desk.go_behind("CalDAV")
    desk.write(address)
    desk.write("", "")
    desk.follow("Kalender verbinden", until="Der Kalender ist verbunden.")
    desk.follow("Kalender entfernen", until="Möchten Sie diesen Kalender entfernen?")
    desk.follow("Kalender jetzt", until="Der Kalender ist entfernt.")


def test_somebody_is_away_for_some_days(desk: Lynx) -> None:
    later = datetime.now(UTC) + timedelta(days=2)
    desk.follow("Ausfall", until="Jemand fällt aus")
    desk.go_behind("Sabine Berger")
    desk.write("", f"{later:%d.%m.%Y}")  # the first day is today
    desk.press(until="Vorschau: Ausfall von Sabine Berger")
    desk.follow("Alles so ausf", until="Ausfall: erledigt")


def test_a_registration_at_the_office(desk: Lynx, lynx: Lynx) -> None:
    register(lynx)
    desk.follow("Meldungen", until="Meldungen als arbeitsuchend")
    desk.follow("Bora Kaya", until="Meldung von Bora Kaya")
    desk.follow("Als bearbeitet", until="bearbeitet am")


def test_a_message_that_did_not_arrive(server: Server, desk: Lynx, lynx: Lynx) -> None:
    lynx.follow("Erstgespräch", until="Wie möchten Sie sprechen?")
    lynx.follow("Per Video", until="Wann passt es Ihnen?")
    lynx.follow("11:00", until="Ihre Angaben")
    lynx.go_to("Nachname")
    lynx.fill_in("Nina Niemand", "nobody@example.org")
    lynx.write("")  # no telephone
    lynx.follow("Termin buchen", until="Ihr Termin ist gebucht")
    desk.reload_until("Nachricht ist nicht angekommen")
    desk.follow("Zustellung", until="Nina Niemand")
    desk.follow("Als erledigt", until="Alle Nachrichten sind angekommen")


def test_a_form_that_asks_browsers_for_work_says_what_to_do_without_javascript(
    desk: Lynx, lynx: Lynx
) -> None:
    desk.follow("Verwaltung", until="Schutz vor Missbrauch")
    desk.choose("Rechenaufgabe")
    desk.follow("Einstellungen speichern", until="Die Einstellungen sind gespeichert.")
    lynx.follow("Erstgespräch", until="Wie möchten Sie sprechen?")
    lynx.follow("Per Video", until="Wann passt es Ihnen?")
    lynx.follow("11:30", until="Ihre Angaben")
    lynx.go_to("vorab etwas sagen")
    lynx.wait_for("Bitte schreiben Sie eine E-Mail-Adresse. Wir schicken")
    assert "Rechenaufgabe" not in lynx.text


def test_what_only_scripts_say_is_not_on_the_page_of_the_day(desk: Lynx) -> None:
    assert "Verbindung ist unterbrochen" not in desk.text


def wait(lynx: Lynx, email: str) -> None:
    """From the page of the office to the waiting list."""
    lynx.follow("Erstgespräch", until="Wie möchten Sie sprechen?")
    lynx.follow("Per Video", until="Wann passt es Ihnen?")
    lynx.follow("Auf die Warteliste setzen", until="Wann können Sie?")
    lynx.go_to("Vor- und Nachname")
    lynx.fill_in("Mia Muster", email)
    lynx.write("")  # no telephone
    lynx.follow("Auf die Warteliste setzen", until="Sie stehen auf der Warteliste")
