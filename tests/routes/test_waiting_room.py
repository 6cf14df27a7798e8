"""What the jobseeker is told in the waiting room, with and without JavaScript."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests.support.browser import Browser, Page
from tests.support.cast import AT_TEN, AYLIN, OLENA, Cast, an_appointment
from vberatung import clock
from vberatung.booking.models import PHONE, Appointment
from vberatung.room import operations, presence, troubles
from vberatung.room.places import COUNSELLOR

MINUTE = timedelta(minutes=1)
SCRIPT = {"X-Requested-With": "fetch"}


@pytest.fixture
def waits(session: Session, appointment: Appointment) -> Appointment:
    """Aylin, since ten."""
    operations.arrive(session, appointment, AT_TEN)
    session.commit()
    return appointment


@pytest.fixture
def earlier(session: Session, cast: Cast) -> Appointment:
    """Olena, whose appointment with the same counsellor is at nine."""
    return an_appointment(session, cast.topic, cast.berger, AT_TEN.replace(hour=9), OLENA)


def page_at(browser: Browser, token: str, minute: int = 0, query: str = "") -> Page:
    with clock.set_to(AT_TEN + minute * MINUTE):
        return browser.get(f"/termin/{token}/raum/da{query}")


def part_at(browser: Browser, token: str, minute: int = 0) -> str:
    """What the script gets."""
    with clock.set_to(AT_TEN + minute * MINUTE):
        answer = browser.client.get(
            f"/termin/{token}/raum/warten", base_url=browser.base_url, headers=SCRIPT
        )
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


@pytest.mark.usefixtures("waits")
def test_page_and_part_say_the_same(browser: Browser, token: str) -> None:
    page, part = page_at(browser, token), part_at(browser, token)
    for words in ("Sabine Berger", "Weiterbildung", "Zeugnisse", "10:00", "als Nächstes"):
        assert words in page.text
        assert words in part
    assert "<html" not in part
    assert "<h1" not in part


@pytest.mark.usefixtures("waits")
def test_who_opens_the_part_by_hand_gets_the_page(browser: Browser, token: str) -> None:
    with clock.set_to(AT_TEN):
        assert browser.visit(f"/termin/{token}/raum/warten").path == f"/termin/{token}/raum/da"


@pytest.mark.usefixtures("waits")
def test_the_page_reloads_itself_at_the_waiting_room(browser: Browser, token: str) -> None:
    page = page_at(browser, token)
    refresh = page.response.headers["Refresh"]
    assert refresh == f"60; url=/termin/{token}/raum/da?um=0900#warteraum"
    assert page.all("section", id="warteraum")
    assert not page.all("meta", http_equiv="refresh")
    later = page_at(browser, token, 1).response.headers["Refresh"]
    assert later.partition("#")[0] != refresh.partition("#")[0]  # or it would only scroll


@pytest.mark.usefixtures("waits")
def test_who_reads_slowly_can_stop_the_reloading(browser: Browser, token: str) -> None:
    quiet = page_at(browser, token).link("Nicht mehr von selbst neu laden")
    with clock.set_to(AT_TEN):
        page = browser.get(quiet)
    assert "Refresh" not in page.response.headers
    assert page.link("jede Minute neu laden") == f"/termin/{token}/raum/da"


def test_the_place_in_the_queue_names_nobody(
    browser: Browser, session: Session, waits: Appointment, earlier: Appointment, token: str
) -> None:
    assert "Sie sind als Nächstes an der Reihe." in part_at(browser, token)
    operations.arrive(session, earlier, AT_TEN)
    session.commit()
    part = part_at(browser, token)
    assert "Vor Ihnen wartet noch 1 Person." in part
    assert OLENA.name not in part
    operations.admit(session, earlier, AT_TEN)
    session.commit()
    assert "Sie sind als Nächstes an der Reihe." in part_at(browser, token)


def test_that_the_counsellor_still_talks_is_said(
    browser: Browser, session: Session, waits: Appointment, earlier: Appointment, token: str
) -> None:
    operations.note_talk(earlier, AT_TEN - 20 * MINUTE)
    presence.touch(session, earlier.id, COUNSELLOR, AT_TEN)
    session.commit()
    sentence = "Sabine Berger ist noch in einem anderen Gespräch."
    assert sentence in part_at(browser, token)
    operations.note_departure(earlier, AT_TEN)
    session.commit()
    assert sentence not in part_at(browser, token)


def test_a_talk_of_a_colleague_is_not_the_counsellors(
    browser: Browser, session: Session, cast: Cast, waits: Appointment, token: str
) -> None:
    colleague = an_appointment(session, cast.topic, cast.aydin, AT_TEN, OLENA)
    operations.arrive(session, colleague, AT_TEN - MINUTE)
    operations.note_talk(colleague, AT_TEN)
    presence.touch(session, colleague.id, COUNSELLOR, AT_TEN)
    session.commit()
    part = part_at(browser, token)
    assert "anderen Gespräch" not in part
    assert "als Nächstes" in part


def test_the_telephone_comes_after_the_offices_minutes(
    browser: Browser, session: Session, cast: Cast, waits: Appointment, token: str
) -> None:
    cast.office.phone_after_min = 7
    session.commit()
    assert "tel:+493023125000" not in part_at(browser, token, 6)
    assert 'href="tel:+493023125000"' in part_at(browser, token, 7)


def test_the_counsellors_message_is_there_until_admission(
    browser: Browser, session: Session, waits: Appointment, token: str
) -> None:
    operations.tell_waiting(session, waits, "Ich suche <b>Ihre Akte</b>.", AT_TEN + MINUTE)
    session.commit()
    part = part_at(browser, token, 2)
    assert "Ich suche &lt;b&gt;Ihre Akte&lt;/b&gt;." in part
    assert "Sabine Berger schreibt um 10:01 Uhr:" in part
    operations.admit(session, waits, AT_TEN + 2 * MINUTE)
    session.commit()
    assert "Akte" not in part_at(browser, token, 3)
    assert waits.waiting_message is None


def test_a_ready_phrase_is_read_in_ones_own_language(
    browser: Browser, session: Session, waits: Appointment, token: str
) -> None:
    operations.tell_waiting(session, waits, ":5-minutes", AT_TEN)
    session.commit()
    page = page_at(browser, token)
    assert "Es dauert noch etwa 5 Minuten." in page.text
    english = page_at(browser, token, query="?lang=en")
    assert ":5-minutes" not in english.text


def test_one_tap_asks_for_a_call_without_javascript(
    browser: Browser, waits: Appointment, token: str
) -> None:
    with clock.set_to(AT_TEN):
        page = browser.submit(page_at(browser, token), "/anruf")
    assert page.h1 == "Wir rufen Sie an"
    assert waits.call_requested_at == AT_TEN


@pytest.mark.parametrize("path", ["warten", "stoerung"])
def test_talks_by_telephone_have_no_waiting_room(
    browser: Browser, session: Session, appointment: Appointment, token: str, path: str
) -> None:
    appointment.channel = PHONE
    with clock.set_to(AT_TEN):
        assert browser.get(f"/termin/{token}/raum/{path}").status == 404
        assert browser.get(f"/termin/{'x' * 22}/raum/{path}").status == 404


# ---- Troubles


def tell(browser: Browser, token: str, kind: str, **more: str) -> int:
    """As static/js/room/troubles.js does."""
    with clock.set_to(AT_TEN):
        csrf = dict(browser.get(f"/termin/{token}/raum").form("/raum").values)["csrf_token"]
        values = {"csrf_token": csrf, "kind": kind, **more}
        return browser.post(f"/termin/{token}/raum/stoerung", values, headers=SCRIPT).status


@pytest.mark.parametrize(
    ("more", "minutes_ago"),
    [({}, 0), ({"ago": "300"}, 5), ({"ago": "-9"}, 0), ({"ago": "x"}, 0), ({"ago": "9" * 99}, 0)],
)
def test_a_browser_tells_what_failed_and_how_long_ago(
    browser: Browser,
    session: Session,
    appointment: Appointment,
    token: str,
    more: dict[str, str],
    minutes_ago: int,
) -> None:
    assert tell(browser, token, "no-webrtc", **more) == 204
    (noted,) = troubles.of(session, appointment)
    assert (noted.kind, noted.at) == ("no-webrtc", AT_TEN - minutes_ago * MINUTE)
    assert appointment.arrived_at is None


def test_what_is_no_trouble_is_refused(
    browser: Browser, session: Session, appointment: Appointment, token: str
) -> None:
    assert tell(browser, token, "<script>") == 400
    assert not troubles.of(session, appointment)


def test_without_a_token_of_our_form_nothing_is_kept(
    browser: Browser, session: Session, appointment: Appointment, token: str
) -> None:
    with clock.set_to(AT_TEN):
        answer = browser.post(f"/termin/{token}/raum/stoerung", {"kind": "lost"}, headers=SCRIPT)
    assert answer.status == 400
    assert not troubles.of(session, appointment)


def test_by_hand_it_leads_to_the_receipt(
    browser: Browser, session: Session, appointment: Appointment, token: str
) -> None:
    with clock.set_to(AT_TEN):
        link = browser.get(f"/termin/{token}").link("Sagen, was nicht klappt")
        page = browser.submit(browser.get(link), kind="no-sound")
    assert page.path == f"/termin/{token}/nachweis"
    assert "10:00 Uhr" in page.text
    assert "Es war kein Ton zu hören." in page.text


def test_by_hand_something_must_be_chosen(browser: Browser, token: str) -> None:
    with clock.set_to(AT_TEN):
        page = browser.submit(browser.get(f"/termin/{token}/raum/stoerung"))
    assert page.status == 422
    assert "Bitte wählen Sie, was nicht klappt." in page.text


def test_the_telephone_is_one_tap_away_in_every_failing_view(browser: Browser, token: str) -> None:
    with clock.set_to(AT_TEN):
        page = browser.get(f"/termin/{token}/raum")
    (form,) = page.all("form", data_do="call-me")
    failing = {
        "waiting", "join-failed", "joining", "admitted", "connecting", "reconnecting", "left",
        "occupied", "replaced", "not-open", "version", "forbidden", "not-found", "unsupported",
    }  # fmt: skip
    assert failing <= set(form.attrib["data-show"].split())
    (in_trouble,) = page.all("button", form="call-me")
    assert in_trouble.attrib["data-show"] == "connected"


def test_nobody_elses_waiting_room_is_shown(
    browser: Browser, cast: Cast, waits: Appointment, token: str
) -> None:
    assert AYLIN.name not in part_at(browser, token)
