"""The doctor's page, and its command: the same findings in the same words."""

import json

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.support.browser import Browser, text_of
from vberatung.doctor.findings import FAILED, OK, WARNING, Finding

PATH = "/verwaltung/pruefung/"
FOUND = [
    Finding("disk", OK, "disk-ok", {"megabytes": 5000}),
    Finding("certificate", WARNING, "certificate-soon", {"days": 6}),
    Finding("relay", FAILED, "relay-silent", {"url": "turn:relay.example:3478"}),
]


@pytest.fixture(autouse=True)
def found(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    asked: list[object] = []

    def check_up(session: object, settings: object, mail_to: str | None = None) -> list[Finding]:
        asked.append(mail_to)
        return FOUND

    monkeypatch.setattr("vberatung.doctor.checkup.check_up", check_up)
    monkeypatch.setattr("vberatung.routes.admin.doctor.check_up", check_up)
    return asked


def test_an_administrator_presses_and_reads(admin: Browser, found: list[object]) -> None:
    page = admin.get(PATH)
    assert found == [], "looking at the page examines nothing"
    page = admin.submit(page, PATH)
    (table,) = page.marked("doctor")
    assert [row.get("data-level") for row in table.iter("tr")][1:] == [OK, WARNING, FAILED]
    text = text_of(table)
    assert "Gilt nur noch 6 Tage." in text
    assert "turn:relay.example:3478 antwortet nicht." in text
    assert "Läuft coturn" in text
    assert "Fehler: 1. Hinweise: 1. In Ordnung: 1." in page.text


def test_only_for_administrators(berger: Browser) -> None:
    assert berger.get(PATH).status == 404


def test_not_for_visitors(browser: Browser) -> None:
    assert browser.visit(PATH).path == "/team/anmelden"


def test_the_command_says_the_same_and_ends_with_the_worst(
    app: Flask, session: Session, found: list[object]
) -> None:
    result = app.test_cli_runner().invoke(args=["doctor", "--mail-to", "edv@example.org"])
    assert result.exit_code == 2
    assert found == ["edv@example.org"]
    assert result.output.splitlines() == [
        "in Ordnung  Speicherplatz: 5000 MB sind frei.",
        "Hinweis     Zertifikat: Gilt nur noch 6 Tage. "
        "Prüfen Sie, ob die Erneuerung läuft (certbot renew --dry-run).",
        "Fehler      Relais (TURN): turn:relay.example:3478 antwortet nicht. "
        "Läuft coturn, und lässt die Firewall diesen Port durch?",
    ]


def test_for_monitoring_it_is_json(app: Flask, session: Session) -> None:
    result = app.test_cli_runner().invoke(args=["doctor", "--json"])
    found = json.loads(result.output)
    assert [each["level"] for each in found] == [OK, WARNING, FAILED]
    assert [each["check"] for each in found] == ["disk", "certificate", "relay"]
    assert found[1]["code"] == "certificate-soon"
    assert found[1]["values"] == {"days": 6}
