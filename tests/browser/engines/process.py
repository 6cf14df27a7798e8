"""A browser's process: its own group, its own profile folder, gone without a trace."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

START_SECONDS = 60.0
LISTENING = re.compile(r"listening on (ws://\S+)")


class Process:
    """Starts a browser and finds out where it listens."""

    def __init__(self, name: str) -> None:
        self.profile = Path(tempfile.mkdtemp(prefix=f"{name}-"))
        self.address = ""
        self._log = self.profile / "browser.log"
        self._child: subprocess.Popen[bytes] | None = None

    def start(self, command: Sequence[str]) -> None:
        environment = {**os.environ, "HOME": str(self.profile), "OPENSSL_CONF": os.devnull}
        with self._log.open("wb") as log:
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                start_new_session=True,
            )
        self.address = self._wait_until_listening(self._child)

    def stop(self) -> None:
        if self._child is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait(10)
        shutil.rmtree(self.profile, ignore_errors=True)

    def _wait_until_listening(self, child: subprocess.Popen[bytes]) -> str:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            log = self._log.read_text(errors="replace")
            if found := LISTENING.search(log):
                return found[1]
            if child.poll() is not None:
                break
            time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"{child.args!r} did not start:\n{log[-2000:]}")
