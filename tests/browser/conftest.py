"""The cast: a server, a jobseeker's browser and a counsellor's."""

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.calendars import WebServer, web_server
from tests.support.mail_server import MailServer, mail_server

from . import installed
from .accessibility import assert_accessible
from .engines import Chromium, Firefox, Tab
from .server import Server
from .talk import assert_silent

RESULTS = Path(__file__).resolve().parents[2] / "test-results"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One installation for each file of tests, with one talk that begins now."""
    with Server(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture(scope="module")
def mails() -> Iterator[MailServer]:
    with mail_server() as mails:
        yield mails


@pytest.fixture(scope="module")
def connected_server(
    tmp_path_factory: pytest.TempPathFactory, mails: MailServer
) -> Iterator[Server]:
    """One that sends real mails, and reads calendars on this machine."""
    folder = tmp_path_factory.mktemp("server")
    with Server(folder, SMTP_URL=mails.url, CALENDAR_HOSTS="127.0.0.1") as server:
        yield server


@pytest.fixture
def elsewhere() -> Iterator[WebServer]:
    with web_server() as elsewhere:
        yield elsewhere


@pytest.fixture
def open_chromium() -> Iterator[Callable[..., Chromium]]:
    """Opens Chromiums with options, and closes them after the test."""
    with ExitStack() as opened:

        def open_one(path: str = "", **options: object) -> Chromium:
            return opened.enter_context(Chromium(path or installed.chromium(), **options))  # type: ignore[arg-type]

        yield open_one


@pytest.fixture
def jobseeker() -> Iterator[Chromium]:
    with Chromium(installed.chromium()) as tab:
        yield tab
        assert_silent(tab)


@pytest.fixture
def counsellor() -> Iterator[Chromium]:
    with Chromium(installed.chromium()) as tab:
        yield tab
        assert_silent(tab)


@pytest.fixture
def firefox() -> Iterator[Firefox]:
    installed.outer_address()
    with Firefox(installed.firefox()) as tab:
        yield tab
        assert_silent(tab)


@pytest.fixture
def chromium64() -> Iterator[Chromium]:
    """One process for each call: it crashes when it leaves a live one."""
    with Chromium(installed.old_chromium(64)) as tab:
        yield tab
        assert_silent(tab)


@pytest.fixture(scope="session")
def axe() -> Callable[[Tab], None]:
    source = installed.axe_source()
    return lambda tab: assert_accessible(tab, source)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Function,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test leaves a picture of every page, and the server's last words."""
    report = yield
    if report.when == "call" and report.failed:
        for name, value in item.funcargs.items():
            if isinstance(value, Tab):
                _picture(value, RESULTS / f"{item.name}-{name}.png")
            elif isinstance(value, Server):
                report.sections.append(("Server", value.log()[-5000:]))
    return report


def _picture(tab: Tab, path: Path) -> None:
    try:
        tab.screenshot(path)
    except Exception as error:  # a crashed browser must not hide why the test failed
        path.with_suffix(".txt").write_text(f"no picture: {error}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The figures that tests recorded, such as the milliseconds until an arrival is shown."""
    for report in terminalreporter.getreports("passed"):
        for name, value in getattr(report, "user_properties", []):
            if report.when == "call":
                terminalreporter.write_line(f"{name}: {value}")
