"""The second participant's first remote frame, from opening the page, against a bare page.

The two pages take turns, each time in a browser with a cold cache; medians.
"""

from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

from bench.browser import NOTE_THE_FIRST_FRAME, Phone
from bench.seed import rooms
from bench.support import Bare, Figure, Product, arguments, at_most, report

LATER_BY_MS, LATER_BY_SLOW_MS = 300, 1000
CPU_RATIO = 1.6
READY_BARE = "document.getElementById('state').textContent === 'waiting'"
READY_OURS = """document.querySelector('[data-testid=state]').dataset.state !== 'checking'
  && document.querySelector('[data-testid=self-video]').videoWidth"""


@dataclass(frozen=True)
class Call:
    """How one page came to its first frame."""

    frame_ms: float
    cpu_ms: float


def call(first: Phone, waits: str, first_url: str, second_url: str, *, slow: bool) -> Call:
    """The first participant waits in the room, then the second opens the page."""
    first.open(first_url)
    first.wait(waits)
    with Phone(slow=slow) as second:
        second.run_before_scripts(NOTE_THE_FIRST_FRAME)
        second.open(second_url)
        measured = Call(second.evaluate("firstFrame"), second.main_thread_ms())
    first.open("about:blank")
    return measured


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--slow", action="store_true", help="CPU 6 times slower, 1.6 Mbit/s")
    options = parser.parse_args()
    ours, bare = [], []
    with ExitStack() as running:
        floor = running.enter_context(Bare())
        product = Product()
        opened = rooms(product.app(), options.rounds)
        running.enter_context(product)
        first = running.enter_context(Phone())
        for number, room in enumerate(opened):
            address = f"{floor.url}/?room={number}"
            bare.append(call(first, READY_BARE, address, address, slow=options.slow))
            first.set_session(product.url, room.cookie)
            addresses = product.url + room.counsellor, product.url + room.jobseeker
            ours.append(call(first, READY_OURS, *addresses, slow=options.slow))
            print(
                f"  {number + 1}: ours {ours[-1].frame_ms:5.0f} ms, bare {bare[-1].frame_ms:5.0f}"
            )
    report(figures(ours, bare, LATER_BY_SLOW_MS if options.slow else LATER_BY_MS), options)


def figures(ours: list[Call], bare: list[Call], later_ms: int) -> list[Figure]:
    frame, bare_frame = (median(each.frame_ms for each in calls) for calls in (ours, bare))
    cpu, bare_cpu = (median(each.cpu_ms for each in calls) for calls in (ours, bare))
    return [
        Figure("first remote frame, bare page", f"{bare_frame:.0f} ms"),
        at_most("first remote frame, ours", frame, bare_frame + later_ms, "{:.0f} ms"),
        Figure("CPU of the main thread until then, bare page", f"{bare_cpu:.0f} ms"),
        Figure("CPU of the main thread until then, ours", f"{cpu:.0f} ms"),
        at_most("ratio of these", cpu / bare_cpu, CPU_RATIO, "{:.2f}"),
    ]


if __name__ == "__main__":
    main()
