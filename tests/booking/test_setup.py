import copy
from datetime import date, time
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.cast import MORNING
from vberatung.booking.free import free_slots_of
from vberatung.booking.hours import WeeklyHours
from vberatung.booking.setup import load_offices
from vberatung.offices.models import PHONE, ClosingDay, ServedPostcode
from vberatung.people import accounts

PLAN: dict[str, Any] = {
    "office": {
        "slug": "neustadt",
        "name": "Jobcenter Neustadt",
        "description": {"de": "Wir beraten."},
        "phone": "+49 30 23125 222",
        "email": "kontakt@neustadt.example",
        "street": "Weg 1",
        "postcode": "01234",
        "city": "Neustadt",
    },
    "topics": [
        {
            "slug": "erstes",
            "name": {"de": "Erstes"},
            "description": {"de": "Das erste Gespräch."},
            "bring": {"de": "Nichts"},
            "channels": ["video"],
            "duration_min": 30,
        }
    ],
    "counsellors": [
        {
            "name": "Nora Neu",
            "email": "nora@neustadt.example",
            "topics": ["erstes"],
            "hours": [[[0, 2], "08:00", "12:00"]],
        }
    ],
}


def test_a_plan_becomes_an_office_that_can_be_booked(session: Session) -> None:
    ((staff, password),) = load_offices(session, [PLAN], lambda: "Sehr geheim 2")
    assert accounts.sign_in(session, "nora@neustadt.example", password, "", MORNING) is staff
    (topic,) = staff.topics
    assert topic.office.slug == "neustadt"
    assert free_slots_of(session, topic, MORNING)


def test_hours_are_meant_for_each_of_the_weekdays(session: Session) -> None:
    load_offices(session, [PLAN], lambda: "x")
    hours = [(h.weekday, h.starts, h.ends) for h in session.scalars(select(WeeklyHours))]
    assert sorted(hours) == [(0, time(8), time(12)), (2, time(8), time(12))]


def test_topics_keep_the_order_of_the_plan(session: Session) -> None:
    plan = copy.deepcopy(PLAN)
    plan["topics"].append(plan["topics"][0] | {"slug": "zweites"})
    ((staff, _),) = load_offices(session, [plan], lambda: "x")
    assert [(t.slug, t.position) for t in staff.office.topics] == [("erstes", 0), ("zweites", 1)]


@pytest.mark.parametrize("topics", [["gibt-es-nicht"], ["erstes", "nichts"]])
def test_a_topic_that_there_is_not_is_a_mistake(session: Session, topics: list[str]) -> None:
    plan = copy.deepcopy(PLAN)
    plan["counsellors"][0]["topics"] = topics
    with pytest.raises(KeyError):
        load_offices(session, [plan], lambda: "x")


def test_an_office_has_holidays_closing_days_and_postcodes(session: Session) -> None:
    plan = copy.deepcopy(PLAN)
    plan["office"]["holiday_region"] = "Augsburg"
    plan["closing_days"] = [["2026-12-24", "2026-12-31", "Zwischen den Jahren"]]
    plan["postcodes"] = [["01000", "01999"], ["02345", "02345"]]
    plan["topics"][0]["after_registration"] = True
    ((staff, _),) = load_offices(session, [plan], lambda: "x")
    closed = session.scalars(select(ClosingDay)).one()
    served = session.scalars(select(ServedPostcode))
    assert staff.office.holiday_region == "Augsburg"
    assert (closed.first, closed.last) == (date(2026, 12, 24), date(2026, 12, 31))
    assert (closed.office_id, closed.reason) == (staff.office_id, "Zwischen den Jahren")
    assert sorted((each.first, each.last) for each in served) == [
        ("01000", "01999"),
        ("02345", "02345"),
    ]
    assert staff.topics[0].after_registration


def test_a_counsellor_has_languages_a_maximum_and_hours_for_some_channels(session: Session) -> None:
    plan = copy.deepcopy(PLAN)
    plan["counsellors"][0] |= {
        "languages": ["de", "uk"],
        "daily_maximum": 5,
        "hours": [[[0], "08:00", "12:00", [PHONE]], [[1], "08:00", "12:00"]],
    }
    ((staff, _),) = load_offices(session, [plan], lambda: "x")
    assert (staff.languages, staff.daily_maximum) == (["de", "uk"], 5)
    hours = session.scalars(select(WeeklyHours).order_by(WeeklyHours.weekday))
    assert [each.channels for each in hours] == [[PHONE], []]


def test_what_is_left_out_has_its_usual_value(session: Session) -> None:
    ((staff, _),) = load_offices(session, [PLAN], lambda: "x")
    assert (staff.languages, staff.daily_maximum, staff.admin) == (["de"], None, False)
    assert staff.office.holiday_region == ""
    assert not staff.topics[0].after_registration


@pytest.mark.parametrize("region", ["XX", "Bayern", "by"])
def test_a_region_that_nobody_knows_is_a_mistake(session: Session, region: str) -> None:
    plan = copy.deepcopy(PLAN)
    plan["office"]["holiday_region"] = region
    with pytest.raises(ValueError, match=region):
        load_offices(session, [plan], lambda: "x")


@pytest.mark.parametrize("span", [("22:00", "02:00"), ("08:03", "12:00"), ("acht", "zwölf")])
def test_hours_that_cannot_be_are_a_mistake(session: Session, span: tuple[str, str]) -> None:
    plan = copy.deepcopy(PLAN)
    plan["counsellors"][0]["hours"] = [[[0], *span]]
    with pytest.raises(ValueError, match=r"span|isoformat"):
        load_offices(session, [plan], lambda: "x")
