import copy
from datetime import time
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.cast import MORNING
from vberatung.booking.models import WeeklyHours
from vberatung.booking.plan import load_offices
from vberatung.booking.queries import free_slots_of
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
