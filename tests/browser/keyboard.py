"""Somebody who uses the keyboard alone."""

import json

from .engines import Tab

MOST_TABS = 60
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
