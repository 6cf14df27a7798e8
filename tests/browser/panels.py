"""Panels of the room, three people, and modules without a talk."""

import json
import time
from contextlib import suppress
from typing import Any

from .engines import Tab
from .server import Server
from .talk import CAN_JOIN, open_room, wait_for_state

OPEN = "[data-part='%s']:not([hidden])"


def open_panel(tab: Tab, name: str) -> None:
    """By the menu, and wait until the part is there. It may open by itself at the same moment."""
    for _ in range(3):
        if is_open(tab, name):
            break
        tab.click("more")
        if not is_open(tab, name):
            with suppress(AssertionError):  # the menu goes when it does
                tab.click(f"open-{name}", 2)
        time.sleep(0.3)
    tab.wait(f'document.querySelector("{OPEN % name} [data-part-body]:not([hidden]) > *")')


def close_panel(tab: Tab, name: str) -> None:
    tab.click_on(f"{OPEN % name} [data-testid=close-part]")
    tab.wait(f"document.querySelector('[data-part={name}]').hidden")


def is_open(tab: Tab, name: str) -> bool:
    return bool(tab.evaluate(f'!!document.querySelector("{OPEN % name}")'))


def text_of(tab: Tab, testid: str) -> str:
    """Of an element of a panel, in one line; empty when it is not there."""
    place = f"document.querySelector('[data-testid={testid}]')"
    return str(tab.evaluate(f"{place} ? {place}.textContent.replace(/\\s+/g, ' ').trim() : ''"))


def wait_for_text(tab: Tab, testid: str, text: str) -> None:
    place = f"document.querySelector('[data-testid={testid}]')"
    tab.wait(f"{place} && {place}.textContent.includes({json.dumps(text)})")


def run(tab: Tab, names: str, module: str, js: str) -> Any:
    """The answer of an async function's body that uses these names of one of the room's modules.

    The tab is on a page of the room: its script tells where the modules are."""
    return tab.evaluate(
        "(async () => {"
        "const script = document.querySelector('script[src*=\"/js/room/room.js\"]').src;"
        f"const {{{names}}} = await import(script.replace('room.js', '{module}'));"
        f"{js} }})()"
    )


def bring_third(third: Tab, counsellor: Tab, server: Server, name: str) -> None:
    """The counsellor asks an interpreter, who comes and is let in."""
    room = counsellor.evaluate("location.pathname")
    desk = counsellor.new_tab()
    desk.open(f"{server.url}{room}/gaeste")
    desk.click_on("[name=guest-role][value=interpreter]")
    desk.type_into("[name=guest-name]", name)
    desk.press("Enter")
    desk.wait("document.querySelector('[data-testid=guest-link]')")
    link = desk.evaluate("document.querySelector('[data-testid=guest-link]').textContent.trim()")
    desk.close()
    open_room(third, server.url + link[link.index("/gast/") :])
    third.wait(CAN_JOIN)
    third.click("join")
    wait_for_state(third, "waiting")
    counsellor.click("admit")
    wait_for_state(third, "connected")
    third.wait("document.querySelectorAll('[data-testid=tile]').length === 2")
