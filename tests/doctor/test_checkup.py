"""All of it at once, against a server on a real port."""

import socket
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.support import databases
from tests.support.cast import Cast
from tests.support.server import serving
from vberatung.config import Settings
from vberatung.doctor import checkup, installation, outside
from vberatung.doctor.checkup import check_up
from vberatung.doctor.findings import FAILED, OK, WARNING
from vberatung.routes.doctor_words import CHECKS, line

ENDS_WITHIN_S = 8
"""Of a check of one second, on a busy machine."""


@pytest.fixture
def served(app: Flask, cast: Cast) -> Iterator[Settings]:
    with serving(app) as host:
        settings: Settings = app.config["SETTINGS"]
        yield replace(settings, public_url=f"http://{host}", smtp_url=None)


@pytest.fixture
def apart(app: Flask) -> Iterator[Session]:
    with Session(databases.engine_of(app)) as session:
        yield session


def test_every_check_is_made_and_can_be_read(apart: Session, served: Settings) -> None:
    found = check_up(apart, served)
    assert {finding.check for finding in found} == set(CHECKS)
    levels = {finding.check: finding.level for finding in found}
    for check in ("secrets", "database", "migrations", "address", "websocket", "talk"):
        assert levels[check] == OK, check
    for check in ("mail", "certificate", "relay"):
        assert levels[check] == WARNING, check
    assert all("%" not in line(finding).meaning for finding in found)


def test_one_that_breaks_and_one_that_never_answers_hide_no_other(
    apart: Session, served: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = "what is nobody's business"

    def breaks(*_: object) -> None:
        raise RuntimeError(private)

    monkeypatch.setattr(outside, "sms", breaks)
    monkeypatch.setattr(checkup, "talk", breaks)
    monkeypatch.setattr(installation, "disk", breaks)
    monkeypatch.setattr(checkup, "WITHIN_S", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        asked = replace(served, smtp_url=f"smtp://127.0.0.1:{silent.getsockname()[1]}")
        began = time.monotonic()
        found = {finding.check: finding for finding in check_up(apart, asked)}
        assert time.monotonic() - began < ENDS_WITHIN_S
    assert found["mail"].code == "too-slow"
    assert {each.code for each in found.values() if private in str(line(each))} == set()
    assert [found[check].code for check in ("sms", "talk", "disk")] == ["broken"] * 3
    assert found["database"].level == OK


def test_without_a_server_no_talk_is_tried(apart: Session, app: Flask, cast: Cast) -> None:
    settings: Settings = app.config["SETTINGS"]
    away = replace(settings, public_url="http://127.0.0.1:9", smtp_url=None)
    found = {finding.check: finding for finding in check_up(apart, away)}
    assert found["websocket"].level == FAILED
    assert "talk" not in found
