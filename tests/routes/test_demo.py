from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, current_app
from sqlalchemy.orm import Session

from tests.support import databases
from tests.support.browser import Browser
from tests.support.installation import installed
from vberatung import clock, config
from vberatung.jobs import work
from vberatung.messages import outbox
from vberatung.messages.models import Mail, Sms


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Flask]:
    with installed(config.load({"DEMO": "1", "DATA_DIR": str(tmp_path)})) as app:
        databases.migrate(app)
        yield app


@pytest.fixture
def demo_session(demo: Flask) -> Iterator[Session]:
    with demo.app_context(), Session(databases.engine_of(demo)) as session:
        yield session


def send(session: Session, subject: str, body: str = "Guten Tag") -> None:
    mail = Mail("aylin@example.org", subject, body)
    put(session, mail)


def put(session: Session, message: Mail | Sms) -> None:
    until = clock.now().replace(year=2027)
    outbox.put(session, message, clock.now(), until, purpose="booked")
    session.commit()
    work.deliver_messages(session, clock.now(), current_app.config["SETTINGS"])


def open_outbox(demo: Flask) -> Browser:
    return Browser(demo, base_url=demo.config["SETTINGS"].public_url)


def test_the_demo_shows_what_it_would_have_sent(demo: Flask, demo_session: Session) -> None:
    send(demo_session, "Ihr Termin", "Ihr Link: http://127.0.0.1:8000/termin/abc")
    page = open_outbox(demo).get("/demo/postausgang")
    assert "Ihr Termin" in page.text
    assert "http://127.0.0.1:8000/termin/abc" in page.links()


def test_the_newest_mail_is_on_top(demo: Flask, demo_session: Session) -> None:
    send(demo_session, "Erste")
    send(demo_session, "Zweite")
    text = open_outbox(demo).get("/demo/postausgang").text
    assert text.index("Zweite") < text.index("Erste")


def test_text_messages_are_shown_too(demo: Flask, demo_session: Session) -> None:
    put(demo_session, Sms("+4915112345678", "Ihr Termin: http://127.0.0.1:8000/termin/abc"))
    page = open_outbox(demo).get("/demo/postausgang")
    assert "SMS" in page.text
    assert "An +4915112345678" in page.text
    assert "http://127.0.0.1:8000/termin/abc" in page.links()


def test_markup_in_a_mail_is_only_text(demo: Flask, demo_session: Session) -> None:
    send(demo_session, "<script>alert(1)</script>", "<img src=x onerror=alert(1)>")
    page = open_outbox(demo).get("/demo/postausgang")
    assert not page.all("img", src="x")
    assert "<img src=x" in page.text


def test_an_empty_outbox_says_so(demo: Flask) -> None:
    assert open_outbox(demo).get("/demo/postausgang").status == 200


def test_in_production_there_is_no_such_page(browser: Browser) -> None:
    assert browser.get("/demo/postausgang").status == 404


def test_every_page_of_the_demo_leads_to_it(demo: Flask) -> None:
    links = {link.attrib.get("href") for link in open_outbox(demo).get("/hilfe").all("a")}
    assert {"/demo/postausgang", "/team/anmelden"} <= links
