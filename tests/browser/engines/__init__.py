"""Real browsers behind one interface: `Tab`. No driver program is needed, only a WebSocket."""

from .chromium import Chromium
from .firefox import Firefox
from .tab import JavaScriptError, Request, Tab

__all__ = ["Chromium", "Firefox", "JavaScriptError", "Request", "Tab"]
