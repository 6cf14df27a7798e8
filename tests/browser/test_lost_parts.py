"""A part of the room that is lost on its way: it is said, and it comes when asked for again."""

from collections.abc import Iterator

import pytest

from . import installed
from .engines import Chromium
from .panels import close_panel, open_panel, wait_for_text
from .server import Server
from .talk import enter_waiting_room, running_talk

FRAGMENT, MODULE = "*/raum/teil/code/*", "*/js/room/code.js*"
SENTENCE = "Das hat nicht geklappt."
AGAIN = "document.querySelector('[data-part=code] [data-testid=part-again]')"
THERE = "document.querySelector('[data-part=code] [data-part-body]:not([hidden]) [data-codes]')"
STATUS = "document.querySelector('[data-say=status]').textContent"
HEADING = "document.activeElement === document.querySelector('#panel-code')"
ADDRESSES = "performance.getEntriesByType('resource').map((each) => each.name).join(' ')"

Talk = tuple[Chromium, Chromium]


@pytest.mark.parametrize("lost", [FRAGMENT, MODULE])
@pytest.mark.parametrize("version", [0, 64])
def test_it_is_said_and_the_button_asks_again(server: Server, version: int, lost: str) -> None:
    """Chromium 64 and Firefox never ask twice for a module's address."""
    path = installed.old_chromium(version) if version else installed.chromium()
    with Chromium(path) as tab:
        enter_waiting_room(tab, server.talk_url)
        tab.block(lost)
        tab.click("more")
        tab.click("open-code")
        tab.wait(f"{AGAIN} && {STATUS}.includes('{SENTENCE}')")
        tab.block()
        tab.click("part-again")
        tab.wait(THERE)
        assert tab.evaluate(HEADING)
        assert not tab.evaluate(f"!!{AGAIN}")


@pytest.fixture
def talk(server: Server) -> Iterator[Talk]:
    with running_talk(server) as talk:
        yield talk


def test_what_others_say_brings_a_part_that_was_lost_before(talk: Talk) -> None:
    jobseeker, counsellor = talk
    jobseeker.block("*/js/room/chat.js*")
    open_panel(counsellor, "chat")
    say(counsellor, "Eins")
    jobseeker.wait(f"{ADDRESSES}.includes('/chat.js')")
    wait_for_text(counsellor, "chat-late", "Noch nicht bei allen angekommen")
    assert SENTENCE not in jobseeker.evaluate(STATUS), "nobody here has asked for it"
    jobseeker.block()
    say(counsellor, "Zwei")
    jobseeker.wait("document.querySelector('[data-chat]')?.textContent.includes('Zwei')")
    open_panel(jobseeker, "chat")
    close_panel(jobseeker, "chat")


def say(tab: Chromium, text: str) -> None:
    tab.type_into("[data-testid=chat-input]", text)
    tab.press("Enter")
