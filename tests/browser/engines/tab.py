"""What every engine can do for a test."""

import json
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

WAIT_SECONDS = 30.0
POLL_SECONDS = 0.1

SPOT = """(() => {
  const element = document.querySelector(%s);
  if (!element) { return null; }
  element.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
  const box = element.getBoundingClientRect();
  const x = box.left + box.width / 2, y = box.top + box.height / 2;
  const top = document.elementFromPoint(x, y);
  const label = top && top.closest('label');
  const free = top && (element.contains(top) || (label && label.control === element));
  return box.width && free && !element.disabled ? [x, y] : null;
})()"""

VALUE = "Promise.resolve(%s).then((value) => value instanceof Node || value)"


class JavaScriptError(Exception):
    """An expression threw, or its page went away."""


@dataclass
class Request:
    """Something the page asked for. `size` is what came over the wire, headers included."""

    url: str
    size: int = 0


class Tab(ABC):
    """One tab of a browser. The tab that started the browser ends it."""

    @abstractmethod
    def open(self, url: str) -> None:
        """Go there and wait until the page is loaded."""

    @abstractmethod
    def evaluate(self, js: str) -> Any:
        """The JSON value of an expression; a promise is awaited."""

    @abstractmethod
    def click_at(self, x: float, y: float) -> None:
        """A real click, which counts as a gesture of the user."""

    @abstractmethod
    def press(self, key: str) -> None:
        """`Tab`, `Shift+Tab`, `Enter`, `Space`, `Escape`, an arrow key or one character."""

    @abstractmethod
    def screenshot(self, path: Path) -> None:
        """A PNG of what can be seen."""

    @abstractmethod
    def set_viewport(self, width: int, height: int, *, mobile: bool = False) -> None:
        """The size of the page in CSS pixels."""

    @abstractmethod
    def run_before_scripts(self, js: str) -> None:
        """Statements that every page opened from now on runs first."""

    @abstractmethod
    def offline(self, on: bool) -> None:
        """Take the tab off the network, or put it back."""

    @abstractmethod
    def clear_cookies(self) -> None:
        """Forget every session."""

    @abstractmethod
    def requests(self) -> list[Request]:
        """Everything this tab asked for since it was opened, sockets included."""

    @abstractmethod
    def console_errors(self) -> list[str]:
        """Uncaught exceptions, `console.error` and violations of the content security policy."""

    @abstractmethod
    def new_tab(self) -> "Tab":
        """Another tab with the same cookies."""

    @abstractmethod
    def close(self) -> None:
        """Close the tab, and the browser with its first tab."""

    def wait(self, js: str, seconds: float = WAIT_SECONDS) -> Any:
        """Wait until the expression is true; its value is the answer, for an element just true."""
        deadline = time.monotonic() + seconds
        while True:
            value = self._try(VALUE % js)
            if value:
                return value
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {seconds:g} s: {js}\n{self.describe()}")
            time.sleep(POLL_SECONDS)

    def click(self, testid: str, seconds: float = WAIT_SECONDS) -> None:
        """Click the middle of what has this `data-testid`, once it can be clicked."""
        self.click_on(f"[data-testid='{testid}']", seconds)

    def click_on(self, selector: str, seconds: float = WAIT_SECONDS) -> None:
        """Click the middle of the first element that matches, once nothing covers it."""
        spot = SPOT % json.dumps(selector)
        before = None
        while before != (now := self.wait(spot, seconds)):
            before = now
        self.click_at(*now)

    def type_into(self, selector: str, text: str) -> None:
        """Replace what is in a field, key by key."""
        field = f"document.querySelector({json.dumps(selector)})"
        self.wait(
            f"{field} && ({field}.focus(), {field}.select(), document.activeElement === {field})"
        )
        self.write(text)

    def write(self, text: str) -> None:
        """Press the keys of a text."""
        for character in text:
            self.press(character)

    def text(self) -> str:
        """What a person can read on the page."""
        return str(self.evaluate("document.body ? document.body.innerText : ''"))

    def describe(self) -> str:
        """Where the tab is and what it shows, for messages."""
        page = self._try(
            "[location.href, document.title, document.body ? document.body.innerText : '']"
        )
        address, title, text = page or ("?", "?", "(the page does not answer)")
        errors = "\n".join(self.console_errors()) or "none"
        return f"{address} ({title})\n--- text\n{text}\n--- console errors\n{errors}"

    def _try(self, js: str) -> Any:
        try:
            return self.evaluate(js)
        except JavaScriptError:
            return None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
