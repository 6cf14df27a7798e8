"""How long a signalling message takes from one side of a room to the other.

The sides of all rooms together send so many messages a second; our server and the bare relay take
turns in the same run.
"""

import asyncio
import json
import random
import time
from collections.abc import Sequence
from contextlib import suppress
from statistics import median

from websockets.asyncio.client import ClientConnection

from bench.seed import rooms
from bench.sockets import PLACES, Sides, enter_bare, enter_rooms, leave
from bench.support import Bare, Figure, Product, arguments, at_most, percentile, report

TURNS, TURN_S = 8, 3
MESSAGES_PER_S = 200
"""Of 500 talks, whose sides say ping every 25 seconds, while two begin each second."""
P99_LIMIT_MS, TIMES_BARE = 10, 1.7
"""Whichever is more: on a busy machine the bare relay is slow too."""
CANDIDATE = "candidate:1 1 udp 2122260223 192.0.2.1 50000 typ host generation 0 ufrag abcd"


async def delays_ms(rooms: Sequence[Sides], per_s: float) -> list[float]:
    """Of every message that arrived during one turn."""
    found: list[float] = []
    pause = len(PLACES) * len(rooms) / per_s
    ends = time.perf_counter() + TURN_S
    tasks = [
        asyncio.create_task(each)
        for sides in rooms
        for side, other in zip(sides, reversed(PLACES), strict=True)
        for each in (_send(side, other, ends, pause), _listen(side, ends + 1, found))
    ]
    await asyncio.gather(*tasks)
    return found


async def _say_ping(rooms: Sequence[Sides]) -> None:
    """Whoever says nothing for a minute is sent away."""
    for sides in rooms:
        for side in sides:
            await side.send('{"type": "ping"}')
        await asyncio.sleep(1 / len(rooms))


async def _send(side: ClientConnection, to: str, ends: float, pause: float) -> None:
    await asyncio.sleep(random.random() * pause)
    while (now := time.perf_counter()) < ends:
        fields = {"candidate": CANDIDATE, "sdpMid": repr(now), "sdpMLineIndex": 0}
        await side.send(json.dumps({"type": "candidate", "to": to, "candidate": fields}))
        await asyncio.sleep(pause)


async def _listen(side: ClientConnection, ends: float, found: list[float]) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(ends - time.perf_counter()):
            while True:
                message = json.loads(await side.recv())
                if "candidate" in message:
                    sent = float(message["candidate"]["sdpMid"])
                    found.append(1000 * (time.perf_counter() - sent))


async def compare(
    product: Product, floor: Bare, opened, per_s: float
) -> tuple[list[float], list[float]]:
    ours, bare = await enter_rooms(product, opened), await enter_bare(floor, len(opened))
    delays: tuple[list[float], list[float]] = [], []
    for _ in range(TURNS):
        for into, connected in zip(delays, (ours, bare), strict=True):
            await _say_ping(connected)
            into += await delays_ms(connected, per_s)
    await leave([*ours, *bare])
    return delays


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--rooms", type=int, default=500)
    parser.add_argument("--messages", type=int, default=MESSAGES_PER_S, help="a second, in all")
    options = parser.parse_args()
    product = Product()
    opened = rooms(product.app(), options.rooms)
    with product, Bare() as floor:
        ours, bare = asyncio.run(compare(product, floor, opened, options.messages))
    p99, bare_p99 = percentile(ours, 99), percentile(bare, 99)
    limit = max(P99_LIMIT_MS, TIMES_BARE * bare_p99)
    figures = [
        Figure("messages", f"{len(ours)} / bare {len(bare)}"),
        Figure("p50 of the bare relay", f"{median(bare):.2f} ms"),
        Figure("p50", f"{median(ours):.2f} ms"),
        Figure("p99 of the bare relay", f"{bare_p99:.2f} ms"),
        at_most("p99", p99, limit, "{:.2f} ms"),
    ]
    report(figures, options)


if __name__ == "__main__":
    main()
