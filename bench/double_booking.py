"""50 people book the same time at once: as many succeed as there are counsellors, not one more.

Over HTTP, on SQLite and on PostgreSQL; the answers and the database must agree.
"""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from urllib.parse import quote

from sqlalchemy import func, select

from bench.seed import TOPIC, office
from bench.support import Client, Figure, Product, arguments, exactly, report
from tests.support.postgres import Postgres
from vberatung import clock
from vberatung.booking.free import free_slots_of
from vberatung.booking.models import Appointment, Claim
from vberatung.extensions import db
from vberatung.offices.models import Office

PEOPLE = 50
POOLS = (1, 5)
BOOKED, TAKEN = 303, 409


def prepare(product: Product, slug: str, counsellors: int) -> str:
    """An office of its own; a time at which all its counsellors are free."""
    with product.app().app_context():
        topic, _ = office(slug, counsellors)
        times = free_slots_of(db.session, topic, clock.now()).items()
        return next(start for start, free in times if len(free) == counsellors).isoformat()


def book_at_once(product: Product, slug: str, slot: str) -> tuple[Counter[int], float]:
    """How often each status was the answer, and the seconds until the last one."""
    page = f"/{slug}/termin?topic={TOPIC}&channel=video&slot={quote(slot)}"
    form = {"topic": TOPIC, "channel": "video", "slot": slot, "language": "de"}
    ready = Barrier(PEOPLE + 1)

    def person(number: int) -> int:
        client = Client(product.url)
        token = client.token_of(page)
        mine = {**form, "csrf_token": token, "name": f"Person {number}"}
        mine["email"] = f"person{number}@example.org"
        client.connect()
        ready.wait(60)
        return client.post(f"/{slug}/termin", mine).status

    with ThreadPoolExecutor(PEOPLE) as people:
        answers = [people.submit(person, number) for number in range(PEOPLE)]
        ready.wait(60)
        began = time.perf_counter()
        statuses = Counter(answer.result(60) for answer in answers)
        return statuses, time.perf_counter() - began


def in_the_database(product: Product, slug: str) -> tuple[int, int]:
    """Appointments of this office, and counsellors with claims."""
    with product.app().app_context():
        of_office = Appointment.office.has(Office.slug == slug)
        booked = db.session.scalar(select(func.count(Appointment.id)).where(of_office))
        claiming = select(func.count(Claim.counsellor_id.distinct())).join(Appointment)
        return booked, db.session.scalar(claiming.where(of_office))


def measure(name: str, product: Product) -> list[Figure]:
    slots = {number: prepare(product, f"pool{number}", number) for number in POOLS}
    figures = []
    with product:
        for counsellors, slot in slots.items():
            slug = f"pool{counsellors}"
            statuses, seconds = book_at_once(product, slug, slot)
            booked, taken = in_the_database(product, slug)
            what = f"{name}, {counsellors} free: "
            figures += [
                exactly(what + "booked", statuses[BOOKED], counsellors),
                exactly(what + "told that it is taken", statuses[TAKEN], PEOPLE - counsellors),
                exactly(what + "appointments in the database", booked, counsellors),
                exactly(what + "counsellors with claims", taken, counsellors),
                Figure(what + f"until all {PEOPLE} had an answer", f"{seconds:.2f} s"),
            ]
    return figures


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
