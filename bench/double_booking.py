"""50 people book the same time at once: as many succeed as there are counsellors, not one more.

Over HTTP, on SQLite and on PostgreSQL; the answers and the database must agree.
"""

import re
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Barrier

from sqlalchemy import func, select

from bench.seed import TOPIC, office
from bench.support import Client, Figure, Product, arguments, exactly, report
from tests.support.postgres import Postgres
from vberatung.booking.models import Appointment, Claim
from vberatung.extensions import db
from vberatung.offices.models import Office

PEOPLE = 50
POOLS = (1, 5)
BOOKED, TAKEN = 303, 409
SLOT = re.compile(r'name="slot" value="([^"]+)"')


def book_at_once(product: Product, slug: str) -> tuple[Counter[int], float]:
    """How often each status was the answer, and the seconds until the last one."""
    page = f"/{slug}/termin?topic={TOPIC}&channel=video"
    slots = SLOT.findall(Client(product.url).get(page).text)
    slot = slots[len(slots) // 2]
    form = {"topic": TOPIC, "channel": "video", "slot": slot, "language": "de"}
    ready = Barrier(PEOPLE + 1)

    def person(number: int) -> int:
        client = Client(product.url)
        token = client.token_of(f"{page}&slot={slot.replace('+', '%2B')}")
        mine = {**form, "csrf_token": token, "name": f"Person {number}", "email": "kim@example.org"}
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


def measure(name: str, product: Product) -> Sequence[Figure]:
    with product.app().app_context():
        for counsellors in POOLS:
            office(f"pool{counsellors}", counsellors)
    figures = []
    with product:
        for counsellors in POOLS:
            slug = f"pool{counsellors}"
            statuses, seconds = book_at_once(product, slug)
            what = f"{name}, {counsellors} free: "
            wanted = {BOOKED: counsellors, TAKEN: PEOPLE - counsellors}
            figures += [
                exactly(what + "booked", statuses[BOOKED], counsellors),
                exactly(what + "told that it is taken", statuses[TAKEN], PEOPLE - counsellors),
                exactly(what + "in the database", in_the_database(product, slug)[0], counsellors),
                exactly(what + "counsellors taken", in_the_database(product, slug)[1], counsellors),
                Figure(what + f"until all {PEOPLE} had an answer", f"{seconds:.2f} s"),
            ]
            if statuses != wanted:
                print(f"  {what}answers {dict(statuses)}")
    return figures


def main() -> None:
    options = arguments(__doc__).parse_args()
    with ExitStack() as running:
        postgres = running.enter_context(Postgres())
        figures = [
            *measure("SQLite", Product()),
            *measure("PostgreSQL", Product(postgres.create("bench"))),
        ]
    report(figures, options)


if __name__ == "__main__":
    main()
