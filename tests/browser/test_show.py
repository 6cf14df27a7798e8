"""A document or a photo is shown to the others, page by page, and kept nowhere."""

import base64
import io
from collections.abc import Iterator

import pytest
from fpdf import FPDF

from .engines import Chromium
from .panels import close_panel, is_open, open_panel, wait_for_text
from .server import Server
from .talk import running_talk, toggle, wait_for_state

GIVE = """(() => {
  const bytes = Uint8Array.from(atob(%r), (letter) => letter.charCodeAt(0));
  const files = new DataTransfer();
  files.items.add(new File([bytes], 'datei', {type: %r}));
  const input = document.querySelector('[data-testid=show-document]');
  input.files = files.files;
  input.dispatchEvent(new Event('change'));
})()"""
GIVE_LARGE = """(() => {
  const files = new DataTransfer();
  files.items.add(new File([new Uint8Array(20 * 1024 * 1024 + 1)], 'datei'));
  const input = document.querySelector('[data-testid=show-document]');
  input.files = files.files;
  input.dispatchEvent(new Event('change'));
})()"""
SHOWN = "document.querySelector('[data-testid=shown-page]')"
SEES = f"{SHOWN} && {SHOWN}.width > 0 && {SHOWN}.getClientRects().length > 0"
WORDS = "document.querySelector('[data-show-words]').textContent"
STATUS = "document.querySelector('[data-say=status]').textContent"
NUMBER = "document.querySelector('[data-show-number]').textContent"
INK = f"""(() => {{
  const {{data}} = {SHOWN}.getContext('2d').getImageData(0, 0, {SHOWN}.width, {SHOWN}.height);
  return Array.from(data).filter((value, at) => at % 4 < 3 && value < 128).length;
}})()"""
RED = """(() => {
  const canvas = document.createElement('canvas');
  canvas.width = 3000; canvas.height = 1000;
  canvas.getContext('2d').fillStyle = '#f00';
  canvas.getContext('2d').fillRect(0, 0, 3000, 1000);
  return canvas.toDataURL('image/png').split(',')[1];
})()"""

PRETEND_SCREEN = """
  window.cameras = [];
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = (wanted) => ask(wanted).then((stream) => {
    window.cameras.push(...stream.getVideoTracks());
    return stream;
  });
  navigator.mediaDevices.getDisplayMedia = async () => {
    const canvas = document.createElement('canvas');
    canvas.width = 320; canvas.height = 200;
    const context = canvas.getContext('2d');
    setInterval(() => { context.fillStyle = '#00f'; context.fillRect(0, 0, 320, 200); }, 50);
    const stream = canvas.captureStream(20);
    window.screen_ = stream.getVideoTracks()[0];
    return stream;
  };"""
BLUE = """(() => {
  const video = document.querySelector('[data-testid=remote-video]');
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  canvas.getContext('2d').drawImage(video, 0, 0, 1, 1);
  const [red, green, blue] = canvas.getContext('2d').getImageData(0, 0, 1, 1).data;
  return blue > 150 && red < 100 && green < 100;
})()"""
LIVE_CAMERAS = "cameras.filter((track) => track.readyState === 'live').length"
SHARING = "document.querySelector('[data-testid=share-screen]').innerText.trim()"

Talk = tuple[Chromium, Chromium]


@pytest.fixture(scope="module")
def talk(server: Server) -> Iterator[Talk]:
    with running_talk(server, PRETEND_SCREEN) as talk:
        open_panel(talk[0], "show")
        yield talk


def give(tab: Chromium, content: bytes, kind: str) -> None:
    tab.evaluate(GIVE % (base64.b64encode(content).decode(), kind))


def a_pdf() -> bytes:
    pdf = FPDF()
    pdf.set_font("helvetica", size=40)
    for text in ("Lebenslauf", "Zeugnis"):
        pdf.add_page()
        pdf.cell(text=text)
    file = io.BytesIO()
    pdf.output(file)
    return file.getvalue()


def test_a_picture_is_seen_on_the_other_side_without_opening_anything(talk: Talk) -> None:
    shower, viewer = talk
    give(shower, base64.b64decode(shower.evaluate(RED)), "image/png")
    viewer.wait(SEES)
    assert viewer.evaluate(f"{SHOWN}.width") == 1600  # drawn anew, no larger than needed
    pixel = viewer.evaluate(f"Array.from({SHOWN}.getContext('2d').getImageData(9, 9, 1, 1).data)")
    assert pixel[0] > 240
    assert pixel[1] < 15
    shower.click("show-end")
    viewer.wait(f"!({SEES})")


def test_its_end_is_said_and_the_panel_that_opened_by_itself_closes(talk: Talk) -> None:
    shower, viewer = talk
    assert not is_open(viewer, "show")
    give(shower, base64.b64decode(shower.evaluate(RED)), "image/png")
    viewer.wait(SEES)
    shower.evaluate("document.querySelector('[data-testid=show-end]').focus()")
    shower.press("Enter")
    viewer.wait(f"!({SEES})")
    assert not is_open(viewer, "show")
    assert viewer.evaluate(STATUS).endswith(" zeigt nichts mehr.")
    assert shower.evaluate(STATUS) == "Sie zeigen nichts mehr."
    assert shower.evaluate("document.activeElement.id") == "panel-show"


