"""Booking: one visitor after the other, eight at once, and with 150,000 past appointments.

A booking is the form that is sent; choosing the time (which holds it) and the page of the form
come before and are measured apart. The slot page is asked by eight visitors at once as well.
"""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median
from threading import Barrier

from bench.seed import TOPIC, fill, office, past
from bench.support import (
    CSRF,
    Client,
    Figure,
    Product,
    arguments,
    at_least,
    at_most,
    percentile,
    report,
)
from vberatung.extensions import db

COUNSELLORS = 50
SLUG = "grossstadt"
PAGE = f"/{SLUG}/termin?topic={TOPIC}&channel=video"
PAST = 150_000
SLOT = re.compile(r'name="slot" value="([^"]+)"')
FORM_ID = re.compile(r'name="form_id" value="([^"]+)"')
BOOKED = 303


@dataclass
class Visitor:
    """Somebody who has chosen a time: their form is filled in and need only be sent."""

    client: Client
    form: dict[str, str]
    hold_ms: float

    def send(self) -> float:
        """Milliseconds until the answer."""
        self.client.connect()  # the one for the pages was idle for too long
        began = time.perf_counter()
        answer = self.client.post(f"/{SLUG}/termin", self.form)
        took = 1000 * (time.perf_counter() - began)
        if answer.status != BOOKED:
            raise SystemExit(f"booking: {answer.status}\n{answer.text[:2000]}")
        return took


def visitors(product: Product, number: int, label: str) -> list[Visitor]:
    """So many visitors, each with a time of their own held."""
    ready = []
    for n in range(number):
        client = Client(product.url)
        page = client.get(PAGE).text
        # Spread over the free times, as people are.
        slots = SLOT.findall(page)
        slot = slots[(n * 37) % len(slots)]
        chosen = {"topic": TOPIC, "channel": "video", "slot": slot}
        began = time.perf_counter()
        answer = client.post(f"/{SLUG}/termin/zeit", chosen | {"csrf_token": CSRF.search(page)[1]})
        took = 1000 * (time.perf_counter() - began)
        details = client.get(answer.headers["Location"]).text
        person = {"name": f"Person {n}", "email": f"{label}{n}@example.org", "language": "de"}
        hidden = {
            "csrf_token": CSRF.search(details)[1],
            "form_id": FORM_ID.search(details)[1],
            "slot": SLOT.findall(details)[0],
        }
        ready.append(Visitor(client, chosen | person | hidden, took))
    return ready


def one_after_the_other(product: Product, number: int, label: str) -> tuple[list[float], float]:
    """Milliseconds of each booking, and the median of the holds."""
    ready = visitors(product, number, label)
    return [visitor.send() for visitor in ready], median(v.hold_ms for v in ready)


def eight_at_once(product: Product, number: int) -> float:
    """Bookings a second."""
    ready = visitors(product, number, "acht")
    barrier = Barrier(9)

    def run(mine: list[Visitor]) -> None:
        barrier.wait(60)
        for visitor in mine:
            visitor.send()

    with ThreadPoolExecutor(8) as pool:
        running = [pool.submit(run, ready[n::8]) for n in range(8)]
        barrier.wait(60)
        began = time.perf_counter()
        for each in running:
            each.result(120)
        return number / (time.perf_counter() - began)


def pages_a_second(product: Product, each: int = 15) -> float:
    """Slot pages a second for eight visitors at once."""
    clients = [Client(product.url) for _ in range(8)]
    for client in clients:
        client.get(PAGE, encoding="gzip")
    barrier = Barrier(9)

    def run(client: Client) -> None:
        barrier.wait(60)
        for _ in range(each):
            client.get(PAGE, encoding="gzip")

    with ThreadPoolExecutor(8) as pool:
        running = [pool.submit(run, client) for client in clients]
        barrier.wait(60)
        began = time.perf_counter()
        for one in running:
            one.result(120)
        return 8 * each / (time.perf_counter() - began)


def page_ms(product: Product, times: int = 40) -> float:
    client, took = Client(product.url), []
    for _ in range(times):
        began = time.perf_counter()
        client.get(PAGE, encoding="gzip")
        took.append(1000 * (time.perf_counter() - began))
    return median(took)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--past", type=int, default=PAST, help="past appointments; 0: not measured")
    options = parser.parse_args()
    product = Product()
    app = product.app()
    with app.app_context():
        topic, staff = office(SLUG, COUNSELLORS)
        fill(topic)
    with product:
        singles, hold_ms = one_after_the_other(product, 100, "eins")
        figures = [
            at_most("booking, one visitor: p95", percentile(singles, 95), 50, "{:.1f} ms"),
            Figure("… p50", f"{median(singles):.1f} ms"),
            Figure("holding a time: p50", f"{hold_ms:.1f} ms"),
            at_least(
                "bookings a second, eight visitors", eight_at_once(product, 120), 50, "{:.0f}"
            ),
            at_least("slot pages a second, eight visitors", pages_a_second(product), 40, "{:.0f}"),
        ]
        page, booking = page_ms(product), median(singles)
        if options.past:
            product.stop()
            with app.app_context():
                past(db.session.merge(topic), [db.session.merge(s) for s in staff], options.past)
            product.start()
            page_ms(product, 5)
            slower, _ = one_after_the_other(product, 60, "viele")
            many = f"with {options.past:,} past appointments, times without"
            figures += [
                at_most(f"slot page {many}", page_ms(product) / page, 1.2, "{:.2f}"),
                at_most(f"booking {many}", median(slower) / booking, 1.2, "{:.2f}"),
            ]
    report(figures, options)


if __name__ == "__main__":
    main()
