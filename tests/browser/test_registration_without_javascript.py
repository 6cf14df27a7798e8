"""Registering as jobseeking in a text browser, from the office's page to the receipt."""

from datetime import UTC, datetime

from . import installed
from .lynx import Lynx
from .server import Server


def test_register_with_lynx(server: Server) -> None:
    with Lynx(installed.program("lynx"), server.url + "/musterstadt/") as lynx:
        lynx.wait_for("Jobcenter Musterstadt")
        lynx.follow("Deutsch", until="Worüber möchten Sie sprechen?")
        register(lynx)
        lynx.wait_for("Erstes Gespräch buchen")


def register(lynx: Lynx) -> None:
    """From the page of the office to the receipt."""
    year = datetime.now(UTC).year
    lynx.follow("Arbeitsuchend melden", until="Meldung beginnen")
    lynx.follow("Meldung beginnen", until="Person und Kontakt")
    lynx.go_to("Nachname")
    lynx.fill_in("Bora Kaya", "01.02.1990", "Am Ring 1", "01234", "Musterstadt")
    lynx.fill_in("bora@example.org", "0170 1234567")
    lynx.follow("Speichern und weiter", until="Was endet?")
    lynx.choose("Arbeit mit befristetem Vertrag")
    lynx.go_to("Arbeitgeber oder")
    lynx.fill_in("Lager Muster", "Lagerist", f"31.12.{year + 1}", "20.11.2026")
    lynx.follow("Speichern und weiter", until="Welche Arbeit suchen Sie?")
    lynx.go_to("Welche Arbeit")
    lynx.fill_in("Lager", "40", f"01.01.{year + 2}", "Musterstadt")
    lynx.choose("Nur in meiner")
    lynx.follow("Speichern und weiter", until="Bitte lesen Sie alles noch einmal")
    lynx.follow("Meldung jetzt senden", until="Ihre Meldung ist angekommen")
