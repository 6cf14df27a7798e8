"""An interpreter, and whoever else comes to a talk: asked, let in one by one, seen, removed."""

from collections.abc import Callable
from pathlib import Path

from .engines import Chromium, Tab
from .server import Server
from .talk import (
    admit,
    assert_see_each_other_move,
    assert_silent,
    enter_waiting_room,
    sign_in,
    state,
    toggle,
    wait_for_state,
)
from .third_persons import STATUS, TILES, ask, come, speech, tile_with, wait_for_tiles

SLOW_PICTURES = "--use-fake-device-for-media-stream=fps=5"
LET_IN = "[data-waiting] [data-testid=admit]"
SAYS_SPEAKING = "{tile}.querySelector('.tile__caption [data-note=speaking]').hidden === {hidden}"
PRESSED = "{tile}.querySelector('.tile__pin').getAttribute('aria-pressed') === '{pressed}'"
LINK_SHOWN = "!!document.querySelector('[data-testid=new-link]')"
WIDTH = "{tile}.getBoundingClientRect().width * {tile}.getBoundingClientRect().height"


def test_an_interpreter_is_asked_before_let_in_introduced_and_removed(
    server: Server,
    jobseeker: Chromium,
    counsellor: Chromium,
    open_chromium: Callable[..., Chromium],
    axe: Callable[[Tab], None],
    tmp_path: Path,
) -> None:
    sign_in(counsellor, server)
    link = ask(counsellor, "interpreter", "Oksana Bondar")
    axe(counsellor)
    both_come(jobseeker, counsellor, server)

    guest = open_chromium(audio=speech(tmp_path / "speech.wav"))
    guest.open(server.url + link)
    axe(guest)
    come(guest, server, link)
    wait_for_state(guest, "waiting")
    assert guest.evaluate(TILES) == 0, "before being let in one sees nobody"
    counsellor.click_on(LET_IN)
    for tab in (jobseeker, counsellor, guest):
        wait_for_tiles(tab, 2)
    for tab in (jobseeker, counsellor):
        tab.wait(f"{STATUS} === 'Oksana Bondar, Dolmetschen, ist dazugekommen.'")
    assert "dazugekommen" not in guest.evaluate(STATUS), "the others were there before"

    big_and_stays_big(jobseeker, guest)
    who_speaks_is_marked(jobseeker, counsellor, guest)
    who_signs_is_marked(jobseeker, guest)
    ones_own_picture_can_be_hidden(jobseeker)

    counsellor.click("more")
    counsellor.click("open-people")
    counsellor.wait("document.querySelector('[data-testid=remove]')")
    axe(counsellor)
    counsellor.click("remove")
    counsellor.wait("document.activeElement.hasAttribute('data-focus')")
    counsellor.click("remove-confirm")
    wait_for_state(guest, "removed")
    for tab in (jobseeker, counsellor):
        tab.wait(f"{TILES} === 1")
        tab.wait(f"{STATUS} === 'Oksana Bondar, Dolmetschen, ist gegangen.'")
    guest.open(server.url + link)
    assert "gilt nicht mehr" in guest.text()
    assert_see_each_other_move(jobseeker, counsellor)
    assert_silent(guest)


def both_come(jobseeker: Tab, counsellor: Tab, server: Server) -> None:
    counsellor.open(server.url + "/team/")
    enter_waiting_room(jobseeker, server.talk_url)
    if state(jobseeker) == "waiting":
        admit(counsellor)
    else:  # admitted in the test before
        counsellor.click_on("a[href^='/team/raum/']")
    assert_see_each_other_move(jobseeker, counsellor)


def big_and_stays_big(jobseeker: Tab, guest: Tab) -> None:
    """A pinned interpreter is big again after having gone and come back."""
    tile = tile_with("Oksana Bondar")
    other = tile_with("Sabine Berger")
    jobseeker.evaluate(f"{tile}.querySelector('.tile__pin').focus()")
    jobseeker.press("Enter")
    jobseeker.wait(PRESSED.format(tile=tile, pressed="true"))
    bigger = f"{WIDTH.format(tile=tile)} > 2 * {WIDTH.format(tile=other)}"
    jobseeker.wait(bigger)
    guest.click("hang-up")
    jobseeker.wait(f"{TILES} === 1")
    guest.click("rejoin")
    wait_for_tiles(jobseeker, 2)
    jobseeker.wait(PRESSED.format(tile=tile, pressed="true"))
    jobseeker.wait(bigger)


