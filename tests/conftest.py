"""The cast, both databases, and the clock, which stands at a Monday morning."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy.orm import Session

from tests.support import databases, passwords
from tests.support.browser import Browser
from tests.support.cast import AT_TEN, BERGER, MORNING, Cast, an_appointment, make_cast
from tests.support.installation import installed
from tests.support.postgres import NoPostgres, Postgres
from tests.support.server import serving
from tests.support.settings import settings
from tests.support.sockets import Sockets
from tests.support.staff import sign_in
from vberatung import clock
from vberatung.booking import operations
from vberatung.booking.models import Appointment
from vberatung.people import accounts

ENGINES = ("sqlite", "postgresql")

os.environ["TZ"] = "America/New_York"  # whoever asks the machine for its local time is found out
time.tzset()
accounts.passwords = passwords.CHEAP

# Machines differ in speed: what is slow here is no mistake.
hypothesis_settings.register_profile(
    "vberatung", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("vberatung")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database", choices=(*ENGINES, "both"), default="both", help="run on these databases"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine_name" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--database")
        names = ENGINES if chosen == "both" else (chosen,)
        metafunc.parametrize("engine_name", names, scope="session")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server for this run. Without one the tests are skipped, but in CI that is an error."""
    try:
        with Postgres() as server:
            yield server
    except NoPostgres as reason:
        if os.environ.get("CI"):
            pytest.fail(f"PostgreSQL: {reason}", pytrace=False)
        pytest.skip(f"PostgreSQL: {reason}")


@pytest.fixture(scope="session")
def empty_database(
    engine_name: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> str:
    """The address of a database without tables."""
    if engine_name == "sqlite":
        return databases.sqlite_url(tmp_path_factory.mktemp("sqlite") / "vberatung.db")
    server: Postgres = request.getfixturevalue("postgres")
    return server.create("vberatung")


@pytest.fixture(scope="session")
def installation(
    engine_name: str, empty_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """One application for each engine, its database migrated as an operator would."""
    folder = tmp_path_factory.mktemp(engine_name)
    with installed(settings(folder, DATABASE_URL=empty_database)) as app:
        databases.migrate(app)
        yield app


@pytest.fixture
def install(tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    """Makes further applications, with settings of their own; `app` is itself again afterwards."""
    with ExitStack() as apps:
        yield lambda **changes: apps.enter_context(installed(settings(tmp_path, **changes)))


@pytest.fixture(autouse=True)
def morning() -> Iterator[None]:
    """It is Monday, eight o'clock. `with clock.set_to(…)` moves on from here."""
    with clock.set_to(MORNING):
        yield


@pytest.fixture
def app(installation: Flask) -> Flask:
    """The application with an empty database."""
    databases.wipe(databases.engine_of(installation))
    return installation


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """The test's own session, apart from those of the requests."""
    with Session(databases.engine_of(app)) as session:
        yield session


@pytest.fixture
def cast(session: Session) -> Cast:
    cast = make_cast(session)
    session.commit()
    return cast


@pytest.fixture
def appointment(session: Session, cast: Cast) -> Appointment:
    """Aylin talks by video to Berger at ten."""
    appointment = an_appointment(session, cast.topic, cast.berger, AT_TEN)
    session.commit()
    return appointment


@pytest.fixture
def token(session: Session, appointment: Appointment) -> str:
    """Aylin's personal link."""
    token = operations.issue_link(session, appointment, clock.now())
    session.commit()
    return token


@pytest.fixture
def browser(app: Flask, session: Session) -> Browser:
    """A jobseeker's browser. What the test has changed is committed before each request."""
    return Browser(app, before=session.commit)


@pytest.fixture
def sockets(app: Flask, cast: Cast) -> Iterator[Sockets]:
    """The application behind a real port, at ten: the room of Aylin's appointment is open."""
    with clock.set_to(AT_TEN), serving(app) as host, Sockets(host) as sockets:
        yield sockets


@pytest.fixture
def berger(app: Flask, session: Session, cast: Cast) -> Browser:
    """The browser of Sabine Berger, who has signed in."""
    browser = Browser(app, before=session.commit)
    sign_in(browser, BERGER)
    return browser
