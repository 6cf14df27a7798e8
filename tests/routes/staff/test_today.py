from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.support.browser import Browser, text_of
from tests.support.cast import (
    AT_TEN,
    AYLIN,
    MORNING,
    NOACK,
    OLENA,
    THOMAS,
    Cast,
    an_appointment,
    somebody_waits,
)
from tests.support.queries import counted
from tests.support.staff import SIGN_IN, sign_in
from vberatung import clock
from vberatung.booking import operations as booking
from vberatung.booking.hours import Absence
from vberatung.booking.models import PENDING, Appointment
from vberatung.booking.operations import Person
from vberatung.room import guests, operations, presence
from vberatung.room.models import Guest
from vberatung.room.places import INTERPRETER, place_of_guest

DAY = "/team/"


def test_strangers_are_asked_to_sign_in(browser: Browser, cast: Cast) -> None:
    page = browser.visit(DAY)
    assert page.path == SIGN_IN
    assert "next=%2Fteam%2F" in page.url


def test_the_day_shows_the_counsellors_own_appointments(
    berger: Browser, appointment: Appointment
) -> None:
    page = berger.get(DAY)
    assert AYLIN.name in page.text
    assert "Коваленко" not in page.text
    assert not page.has("arrival")


def test_who_waits_is_on_top_with_a_button(berger: Browser, session: Session, cast: Cast) -> None:
    waiting = somebody_waits(session, cast.topic, cast.berger, MORNING)
    page = berger.get(DAY)
    assert len(page.marked("arrival")) == len(page.marked("admit")) == 1
    assert page.form("/einlassen").action.endswith(f"/team/raum/{waiting.id}/einlassen")


def test_who_came_first_is_first(berger: Browser, session: Session, cast: Cast) -> None:
    for start, arrived in ((MORNING, 5), (MORNING + timedelta(minutes=35), 1)):
        late = an_appointment(session, cast.first_talk, cast.berger, start)
        with clock.set_to(MORNING + timedelta(minutes=25)):
            operations.arrive(session, late, MORNING + timedelta(minutes=25))
        late.arrived_at = MORNING + timedelta(minutes=arrived)
    with clock.set_to(MORNING + timedelta(minutes=25)):
        times = [text_of(item) for item in berger.get(DAY).marked("arrival")]
    assert ["08:01" in times[0], "08:05" in times[1]] == [True, True]


@pytest.fixture
def guest(session: Session, appointment: Appointment) -> Guest:
    """Oksana, who interprets for Aylin, is in the waiting room at ten; the counsellor is not."""
    guest = guests.invite(session, appointment, INTERPRETER, "Oksana Bondar", MORNING)
    guests.arrive(session, guest, AT_TEN)
    presence.touch(session, appointment.id, place_of_guest(guest.id), AT_TEN)
    session.commit()
    return guest


def test_a_guest_who_waits_is_shown_with_their_role_and_let_in_with_one_click(
    berger: Browser, appointment: Appointment, guest: Guest
) -> None:
    with clock.set_to(AT_TEN):
        page = berger.get(DAY)
        assert "1 Person wartet" in page.text
        (item,) = page.marked("guest-arrival")
        assert "Oksana Bondar" in text_of(item)
        assert "Dolmetschen · im Gespräch mit Aylin Özdemir" in text_of(item)
        room = berger.submit(page, f"/einlassen/{guest.id}")
        assert room.path == f"/team/raum/{appointment.id}"
        assert not berger.get(DAY).has("guest-arrival")
    assert guest.admitted_at == AT_TEN
    assert appointment.admitted_at is None, "only the guest"


def test_guests_who_were_removed_or_have_gone_do_not_wait(
    berger: Browser, session: Session, appointment: Appointment, guest: Guest
) -> None:
    with clock.set_to(AT_TEN + presence.LIVES):
        assert not berger.get(DAY).has("guest-arrival")
    with clock.set_to(AT_TEN):
        form = berger.get(DAY).form(f"/einlassen/{guest.id}")
        guests.remove(session, appointment, guest.id, AT_TEN)
        presence.touch(session, appointment.id, place_of_guest(guest.id), AT_TEN)
        assert not berger.get(DAY).has("guest-arrival")
        assert berger.send(form, form.values).status == 404


def test_the_guests_of_others_are_neither_shown_nor_let_in(
    berger: Browser, browser: Browser, session: Session, cast: Cast, guest: Guest
) -> None:
    with clock.set_to(AT_TEN):
        form = berger.get(DAY).form(f"/einlassen/{guest.id}")
        sign_in(browser, cast.aydin.email)
        assert not browser.get(DAY).has("guest-arrival")
        token = browser.get("/team/geraete").form().value("csrf_token")
        assert browser.post(form.action, {"csrf_token": token}).status == 404
        own = an_appointment(session, cast.topic, cast.aydin, AT_TEN)
        session.commit()
        other_room = f"/team/raum/{own.id}/einlassen/{guest.id}"
        assert browser.post(other_room, {"csrf_token": token}).status == 404
    assert guest.admitted_at is None


