"""A talk over real sockets, and both hubs without any."""

from collections.abc import Callable, Iterator

import pytest
import redis
from sqlalchemy.orm import Session

from tests.support.browser import Browser
from tests.support.cast import AT_TEN
from tests.support.redis import NoRedis, redis_server
from tests.support.sockets import Socket, Sockets
from vberatung.booking.models import Appointment
from vberatung.room import operations
from vberatung.room.hub import Hub, MemoryHub
from vberatung.room.redis_hub import RedisHub

Open = Callable[[], Socket]


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    try:
        with redis_server() as url:
            yield url.removeprefix("redis+")
    except NoRedis as reason:
        pytest.skip(str(reason))


@pytest.fixture
def empty_redis(redis_url: str) -> str:
    redis.Redis.from_url(redis_url).flushall()
    return redis_url


@pytest.fixture(params=["memory", "redis"])
def hub(request: pytest.FixtureRequest) -> Iterator[Hub]:
    """Each test with this fixture runs with both hubs."""
    if request.param == "memory":
        yield MemoryHub()
        return
    hub = RedisHub(request.getfixturevalue("empty_redis"))
    yield hub
    hub.close_all()


@pytest.fixture
def cookie(berger: Browser) -> str:
    """What Berger's browser sends along."""
    return berger.cookie("__Host-session")


@pytest.fixture
def arrived(session: Session, appointment: Appointment) -> Appointment:
    """Aylin has agreed and waits."""
    operations.arrive(session, appointment, AT_TEN)
    session.commit()
    return appointment


@pytest.fixture
def jobseeker(sockets: Sockets, token: str, arrived: Appointment) -> Open:
    """Opens Aylin's socket."""
    return lambda: sockets.open(f"/termin/{token}/raum/socket")


@pytest.fixture
def counsellor(sockets: Sockets, cookie: str, arrived: Appointment) -> Open:
    """Opens Berger's socket."""
    id = arrived.id
    return lambda: sockets.open(f"/team/raum/{id}/socket", cookie)


@pytest.fixture
def talk(jobseeker: Open, counsellor: Open) -> tuple[Socket, Socket]:
    """Aylin and Berger, admitted and told of each other."""
    aylin, berger = jobseeker(), counsellor()
    aylin.hello()
    berger.hello()
    berger.send("admit", id="jobseeker")
    aylin.wait_for("peer")
    berger.wait_for("peer")
    for side in (aylin, berger):
        side.send("ping")
        side.wait_for("pong")  # the server has told and noted everything before it reads on
    return aylin, berger
