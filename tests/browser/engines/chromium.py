"""Chromium from 64 to the current one, over the DevTools protocol."""

import base64
import json
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from . import chromium_events
from .chromium_flags import DEVICES, FLAGS, SAY_NO, SAY_YES, Devices
from .connection import JSON, CommandFailed, Connection
from .keys import named
from .process import Process
from .tab import JavaScriptError, Request, Tab


class Chromium(Tab):
    """A Chromium with a profile of its own.

    Camera and microphone are made up and allowed, if nothing else is said.
    """

    def __init__(
        self,
        path: str,
        *,
        devices: Devices = "both",
        allow_devices: bool = True,
        video: Path | None = None,
        audio: Path | None = None,
        language: str = "de",
        flags: Sequence[str] = (),
    ) -> None:
        wanted = [*DEVICES[devices], SAY_YES if allow_devices else SAY_NO, *flags]
        if video:
            wanted.append(f"--use-file-for-fake-video-capture={video}")
        if audio:
            wanted.append(f"--use-file-for-fake-audio-capture={audio}")
        self._process = Process("chromium")
        profile = f"--user-data-dir={self._process.profile}"
        self._process.start([path, *FLAGS, *wanted, profile, "about:blank"])
        self._language = language
        try:
            self._attach(next(page for page in self._targets("json") if page["type"] == "page"))
        except BaseException:
            self._process.stop()
            raise
        self._is_first = True

    def _attach(self, target: JSON) -> None:
        self._id = target["id"]
        self._connection = Connection(target["webSocketDebuggerUrl"])
        for domain in ("Page", "Runtime", "Network", "Log"):
            self._command(f"{domain}.enable")
        self._command("Network.setExtraHTTPHeaders", headers={"Accept-Language": self._language})

    def _command(self, method: str, **params: Any) -> JSON:
        return self._connection.command(method, params)

    def open(self, url: str) -> None:
        before = len(self._connection.events)
        answer = self._command("Page.navigate", url=url)
        if "errorText" in answer:
            raise AssertionError(f"{url}: {answer['errorText']}")
        self._connection.wait_for_event("Page.loadEventFired", after=before)

    def evaluate(self, js: str) -> Any:
        try:
            answer = self._command(
                "Runtime.evaluate", expression=js, returnByValue=True, awaitPromise=True
            )
        except CommandFailed as error:
            raise JavaScriptError(str(error)) from None
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise JavaScriptError(
                details.get("exception", {}).get("description") or details.get("text")
            )
        return answer["result"].get("value")

    def click_at(self, x: float, y: float) -> None:
        for event in ("mouseMoved", "mousePressed", "mouseReleased"):
            button = "none" if event == "mouseMoved" else "left"
            self._command(
                "Input.dispatchMouseEvent", type=event, x=x, y=y, button=button, clickCount=1
            )

    def press(self, key: str) -> None:
        pressed, shift = named(key)
        event = {
            "key": pressed.name,
            "windowsVirtualKeyCode": pressed.code,
            "modifiers": 8 if shift else 0,
        }
        if pressed.text:
            self._command("Input.dispatchKeyEvent", type="keyDown", text=pressed.text, **event)
        else:
            self._command("Input.dispatchKeyEvent", type="rawKeyDown", **event)
        self._command("Input.dispatchKeyEvent", type="keyUp", **event)

    def screenshot(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(
            base64.b64decode(self._command("Page.captureScreenshot", format="png")["data"])
        )

    def set_viewport(self, width: int, height: int, *, mobile: bool = False) -> None:
        size = {"width": width, "height": height}
        self._command(
            "Emulation.setDeviceMetricsOverride", **size, deviceScaleFactor=1, mobile=mobile
        )
        self._command("Emulation.setTouchEmulationEnabled", enabled=mobile)

    def emulate_media(
        self,
        *,
        color_scheme: str = "",
        reduced_motion: bool = False,
        forced_colors: bool = False,
        print: bool = False,
    ) -> None:
        """What the style sheet is told about the screen and the wishes of the person."""
        wishes = {
            "prefers-color-scheme": color_scheme,
            "prefers-reduced-motion": "reduce" if reduced_motion else "",
            "forced-colors": "active" if forced_colors else "",
        }
        features = [{"name": name, "value": value} for name, value in wishes.items()]
        self._command(
            "Emulation.setEmulatedMedia", media="print" if print else "", features=features
        )

    def set_letters(self, pixels: int) -> None:
        """The size of letters that somebody has chosen in the browser's settings; usual is 16."""
        self._command("Page.setFontSizes", fontSizes={"standard": pixels})

    def run_before_scripts(self, js: str) -> None:
        self._command("Page.addScriptToEvaluateOnNewDocument", source=js)

    def offline(self, on: bool) -> None:
        unlimited = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self._command("Network.emulateNetworkConditions", offline=on, **unlimited)

    def block(self, *addresses: str) -> None:
        """Requests to these, with * for anything, fail from now on; those blocked before do not."""
        self._command("Network.setBlockedURLs", urls=list(addresses))

    def clear_cookies(self) -> None:
        self._command("Network.clearBrowserCookies")

    def requests(self) -> list[Request]:
        return chromium_events.requests_of(self._events())

    def console_errors(self) -> list[str]:
        return chromium_events.errors_of(self._events())

    def new_tab(self) -> "Chromium":
        tab = object.__new__(type(self))
        tab._process, tab._language, tab._is_first = self._process, self._language, False
        tab._attach(self._targets("json/new"))
        return tab

    def close(self) -> None:
        self._connection.close()
        if self._is_first:
            self._process.stop()
        else:
            self._targets(f"json/close/{self._id}")

    def _events(self) -> list[JSON]:
        self._command("Runtime.enable")  # its answer comes after all events so far
        return self._connection.events

    def _targets(self, path: str) -> Any:
        """The small HTTP interface: `PUT` since 111, and since 64 it takes it too."""
        url = f"http://{urlsplit(self._process.address).netloc}/{path}"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(urllib.request.Request(url, method="PUT"), timeout=10) as answer:
            body = answer.read()
        return json.loads(body) if body.startswith((b"{", b"[")) else None
