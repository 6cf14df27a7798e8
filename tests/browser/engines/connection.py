"""Commands and events over one WebSocket.

The DevTools protocol (Chromium) and WebDriver BiDi (Firefox) share this form.
"""

import json
import time
from typing import Any

from websockets.sync.client import connect

JSON = dict[str, Any]
COMMAND_SECONDS = 30.0


class CommandFailed(Exception):
    """The browser refused a command."""


class Connection:
    """Sends a command, waits for its answer and keeps the events that come meanwhile."""

    def __init__(self, url: str) -> None:
        self.events: list[JSON] = []
        # Chromium below 90 takes a ping for an error, and hangs up.
        self._socket = connect(
            url, max_size=None, compression=None, proxy=None, legacy=True, ping_interval=None
        )
        self._last_id = 0

    def command(self, method: str, params: JSON | None = None) -> JSON:
        self._last_id += 1
        sent = self._last_id
        self._socket.send(json.dumps({"id": sent, "method": method, "params": params or {}}))
        deadline = time.monotonic() + COMMAND_SECONDS
        while True:
            message = self._receive(deadline, method)
            if message.get("id") != sent:
                self.events.append(message)
            elif "error" in message:
                raise CommandFailed(f"{method}: {message['error']} {message.get('message', '')}")
            else:
                return dict(message["result"])

    def wait_for_event(self, method: str, after: int, seconds: float = COMMAND_SECONDS) -> JSON:
        """The first event of this name that is not among the first `after` events."""
        deadline = time.monotonic() + seconds
        while True:
            for event in self.events[after:]:
                if event.get("method") == method:
                    return event
            after = len(self.events)
            self.events.append(self._receive(deadline, method))

    def close(self) -> None:
        self._socket.close()

    def _receive(self, deadline: float, what: str) -> JSON:
        try:
            message = self._socket.recv(timeout=max(0.01, deadline - time.monotonic()))
        except TimeoutError:
            raise AssertionError(f"the browser did not answer in time: {what}") from None
        return dict(json.loads(message))
