"""Whatever is sent: a clear sentence, the right status, and nothing lost."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.support.booking import TYPED, book, details, step
from tests.support.browser import Browser, Form, Page
from tests.support.cast import AT_TEN, MORNING, Cast, an_appointment
from vberatung.booking.models import Appointment
from vberatung.messages.models import OutboxMessage

SENTENCE = "kern-alert--danger"


@pytest.fixture(autouse=True)
def nothing_is_booked(session: Session, cast: Cast) -> Iterator[None]:
    """None of these tests may leave an appointment, or a mail."""
    yield
    session.commit()
    booked_now = select(func.count()).where(Appointment.booked_at == MORNING)
    assert session.scalar(booked_now) == 0
    assert session.scalars(select(OutboxMessage)).all() == []


def complains(page: Page) -> bool:
    """There is a box that a screen reader reads out, with a sentence in it."""
    return any(
        SENTENCE in box.attrib.get("class", "") and box.attrib.get("role") == "alert"
        for box in page.all("div")
    )


UNREADABLE = ["", "x", "2026-11-23", "2026-11-23T10:00", "0001-01-01T00:00+05:00", "9" * 300, "\0"]


@pytest.mark.parametrize("slot", UNREADABLE)
def test_a_time_that_cannot_be_read(browser: Browser, slot: str) -> None:
    page = book(browser, slot=slot)
    assert page.status == 422
    assert complains(page)
    assert page.marked("slot")


NOT_OFFERED = {
    "past": "2026-11-20T10:00+01:00",
    "within the notice": "2026-11-23T09:45+01:00",
    "off the grid": "2026-11-23T10:01+01:00",
    "beyond the horizon": "2026-12-14T10:00+01:00",
    "outside the hours": "2026-11-23T18:00+01:00",
    "a time of the other office": "2026-11-24T06:00+01:00",
}


@pytest.mark.parametrize("slot", NOT_OFFERED.values(), ids=NOT_OFFERED)
def test_a_time_that_is_not_offered(browser: Browser, slot: str) -> None:
    page = book(browser, slot=slot)
    assert page.status == 409
    assert complains(page)
    assert page.form().value("name") == "Aylin Özdemir"


@pytest.mark.parametrize("slot", NOT_OFFERED.values(), ids=NOT_OFFERED)
def test_an_address_with_a_time_that_is_not_offered(browser: Browser, slot: str) -> None:
    page = browser.get(step(slot=slot))
    assert page.status == 409
    assert complains(page)
    assert page.marked("slot")


@pytest.mark.parametrize("topic", ["ausbildung", "gibt-es-nicht", "Weiterbildung", "\0", "1"])
def test_a_forged_topic(browser: Browser, topic: str) -> None:
    page = book(browser, topic=topic)
    assert page.status == 422
    assert complains(page)
    assert page.marked("topic")


@pytest.mark.parametrize("channel", ["phone", "in_person", "fax", "VIDEO", "\0"])
def test_a_channel_that_the_topic_does_not_have(browser: Browser, channel: str) -> None:
    page = browser.submit(details(browser), **TYPED, topic="erstgespraech", channel=channel)
    assert page.status == 422
    assert complains(page)
    assert [link for link in page.all("a") if "data-channel" in link.attrib]


@pytest.mark.parametrize("left_out", ["topic", "channel", "slot"])
def test_a_choice_that_is_left_out(browser: Browser, left_out: str) -> None:
    assert book(browser, **{left_out: None}).status == 422


def test_an_unknown_office(browser: Browser) -> None:
    assert browser.get(step(office="nirgendwo")).status == 404


@pytest.mark.parametrize("name", ["", "   ", "\t", "\u00a0"])
def test_a_name_is_needed(browser: Browser, name: str) -> None:
    page = book(browser, name=name)
    assert page.status == 422
    assert page.one("input", name="name").attrib["aria-invalid"] == "true"
    assert complains(page)


@pytest.mark.parametrize(
    "name",
    ["Aylin\r\nBcc: a@example.org", "Aylin\0", "Ay\x07lin", "Aylin\x1b[31m", "A\x85B", "A\u2028B"],
)
def test_control_characters_in_a_name(browser: Browser, name: str) -> None:
    assert book(browser, name=name).status == 422


def test_a_name_of_201_characters(browser: Browser) -> None:
    page = book(browser, name="Ö" * 201)
    assert page.status == 422
    assert page.form().value("name") == "Ö" * 201


WRONG_MAILS = [
    "aylin", "aylin@", "@example.org", "aylin@example", "a b@example.org", "a@b@example.org",
    "aylin@example.org\r\nBcc: x@example.org", "aylin@example..org", "a" * 300 + "@example.org",
    "<aylin@example.org>", "aylin@example.org, x@example.org", "aylin@127.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("email", WRONG_MAILS)
def test_a_wrong_mail_address(browser: Browser, email: str) -> None:
    page = book(browser, email=email)
    assert page.status == 422
    assert page.one("input", name="email").attrib["aria-invalid"] == "true"
    assert page.form().value("name") == "Aylin Özdemir"


@pytest.mark.parametrize("phone", ["12", "abc", "0151", "+4915112345678901234567", "0" * 41, "\0"])
def test_a_wrong_phone_number(browser: Browser, phone: str) -> None:
    page = book(browser, phone=phone)
    assert page.status == 422
    assert page.one("input", name="phone").attrib["aria-invalid"] == "true"
    assert page.form().value("phone").strip("\0") == phone.strip("\0")


def test_a_talk_by_phone_needs_a_number(browser: Browser) -> None:
    page = book(browser, channel="phone", phone="")
    assert page.status == 422
    assert page.one("input", name="phone").attrib["aria-invalid"] == "true"


def test_notes_of_2001_characters(browser: Browser) -> None:
    page = book(browser, notes="x" * 2001)
    assert page.status == 422
    assert page.form().value("notes") == "x" * 2001


@pytest.mark.parametrize("language", ["xx", "", "../de"])
def test_a_language_that_we_do_not_speak(browser: Browser, language: str) -> None:
    assert book(browser, language=language).status == 422


@pytest.mark.parametrize(
    "name",
    ["Kunde, bitte https://evil.example öffnen", "www.evil.example", "a@b.example", "\u202enamA"],
)
def test_a_name_is_no_message(browser: Browser, name: str) -> None:
    page = book(browser, name=name)
    assert page.status == 422
    assert "nur Ihren Namen" in page.text


@pytest.mark.parametrize("slot", ["9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+14:00"])
def test_a_slot_at_the_end_of_time(browser: Browser, slot: str) -> None:
    assert book(browser, slot=slot, name="").status == 422


@pytest.mark.parametrize("phone", ["0900 3 123456", "0180 5 123456"])
def test_a_number_that_costs_the_office_money(browser: Browser, phone: str) -> None:
    assert book(browser, phone=phone).status == 422


def test_the_error_summary_leads_to_each_field(browser: Browser) -> None:
    page = book(browser, name="", email="aylin@")
    assert {"#name", "#email"} <= {link for link in page.links() if link.startswith("#")}


def test_after_a_mistake_everything_typed_is_still_there(browser: Browser) -> None:
    form = book(browser, email="aylin@").form()
    kept = {name: form.value(name) for name in TYPED}
    assert kept == TYPED | {"email": "aylin@", "phone": "+4915112345678"}
    assert datetime.fromisoformat(form.value("slot")) == AT_TEN


def test_a_slot_that_was_taken_meanwhile(browser: Browser, session: Session, cast: Cast) -> None:
    page = details(browser)
    for counsellor in (cast.berger, cast.aydin):
        an_appointment(session, cast.topic, counsellor, AT_TEN)
    page = browser.submit(page, **TYPED)
    assert page.status == 409
    assert complains(page)
    form = page.form()
    assert {name: form.value(name) for name in TYPED} == TYPED | {"phone": "+4915112345678"}
    assert 1 <= len(page.marked("slot")) <= 6


def test_a_form_of_many_kilobytes(browser: Browser) -> None:
    page = book(browser, notes="x" * 300_000)
    assert page.status == 413


def test_a_wrong_method(browser: Browser) -> None:
    for method in ("PUT", "DELETE", "PATCH"):
        page = browser.open("/musterstadt/termin", method)
        assert page.status == 405
        assert "POST" in page.response.headers["Allow"]


def test_a_form_without_its_token_keeps_what_was_typed(browser: Browser) -> None:
    page = book(browser, csrf_token=None)
    assert page.status == 422
    assert "noch einmal" in page.text
    assert page.form().value("name") == TYPED["name"]


def test_a_form_with_a_strangers_token(browser: Browser) -> None:
    stranger = Browser(browser.app)
    foreign = details(stranger).form().value("csrf_token")
    assert book(browser, csrf_token=foreign).status == 422


def test_a_form_sent_by_another_site(browser: Browser) -> None:
    form: Form = details(browser).form()
    values = dict(form.filled(dict(TYPED)))
    page = browser.post(form.action, values, headers={"Sec-Fetch-Site": "cross-site"})
    assert page.status == 403


@pytest.mark.parametrize(
    "slug", ["%00", "%ff", "a%00b", "..%2f..%2fetc", "x" * 3000, "%F0%9F%98%80"]
)
def test_an_office_that_nobody_would_call_so(browser: Browser, slug: str) -> None:
    assert browser.get(f"/{slug}/").status == 404
    assert browser.get(f"/{slug}/termin").status == 404
