"""What a phone loads to be in the room, cold: bytes, requests, third parties, JavaScript, heap."""

import gzip
import time
from urllib.parse import urlsplit

from bench.browser import NOTE_THE_FIRST_FRAME, Phone
from bench.seed import Room, rooms
from bench.support import Client, Figure, Product, arguments, at_most, report
from tests.browser.engines import Request

LOADED = """performance.getEntriesByType("resource").some(
    (each) => each.name.endsWith("/quality.js"))
  && document.readyState === 'complete'"""
"""The last script of the first talk is there: it comes when the pictures move."""


TALK_S = 20


def load(product: Product, room: Room) -> tuple[list[Request], float]:
    """What the second participant's page asks for in the first seconds of the talk.

    And the bytes of its JavaScript heap after TALK_S.
    """
    with Phone() as counsellor, Phone() as jobseeker:
        counsellor.set_session(product.url, room.cookie)
        counsellor.open(product.url + room.counsellor)
        jobseeker.run_before_scripts(NOTE_THE_FIRST_FRAME)
        jobseeker.open(product.url + room.jobseeker)
        jobseeker.evaluate("firstFrame")
        jobseeker.wait(LOADED)
        requests = [each for each in jobseeker.requests() if not each.url.startswith("data:")]
        time.sleep(TALK_S)
        return requests, jobseeker.heap_bytes()


def gzipped(product: Product, requests: list[Request], kind: str) -> int:
    """Bytes of these files, each by itself, whatever the server chose for this browser."""
    visitor = Client(product.url)
    paths = [urlsplit(each.url).path for each in requests if each.url.endswith(kind)]
    return sum(len(gzip.compress(visitor.get(path).body)) for path in paths)


def main() -> None:
    options = arguments(__doc__).parse_args()
    product = Product()
    (room,) = rooms(product.app(), 1)
    with product:
        requests, heap = load(product, room)
        scripts = gzipped(product, requests, ".js")
        styles = gzipped(product, requests, ".css")
        page = gzipped(product, requests, room.jobseeker)
    for each in requests:
        print(f"  {each.size:6} B  {urlsplit(each.url).path.rpartition('/')[2]}")
    own = urlsplit(product.url).netloc
    foreign = [each.url for each in requests if urlsplit(each.url).netloc != own]
    figures = [
        at_most("on the wire", sum(each.size for each in requests) / 1000, 40, "{:.1f} kB"),
        at_most("requests, the socket included", len(requests), 8, "{}"),
        at_most("requests to third parties", len(foreign), 0, "{}"),
        at_most("JavaScript, gzipped", scripts / 1000, 16.7, "{:.1f} kB"),
        at_most(f"JavaScript heap after {TALK_S} s of talk", heap / 1e6, 3, "{:.1f} MB"),
        Figure("styles, gzipped", f"{styles / 1000:.1f} kB"),
        Figure("page, gzipped", f"{page / 1000:.1f} kB"),
    ]
    report(figures, options)


if __name__ == "__main__":
    main()
