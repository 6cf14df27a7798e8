"""The signalling protocol at the door: docs/signalling.md in code. Pure, standard library only.

`parse` turns a frame into a message of a known shape or raises ProtocolError with a stable code.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

VERSION = 2
MAX_FRAME_CHARS = 32 * 1024
MAX_SDP_CHARS = 30_000
MAX_CANDIDATE_CHARS = 2_000
HELLO_WITHIN_S = 10
SILENT_FOR_S = 60
BURST = 120
REFILL_PER_S = 20

Message = Mapping[str, Any]

ID = re.compile(r"[A-Za-z0-9_-]{16,64}")
PLACE = re.compile(r"(counsellor|jobseeker|guest-[1-9][0-9]{0,9})(\.2)?")

# Close codes (RFC 6455, 7.4.2: 4000–4999 are private use), one for each group of error codes.
CLOSE_CODES = {
    "bad-message": 4400,
    "too-large": 4400,
    "unknown-type": 4400,
    "bad-state": 4400,
    "forbidden": 4403,
    "not-found": 4404,
    "timeout": 4408,
    "occupied": 4409,
    "replaced": 4409,
    "ended": 4410,
    "removed": 4411,
    "not-open": 4425,
    "version": 4426,
    "too-fast": 4429,
}


class ProtocolError(Exception):
    """A message or a state that the protocol refuses. `code` is stable, the text for developers."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code

    @property
    def close_code(self) -> int:
        return CLOSE_CODES[self.code]

    def message(self) -> Message:
        return {"type": "error", "code": self.code, "message": str(self)}


def over() -> ProtocolError:
    return ProtocolError("ended", "The talk is over.")


def removed() -> ProtocolError:
    return ProtocolError("removed", "The counsellor has ended this for you.")


def parse(frame: str | bytes) -> Message:
    """The message in a frame, with exactly the fields of its type; unknown fields are dropped."""
    if len(frame) > MAX_FRAME_CHARS:
        raise ProtocolError("too-large", f"A frame has at most {MAX_FRAME_CHARS} characters.")
    if isinstance(frame, bytes):
        raise ProtocolError("bad-message", "Frames are text.")
    try:
        message = json.loads(frame)
    except (ValueError, RecursionError):
        raise ProtocolError("bad-message", "The frame is not JSON.") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise ProtocolError("bad-message", "A message is an object with a type.")
    fields = FIELDS.get(message["type"])
    if fields is None:
        raise ProtocolError("unknown-type", "This type of message is not known.")
    parsed = {"type": message["type"]}
    for name, check in fields.items():
        value = message.get(name)
        if not check(value):
            raise ProtocolError("bad-message", f"{message['type']}: {name} is missing or wrong.")
        parsed[name] = value
    if parsed["type"] == "hello" and parsed["v"] != VERSION:
        raise ProtocolError("version", f"This server speaks version {VERSION}.")
    return parsed


def _is_bool(value: object) -> bool:
    return isinstance(value, bool)


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_id(value: object) -> bool:
    return isinstance(value, str) and ID.fullmatch(value) is not None


def _is_place(value: object) -> bool:
    return isinstance(value, str) and PLACE.fullmatch(value) is not None


def _is_media(value: object) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == {"audio", "video"}
        and all(map(_is_bool, value.values()))
    )


def _is_description(value: object) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == {"type", "sdp"}
        and value["type"] in ("offer", "answer")
        and isinstance(value["sdp"], str)
        and len(value["sdp"]) <= MAX_SDP_CHARS
    )


def _is_candidate(value: object) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() <= {"candidate", "sdpMid", "sdpMLineIndex", "usernameFragment"}
        and isinstance(value.get("candidate"), str)
        and all(
            isinstance(part, str | int | None) and len(str(part)) <= MAX_CANDIDATE_CHARS
            for part in value.values()
        )
    )


FIELDS: Mapping[str, Mapping[str, Callable[[object], bool]]] = {
    "hello": {
        "v": _is_int,
        "client": _is_id,
        "page": _is_id,
        "takeover": _is_bool,
        "media": _is_media,
    },
    "media": {"audio": _is_bool, "video": _is_bool},
    "description": {"to": _is_place, "description": _is_description},
    "candidate": {"to": _is_place, "candidate": _is_candidate},
    "renegotiate": {"to": _is_place, "restart": _is_bool},
    "measured": {"ms": _is_int, "relayed": _is_bool},
    "admit": {"id": _is_place},
    "remove": {"id": _is_place},
    "settled": {},
    "bye": {},
    "end": {},
    "ping": {},
}


@dataclass
class RateLimit:
    """A token bucket: BURST messages at once, REFILL_PER_S after that."""

    tokens: float = BURST
    last_s: float | None = field(default=None)

    def spend(self, now_s: float) -> None:
        """Take one token at `now_s` (monotonic seconds), or raise too-fast."""
        if self.last_s is not None:
            self.tokens = min(BURST, self.tokens + (now_s - self.last_s) * REFILL_PER_S)
        self.last_s = now_s
        if self.tokens < 1:
            raise ProtocolError("too-fast", f"At most {REFILL_PER_S} messages a second.")
        self.tokens -= 1
