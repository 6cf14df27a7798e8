"""An echo that is reached over the loopback only."""

from collections.abc import Iterator

import aioice.ice
import pytest

from vberatung.techcheck.service import EchoService


@pytest.fixture
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda **_: ["127.0.0.1"])


@pytest.fixture
def service(loopback: None) -> Iterator[EchoService]:
    """With one place for picture and sound."""
    service = EchoService(places=1)
    yield service
    service.stop()
