"""The page of free times: an office with 50 counsellors, four weeks, booked as offices are.

Queries, size, and the time to answer one visitor, as a ratio to a bare Flask page of the same size
that is asked in turns with ours.
"""

import cProfile
import pstats
import time
from statistics import median

from flask import Flask
from sqlalchemy import event

from bench.seed import TOPIC, fill, office
from bench.support import Bare, Client, Figure, Product, arguments, at_most, percentile, report
from vberatung.extensions import db

COUNSELLORS = 50
SLUG = "grossstadt"
PAGE = f"/{SLUG}/termin?topic={TOPIC}&channel=video"
WARM_UP = 20
ROUND = 40
"""Requests. Of several rounds the calmest counts: other programs can only make it slower."""


def queries_of(app: Flask) -> int:
    """How many statements the page sends to the database."""
    sent = []
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda *args: sent.append(args[2]))
    app.test_client().get(PAGE)
    return len([statement for statement in sent if statement != "BEGIN"])


def cpu_ms_of(app: Flask, times: int = 25) -> float:
    """What the page costs to make: processor time, so that other programs do not count."""
    visitor, costs = app.test_client(), []
    for _ in range(times):
        before = time.process_time()
        visitor.get(PAGE, headers={"Accept-Encoding": "gzip"})
        costs.append(1000 * (time.process_time() - before))
    return median(costs)


def in_turns(ours: Client, bare: Client, times: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each answer: our page, the bare page, our page …"""
    for _ in range(WARM_UP):
        _ms_for(ours, PAGE), _ms_for(bare, "/page")
    took = [(_ms_for(ours, PAGE), _ms_for(bare, "/page")) for _ in range(times)]
    return [each for each, _ in took], [each for _, each in took]


def calmest_p95(values: list[float]) -> float:
    rounds = [values[begin : begin + ROUND] for begin in range(0, len(values), ROUND)]
    return min(percentile(each, 95) for each in rounds)


def _ms_for(client: Client, path: str) -> float:
    began = time.perf_counter()
    answer = client.get(path, encoding="gzip")
    took = time.perf_counter() - began
    if answer.status != 200:
        raise SystemExit(f"{path}: {answer.status}")
    return 1000 * took


def profile(app: Flask, times: int = 30) -> None:
    """The functions that cost most by themselves, and those of ours with all they call."""
    visitor = app.test_client()
    profiler = cProfile.Profile()
    with profiler:
        for _ in range(times):
            visitor.get(PAGE, headers={"Accept-Encoding": "gzip"})
    statistics = pstats.Stats(profiler)
    statistics.sort_stats("tottime").print_stats(12)
    statistics.sort_stats("cumulative").print_stats("vberatung", 12)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--profile", action="store_true", help="say where the time goes")
    options = parser.parse_args()
    product = Product()
    app = product.app()
    with app.app_context():
        topic, _ = office(SLUG, COUNSELLORS)
        booked = fill(topic)
    text = app.test_client().get(PAGE).text
    free = text.count('data-testid="slot"')
    queries, cpu_ms = queries_of(app), cpu_ms_of(app)
    if options.profile:
        profile(app)
    with product, Bare(text) as floor:
        visitor = Client(product.url)
        size = len(visitor.get(PAGE, encoding="gzip").body)
        ours, bare = in_turns(visitor, Client(floor.url), ROUND * options.rounds)
    figures = [
        Figure("appointments / free times on the page", f"{booked} / {free}"),
        at_most("queries", queries, 10, "{}"),
        at_most("page, gzipped", size / 1000, 30, "{:.1f} kB"),
        Figure("page, unpacked", f"{len(text.encode()) / 1000:.0f} kB"),
        Figure("CPU to make it", f"{cpu_ms:.0f} ms"),
        Figure("p50", f"{median(ours):.1f} ms"),
        at_most("p95 of the calmest round", calmest_p95(ours), 100, "{:.1f} ms"),
        Figure("p50 of a bare page", f"{median(bare):.1f} ms"),
        Figure("p50, times a bare page", f"{median(ours) / median(bare):.1f}"),
    ]
    report(figures, options)


if __name__ == "__main__":
    main()
