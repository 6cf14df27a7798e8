"""Somebody who uses lynx: a terminal, no JavaScript, no pictures."""

import os
import time
from typing import Self

import pexpect
import pyte

COLUMNS, ROWS = 120, 60
ANSWER_SECONDS = 15.0
ENTER, TAB = "\r", "\t"


class Lynx:
    """lynx in a terminal that we can read."""

    def __init__(self, path: str, url: str) -> None:
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.Stream(self._screen)
        options = ["-cfg=/dev/null", "-accept_all_cookies", "-nopause", "-display_charset=utf-8"]
        environment = {**os.environ, "TERM": "vt100", "LC_ALL": "C.UTF-8"}
        self._terminal = pexpect.spawn(
            path, [*options, url], dimensions=(ROWS, COLUMNS), env=environment, encoding="utf-8"
        )

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self._screen.display)

    def wait_for(self, text: str) -> None:
        deadline = time.monotonic() + ANSWER_SECONDS
        while text not in self.text:
            assert time.monotonic() < deadline, f"{text!r} does not appear:\n{self.text}"
            self._read()

    def follow(self, text: str, until: str) -> None:
        """Search for a link or button, press Enter, and wait for what comes."""
        self.go_to(text)
        self._terminal.send(ENTER)
        self.wait_for(until)

    def go_to(self, text: str) -> None:
        """Search, as a reader does: the next link or field with this text is chosen."""
        self._terminal.send(f"/{text}{ENTER}")

    def choose(self, text: str) -> None:
        """One of several answers, or a box."""
        self.go_to(text)
        self._terminal.send(ENTER)

    def fill_in(self, *values: str) -> None:
        """One field after the other."""
        self._terminal.send(TAB.join(values) + TAB)
        self.wait_for(values[-1])

    def _read(self) -> None:
        try:
            self._stream.feed(self._terminal.read_nonblocking(65536, timeout=0.1))
        except pexpect.TIMEOUT:
            pass
        except pexpect.EOF:
            raise AssertionError(f"lynx has ended:\n{self.text}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._terminal.close(force=True)