def test_an_error_elsewhere_in_the_page_does_not_stop_a_pdf(talk: Talk) -> None:
    """While what draws it is loaded."""
    shower, viewer = talk
    shower.evaluate("""window.errors = setInterval(() =>
      window.dispatchEvent(new ErrorEvent('error', {filename: location.href})), 1)""")
    give(shower, a_pdf(), "application/pdf")
    viewer.wait(SEES, 30)
    shower.evaluate("clearInterval(errors), 0")
    shower.click("show-end")
    viewer.wait(f"!({SEES})")


def test_the_pages_of_a_pdf_are_turned_for_all(talk: Talk) -> None:
    shower, viewer = talk
    give(shower, a_pdf(), "application/pdf")
    viewer.wait(SEES, 30)
    assert viewer.evaluate(NUMBER) == "1"
    assert viewer.evaluate(INK) > 100
    assert "Lebenslauf" in viewer.evaluate(
        "document.querySelector('[data-show-words]').textContent"
    )
    shower.click("page-on")
    viewer.wait(f"{NUMBER} === '2'", 30)
    assert "Zeugnis" in viewer.evaluate("document.querySelector('[data-show-words]').textContent")
    shower.click("show-end")
    viewer.wait(f"!({SEES})")


def test_wrong_and_too_large_files_are_refused_with_a_sentence(talk: Talk) -> None:
    shower, viewer = talk
    give(shower, b"PK\x03\x04 no picture", "image/png")
    wait_for_text(shower, "show-problem", "Diese Datei können wir nicht zeigen.")
    shower.evaluate(GIVE_LARGE)
    wait_for_text(shower, "show-problem", "größer als 20 MB")
    assert not viewer.evaluate(f"!!({SEES})")


def test_the_screen_is_seen_and_the_camera_comes_back_after_it(talk: Talk) -> None:
    shower, viewer = talk
    shower.click("share-screen")
    viewer.wait(BLUE)
    viewer.wait("document.querySelector('.tile--screen')")
    shower.click("share-screen")
    viewer.wait(f"!{BLUE}")
    assert shower.evaluate("screen_.readyState") == "ended"
    assert shower.evaluate(LIVE_CAMERAS) == 1


def test_the_button_of_the_camera_ends_the_screen_and_the_camera(talk: Talk) -> None:
    shower, viewer = talk
    shower.click("share-screen")
    viewer.wait(BLUE)
    toggle(shower, "camera", on=False)
    assert shower.evaluate("screen_.readyState") == "ended"
    assert shower.evaluate(SHARING) == "Bildschirm zeigen"
    shower.wait(f"{LIVE_CAMERAS} === 0")
    toggle(shower, "camera", on=True)
    shower.wait(f"{LIVE_CAMERAS} === 1")


def test_who_chooses_in_another_panel_is_not_taken_away_from_it(talk: Talk) -> None:
    shower, viewer = talk
    open_panel(viewer, "devices")
    microphones = "document.querySelector('[data-testid=choose-microphone]')"
    viewer.wait(f"{microphones}.disabled === false")
    viewer.evaluate(f"{microphones}.focus()")
    give(shower, base64.b64decode(shower.evaluate(RED)), "image/png")
    viewer.wait("document.querySelector('[data-open=show] [data-news]').hidden === false")
    assert is_open(viewer, "devices")
    assert viewer.evaluate(f"document.activeElement === {microphones}")
    close_panel(viewer, "devices")
    shower.click("show-end")


def test_after_hanging_up_and_coming_back_nothing_is_shown_any_more(talk: Talk) -> None:
    shower, _ = talk
    give(shower, a_pdf(), "application/pdf")
    shower.wait(SEES, 30)
    shower.click("share-screen")
    shower.wait("document.querySelector('.room--own-screen')")
    shower.click("hang-up")
    wait_for_state(shower, "ended")
    assert shower.evaluate(f"[{SHOWN}.width, {WORDS}]") == [0, ""]
    shower.click("rejoin")
    wait_for_state(shower, "connected")
    open_panel(shower, "show")
    assert not shower.evaluate(f"!!({SEES})")
    assert shower.evaluate(SHARING) == "Bildschirm zeigen"
    assert not shower.evaluate("!!document.querySelector('.room--own-screen, .room--showing')")
    shower.wait(f"{LIVE_CAMERAS} === 1")


def test_nothing_films_when_the_talk_ends_while_the_screen_is_shown(talk: Talk) -> None:
    shower, viewer = talk
    shower.click("share-screen")
    viewer.wait(BLUE)
    viewer.click("end-for-all")
    viewer.click("end-for-all-confirm")
    wait_for_state(shower, "ended")
    shower.wait(f"{LIVE_CAMERAS} === 0")
    assert shower.evaluate("screen_.readyState") == "ended"
