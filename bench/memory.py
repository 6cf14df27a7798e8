"""Memory of all server processes: after the start, after the first pages, with people in rooms.

PSS: what is shared between the processes counts once.
"""

import asyncio
import re
from pathlib import Path
from urllib.parse import quote

from bench.seed import rooms
from bench.sockets import enter_rooms, leave
from bench.support import Client, Figure, Product, arguments, at_most, report

PSS_KB = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)
LIMIT_MB = 180
BOOKING = "/musterstadt/termin"
SLOT = re.compile(r'name="slot" value="([^"]+)"')


def memory_mb(product: Product) -> float:
    """1 MB is 1,000,000 bytes."""
    return sum(_pss_kb(pid) for pid in product.processes()) * 1024 / 1e6


def _pss_kb(pid: int) -> int:
    return int(PSS_KB.search(Path(f"/proc/{pid}/smaps_rollup").read_text())[1])


def see_every_page(product: Product) -> None:
    """A booking with all its mail, a sign-in, the counsellor's day: everything is loaded now."""
    visitor = Client(product.url)
    for path in ("/", "/musterstadt/", "/hilfe", BOOKING, product.talk, f"{product.talk}/raum"):
        _see(visitor, path)
    chosen = {"topic": "erstgespraech", "channel": "video"}
    page = BOOKING + "?topic=erstgespraech&channel=video"
    slot = SLOT.search(visitor.get(page).text)[1]
    token = visitor.token_of(f"{page}&slot={quote(slot)}")
    person = {"name": "Kim Beispiel", "email": "kim@example.org", "phone": "030 2312500"}
    form = {**chosen, **person, "slot": slot, "language": "de", "csrf_token": token}
    booked = visitor.post(BOOKING, form)
    _expect(booked.status, 303, BOOKING)
    _see(visitor, booked.headers["Location"])
    counsellor = Client(product.url)
    token = counsellor.token_of("/team/anmelden")
    account = {"email": product.email, "password": product.password, "csrf_token": token}
    _expect(counsellor.post("/team/anmelden", account).status, 303, "/team/anmelden")
    for path in ("/team/", "/verwaltung/statistik"):
        _see(counsellor, path)


def _see(visitor: Client, path: str) -> None:
    _expect(visitor.get(path).status, 200, path)


def _expect(status: int, wanted: int, path: str) -> None:
    if status != wanted:
        raise SystemExit(f"{path} answered {status} instead of {wanted}.")


async def with_rooms(product: Product, opened) -> float:
    connected = await enter_rooms(product, opened)
    await asyncio.sleep(1)
    measured = memory_mb(product)
    await leave(connected)
    return measured


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--rooms", type=int, default=100)
    options = parser.parse_args()
    product = Product()
    opened = rooms(product.app(), options.rooms)
    with product:
        started = memory_mb(product)
        see_every_page(product)
        warm = memory_mb(product)
        full = asyncio.run(with_rooms(product, opened))
        processes = len(product.processes())
    people = 2 * options.rooms
    figures = [
        Figure("server processes", str(processes)),
        at_most("after the start", started, LIMIT_MB, "{:.0f} MB"),
        at_most("after a booking, a sign-in and the pages between", warm, LIMIT_MB, "{:.0f} MB"),
        Figure(f"with {people} people in {options.rooms} rooms", f"{full:.0f} MB"),
        Figure("for each person in a room", f"{1000 * (full - warm) / people:.0f} kB"),
    ]
    report(figures, options)


if __name__ == "__main__":
    main()
