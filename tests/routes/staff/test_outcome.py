"""What the counsellor notes after an appointment, and who sees it."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.support.browser import Browser, text_of
from tests.support.cast import AT_TEN, AYLIN, THOMAS, Cast, an_appointment
from tests.support.staff import SIGN_IN, sign_in
from vberatung import clock
from vberatung.booking.models import BOOKED, CANCELLED, FAILED, HELD, MISSED, PENDING, Appointment
from vberatung.room import operations
from vberatung.room.models import Trouble
from vberatung.statistics.models import TalkCount

LATER = AT_TEN + timedelta(minutes=25)
NOTE = "Zeugnisse fehlen noch."


@pytest.fixture
def url(appointment: Appointment) -> str:
    return f"/team/termin/{appointment.id}/ergebnis"


def _token(browser: Browser) -> str:
    return browser.get("/team/geraete").form().value("csrf_token")


def chosen(berger: Browser, url: str) -> str:
    return berger.get(url).form("/ergebnis").value("choice")


def test_what_is_noted_is_on_the_list_of_the_day(
    berger: Browser, session: Session, appointment: Appointment, url: str
) -> None:
    with clock.set_to(LATER):
        page = berger.get(berger.get("/team/").link("Ergebnis festhalten"))
        assert AYLIN.name in page.h1
        day = berger.submit(page, "/ergebnis", choice="missed", note=NOTE)
        assert day.path == "/team/"
        assert "nicht gekommen" in day.text
        assert NOTE not in day.text
        assert day.link("Ergebnis ändern") == url
        again = berger.get(url).form("/ergebnis")
        assert (again.value("choice"), again.value("note")) == ("missed", NOTE)
    assert (appointment.status, appointment.outcome_note) == (MISSED, NOTE)


def test_nothing_is_chosen_without_a_reason(berger: Browser, url: str) -> None:
    with clock.set_to(LATER):
        page = berger.submit(berger.get(url), "/ergebnis", note=NOTE)
    assert page.status == 422
    assert page.form("/ergebnis").value("note") == NOTE
    assert "Bitte wählen Sie eine der Antworten" in page.text


@pytest.mark.parametrize("choice", ["cancelled", "in_person", "", "held"])
def test_only_what_is_offered(
    berger: Browser, appointment: Appointment, url: str, choice: str
) -> None:
    with clock.set_to(LATER):
        assert berger.submit(berger.get(url), "/ergebnis", choice=choice).status == 422
    assert appointment.status == BOOKED


def test_a_note_has_a_limit_and_nothing_typed_is_lost(
    berger: Browser, appointment: Appointment, url: str
) -> None:
    long = "ä" * 1001
    with clock.set_to(LATER):
        page = berger.submit(berger.get(url), "/ergebnis", choice="video", note=long)
        assert page.status == 422
        assert page.form("/ergebnis").value("note") == long
        berger.submit(page, "/ergebnis", note=long[:1000])
    assert appointment.outcome_note == long[:1000]


def test_a_talk_that_took_place_is_suggested_ended_and_counted_once(
    berger: Browser, session: Session, appointment: Appointment, url: str
) -> None:
    with clock.set_to(AT_TEN):
        operations.arrive(session, appointment, AT_TEN)
        operations.note_talk(appointment, AT_TEN)
        page = berger.get(url)
        assert "endet es für alle" in page.text
        assert page.form("/ergebnis").value("choice") == "video"
    with clock.set_to(LATER):
        for _ in range(2):
            berger.submit(berger.get(url), "/ergebnis")
    assert (appointment.status, appointment.talk_ended_at) == (HELD, LATER)
    counted = select(func.count()).where(TalkCount.office_id == appointment.office_id)
    assert session.scalar(counted) == 1


def test_a_call_is_suggested(
    berger: Browser, session: Session, appointment: Appointment, url: str
) -> None:
    operations.request_call(session, appointment, "+493023125777", AT_TEN)
    operations.note_call(session, appointment, AT_TEN)
    with clock.set_to(LATER):
        assert chosen(berger, url) == "phone"


def test_who_was_there_or_tried_is_shown_before_the_choice(
    berger: Browser, session: Session, appointment: Appointment, url: str
) -> None:
    with clock.set_to(LATER):
        assert not berger.get(url).has("known")
        operations.arrive(session, appointment, AT_TEN)
        session.add(Trouble(appointment_id=appointment.id, kind="denied", at=AT_TEN))
        page = berger.get(url)
        assert chosen(berger, url) == "", "a failure is not taken for an absence"
    (known,) = page.marked("known")
    assert "10:00 Uhr" in text_of(known)
    assert "gesperrt" in text_of(known)
    assert "hat es versucht" in text_of(known)
    everything = list(page.root.iter())
    assert everything.index(known) < everything.index(page.one("input", value="missed"))


def test_a_failure_of_the_technology_is_never_missed(
    berger: Browser, appointment: Appointment, url: str
) -> None:
    with clock.set_to(LATER):
        day = berger.submit(berger.get(url), "/ergebnis", choice="failed")
    assert appointment.status == FAILED
    assert "Technik ausgefallen" in day.text


def test_the_jobseeker_never_sees_it(
    berger: Browser, browser: Browser, token: str, url: str
) -> None:
    with clock.set_to(LATER):
        berger.submit(berger.get(url), "/ergebnis", choice="missed", note=NOTE)
        for page in ("", "/nachweis", "/danke", "/drucken", "/termin.ics"):
            text = browser.get(f"/termin/{token}{page}").response.get_data(as_text=True)
            assert NOTE not in text
            assert "nicht gekommen" not in text


def test_the_next_day_it_stands_and_what_was_forgotten_can_be_noted(
    berger: Browser,
    browser: Browser,
    session: Session,
    cast: Cast,
    appointment: Appointment,
    url: str,
) -> None:
    with clock.set_to(LATER):
        berger.submit(berger.get(url), "/ergebnis", choice="excused", note=NOTE)
    other = an_appointment(session, cast.topic, cast.berger, AT_TEN + timedelta(hours=1), THOMAS)
    session.commit()
    with clock.set_to(AT_TEN + timedelta(days=1)):
        sign_in(browser, cast.berger.email)
        page = browser.get(url)
        assert "Entschuldigt" in page.text
        assert not page.all("textarea")
        posted = browser.post(url, {"csrf_token": _token(browser), "choice": "missed"})
        assert posted.status == 409
        forgotten = browser.get(f"/team/termin/{other.id}/ergebnis")
        browser.submit(forgotten, "/ergebnis", choice="missed")
    assert other.status == MISSED
    assert appointment.status == "excused"


def test_before_the_start_there_is_nothing_to_note(berger: Browser, url: str) -> None:
    page = berger.get(url)
    assert "noch nicht begonnen" in page.text
    assert url not in berger.get("/team/").links()
    assert berger.post(url, {"csrf_token": _token(berger), "choice": "missed"}).status == 409


@pytest.mark.parametrize("whose", ["aydin", "noack"])
def test_what_others_may_not_see_does_not_exist(
    berger: Browser, session: Session, cast: Cast, whose: str
) -> None:
    counsellor = getattr(cast, whose)
    foreign = an_appointment(session, counsellor.topics[0], counsellor, AT_TEN)
    session.commit()
    url = f"/team/termin/{foreign.id}/ergebnis"
    with clock.set_to(LATER):
        assert berger.get(url).status == 404
        posted = berger.post(url, {"csrf_token": _token(berger), "choice": "missed"})
    assert posted.status == 404
    assert foreign.status == BOOKED


@pytest.mark.parametrize("status", [PENDING, CANCELLED])
def test_what_was_not_to_take_place_has_no_outcome(
    berger: Browser, appointment: Appointment, url: str, status: str
) -> None:
    appointment.status = status
    with clock.set_to(LATER):
        assert berger.get(url).status == 404


def test_strangers_and_forged_forms_are_refused(
    berger: Browser, browser: Browser, appointment: Appointment, url: str
) -> None:
    assert browser.visit(url).path == SIGN_IN
    with clock.set_to(LATER):
        assert berger.post(url, {"choice": "missed"}).status == 400
    assert appointment.status == BOOKED


def test_the_follow_up_is_one_click_away_with_the_person_filled_in(
    berger: Browser, session: Session, cast: Cast, url: str
) -> None:
    with clock.set_to(LATER):
        form = berger.get(berger.get(url).link("Zu einem weiteren Termin einladen")).form("/neu")
    assert (form.value("name"), form.value("email")) == (AYLIN.name, AYLIN.email)
    assert (form.value("topic"), form.value("counsellor")) == ("weiterbildung", "me")
    assert "Aylin" not in form.action
    foreign = cast.noise.id
    for number in (str(foreign), "x", "-1", "9" * 30):
        form = berger.get(f"/team/einladen/neu?nach={number}").form("/neu")
        assert form.value("name") == ""
