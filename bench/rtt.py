"""Real-time text: from the key to the letter on the other side, the two browsers on one machine.

Somebody writes at ten letters a second, the speed of a very fast typist; every tenth time a letter
is taken back. Both clocks are the same. The network's own delay comes on top.
"""

import time
from contextlib import ExitStack

from bench.browser import Phone
from bench.seed import rooms
from bench.support import Figure, Product, arguments, at_most, percentile, report

WITHIN_MS = 300
EVERY_S = 0.1
OPEN_HERE = "document.querySelector('[data-open=rtt]').click()"
INPUT = "document.querySelector('[data-testid=rtt-input]')"
READY = f"{INPUT} && {INPUT}.getClientRects().length > 0"
CONNECTED = "document.querySelector('[data-testid=state]').dataset.state === 'connected'"
NOTE_THE_KEYS = f"""(() => {{
  window.typed = [];
  {INPUT}.addEventListener('input', () => typed.push([Date.now(), {INPUT}.value.length]));
}})()"""
NOTE_THE_LETTERS = """(() => {
  window.seen = [];
  const now = document.querySelector('[data-testid=rtt-now]');
  new MutationObserver(() => {
    const text = now.querySelector('[data-text]');
    seen.push([Date.now(), text ? text.textContent.length : 0]);
  }).observe(now, {childList: true, subtree: true, characterData: true});
})()"""


def delays(typed: list[list[int]], seen: list[list[int]]) -> list[int]:
    """For each key, how long until the other side showed what it had made, or something newer."""
    found, at = [], 0
    for number, (when, length) in enumerate(typed):
        later = {each[1] for each in typed[number:]}
        while at < len(seen) and (seen[at][0] < when or seen[at][1] not in later):
            at += 1
        if at == len(seen):
            raise SystemExit(f"The letter number {number}, length {length}, was never shown.")
        found.append(seen[at][0] - when)
    return found


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--letters", type=int, default=200)
    options = parser.parse_args()
    product = Product()
    (room,) = rooms(product.app(), 1)
    with ExitStack() as running:
        running.enter_context(product)
        counsellor, jobseeker = (running.enter_context(Phone()) for _ in range(2))
        counsellor.set_session(product.url, room.cookie)
        counsellor.open(product.url + room.counsellor)
        jobseeker.open(product.url + room.jobseeker)
        for phone in (counsellor, jobseeker):
            phone.wait(CONNECTED)
            phone.evaluate(OPEN_HERE)
            phone.wait(READY)
        jobseeker.evaluate(NOTE_THE_LETTERS)
        counsellor.evaluate(NOTE_THE_KEYS)
        counsellor.evaluate(f"{INPUT}.focus()")
        for number in range(options.letters):
            if number % 10 == 9:
                counsellor.evaluate("document.execCommand('delete')")
            else:
                counsellor.press("abcdefghij"[number % 10])
            time.sleep(EVERY_S)
        time.sleep(1)
        measured = delays(counsellor.evaluate("typed"), jobseeker.evaluate("seen"))
    figures = [
        Figure("letters", str(len(measured))),
        Figure("until it is seen, median", f"{percentile(measured, 50)} ms"),
        at_most("until it is seen, p95", percentile(measured, 95), WITHIN_MS, "{:.0f} ms"),
        Figure("until it is seen, longest", f"{max(measured)} ms"),
    ]
    report(figures, options)


if __name__ == "__main__":
    main()
