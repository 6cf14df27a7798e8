"""Firefox from 128 on, over WebDriver BiDi, which it speaks by itself."""

import base64
import json
from pathlib import Path
from typing import Any

from .connection import JSON, CommandFailed, Connection
from .keys import SHIFT, named
from .process import Process
from .tab import JavaScriptError, Request, Tab

PREFERENCES: dict[str, bool | int | str] = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.peerconnection.ice.loopback": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "media.gmp-manager.updateEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.proxy.type": 0,
    "intl.accept_languages": "de",
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.aboutwelcome.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "services.settings.server": "data:,nothing",
    "toolkit.telemetry.server": "data:,nothing",
}
EVENTS = ("log.entryAdded", "network.beforeRequestSent", "network.responseCompleted")
TELL_VIOLATIONS = """(() => addEventListener('securitypolicyviolation', (event) =>
  console.error('Content-Security-Policy', event.violatedDirective, event.blockedURI)))"""


class Firefox(Tab):
    """A Firefox with a profile of its own. Camera and microphone are made up and allowed."""

    def __init__(self, path: str, preferences: dict[str, bool | int | str] | None = None) -> None:
        self._process = Process("firefox")
        wanted = {**PREFERENCES, **(preferences or {})}
        lines = [
            f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in wanted.items()
        ]
        (self._process.profile / "user.js").write_text("\n".join(lines))
        profile = str(self._process.profile)
        self._process.start(
            [path, "--headless", "--profile", profile, "--remote-debugging-port", "0"]
        )
        self._connection = Connection(self._process.address + "/session")
        self._command("session.new", capabilities={"alwaysMatch": {"acceptInsecureCerts": True}})
        self._command("session.subscribe", events=list(EVENTS))
        self._command("script.addPreloadScript", functionDeclaration=TELL_VIOLATIONS)
        self._context = self._new_context()
        self._is_first = True

    def _new_context(self) -> str:
        # the tab that is there from the start leaves the focus to the address bar
        return str(self._command("browsingContext.create", type="tab")["context"])

    def _command(self, method: str, **params: Any) -> JSON:
        return self._connection.command(method, params)

    def open(self, url: str) -> None:
        self._command("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def evaluate(self, js: str) -> Any:
        function = f"async () => JSON.stringify(await ({js}))"
        target = {"context": self._context}
        try:
            answer = self._command(
                "script.callFunction",
                functionDeclaration=function,
                target=target,
                awaitPromise=True,
            )
        except CommandFailed as error:
            raise JavaScriptError(str(error)) from None
        if answer["type"] == "exception":
            raise JavaScriptError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"].get("value", "null"))

    def click_at(self, x: float, y: float) -> None:
        move: JSON = {"type": "pointerMove", "x": round(x), "y": round(y)}
        click = [move, {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        self._perform({"type": "pointer", "id": "mouse", "actions": click})

    def press(self, key: str) -> None:
        pressed, shift = named(key)
        held = [SHIFT] if shift else []
        keys = [{"type": "keyDown", "value": value} for value in (*held, pressed.webdriver)]
        keys += [{"type": "keyUp", "value": value} for value in (pressed.webdriver, *held)]
        self._perform({"type": "key", "id": "keyboard", "actions": keys})

    def _perform(self, source: JSON) -> None:
        self._command("input.performActions", context=self._context, actions=[source])

    def screenshot(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        answer = self._command("browsingContext.captureScreenshot", context=self._context)
        path.write_bytes(base64.b64decode(answer["data"]))

    def set_viewport(self, width: int, height: int, *, mobile: bool = False) -> None:
        size = {"width": width, "height": height}
        self._command("browsingContext.setViewport", context=self._context, viewport=size)

    def run_before_scripts(self, js: str) -> None:
        self._command("script.addPreloadScript", functionDeclaration=f"() => {{ {js} }}")

    def offline(self, on: bool) -> None:
        conditions = {"type": "offline"} if on else None
        self._command(
            "emulation.setNetworkConditions", networkConditions=conditions, contexts=[self._context]
        )

    def clear_cookies(self) -> None:
        self._command("storage.deleteCookies")

    def requests(self) -> list[Request]:
        found: dict[str, Request] = {}
        for event in self._events():
            if event["method"].startswith("network."):
                asked = event["params"]["request"]
                request = found.setdefault(asked["request"], Request(asked["url"]))
                request.size = int(event["params"].get("response", {}).get("bytesReceived", 0))
        return list(found.values())

    def console_errors(self) -> list[str]:
        logged = [
            event["params"] for event in self._events() if event["method"] == "log.entryAdded"
        ]
        return [entry["text"] or "" for entry in logged if entry["level"] == "error"]

    def new_tab(self) -> "Firefox":
        tab = object.__new__(type(self))
        tab._process, tab._connection, tab._is_first = self._process, self._connection, False
        tab._context = tab._new_context()
        return tab

    def close(self) -> None:
        if self._is_first:
            self._connection.close()
            self._process.stop()
        else:
            self._command("browsingContext.close", context=self._context)

    def _events(self) -> list[JSON]:
        self._command("session.status")  # its answer comes after all events so far
        ours = [event for event in self._connection.events if "params" in event]
        return [event for event in ours if _context_of(event["params"]) == self._context]


def _context_of(params: JSON) -> Any:
    return params.get("context") or params.get("source", {}).get("context")
