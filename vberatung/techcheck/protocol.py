"""The echo's protocol at the door: docs/techcheck.md in code. Pure, standard library only."""

import json
from collections.abc import Mapping
from typing import Any

MAX_FRAME_CHARS = 64 * 1024
HELLO_WITHIN_S = 10
OFFER_WITHIN_S = 15
CONNECTED_WITHIN_S = 15
MEDIA_WITHIN_S = 10
"""From the connection to the first picture or sound that can be given back."""
LASTS_S = 40
"""From `ready`: no test holds its place longer."""

Message = Mapping[str, Any]

# Close codes (RFC 6455, 7.4.2: 4000–4999 are private use), as in docs/signalling.md.
CLOSE_CODES = {
    "bad-message": 4400,
    "bad-offer": 4400,
    "bad-state": 4400,
    "too-large": 4400,
    "forbidden": 4403,
    "timeout": 4408,
    "too-fast": 4429,
}
FIELDS: Mapping[str, tuple[str, type]] = {"hello": ("media", bool), "offer": ("sdp", str)}


class EchoError(Exception):
    """What ends a test. `code` is stable, the text for developers."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code

    @property
    def close_code(self) -> int:
        return CLOSE_CODES[self.code]

    def message(self) -> Message:
        return {"type": "error", "code": self.code, "message": str(self)}


def parse(frame: str | bytes, expected: str) -> Any:
    """What the one field of the expected message holds."""
    if len(frame) > MAX_FRAME_CHARS:
        raise EchoError("too-large", f"A frame has at most {MAX_FRAME_CHARS} characters.")
    if isinstance(frame, bytes):
        raise EchoError("bad-message", "Frames are text.")
    try:
        message = json.loads(frame)
    except (ValueError, RecursionError):
        raise EchoError("bad-message", "The frame is not JSON.") from None
    if not isinstance(message, dict) or message.get("type") not in list(FIELDS):
        raise EchoError("bad-message", "A message is an object with the type hello or offer.")
    if message["type"] != expected:
        raise EchoError("bad-state", f"Not {message['type']}: {expected} comes now.")
    field, kind = FIELDS[expected]
    if not isinstance(message.get(field), kind):
        raise EchoError("bad-message", f"{expected}: {field} is missing or wrong.")
    return message[field]
