"""Invented offices, people and appointments to measure with."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import insert

from vberatung import clock
from vberatung.booking import operations as booking
from vberatung.booking.free import free_slots_of
from vberatung.booking.models import HELD, Appointment
from vberatung.booking.setup import load_offices
from vberatung.extensions import db
from vberatung.offices.models import CHANNELS, VIDEO, Topic
from vberatung.people.models import Staff
from vberatung.room import operations as room

WEEKDAYS = [0, 1, 2, 3, 4]
TOPIC = "erstgespraech"
FULL_TODAY, FULL_IN_FOUR_WEEKS = 0.95, 0.35
"""How much of a counsellor's time is taken: nearly all of the next days, little of the last."""
HOURS = [
    [("08:00", "12:00"), ("13:00", "16:00")],
    [("09:00", "12:30"), ("13:30", "18:00")],
    [("08:30", "13:00")],
]


@dataclass(frozen=True)
class Room:
    """A room that is open, its jobseeker let in: where both sides go, and who the counsellor is."""

    jobseeker: str
    counsellor: str
    cookie: str


def office(slug: str, counsellors: int) -> tuple[Topic, list[Staff]]:
    """An office with one topic of 45 minutes that all its counsellors take. Commits."""
    accounts = load_offices(db.session, [_plan(slug, counsellors)], lambda: "not a secret")
    db.session.commit()
    staff = [person for person, _ in accounts]
    return staff[0].topics[0], staff


def _plan(slug: str, counsellors: int) -> dict[str, Any]:
    return {
        "office": {
            "slug": slug,
            "name": f"Jobcenter {slug.title()}",
            "description": {"de": "Beratung."},
            "phone": "+49 30 23125 000",
            "email": f"kontakt@{slug}.example",
            "street": "Lindenallee 12",
            "postcode": "01234",
            "city": "Musterstadt",
        },
        "topics": [
            {
                "slug": TOPIC,
                "name": {"de": "Erstgespräch"},
                "description": {"de": "Wir lernen uns kennen."},
                "bring": {"de": "Lebenslauf"},
                "channels": list(CHANNELS),
                "duration_min": 45,
            }
        ],
        "counsellors": [
            {
                "name": f"Person {number}",
                "email": f"person{number}@{slug}.example",
                "topics": [TOPIC],
                "hours": [(WEEKDAYS, *span) for span in HOURS[number % len(HOURS)]],
            }
            for number in range(counsellors)
        ],
    }


def fill(topic: Topic) -> int:
    """Book as a busy office is booked: the near days nearly full, the far ones hardly. Commits."""
    chance, now, booked = random.Random(2026), clock.now(), 0
    horizon = timedelta(days=topic.horizon_days)
    for start, free in free_slots_of(db.session, topic, now).items():
        far = (start - now) / horizon
        full = FULL_TODAY + (FULL_IN_FOUR_WEEKS - FULL_TODAY) * far
        # A talk takes about four steps, so a quarter of the starts fills the day.
        for counsellor in free:
            if chance.random() < full / 4:
                booked += _arrange(topic, counsellor, start, now)
    db.session.commit()
    return booked


def past(topic: Topic, staff: list[Staff], number: int) -> None:
    """So many appointments that took place, spread over the last years. Commits."""
    duration, now = timedelta(minutes=topic.duration_min), clock.now()
    rows = []
    for n in range(number):
        start = now - timedelta(days=1, hours=n // len(staff))
        rows.append(
            {
                "office_id": topic.office_id,
                "topic_id": topic.id,
                "counsellor_id": staff[n % len(staff)].id,
                "channel": VIDEO,
                "starts_at": start,
                "ends_at": start + duration,
                "status": HELD,
                "booked_at": start - timedelta(days=7),
                "name": "Kim Beispiel",
                "language": "de",
                "uid": f"past-{n}",
            }
        )
    db.session.execute(insert(Appointment), rows)
    db.session.commit()


def _arrange(topic: Topic, counsellor: int, start: datetime, now: datetime) -> bool:
    person = booking.Person("Kim Beispiel", "kim@example.org", None, None, "de")
    try:
        booking.arrange(db.session, topic, counsellor, VIDEO, start, person, now)
    except booking.SlotTaken:  # an earlier talk reaches into this time
        return False
    return True


def rooms(app: Flask, number: int) -> list[Room]:
    """So many talks that begin now, each with a counsellor of its own. Commits."""
    with app.app_context():
        topic, staff = office("viele-raeume", number)
        now = clock.now()
        opened = [_room(app, topic, person, now) for person in staff]
        db.session.commit()
        return opened


def _room(app: Flask, topic: Topic, counsellor: Staff, now: datetime) -> Room:
    person = booking.Person("Kim Beispiel", None, None, None, "de")
    talk = booking.arrange(db.session, topic, counsellor.id, VIDEO, now, person, now)
    room.arrive(db.session, talk, now)
    room.admit(db.session, talk, now)
    token = booking.issue_link(db.session, talk, now)
    return Room(f"/termin/{token}/raum", f"/team/raum/{talk.id}", signed_in(app, counsellor))


def signed_in(app: Flask, counsellor: Staff) -> str:
    """The value of the session cookie that signing in would give."""
    visitor = app.test_client()
    with visitor.session_transaction() as session:
        session["_user_id"] = counsellor.get_id()
        session["_fresh"] = True
    return str(visitor.get_cookie("session").value)
