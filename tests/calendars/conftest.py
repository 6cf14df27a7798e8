from collections.abc import Iterator

import pytest

from tests.support.calendars import WebServer, web_server


@pytest.fixture
def elsewhere() -> Iterator[WebServer]:
    with web_server() as server:
        yield server
