import pytest
from sqlalchemy.orm import Session

from tests.support.browser import Browser, text_of
from tests.support.cast import MORNING, OLENA, Cast, an_appointment, somebody_waits
from vberatung.booking.models import Appointment
from vberatung.room import operations
from vberatung.routes.waiting_words import PHRASES

DAY = "/team/"


@pytest.fixture
def waits(session: Session, cast: Cast) -> Appointment:
    """Olena, for Berger, since eight."""
    return somebody_waits(session, cast.topic, cast.berger, MORNING)


def test_a_ready_phrase_takes_one_press_and_is_seen_beside_the_person(
    berger: Browser, waits: Appointment
) -> None:
    page = berger.get(DAY)
    buttons = page.marked("phrase")
    assert [text_of(button) for button in buttons] == [str(PHRASES[code]) for code in PHRASES][:2]
    code = buttons[0].attrib["value"]
    page = berger.submit(page, "/nachricht", phrase=code)
    assert page.path == DAY
    (said,) = page.marked("said")
    assert text_of(said) == "Ihre Nachricht um 08:00 Uhr: Es dauert noch etwa 5 Minuten."
    assert (waits.waiting_message, waits.waiting_message_at) == (code, MORNING)


def test_who_left_no_number_is_not_promised_a_call(berger: Browser, waits: Appointment) -> None:
    assert waits.phone is None
    assert "Ich rufe Sie gleich an." not in berger.get(DAY).text
    waits.phone = "+4915112345678"
    assert "Ich rufe Sie gleich an." in berger.get(DAY).text


def test_the_days_page_has_no_field_that_could_lose_what_is_typed(
    berger: Browser, waits: Appointment
) -> None:
    part = berger.get(DAY).one("div", id="day")
    fields = [each for each in part.iter() if each.tag in ("input", "textarea")]
    assert all(field.attrib["type"] == "hidden" for field in fields)


def test_own_words_have_a_page_of_their_own(berger: Browser, waits: Appointment) -> None:
    page = berger.visit(berger.get(DAY).link("Eigene Nachricht schreiben"))
    assert page.h1 == f"Nachricht an {OLENA.name}"
    page = berger.submit(page, "/nachricht", message="  Ich hole nur die Akte. ")
    assert page.path == DAY
    assert "Ich hole nur die Akte." in page.text
    assert waits.waiting_message == "Ich hole nur die Akte."


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Bitte schreiben Sie eine Nachricht."),
        ("   ", "Bitte schreiben Sie eine Nachricht."),
        ("ä" * 201, "Bitte schreiben Sie höchstens 200 Zeichen."),
    ],
)
def test_what_cannot_be_sent_is_explained_and_still_there(
    berger: Browser, waits: Appointment, typed: str, sentence: str
) -> None:
    page = berger.get(f"/team/raum/{waits.id}/nachricht")
    page = berger.submit(page, "/nachricht", message=typed)
    assert page.status == 422
    assert sentence in page.text
    assert page.form("/nachricht").value("message") == typed.strip()
    assert waits.waiting_message is None


def test_two_hundred_characters_are_allowed(berger: Browser, waits: Appointment) -> None:
    page = berger.get(f"/team/raum/{waits.id}/nachricht")
    berger.submit(page, "/nachricht", message="ä" * 200)
    assert waits.waiting_message == "ä" * 200


def test_a_made_up_phrase_is_refused(berger: Browser, waits: Appointment) -> None:
    page = berger.submit(berger.get(DAY), "/nachricht", phrase=":forever")
    assert page.status == 400
    assert waits.waiting_message is None


@pytest.mark.parametrize("whose", ["aydin", "noack"])
def test_nobody_writes_to_those_of_others(
    berger: Browser, session: Session, cast: Cast, waits: Appointment, whose: str
) -> None:
    form = berger.get(DAY).form("/nachricht")
    foreign = an_appointment(
        session, cast.topic, getattr(cast, whose), MORNING.replace(hour=9), OLENA
    )
    session.commit()
    url = f"/team/raum/{foreign.id}/nachricht"
    assert berger.get(url).status == 404
    assert berger.post(url, dict(form.values) | {"message": "Hallo"}).status == 404
    assert foreign.waiting_message is None


def test_who_has_been_let_in_meanwhile_is_told_nothing_more(
    berger: Browser, session: Session, waits: Appointment
) -> None:
    page = berger.get(DAY)
    operations.admit(session, waits, MORNING)
    page = berger.submit(page, "/nachricht", phrase=":5-minutes")
    assert "wartet gerade nicht" in page.text
    assert waits.waiting_message is None


def test_after_the_end_there_is_nobody_to_write_to(
    berger: Browser, session: Session, waits: Appointment
) -> None:
    page = berger.get(DAY)
    operations.end(session, waits, MORNING)
    assert berger.submit(page, "/nachricht", phrase=":5-minutes").status == 410


def test_without_our_form_nothing_is_said(berger: Browser, waits: Appointment) -> None:
    assert berger.post(f"/team/raum/{waits.id}/nachricht", {"message": "x"}).status == 400
