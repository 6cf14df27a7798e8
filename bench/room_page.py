"""What a phone loads to be in the room, cold: bytes, requests, third parties, JavaScript."""

import gzip
from urllib.parse import urlsplit

from bench.browser import NOTE_THE_FIRST_FRAME, Phone
from bench.seed import Room, rooms
from bench.support import Client, Figure, Product, arguments, at_most, report
from tests.browser.engines import Request


def load(product: Product, room: Room) -> list[Request]:
    """Everything that the second participant's page asks for until pictures move."""
    with Phone() as counsellor, Phone() as jobseeker:
        counsellor.set_session(product.url, room.cookie)
        counsellor.open(product.url + room.counsellor)
        jobseeker.run_before_scripts(NOTE_THE_FIRST_FRAME)
        jobseeker.open(product.url + room.jobseeker)
        jobseeker.evaluate("firstFrame")
        return [each for each in jobseeker.requests() if not each.url.startswith("data:")]


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
        requests = load(product, room)
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
        at_most("JavaScript, gzipped", scripts / 1000, 16.5, "{:.1f} kB"),
        Figure("styles, gzipped", f"{styles / 1000:.1f} kB"),
        Figure("page, gzipped", f"{page / 1000:.1f} kB"),
    ]
    report(figures, options)


if __name__ == "__main__":
    main()