def who_speaks_is_marked(jobseeker: Tab, counsellor: Tab, guest: Tab) -> None:
    """By a frame and a word, and nothing is read out."""
    oksana, sabine = tile_with("Oksana Bondar"), tile_with("Sabine Berger")
    toggle(counsellor, "mic", False)
    jobseeker.wait(SAYS_SPEAKING.format(tile=sabine, hidden="true"))
    jobseeker.wait(SAYS_SPEAKING.format(tile=oksana, hidden="false"))
    assert jobseeker.evaluate(f"{oksana}.classList.contains('tile--speaking')")
    assert "spricht" not in jobseeker.evaluate(STATUS)
    toggle(guest, "mic", False)
    jobseeker.wait(SAYS_SPEAKING.format(tile=oksana, hidden="true"))
    toggle(counsellor, "mic", True)
    toggle(guest, "mic", True)


def who_signs_is_marked(jobseeker: Tab, guest: Tab) -> None:
    guest.click("more")
    guest.click("open-people")
    guest.click("sign")
    note = f"{tile_with('Oksana Bondar')}.querySelector('.tile__caption [data-note=signing]')"
    jobseeker.wait(f"{note}.hidden === false")
    jobseeker.wait(f"{STATUS} === 'Oksana Bondar gebärdet jetzt.'")
    guest.click("sign")
    jobseeker.wait(f"{note}.hidden === true")


def ones_own_picture_can_be_hidden(tab: Tab) -> None:
    shown = "document.querySelector('[data-testid=self-video]').getClientRects().length > 0"
    tab.click("more")
    tab.click("open-people")
    tab.click("show-self")
    tab.wait(f"!({shown})")
    tab.click("show-self")
    tab.wait(shown)
    tab.click("close-part")


def test_five_people_and_a_companion_by_the_jobseeker(
    server: Server, open_chromium: Callable[..., Chromium]
) -> None:
    """Guests are tabs of one browser, and pictures are slow: the machine may be small."""
    counsellor, jobseeker = (open_chromium(flags=[SLOW_PICTURES]) for _ in range(2))
    sign_in(counsellor, server)
    links = []
    for role, name in (("sign_interpreter", "Jonas Weber"), ("colleague", "Murat Aydın")):
        counsellor.open(server.url + "/team/")
        links.append(ask(counsellor, role, name))
    both_come(jobseeker, counsellor, server)
    jobseeker.click("more")
    jobseeker.click("open-people")
    jobseeker.type_into("[name=guest-name]", "Emre Demir")
    jobseeker.click("invite")
    link = jobseeker.wait("document.querySelector('[data-testid=guest-link]')?.textContent.trim()")
    links.append("/gast/" + str(link).rpartition("/gast/")[2])
    jobseeker.evaluate("document.querySelector('[data-testid=copy-link]').focus()")
    guests = []
    for number, each in enumerate(links):
        guest = jobseeker.new_tab()
        guest.set_viewport(360, 740, mobile=True)
        come(guest, server, each)
        counsellor.click_on(LET_IN)
        counsellor.wait(f"{TILES} === {number + 2}", 60)
        guests.append(guest)
        if number == 1:  # the link stays until the one whom it is for has come
            assert jobseeker.evaluate(LINK_SHOWN)
    jobseeker.wait(f"!{LINK_SHOWN}")
    assert "ist im Gespräch" in jobseeker.evaluate(
        "document.querySelector('[data-testid=guests]').textContent"
    )
    for tab in (counsellor, jobseeker, *guests):
        tab.wait(f"{TILES} === 4", 60)
    names = "Array.from(document.querySelectorAll('.tile__caption')).map((each) => each.innerText)"
    assert [text.split(",")[0] for text in counsellor.evaluate(names)][1:] == [
        "Jonas Weber",
        "Murat Aydın",
        "Emre Demir",
    ]
    for width, height in ((320, 568), (740, 360), (768, 1024), (1280, 720)):
        counsellor.set_viewport(width, height)
        assert_nobody_is_covered(counsellor)
    counsellor.click("end-for-all")
    counsellor.click("end-for-all-confirm")
    for guest in guests:
        wait_for_state(guest, "ended")
        guest.close()
    for tab in (counsellor, jobseeker):
        assert_silent(tab)


def assert_nobody_is_covered(tab: Tab) -> None:
    """No tile, and not one's own picture, lies over another, or outside."""
    tab.wait(
        """(() => {
      const boxes = Array.from(document.querySelectorAll('.tile, .room__self'))
        .map((each) => each.getBoundingClientRect());
      const inside = boxes.every((box) => box.width > 60 && box.height > 50
        && box.left >= -1 && box.right <= innerWidth + 1);
      const apart = (a, b) => a.right <= b.left + 1 || b.right <= a.left + 1
        || a.bottom <= b.top + 1 || b.bottom <= a.top + 1;
      return inside && boxes.every((a) => boxes.every((b) => a === b || apart(a, b)));
    })()"""
    )
