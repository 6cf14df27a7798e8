"""Megabytes of a talk of two in 30 minutes, with and without the data-saving switch.

The camera shows noise, of which nothing can be compressed away: no real picture takes more.
"""

import os
import shutil
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from bench.seed import Room, rooms
from bench.support import Figure, Product, arguments, at_most, report
from tests.browser.engines import Chromium
from vberatung.routes.room_parts import MEGABYTES

WIDTH, HEIGHT, FRAMES_A_SECOND, FRAMES = 640, 360, 24, 48
SETTLES_S, COUNTS_S = 30, 30
TALK_S = 30 * 60
CONNECTED = "document.querySelector('[data-testid=state]').dataset.state === 'connected'"
KEEP_CONNECTIONS = """
  window.connections = [];
  window.RTCPeerConnection = new Proxy(RTCPeerConnection, {construct: (Connection, args) => {
    const connection = new Connection(...args);
    connections.push(connection);
    return connection;
  }});"""
BYTES = """connections[connections.length - 1].getStats().then(report => {
  let bytes = 0;
  report.forEach(entry => {
    if (entry.type === 'transport') bytes += entry.bytesSent + entry.bytesReceived;
  });
  return bytes;
})"""


def noise(folder: Path) -> Path:
    """A camera's file in the format of Chromium's made-up devices."""
    grey = bytes(96 + byte // 4 for byte in range(256))
    file = folder / "noise.y4m"
    with file.open("wb") as video:
        head = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FRAMES_A_SECOND}:1 Ip A1:1 C420mpeg2\n"
        video.write(head.encode())
        for _ in range(FRAMES):
            luma = os.urandom(WIDTH * HEIGHT).translate(grey)
            video.write(b"FRAME\n" + luma + bytes([128]) * (WIDTH * HEIGHT // 2))
    return file


def megabytes(tab: Chromium) -> float:
    """Both directions, sound and picture with the headers of RTP, for as long as a talk takes."""
    time.sleep(SETTLES_S)
    before = tab.evaluate(BYTES)
    time.sleep(COUNTS_S)
    return float(tab.evaluate(BYTES) - before) * TALK_S / COUNTS_S / 1e6


def talk(running: ExitStack, product: Product, room: Room, camera: Path) -> Chromium:
    path = shutil.which("chromium") or "chromium"
    counsellor = running.enter_context(Chromium(path, video=camera))
    jobseeker = running.enter_context(Chromium(path, video=camera))
    jobseeker.run_before_scripts(KEEP_CONNECTIONS)
    counsellor._command("Network.setCookie", url=product.url, name="session", value=room.cookie)
    counsellor.open(product.url + room.counsellor)
    jobseeker.open(product.url + room.jobseeker)
    jobseeker.wait(CONNECTED, 60)
    return jobseeker


def main() -> None:
    options = arguments(__doc__).parse_args()
    product = Product()
    (room,) = rooms(product.app(), 1)
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        running.enter_context(product)
        jobseeker = talk(running, product, room, noise(folder))
        normal = megabytes(jobseeker)
        for button in ("more", "open-devices", "saving"):
            jobseeker.click(button)
        saving = megabytes(jobseeker)
    report(
        [
            at_most("30 minutes", normal, MEGABYTES["normal"], "{:.0f} MB"),
            at_most("… saving data", saving, MEGABYTES["saving"], "{:.0f} MB"),
            Figure("ratio", f"{normal / saving:.1f}"),
        ],
        options,
    )


if __name__ == "__main__":
    main()
