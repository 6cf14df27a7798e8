"""Reminders due for 10,000 appointments at once, as after a day without the jobs: found and queued.

In this process, on SQLite and on PostgreSQL. Five offices, fifty counsellors, every channel; two
thirds by mail, one third by text message, one in five in English.
"""

import time
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select

from bench.seed import office
from bench.support import Figure, Product, arguments, at_most, exactly, report
from tests.support.postgres import Postgres
from vberatung import clock, tokens
from vberatung.booking.models import BOOKED, Appointment
from vberatung.extensions import db
from vberatung.jobs import work
from vberatung.messages.models import OutboxMessage, Reminder
from vberatung.offices.models import CHANNELS

APPOINTMENTS = 10_000
OFFICES, COUNSELLORS = 5, 10
STEP = timedelta(minutes=15)
STARTS = 180
"""Different times between 2 and 48 hours from now."""
SECONDS = 5.0


def fill(now: datetime) -> None:
    """So many appointments that were agreed on ten days ago. Commits."""
    pools = [office(f"erinnern{number}", COUNSELLORS) for number in range(OFFICES)]
    rows = []
    for number in range(APPOINTMENTS):
        topic, staff = pools[number % OFFICES]
        start = now + timedelta(hours=2) + STEP * (1 + number % STARTS)
        by_mail = number % 3 != 0
        rows.append(
            {
                "office_id": topic.office_id,
                "topic_id": topic.id,
                "counsellor_id": staff[number % COUNSELLORS].id,
                "channel": CHANNELS[number % len(CHANNELS)],
                "starts_at": start,
                "ends_at": start + timedelta(minutes=topic.duration_min),
                "status": BOOKED,
                "booked_at": now - timedelta(days=10),
                "name": f"Kim Beispiel {number}",
                "email": f"kim{number}@example.org" if by_mail else None,
                "phone": f"+49151{12345678 + number}",
                "language": "en" if number % 5 == 0 else "de",
                "uid": tokens.calendar_uid(),
            }
        )
    db.session.execute(insert(Appointment), rows)
    db.session.commit()


def measure(name: str, product: Product) -> list[Figure]:
    app = product.app()
    with app.app_context():
        now = clock.now()
        fill(now)
        written = select(func.count(OutboxMessage.id)).where(OutboxMessage.purpose == "reminder")
        before = db.session.scalar(written)
        db.session.rollback()
        began, worked = time.perf_counter(), time.process_time()
        work.remind(db.session, now, app.config["SETTINGS"])
        seconds, worked = time.perf_counter() - began, time.process_time() - worked
        queued = db.session.scalar(written) - before
        reminded = db.session.scalar(select(func.count()).select_from(Reminder))
        db.session.rollback()
        again = time.perf_counter()
        work.remind(db.session, now, app.config["SETTINGS"])
        idle = time.perf_counter() - again
        twice = db.session.scalar(written) - before - queued
    return [
        exactly(f"{name}: appointments reminded of", reminded, APPOINTMENTS),
        Figure(f"{name}: messages queued, some by mail and SMS", f"{queued}"),
        at_most(f"{name}: until all were queued", seconds, SECONDS, "{:.2f} s"),
        Figure(f"{name}: … of that our own CPU time", f"{worked:.2f} s"),
        exactly(f"{name}: queued again a minute later", twice, 0),
        Figure(f"{name}: to find that none is due", f"{idle * 1000:.0f} ms"),
    ]


def main() -> None:
    options = arguments(__doc__).parse_args()
    with Postgres() as postgres:
        figures = [
            *measure("SQLite", Product()),
            *measure("PostgreSQL", Product(postgres.create("bench"))),
        ]
    report(figures, options)


if __name__ == "__main__":
    main()
