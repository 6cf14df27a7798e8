"""The echo's places and its thread. Whoever serves a socket calls plain functions here.

All tests run in one asyncio loop in one daemon thread, which begins with the first test: aiortc,
loaded there, takes a second and 60 MB.
"""

import asyncio
import ctypes
import itertools
import logging
import threading
import time
from collections import Counter
from collections.abc import Coroutine, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Self, TypeVar

from vberatung.techcheck import protocol
from vberatung.techcheck.offer import BadOffer, accepted, announced
from vberatung.techcheck.places import Crowded, Places, Ticket
from vberatung.techcheck.protocol import EchoError

if TYPE_CHECKING:
    from vberatung.techcheck.echo import Echo

LINES = 20
"""Tests of the data channel only, at once: they cost hardly anything."""
MOST_WAITING = 60
ANSWERS_WITHIN_S = 20
"""The first one waits for the libraries."""
LEAVES_WITHIN_S = 5
CODEC_THREADS = 4
"""More than the cores: looking up a STUN server's name takes one of them meanwhile."""

log = logging.getLogger(__name__)
T = TypeVar("T")
_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)


class EchoService:
    """`places` at once with picture and sound. `ports`: the UDP ports that it may use, any if none.

    `address`: under which the world knows this machine, if it does not know that itself.
    """

    def __init__(
        self,
        places: int,
        stun_urls: Sequence[str] = (),
        ports: range | None = None,
        address: str | None = None,
    ) -> None:
        self.stun_urls, self.address = stun_urls, address
        self._ports = ports
        self._places = {True: Places(places, MOST_WAITING), False: Places(LINES, MOST_WAITING)}
        self._lock = threading.Lock()
        self._loop: EchoLoop | None = None
        self._entered: set[Place] = set()
        self._results = Counter(done=0, failed=0)

    def enter(self, *, media: bool, network: str) -> "Place":
        """A place in the queue, which is to be left again: `with service.enter(…) as place`."""
        try:
            place = Place(self, self._places[media], media, network)
        except Crowded:
            raise EchoError("too-fast", "Too many people wait for the test already.") from None
        with self._lock:
            self._entered.add(place)
            self._loop = self._loop or started(EchoLoop(self._ports))
        return place

    def stats(self) -> dict[str, int]:
        """For monitoring: tests that run, people who wait, how many ended well and badly."""
        counts = [places.counts() for places in self._places.values()]
        running, waiting = (sum(column) for column in zip(*counts, strict=True))
        with self._lock:
            return {"running": running, "waiting": waiting, **self._results}

    def close_all(self) -> None:
        """The process is about to end: every test ends, and its socket."""
        with self._lock:
            entered = list(self._entered)
        for place in entered:
            place.going_away = True

    def stop(self) -> None:
        """End the thread too; for tests, which leave nothing behind."""
        self.close_all()
        with self._lock:
            loop, self._loop = self._loop, None
        if loop:
            loop.call_soon_threadsafe(loop.stop)
            loop.thread.join()

    def run(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        assert self._loop is not None  # noqa: S101  # since somebody has entered
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _gone(self, place: "Place", *, well: bool | None) -> None:
        with self._lock:
            self._entered.discard(place)
            if well is not None:
                self._results["done" if well else "failed"] += 1


class Place:
    """Somebody's place in the queue, then in the test. For the thread of their socket."""

    def __init__(self, service: EchoService, places: Places, media: bool, network: str) -> None:
        self._service, self._places, self._media = service, places, media
        self._ticket: Ticket = places.enter(network)
        self._echo: Echo | None = None
        self._closing: asyncio.Task[None] | None = None
        self._ends_at = 0.0
        """By time.monotonic, as in asyncio."""
        self.over = False
        """The test has ended: with `error`, or well if there is none."""
        self.error: EchoError | None = None
        self.going_away = False
        """The process ends."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    def before(self) -> int | None:
        """How many come first; None: this one may begin."""
        return self._places.before(self._ticket)

    def begin(self) -> None:
        """The test's time runs from now on."""
        self._ends_at = time.monotonic() + protocol.LASTS_S

    def answer(self, offer: str) -> str:
        """The answer to the browser's offer; EchoError if there is none."""
        try:
            answer = self._answered(accepted(offer, media=self._media))
        except BadOffer as reason:
            self.error = EchoError("bad-offer", str(reason))
            raise self.error from None
        except EchoError as error:
            self.error = error
            raise
        address = self._service.address
        return announced(answer, address) if address else answer

    def _answered(self, sdp: str) -> str:
        answering = self._service.run(self._answer(sdp))
        try:
            return answering.result(ANSWERS_WITHIN_S)
        except TimeoutError:
            answering.cancel()
            raise EchoError("timeout", "The server did not get to answering.") from None

    def leave(self) -> None:
        """Give the place back, whatever has happened; the next one gets it."""
        try:
            if self._echo:
                self._service.run(self._close()).result(LEAVES_WITHIN_S)
        except Exception as error:
            log.warning("an echo could not be closed: %s", type(error).__name__)
        finally:
            _give_memory_back()
            self._places.leave(self._ticket)
            self._service._gone(self, well=self._went_well())

    def _went_well(self) -> bool | None:
        """None for whoever left before the test."""
        if self._echo is None:
            return None if self.error is None else False
        return self.error is None and self._echo.was_connected

    async def _answer(self, sdp: str) -> str:
        from vberatung.techcheck.echo import Echo  # here, and not before: it loads aiortc

        self._echo = Echo(self._service.stun_urls, self._end)
        return await self._echo.answer(sdp, self._ends_at)

    def _end(self, error: EchoError | None) -> None:
        """Told by the echo. It is closed at once, even if the socket's thread is held up."""
        self.error, self.over = error, True
        self._close_soon()

    def _close_soon(self) -> None:
        if self._echo and self._closing is None:
            self._closing = asyncio.ensure_future(self._echo.close())

    async def _close(self) -> None:
        self._close_soon()
        if self._closing:
            await self._closing


class EchoLoop(asyncio.SelectorEventLoop):
    """Binds to the ports that the firewall lets through; aioice would take any."""

    thread: threading.Thread

    def __init__(self, ports: range | None) -> None:
        super().__init__()
        self._ports = itertools.cycle(ports) if ports else None
        self._tries = len(ports) if ports else 1
        self.set_exception_handler(_say_what_failed)
        self.set_default_executor(ThreadPoolExecutor(CODEC_THREADS, "echo-codec"))

    async def create_datagram_endpoint(  # type: ignore[override]
        self, protocol_factory: Any, local_addr: Any = None, **more: Any
    ) -> Any:
        bind = super().create_datagram_endpoint
        if self._ports is None or local_addr is None or local_addr[1] != 0:
            return await bind(protocol_factory, local_addr, **more)
        for port in itertools.islice(self._ports, self._tries):
            try:
                return await bind(protocol_factory, (local_addr[0], port), **more)
            except OSError:
                continue
        raise OSError("All ports of ECHO_PORTS are in use.")


def started(loop: EchoLoop) -> EchoLoop:
    """The loop, running in a thread of its own."""
    loop.thread = threading.Thread(target=_run, args=(loop,), name="echo", daemon=True)
    loop.thread.start()
    return loop


def _run(loop: EchoLoop) -> None:
    try:
        loop.call_soon(_load)
        loop.run_forever()
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def _load() -> None:
    """While the first browser makes its offer."""
    import vberatung.techcheck.echo  # noqa: F401


def _give_memory_back() -> None:
    """glibc keeps what the codecs had in the arenas of threads that are gone; a millisecond."""
    if _trim:
        _trim(0)


def _say_what_failed(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Its name only: addresses are in the rest."""
    error = context.get("exception")
    log.info("in the echo: %s", type(error).__name__ if error else "no exception")
