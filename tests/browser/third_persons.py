"""What people do when more than two talk."""

import math
import struct
import wave
from pathlib import Path

from .engines import Tab
from .server import Server
from .talk import CAN_JOIN, IN_THE_TALK, wait_for_state

TILES = "document.querySelectorAll('[data-testid=tile]').length"
TILE_WITH = """Array.from(document.querySelectorAll('[data-testid=tile]'))
  .filter((tile) => tile.querySelector('[data-name]').textContent === {name!r})[0]"""
STATUS = "document.querySelector('[data-say=status]').textContent"


def ask(counsellor: Tab, role: str, name: str) -> str:
    """From the day's page to a link for somebody; the path of the link."""
    counsellor.click_on("a[href$='/gaeste']")
    counsellor.wait("document.readyState === 'complete' && location.pathname.endsWith('/gaeste')")
    counsellor.click_on(f"input[value={role}]")
    counsellor.type_into("input[name=guest-name]", name)
    counsellor.click("invite")
    link = counsellor.wait("document.querySelector('[data-testid=guest-link]')?.textContent.trim()")
    return "/gast/" + str(link).rpartition("/gast/")[2]


def speech(path: Path) -> Path:
    """Ten seconds of something that no noise suppression takes for noise: syllables of a vowel."""
    rate = 16_000
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        for sample in range(10 * rate):
            t = sample / rate
            vowel = sum(math.sin(2 * math.pi * 140 * n * t) / n for n in (1, 2, 3, 5, 8))
            loud = abs(math.sin(math.pi * 4 * t))
            file.writeframesraw(struct.pack("<h", int(9000 * loud * vowel)))
    return path


def come(guest: Tab, server: Server, path: str) -> None:
    """By their link into the waiting room."""
    guest.open(server.url + path)
    guest.click("room-link")
    guest.wait("location.pathname.endsWith('/raum') && document.readyState === 'complete'")
    if guest.evaluate(CAN_JOIN):
        guest.click("join")
    wait_for_state(guest, "waiting", *IN_THE_TALK)


def wait_for_tiles(tab: Tab, count: int) -> None:
    """So many others, and all of their pictures move."""
    tab.wait(
        f"{TILES} === {count} && Array.from(document.querySelectorAll('[data-testid=tile] video'))"
        ".every((video) => video.videoWidth > 0 && !video.paused)",
        30,
    )


def tile_with(name: str) -> str:
    """The expression for somebody's tile."""
    return "(" + TILE_WITH.format(name=name) + ")"
