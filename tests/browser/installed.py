"""Which browsers there are. What is missing skips a test with the reason, and fails it in CI."""

import os
import shutil
import socket
from pathlib import Path
from typing import NoReturn

import pytest

CACHE = Path(__file__).resolve().parents[2] / ".cache"
AXE = CACHE / "axe-core" / "axe.min.js"
OUTER_ADDRESS = "198.51.100.1"
"""The address besides loopback that tools/test-browsers.sh makes."""


def chromium() -> str:
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or missing("Chromium")


def firefox() -> str:
    return os.environ.get("FIREFOX") or shutil.which("firefox-esr") or missing("Firefox ESR")


def old_chromium(version: int) -> str:
    path = CACHE / "browsers" / f"chromium-{version}" / "chromium"
    return str(path) if path.exists() else missing(f"Chromium {version}")


def program(name: str) -> str:
    return shutil.which(name) or missing(name)


def axe_source() -> str:
    return AXE.read_text() if AXE.exists() else missing("axe-core")


def outer_address() -> str:
    """An address of this machine that is not loopback, where we know that it leads nowhere."""
    with socket.socket() as probe:
        try:
            probe.bind((OUTER_ADDRESS, 0))
        except OSError:
            leave_out(
                f"{OUTER_ADDRESS} is not an address of this machine: run tools/test-browsers.sh"
            )
    return OUTER_ADDRESS


def missing(what: str) -> NoReturn:
    leave_out(f"{what} is not installed: run tools/setup-tests.sh")


def leave_out(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
