"""A Redis server of our own, from the system's binary, without a file and gone after the test."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STARTS_WITHIN_S = 10


class NoRedis(Exception):
    """There is no server to be had."""


@contextmanager
def redis_server() -> Iterator[str]:
    """The address of a running server: redis+unix://…"""
    binary = shutil.which("redis-server") or shutil.which("valkey-server")
    if binary is None:
        raise NoRedis("no redis-server in PATH (Debian: apt-get install redis-server)")
    with tempfile.TemporaryDirectory(prefix="vb-redis-") as folder:
        socket = Path(folder) / "s"
        options = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", folder]
        server = subprocess.Popen([binary, *options], stdout=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + STARTS_WITHIN_S
            while not socket.exists():
                if time.monotonic() > deadline or server.poll() is not None:
                    raise NoRedis("redis-server does not start")
                time.sleep(0.02)
            yield f"redis+unix://{socket}"
        finally:
            server.terminate()
            server.wait(10)
