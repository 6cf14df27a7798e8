"""Booking in a text browser, from the start page to the personal page."""

import re
import subprocess

from . import installed
from .lynx import Lynx
from .server import Server


def test_book_with_lynx(server: Server) -> None:
    with Lynx(installed.program("lynx"), server.url + "/") as lynx:
        lynx.wait_for("Videoberatung")
        lynx.follow("Deutsch", until="Beratung per Video")
        lynx.follow("Jobcenter Musterstadt", until="Worüber möchten Sie sprechen?")
        lynx.follow("Erstgespräch", until="Wie möchten Sie sprechen?")
        lynx.follow("Per Video", until="Wann passt es Ihnen?")
        lynx.follow("10:30", until="Ihre Angaben")
        lynx.go_to("Nachname")
        lynx.fill_in("Bora Kaya", "bora@example.org", "0170 1234567")
        lynx.follow("Termin buchen", until="Ihr Termin ist gebucht")
        lynx.wait_for("10:30 Uhr")
        found = re.search(r"http://\S+/termin/\S+", lynx.text)
        assert found
    assert_w3m_shows(found[0], "Ihr Termin", "10:30 Uhr", "Erstgespräch", "Termin absagen")


def assert_w3m_shows(url: str, *texts: str) -> None:
    """The personal page can be read in another text browser, too."""
    german = ["-o", "accept_language=de", "-O", "UTF-8"]
    read = subprocess.run(
        [installed.program("w3m"), *german, "-dump", url],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    for text in texts:
        assert text in read.stdout, read.stdout
