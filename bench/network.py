"""A talk of two over a weak network and over outages, beside a bare page on the same network."""

import itertools
import shutil
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

from bench.link import HERE, THERE, Link
from bench.seed import Room, rooms
from bench.support import Bare, Figure, Product, arguments, at_least, at_most, report
from tests.browser.engines import Chromium

OUTAGES = {8: 2.0, 30: 3.0}
"""Seconds without network, and within how many picture and sound are back on both sides."""
WEAK = {"delay_ms": 150, "loss": 0.05, "kbit": 500}
SETTLES_S, LISTENS_S = 15, 40
SILENCE_S, FRAMES_A_SECOND = 1.0, 15
CONNECTED = "document.querySelector('[data-testid=state]').dataset.state === 'connected'"
BARE_CONNECTED = "/connected|completed/.test(document.getElementById('state').textContent)"

TRACE = """
  window.connections = [];
  window.RTCPeerConnection = new Proxy(RTCPeerConnection, {construct: (Connection, args) => {
    const connection = new Connection(...args);
    connections.push(connection);
    return connection;
  }});
  window.trace = [];
  setInterval(async () => {
    const last = connections[connections.length - 1];
    if (!last) return;
    const now = {t: Date.now(), frames: 0, packets: 0, width: 0};
    (await last.getStats()).forEach(entry => {
      if (entry.type !== 'inbound-rtp') return;
      if (entry.kind === 'audio') now.packets = entry.packetsReceived;
      else { now.frames = entry.framesDecoded || 0; now.width = entry.frameWidth || 0; }
    });
    trace.push(now);
  }, 50);"""


@dataclass(frozen=True)
class Heard:
    """What one side saw and heard in a while."""

    silence_s: float
    frames_a_second: float
    width: int


def side(running: ExitStack, link: Link, end: str, url: str) -> Chromium:
    flags = [f"--unsafely-treat-insecure-origin-as-secure={url}"]
    with link.at(end):
        tab = Chromium(shutil.which("chromium") or "chromium", flags=flags)
    running.enter_context(tab)
    tab.run_before_scripts(TRACE)
    return tab


def changes(tab: Chromium, what: str, since: float) -> list[float]:
    """When the count went on, in seconds of this machine's clock."""
    trace = tab.evaluate("trace")
    pairs = itertools.pairwise(trace)
    return [b["t"] / 1000 for a, b in pairs if b[what] != a[what] and b["t"] > since * 1000]


def back_after(link: Link, tabs: Sequence[Chromium], seconds: float) -> float:
    """How long after an outage picture and sound go on, on the slower side."""
    link.is_cut = True
    time.sleep(seconds)
    link.is_cut = False
    mended = time.time()
    time.sleep(10)
    firsts = [changes(tab, what, mended) for tab in tabs for what in ("frames", "packets")]
    return max(first[0] - mended if first else float("inf") for first in firsts)


def listen(tabs: Sequence[Chromium]) -> list[Heard]:
    time.sleep(SETTLES_S)
    began = time.time()
    time.sleep(LISTENS_S)
    return [heard(tab, began) for tab in tabs]


def heard(tab: Chromium, began: float) -> Heard:
    times = [began, *changes(tab, "packets", began), began + LISTENS_S]
    silence = max(b - a for a, b in itertools.pairwise(times))
    trace = [each for each in tab.evaluate("trace") if each["t"] > began * 1000]
    frames = trace[-1]["frames"] - trace[0]["frames"]
    return Heard(silence, frames / LISTENS_S, int(median(each["width"] for each in trace)))


def ours(running: ExitStack, link: Link, product: Product, room: Room) -> list[Chromium]:
    far = f"http://{HERE}:{product.port}"
    counsellor, jobseeker = side(running, link, HERE, far), side(running, link, THERE, far)
    counsellor._command("Network.setCookie", url=far, name="session", value=room.cookie)
    counsellor.open(far + room.counsellor)
    jobseeker.open(far + room.jobseeker)
    for tab in (counsellor, jobseeker):
        tab.wait(CONNECTED, 60)
    return [counsellor, jobseeker]


def bare(running: ExitStack, link: Link, floor: Bare) -> list[Chromium]:
    far = f"http://{HERE}:{floor.port}"
    tabs = [side(running, link, end, far) for end in (HERE, THERE)]
    for tab in tabs:
        tab.open(far + "/?room=1")
        time.sleep(2)
    for tab in tabs:
        tab.wait(BARE_CONNECTED, 60)
    return tabs


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="of each outage")
    parser.add_argument("--only", choices=("outages", "weak"))
    options = parser.parse_args()
    figures: list[Figure] = []
    product, floor = Product(), Bare()
    product.env["HOST"] = "0.0.0.0"  # noqa: S104  # in a namespace of its own
    floor._command += ["--bind", f"{HERE}:{floor.port}"]
    opened = rooms(product.app(), 2)
    with Link() as link, ExitStack() as running:
        with link.at(HERE):
            running.enter_context(product)
            running.enter_context(floor)
        if options.only != "weak":
            figures += outages(link, product, opened[0], options.rounds)
        if options.only != "outages":
            figures += weak(link, product, floor, opened[1])
    report(figures, options)


def outages(link: Link, product: Product, room: Room, rounds: int) -> list[Figure]:
    figures = []
    with ExitStack() as running:
        tabs = ours(running, link, product, room)
        time.sleep(5)
        for seconds, within in OUTAGES.items():
            back = [back_after(link, tabs, seconds) for _ in range(rounds)]
            print(f"  {seconds} s:", " ".join(f"{each:.2f}" for each in back))
            what = f"picture and sound back after {seconds} s without network"
            figures.append(at_most(what, median(back), within, "{:.1f} s"))
    return figures


def weak(link: Link, product: Product, floor: Bare, room: Room) -> list[Figure]:
    with ExitStack() as running:
        tabs = ours(running, link, product, room)
        link.shape(**WEAK)
        measured = listen(tabs)
        words = tabs[0].evaluate("document.querySelector('[data-testid=quality]').dataset.quality")
    link.shape()
    with ExitStack() as running:
        tabs = bare(running, link, floor)
        link.shape(**WEAK)
        plain = listen(tabs)
    link.shape()
    print("  ours:", *measured, words, "\n  bare:", *plain)
    return [
        at_most("longest silence", max(each.silence_s for each in measured), SILENCE_S, "{:.2f} s"),
        Figure("… bare page", f"{max(each.silence_s for each in plain):.2f} s"),
        at_least(
            "frames a second",
            min(each.frames_a_second for each in measured),
            FRAMES_A_SECOND,
            "{:.1f}",
        ),
        Figure("… bare page", f"{min(each.frames_a_second for each in plain):.1f}"),
    ]


if __name__ == "__main__":
    main()