def test_who_has_closed_the_page_waits_no_longer(
    berger: Browser, session: Session, cast: Cast
) -> None:
    somebody_waits(session, cast.topic, cast.berger, MORNING)
    with clock.set_to(MORNING + presence.LIVES):
        assert not berger.get(DAY).has("arrival")


def test_cancelled_appointments_are_gone(
    berger: Browser, session: Session, appointment: Appointment
) -> None:
    appointment.status = "cancelled"
    assert AYLIN.name not in berger.get(DAY).text


def test_an_open_room_can_be_entered(berger: Browser, appointment: Appointment) -> None:
    room = f"/team/raum/{appointment.id}"
    assert room not in berger.get(DAY).links()
    with clock.set_to(AT_TEN):
        assert room in berger.get(DAY).links()


def test_talks_by_phone_have_no_room_but_a_number(
    berger: Browser, session: Session, cast: Cast
) -> None:
    phone = an_appointment(session, cast.topic, cast.berger, AT_TEN, THOMAS, "phone")
    with clock.set_to(AT_TEN):
        page = berger.get(DAY)
    assert f"/team/raum/{phone.id}" not in page.links()
    assert "+49 1511 87654321" in page.text or "+49 1518 7654321" in page.text


def test_who_wants_to_be_called_is_shown_until_called(
    berger: Browser, session: Session, appointment: Appointment
) -> None:
    operations.request_call(session, appointment, "+493023125777", MORNING)
    page = berger.get(DAY)
    assert "tel:+493023125777" in page.links()
    page = berger.submit(page, "/angerufen")
    assert not page.has("call-request")
    assert appointment.called_at == MORNING


@pytest.mark.parametrize("whose", ["aydin", "noack"])
def test_the_calls_of_others_cannot_be_ticked_off(
    berger: Browser, session: Session, cast: Cast, appointment: Appointment, whose: str
) -> None:
    operations.request_call(session, appointment, "+493023125777", MORNING)
    form = berger.get(DAY).form("/angerufen")
    foreign = an_appointment(session, cast.topic, getattr(cast, whose), AT_TEN)
    foreign.call_requested_at = MORNING
    session.commit()
    url = f"/team/termin/{foreign.id}/angerufen"
    assert berger.post(url, dict(form.values)).status == 404
    assert foreign.called_at is None


def test_a_day_without_appointments_says_so(berger: Browser) -> None:
    page = berger.get(DAY)
    assert page.status == 200
    assert page.all("div", data_live="/team/live")


# ---- Other days

TUESDAY = "/team/?tag=2026-11-24"


@pytest.fixture
def tomorrow(session: Session, cast: Cast) -> Appointment:
    """Thomas, on Tuesday at ten."""
    made = an_appointment(session, cast.topic, cast.berger, AT_TEN + timedelta(days=1), THOMAS)
    session.commit()
    return made


def test_tomorrow_is_one_link_away_and_names_its_day(
    berger: Browser, appointment: Appointment, tomorrow: Appointment
) -> None:
    today = berger.get(DAY)
    assert THOMAS.name not in today.text
    page = berger.get(today.link("Tag danach: Di. 24.11."))
    assert page.h1 == "Dienstag, 24. November 2026"
    assert THOMAS.name in page.text
    assert AYLIN.name not in page.text
    assert berger.get(page.link("Tag davor: Mo. 23.11.")).h1 == today.h1
    main = page.one("main")
    assert [a.attrib["href"] for a in main.iter("a") if text_of(a) == "Heute"] == [DAY]


@pytest.mark.parametrize("typed", ["2026-11-24", "24.11.2026"])
def test_any_day_can_be_chosen(berger: Browser, tomorrow: Appointment, typed: str) -> None:
    page = berger.submit(berger.get(DAY), "/team/", tag=typed)
    assert page.h1 == "Dienstag, 24. November 2026"
    assert THOMAS.name in page.text


def test_only_today_is_live(berger: Browser, appointment: Appointment) -> None:
    assert not berger.get(TUESDAY).all("div", data_live="/team/live")
    for nothing in ("?tag=", "?tag=2026-11-23", ""):
        page = berger.get(DAY + nothing)
        assert page.h1.startswith("Heute, Montag")
        assert page.all("div", data_live="/team/live")


