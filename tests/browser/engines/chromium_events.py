"""What the events of the DevTools protocol tell."""

from .connection import JSON
from .tab import Request


def requests_of(events: list[JSON]) -> list[Request]:
    found: dict[str, Request] = {}
    for event in events:
        params = event["params"]
        if event["method"] == "Network.requestWillBeSent":
            found[params["requestId"]] = Request(params["request"]["url"])
        elif event["method"] == "Network.webSocketCreated":
            found[params["requestId"]] = Request(params["url"])
        elif event["method"] == "Network.loadingFinished" and params["requestId"] in found:
            found[params["requestId"]].size = int(params["encodedDataLength"])
    return list(found.values())


def errors_of(events: list[JSON]) -> list[str]:
    errors = []
    for event in events:
        params = event["params"]
        if event["method"] == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            errors.append(details.get("exception", {}).get("description") or details["text"])
        elif event["method"] == "Runtime.consoleAPICalled" and params["type"] in (
            "error",
            "assert",
        ):
            errors.append(
                " ".join(str(arg.get("value", arg.get("description"))) for arg in params["args"])
            )
        elif event["method"] == "Log.entryAdded" and params["entry"]["level"] == "error":
            entry = params["entry"]
            errors.append(f"{entry['text']} {entry.get('url', '')}".strip())
    return errors
