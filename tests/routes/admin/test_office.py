from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.browser import Browser, Page
from tests.support.cast import AT_TEN, MORNING, Cast, an_appointment
from vberatung.booking.free import free_slots_of
from vberatung.offices import settings
from vberatung.offices.holidays import REGIONS
from vberatung.offices.models import ClosingDay
from vberatung.routes.admin.office import REGION_NAMES

TODAY = MORNING.date().isoformat()


def save(admin: Browser, **changes: str | None) -> Page:
    return admin.submit(admin.get("/verwaltung/"), **changes)


def close(admin: Browser, **typed: str) -> Page:
    return admin.submit(admin.get("/verwaltung/"), "/schliesstage", **typed)


def test_what_is_set_now_is_in_the_form(admin: Browser) -> None:
    form = admin.get("/verwaltung/").form()
    assert form.value("reminder_hours") == "48, 2"
    assert form.value("max_open_bookings") == "3"
    assert form.value("registration_keep_days") == "90"
    assert form.value("confirm_email") == ""


def test_settings_are_saved_for_the_own_office_only(
    admin: Browser, session: Session, cast: Cast
) -> None:
    page = save(
        admin, reminder_hours="2; 72 24", confirm_email="y", proof_of_work="y",
        max_open_bookings="5", holiday_region="SN", registration_keep_days="30",
        phone_after_min="60",
    )  # fmt: skip
    assert page.status == 200
    assert page.all("div", role="status")
    session.refresh(cast.office)
    office = cast.office
    assert office.reminder_hours == [72, 24, 2]
    assert (office.confirm_email, office.proof_of_work) == (True, True)
    assert (office.max_open_bookings, office.registration_keep_days) == (5, 30)
    assert (office.holiday_region, office.phone_after_min) == ("SN", 60)
    session.refresh(cast.other_office)
    assert cast.other_office.max_open_bookings == 3


def test_no_reminders_at_all(admin: Browser, session: Session, cast: Cast) -> None:
    save(admin, reminder_hours="")
    session.refresh(cast.office)
    assert cast.office.reminder_hours == []


WRONG = [
    ("reminder_hours", "zwei"), ("reminder_hours", "0"), ("reminder_hours", "337"),
    ("reminder_hours", "1,2,3,4,5"), ("reminder_hours", "-2"), ("reminder_hours", "٤٨"),
    ("max_open_bookings", "0"), ("max_open_bookings", "21"), ("max_open_bookings", "x"),
    ("max_open_bookings", ""), ("registration_keep_days", "6"),
    ("phone_after_min", "0"), ("phone_after_min", "61"), ("phone_after_min", "bald"),
    ("registration_keep_days", "9" * 30), ("holiday_region", "XX"), ("holiday_region", "\0"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_what_cannot_be_set(
    admin: Browser, session: Session, cast: Cast, name: str, value: str
) -> None:
    page = save(admin, **{name: value})
    assert page.status == 422
    assert [f.attrib["name"] for f in page.all("*", aria_invalid="true")] == [name]
    assert f"#{name}" in page.links()
    session.refresh(cast.office)
    assert cast.office.reminder_hours == [48, 2]


def test_every_region_has_a_german_name() -> None:
    assert set(REGION_NAMES) == set(REGIONS)


def test_a_closing_day(admin: Browser, session: Session, cast: Cast) -> None:
    assert MORNING.date() in {s.date() for s in free_slots_of(session, cast.topic, MORNING)}
    page = close(admin, first=TODAY, last="", reason="Betriebsausflug")
    assert page.status == 200
    assert "Montag, 23. November 2026 · Betriebsausflug" in page.text
    session.expire_all()
    assert MORNING.date() not in {s.date() for s in free_slots_of(session, cast.topic, MORNING)}


def test_several_closing_days(admin: Browser, session: Session, cast: Cast) -> None:
    close(admin, first="2026-12-24", last="2027-01-01")
    day = session.scalars(select(ClosingDay)).one()
    assert (day.first, day.last) == (date(2026, 12, 24), date(2027, 1, 1))
    assert day.office_id == cast.office.id


def test_what_is_agreed_on_stays_and_is_counted(
    admin: Browser, session: Session, cast: Cast
) -> None:
    an_appointment(session, cast.topic, cast.berger, AT_TEN)
    page = close(admin, first=TODAY, last="")
    assert "2 Termine sind an diesen Tagen schon vereinbart" in page.text


@pytest.mark.parametrize(
    ("first", "last", "wrong"),
    [
        ("", "", "first"),
        ("gestern", "", "first"),
        ("2026-12-24", "2026-12-23", "last"),
        ("2026-12-24", "bald", "last"),
        ("31.02.2027", "", "first"),
        ("2026-11-20", "2026-11-22", "last"),
    ],
)
def test_days_that_cannot_be(
    admin: Browser, session: Session, first: str, last: str, wrong: str
) -> None:
    page = close(admin, first=first, last=last, reason="Ausflug")
    assert page.status == 422
    assert [f.attrib["name"] for f in page.all("input", aria_invalid="true")] == [wrong]
    assert page.form("/schliesstage").value("reason") == "Ausflug"
    assert page.form().value("reminder_hours") == "48, 2"
    assert session.scalars(select(ClosingDay)).all() == []


def test_a_closing_day_is_deleted(admin: Browser, session: Session, cast: Cast) -> None:
    settings.close(session, cast.office, MORNING.date(), MORNING.date(), "")
    asked = admin.get(admin.get("/verwaltung/").link("Schließtag löschen"))
    assert "Montag, 23. November 2026" in asked.text
    assert len(session.scalars(select(ClosingDay)).all()) == 1
    page = admin.submit(asked, "/loeschen")
    assert not page.has("closing-days")
    assert session.scalars(select(ClosingDay)).all() == []


def test_days_that_are_over_are_not_listed(admin: Browser, session: Session, cast: Cast) -> None:
    settings.close(session, cast.office, date(2026, 11, 1), date(2026, 11, 22), "Umzug")
    assert "Umzug" not in admin.get("/verwaltung/").text


@pytest.mark.parametrize("id", ["foreign", str(2**31), "9" * 30])
def test_a_day_of_another_office_stays(
    admin: Browser, session: Session, cast: Cast, id: str
) -> None:
    settings.close(session, cast.other_office, MORNING.date(), MORNING.date(), "")
    day = session.scalars(select(ClosingDay)).one()
    token = admin.get("/verwaltung/").form().value("csrf_token")
    path = f"/verwaltung/schliesstage/{day.id if id == 'foreign' else id}/loeschen"
    assert admin.post(path, {"csrf_token": token}).status == 404
    assert admin.get(path).status == 404
    assert session.scalars(select(ClosingDay)).all() == [day]


PATHS = ["/verwaltung/", "/verwaltung/postleitzahlen", "/verwaltung/postleitzahlen/liste.csv"]


@pytest.mark.parametrize("path", PATHS)
def test_for_a_counsellor_there_is_nothing_here(berger: Browser, path: str) -> None:
    assert berger.get(path).status == 404


@pytest.mark.parametrize("path", PATHS)
def test_a_stranger_is_asked_to_sign_in(browser: Browser, cast: Cast, path: str) -> None:
    assert browser.visit(path).path == "/team/anmelden"
