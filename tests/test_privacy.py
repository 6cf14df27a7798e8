"""What a thief of the database, and a reader of the logs, would find: no people and no links."""

import logging

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support import databases
from tests.support.booking import TYPED, book
from tests.support.browser import Browser
from tests.support.cast import AT_TEN, AYLIN, BERGER, PASSWORD, Cast
from tests.support.settings import FIELD_KEY, OLD_FIELD_KEY, SECRET_KEY
from tests.support.sockets import Sockets
from tests.support.staff import sign_in
from vberatung import clock, crypto
from vberatung.booking.models import Appointment
from vberatung.statistics.operations import give_feedback

PERSONAL = ["Aylin", "zdemir", "aylin@example.org", "15112345678", "langsam", "Berger", BERGER]


def stolen(app: Flask) -> bytes:
    """All that is in the database, as it is stored."""
    rows = databases.raw_rows(app.config["SQLALCHEMY_DATABASE_URI"])
    assert rows["appointments"]
    return databases.raw_bytes(rows)


def test_nothing_personal_can_be_read_in_the_database(
    app: Flask, browser: Browser, session: Session, cast: Cast
) -> None:
    page = book(browser)
    link = page.path.removeprefix("/termin/").removesuffix("/gebucht")
    browser.submit(browser.get(f"/termin/{link}/anruf"), phone="030 23125 777")
    sign_in(browser, BERGER, "falsches Passwort")
    data = stolen(app)
    for secret in [*PERSONAL, link, "23125777", "falsches Passwort", PASSWORD]:
        assert secret.encode() not in data, secret
    assert b"Jobcenter Musterstadt" in data  # we have looked at the right thing


def test_a_comment_is_not_readable_either(
    app: Flask, session: Session, appointment: Appointment
) -> None:
    appointment.admitted_at = clock.now()
    session.flush()
    give_feedback(session, appointment, False, "Herr Aydın war unfreundlich", clock.now())
    session.commit()
    assert b"unfreundlich" not in stolen(app)


def test_the_same_name_looks_different_each_time(
    app: Flask, browser: Browser, session: Session, cast: Cast
) -> None:
    book(browser)
    book(browser)
    rows = databases.raw_rows(app.config["SQLALCHEMY_DATABASE_URI"])["appointments"]
    # Keyed hashes have 32 bytes and are equal on purpose: they find a person's appointments.
    encrypted = [v for row in rows for v in row if isinstance(v, bytes) and len(v) > 32]
    assert len(encrypted) == len(set(encrypted))


def test_keys_can_be_changed_while_the_data_stays(
    session: Session, appointment: Appointment
) -> None:
    id = appointment.id
    session.expire_all()
    crypto.use_keys([OLD_FIELD_KEY, FIELD_KEY], SECRET_KEY)
    try:
        assert appointment.name == AYLIN.name
        appointment.name = "Aylin Demir"
        session.commit()
        crypto.use_keys([OLD_FIELD_KEY], SECRET_KEY)
        rewritten = select(Appointment.name).where(Appointment.id == id)
        assert session.scalar(rewritten) == "Aylin Demir"
    finally:
        crypto.use_keys([FIELD_KEY], SECRET_KEY)


@pytest.fixture
def lost_key(app: Flask, token: str) -> object:
    """What was encrypted can no longer be read: every page of the appointment breaks."""
    kept = crypto._fernet
    crypto.use_keys([Fernet.generate_key().decode()], SECRET_KEY)
    yield
    crypto._fernet = kept


@pytest.mark.usefixtures("lost_key")
@pytest.mark.parametrize("part", ["", "/raum", "/termin.ics", "/anruf", "/danke"])
def test_a_page_that_breaks_tells_no_link_and_no_person_to_the_log(
    browser: Browser, token: str, caplog: pytest.LogCaptureFixture, part: str
) -> None:
    with clock.set_to(AT_TEN), caplog.at_level(logging.DEBUG):
        page = browser.get(f"/termin/{token}{part}")
    assert page.status == 500
    assert "WrongKey" in caplog.text  # it was logged
    for secret in (token, *PERSONAL, TYPED["phone"]):
        assert secret not in caplog.text


@pytest.mark.usefixtures("lost_key")
def test_a_page_that_breaks_says_so_calmly(browser: Browser, token: str) -> None:
    page = browser.get(f"/termin/{token}")
    assert page.status == 500
    assert "WrongKey" not in page.text
    assert "Traceback" not in page.text
    assert "/" in page.links()


def test_the_log_of_a_booking_is_silent(
    browser: Browser, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        page = book(browser)
    for secret in (*PERSONAL, page.path):
        assert secret not in caplog.text


def test_a_broken_database_shows_no_values(
    app: Flask, browser: Browser, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    """An error of the database names the statement, never its parameters."""
    engine = databases.engine_of(app)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE outbox_messages RENAME TO elsewhere")
    try:
        page = book(browser)
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO outbox_messages")
    assert page.status == 500
    assert "outbox_messages" in caplog.text
    for secret in PERSONAL:
        assert secret not in caplog.text


@pytest.mark.usefixtures("lost_key")
def test_a_socket_that_breaks_says_so_and_tells_nothing_to_the_log(
    sockets: Sockets, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert sockets.open(f"/termin/{token}/raum/socket").ending()[0] == 1011
    assert "WrongKey" in caplog.text
    for secret in (token, *PERSONAL):
        assert secret not in caplog.text
