"""A small phone's browser with the figures that the tests do not need."""

import shutil

from tests.browser.engines import Chromium

WIDTH, HEIGHT = 360, 740
SLOW_CPU = 6
SLOW_NETWORK = {"latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 94_000}
"""Milliseconds and bytes a second: 1.6 Mbit/s down, 0.75 up."""

NOTE_THE_FIRST_FRAME = """
window.firstFrame = new Promise(resolve => addEventListener('DOMContentLoaded', () => {
  const look = () => {
    const remote = document.querySelector('#remote, [data-testid=remote-video]');
    if (!remote) return;
    waiting.disconnect();
    remote.requestVideoFrameCallback(() => resolve(performance.now()));
  };
  const waiting = new MutationObserver(look);
  waiting.observe(document.body, {childList: true, subtree: true});
  look();
}))"""


class Phone(Chromium):
    """Opened for one page: its cache is cold."""

    def __init__(self, *, slow: bool = False) -> None:
        super().__init__(shutil.which("chromium") or "chromium")
        self.set_viewport(WIDTH, HEIGHT, mobile=True)
        self._command("Performance.enable", timeDomain="threadTicks")
        if slow:
            self._command("Emulation.setCPUThrottlingRate", rate=SLOW_CPU)
            self._command("Network.emulateNetworkConditions", offline=False, **SLOW_NETWORK)

    def main_thread_ms(self) -> float:
        """What the page's main thread has computed since the page was opened."""
        return 1000 * self._metric("ThreadTime")

    def heap_bytes(self) -> float:
        """What the page's scripts hold in memory, garbage included."""
        return self._metric("JSHeapUsedSize")

    def _metric(self, name: str) -> float:
        metrics = self._command("Performance.getMetrics")["metrics"]
        return next(each["value"] for each in metrics if each["name"] == name)

    def set_session(self, url: str, cookie: str) -> None:
        self._command("Network.setCookie", url=url, name="session", value=cookie)