def test_the_room_of_another_day_is_closed(berger: Browser, tomorrow: Appointment) -> None:
    room = f"/team/raum/{tomorrow.id}"
    assert room not in berger.get(TUESDAY).links()
    with clock.set_to(tomorrow.starts_at):
        assert room in berger.get(DAY).links()


def test_other_days_show_only_the_counsellors_own_that_take_place(
    berger: Browser, browser: Browser, session: Session, cast: Cast, tomorrow: Appointment
) -> None:
    later = tomorrow.starts_at + timedelta(hours=1)
    an_appointment(session, cast.topic, cast.aydin, later, OLENA)
    cancelled = an_appointment(session, cast.topic, cast.berger, later, AYLIN)
    booking.cancel(session, cancelled, MORNING)
    pending = an_appointment(session, cast.topic, cast.berger, later, AYLIN)
    pending.status = PENDING
    page = berger.get(TUESDAY)
    assert THOMAS.name in page.text
    assert OLENA.name not in page.text
    assert AYLIN.name not in page.text
    sign_in(browser, NOACK)
    assert THOMAS.name not in browser.get(TUESDAY).text


def test_an_empty_day_names_the_next_one_with_appointments(
    berger: Browser, session: Session, cast: Cast, tomorrow: Appointment
) -> None:
    page = berger.get(DAY)
    assert "Sie haben heute keine Termine" in page.text
    assert berger.get(page.link("Dienstag, 24. November")).h1 == "Dienstag, 24. November 2026"
    page = berger.get("/team/?tag=2026-11-25")
    assert "An diesem Tag haben Sie keine Termine" in page.text
    assert "Danach ist noch kein Termin gebucht" in page.text


@pytest.mark.parametrize(
    "typed", ["morgen", "2026-02-30", "31.02.2026", "9999-12-31", "0001-01-01", "2026-11-24T10"]
)
def test_a_day_that_cannot_be_is_explained_and_today_is_shown(
    berger: Browser, appointment: Appointment, typed: str
) -> None:
    page = berger.get(DAY, query={"tag": typed})
    assert page.status == 422
    assert page.h1.startswith("Heute")
    assert AYLIN.name in page.text
    assert page.all("input", aria_invalid="true")
    assert "Diesen Tag können wir nicht zeigen" in page.text


@pytest.mark.parametrize("day", [date(2027, 3, 28), date(2026, 10, 25)])
def test_days_of_the_clock_change_are_whole(
    berger: Browser, session: Session, cast: Cast, day: date
) -> None:
    for hour, person in ((0, AYLIN), (23, THOMAS)):
        start = AT_TEN.replace(year=day.year, month=day.month, day=day.day, hour=hour)
        an_appointment(session, cast.topic, cast.berger, start, person)
    page = berger.get(DAY, query={"tag": day.isoformat()})
    assert AYLIN.name in page.text
    assert THOMAS.name in page.text


def test_another_day_asks_no_more_of_the_database_than_today(
    berger: Browser, session: Session, appointment: Appointment, tomorrow: Appointment
) -> None:
    counts = []
    for url in (DAY, TUESDAY, "/team/?tag=2026-11-26"):
        with counted(session) as statements:
            berger.get(url)
        counts.append(len(statements))
    assert max(counts) == counts[0] <= 8


@pytest.mark.parametrize("url", [DAY, TUESDAY])
def test_what_somebody_needs_is_on_the_list(
    berger: Browser, session: Session, cast: Cast, url: str
) -> None:
    person = Person(
        *("Олена Коваленко", None, None, None, "en", "spoken", "Ukrainisch", True, "Eine Rampe")
    )
    for days in (0, 1):
        start = AT_TEN + timedelta(days=days)
        an_appointment(session, cast.topic, cast.berger, start, person)
    needs = [text_of(need) for need in berger.get(url).marked("need")]
    assert needs == [
        "Dolmetschen: Ukrainisch",
        "Mit Begleitperson",
        "Unterstützung: Eine Rampe",
        "Hat gebucht auf: Englisch",
    ]


def test_the_day_says_that_an_absence_is_entered(
    berger: Browser, session: Session, cast: Cast
) -> None:
    end = MORNING.replace(hour=0) + timedelta(days=1)
    session.add(Absence(counsellor_id=cast.berger.id, starts_at=MORNING, ends_at=end))
    session.add(Absence(counsellor_id=cast.aydin.id, starts_at=AT_TEN, ends_at=end))
    (line,) = berger.get(DAY).marked("absence")
    entered = "Als Abwesenheit eingetragen: Montag, 23. November 2026, 08:00 bis 24:00 Uhr"
    assert text_of(line) == entered
    assert not berger.get(f"{DAY}?tag=2026-11-24").has("absence")
