"""What a phone loads for the device test, cold, and how soon the echo's first picture is back."""

from statistics import median
from urllib.parse import urlsplit

from bench.browser import Phone
from bench.seed import Room, rooms
from bench.support import Product, arguments, at_most, report
from tests.browser.engines import Request

ROUNDS = 5
NOTE_THE_MOMENTS = """
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = (wanted) => ask(wanted).then((stream) => {
  window.permitted = performance.now();
  return stream;
});
window.firstFrame = new Promise((resolve) => addEventListener('DOMContentLoaded', () => {
  const waiting = new MutationObserver(() => {
    const echo = document.querySelector('[data-testid=echo-video]');
    if (!echo) return;
    waiting.disconnect();
    echo.requestVideoFrameCallback(() => resolve(performance.now() - permitted));
  });
  waiting.observe(document.body, {childList: true, subtree: true});
}))"""


def test(product: Product, room: Room) -> tuple[list[Request], float]:
    """What the page asks for until the echo is there, and how long that took, in milliseconds."""
    with Phone() as phone:
        phone.run_before_scripts(NOTE_THE_MOMENTS)
        phone.open(product.url + room.jobseeker.removesuffix("/raum") + "/technik")
        phone.click("start-check")
        took = float(phone.evaluate("firstFrame"))
        return [each for each in phone.requests() if not each.url.startswith("data:")], took


def main() -> None:
    options = arguments(__doc__).parse_args()
    product = Product()
    (room,) = rooms(product.app(), 1)
    with product:
        found = [test(product, room) for _ in range(ROUNDS)]
    requests = found[0][0]
    for each in requests:
        print(f"  {each.size:6} B  {urlsplit(each.url).path.rpartition('/')[2]}")
    own = urlsplit(product.url).netloc
    foreign = [each.url for each in requests if urlsplit(each.url).netloc != own]
    figures = [
        at_most("on the wire", sum(each.size for each in requests) / 1000, 45, "{:.1f} kB"),
        at_most("requests, the socket included", len(requests), 14, "{}"),
        at_most("requests to third parties", len(foreign), 0, "{}"),
        at_most(
            f"first picture of the echo after the permission, median of {ROUNDS}",
            median(took for _, took in found) / 1000,
            1.5,
            "{:.2f} s",
        ),
    ]
    report(figures, options)


if __name__ == "__main__":
    main()
