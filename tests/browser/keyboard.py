"""Somebody who uses the keyboard alone."""

import json
from datetime import date, time

from .engines import Tab

MOST_TABS = 100
ORDER = "new Intl.DateTimeFormat().formatToParts().map((part) => part.type)"
HAS_NOON = "new Intl.DateTimeFormat(undefined, {hour: 'numeric'}).resolvedOptions().hour12"
FOCUS_IS_SEEN = """(() => {
  const box = document.activeElement.getBoundingClientRect();
  const ring = ['', '::before', '::after'].some((part) =>
    getComputedStyle(document.activeElement, part).outlineStyle !== 'none');
  return ring && box.bottom > 0 && box.top < innerHeight;
})()"""


def tab_to(tab: Tab, selector: str) -> None:
    """Press Tab until the focus is there. On the way the focus can always be seen."""
    there = f"document.activeElement.matches({json.dumps(selector)})"
    for _ in range(MOST_TABS):
        tab.press("Tab")
        if tab.evaluate("document.activeElement === document.body"):
            continue  # the end of the page: it begins again
        focused = "document.activeElement.outerHTML.slice(0, 200)"
        assert tab.evaluate(FOCUS_IS_SEEN), f"the focus cannot be seen: {tab.evaluate(focused)}"
        if tab.evaluate(there):
            return
    raise AssertionError(f"{MOST_TABS} tabs do not lead to {selector}\n{tab.describe()}")


def follow(tab: Tab, selector: str, until: str) -> None:
    """Go to a link or button, press Enter, and wait for what comes."""
    tab_to(tab, selector)
    tab.press("Enter")
    tab.wait(until)


def write(tab: Tab, name: str, text: str) -> None:
    tab_to(tab, f"[name={name}]")
    tab.write(text)


def write_day(tab: Tab, name: str, day: date) -> None:
    """Into a date field: its parts come in the order of the browser's language."""
    tab_to(tab, f"[name={name}]")
    digits = {"day": f"{day:%d}", "month": f"{day:%m}", "year": f"{day:%Y}"}
    tab.write("".join(digits.get(part, "") for part in tab.evaluate(ORDER)))
    assert tab.evaluate("document.activeElement.value") == day.isoformat()


def write_time(tab: Tab, name: str, wall: time) -> None:
    """Into a field for a time of the day, with twelve hours or with twenty-four."""
    tab_to(tab, f"[name={name}]")
    tab.write(f"{wall:%I%M%p}" if tab.evaluate(HAS_NOON) else f"{wall:%H%M}")
    assert tab.evaluate("document.activeElement.value") == f"{wall:%H:%M}"
