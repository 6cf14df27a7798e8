"""Somebody who uses lynx: a terminal, no JavaScript, no pictures."""

import os
import time
from typing import Self

import pexpect
import pyte

COLUMNS, ROWS = 120, 60
ANSWER_SECONDS = 15.0
QUIET_READS = 7
ENTER, TAB, UP, RELOAD = "\r", "\t", "\x1bOA", "\x12"


class Lynx:
    """lynx in a terminal that we can read."""

    def __init__(self, path: str, url: str) -> None:
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.Stream(self._screen)
        options = ["-cfg=/dev/null", "-accept_all_cookies", "-nopause", "-display_charset=utf-8"]
        environment = {**os.environ, "TERM": "vt100", "LC_ALL": "C.UTF-8"}
        for name in ("LINES", "COLUMNS"):  # curses would believe them more than the terminal
            environment.pop(name, None)
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

    def open(self, url: str, until: str) -> None:
        """Press g, and write the address."""
        self._terminal.send(f"g{url}{ENTER}")
        self.wait_for(until)

    def follow(self, text: str, until: str) -> None:
        """Search for a link or button, press Enter, and wait for what comes."""
        self.go_to(text)
        self._terminal.send(ENTER)
        self.wait_for(until)

    def go_to(self, text: str) -> None:
        """Search, as a reader does: the next link or field with this text is chosen."""
        self._terminal.send(f"/{text}{ENTER}")

    def go_behind(self, text: str) -> None:
        """The link or field after the one with this text: a label with a hint is none itself."""
        self.go_to(text)
        self._terminal.send(TAB)

    def go_before(self, text: str) -> None:
        """The link, field or button before the one with this text."""
        self.go_to(text)
        self._terminal.send(UP)

    def choose(self, text: str) -> None:
        """One of several answers, or a box."""
        self.go_to(text)
        self._terminal.send(ENTER)

    def fill_in(self, *values: str) -> None:
        """One field after the other."""
        self._terminal.send(TAB.join(values) + TAB)
        self.wait_for(values[-1])

    def write(self, *values: str) -> None:
        """As `fill_in`, where what is typed cannot be read, as in a password."""
        self._terminal.send(TAB.join(values) + TAB)

    def press(self, until: str) -> None:
        """Enter on the link or button that is chosen, and wait for what comes."""
        self._terminal.send(ENTER)
        self.wait_for(until)

    def reload_until(self, text: str) -> None:
        """Press Ctrl-R until what others do can be seen."""
        deadline = time.monotonic() + ANSWER_SECONDS
        while text not in self.text:
            assert time.monotonic() < deadline, f"{text!r} does not appear:\n{self.text}"
            self._terminal.send(RELOAD)
            self._read_until_quiet()
        self._read_until_quiet()  # what is written while a page comes would be lost, or do harm

    def _read_until_quiet(self) -> None:
        quiet = 0
        while quiet < QUIET_READS:
            quiet = 0 if self._read() else quiet + 1

    def _read(self) -> bool:
        """Whether something came within 0.1 seconds."""
        try:
            self._stream.feed(self._terminal.read_nonblocking(65536, timeout=0.1))
        except pexpect.TIMEOUT:
            return False
        except pexpect.EOF:
            raise AssertionError(f"lynx has ended:\n{self.text}") from None
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._terminal.close(force=True)
