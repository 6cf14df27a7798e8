"""Both sides of many rooms, connected over WebSockets from one process."""

import asyncio
import json
import secrets
from collections.abc import Sequence

from websockets.asyncio.client import ClientConnection, connect

from bench.seed import Room
from bench.support import Bare, Product

ENTERS_WITHIN_S = 20
AT_ONCE = 20
"""So many enter at the same time: more wait in the kernel's queue, and that is not measured."""

Sides = tuple[ClientConnection, ClientConnection]
PLACES = ("jobseeker", "counsellor")


async def enter_rooms(product: Product, rooms: Sequence[Room]) -> list[Sides]:
    """Jobseeker and counsellor of each room, both welcomed and told of each other."""
    door = asyncio.Semaphore(AT_ONCE)

    async def both(room: Room) -> Sides:
        async with door:
            jobseeker = await _enter(product, room.jobseeker)
            counsellor = await _enter(product, room.counsellor, Cookie=f"session={room.cookie}")
        for side in (jobseeker, counsellor):
            await _until(side, lambda message: message.get("peer"))
        return jobseeker, counsellor

    return list(await asyncio.gather(*map(both, rooms)))


async def enter_bare(floor: Bare, number: int) -> list[Sides]:
    """The same on the bare relay, which knows neither roles nor rules."""
    address = floor.url.replace("http", "ws") + "/socket?room="
    door = asyncio.Semaphore(AT_ONCE)

    async def both(room: int) -> Sides:
        async with door:
            return await _open(f"{address}{room}"), await _open(f"{address}{room}")

    return list(await asyncio.gather(*map(both, range(number))))


async def leave(rooms: Sequence[Sides]) -> None:
    await asyncio.gather(*(side.close() for sides in rooms for side in sides))


async def _enter(product: Product, path: str, **headers: str) -> ClientConnection:
    address = product.url.replace("http", "ws") + path + "/socket"
    socket = await _open(address, origin=product.url, additional_headers=headers)
    hello = {
        "type": "hello",
        "v": 2,
        "client": secrets.token_urlsafe(16),
        "page": secrets.token_urlsafe(16),
        "takeover": False,
        "media": {"audio": True, "video": True},
    }
    await socket.send(json.dumps(hello))
    await _until(socket, lambda message: message["type"] == "welcome")
    return socket


async def _open(address: str, **options) -> ClientConnection:
    return await connect(address, compression=None, ping_interval=None, proxy=None, **options)


async def _until(socket: ClientConnection, wanted) -> None:
    """Read up to the message that is wanted."""
    async with asyncio.timeout(ENTERS_WITHIN_S):
        while not wanted(message := json.loads(await socket.recv())):
            if message["type"] == "error":
                raise SystemExit(f"The server refused: {message}")
