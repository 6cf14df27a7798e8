"""What a device test means. Pure: codes and numbers in, codes out; the page gets the same numbers.

A talk is possible without a camera, so what is wrong with it limits; nobody is heard without a
microphone, so that fails. The words are in routes/techcheck_words.py.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

OK, LIMITED, FAILED = LIGHTS = ("ok", "limited", "failed")
"""In the order of gravity."""

GOOD, SMALL, SOUND, TELEPHONE = LEVELS = ("good", "small", "sound", "telephone")
"""What the line is good for: a large picture, a small one, sound only, or a call is better."""

LIGHT_OF_CAUSE: Mapping[str, str] = {
    "browser": FAILED,
    "in-app": FAILED,
    "insecure": FAILED,
    "camera-denied": LIMITED,
    "camera-system": LIMITED,
    "camera-missing": LIMITED,
    "camera-busy": LIMITED,
    "camera-failed": LIMITED,
    "microphone-denied": FAILED,
    "microphone-system": FAILED,
    "microphone-missing": FAILED,
    "microphone-busy": FAILED,
    "microphone-failed": FAILED,
    "microphone-silent": LIMITED,
    "speaker": LIMITED,
    "connection-server": FAILED,
    "connection-none": FAILED,
    "connection-weak": FAILED,
    "connection-sound": LIMITED,
    "connection-small": LIMITED,
    "relay-only": OK,
}
"""By code, in the order of the steps: nothing of the person or the device beyond that is kept.
`system`: refused by the operating system. `relay-only` is no trouble, but the office's IT may want
to know."""

MOST_CAUSES = 8
"""One for each step, and a few more."""


@dataclass(frozen=True)
class Need:
    """What a level asks for: kilobits a second each way at least, and below how many milliseconds
    of round-trip time and per cent of loss it is. None: however much."""

    level: str
    kbit: int
    rtt_ms: int | None = None
    loss: int | None = None


NEEDS = (Need(GOOD, 700, rtt_ms=300, loss=3), Need(SMALL, 200, loss=8), Need(SOUND, 60))
"""The best first. Whatever meets none of them is for the telephone."""

CAUSE_OF_LEVEL = {
    SMALL: "connection-small",
    SOUND: "connection-sound",
    TELEPHONE: "connection-weak",
}


def level_of(up_kbit: float, down_kbit: float, rtt_ms: float, loss: float = 0) -> str:
    """The best level whose needs are met. `loss` in per cent, of the worse direction."""
    for need in NEEDS:
        quick = need.rtt_ms is None or rtt_ms < need.rtt_ms
        complete = need.loss is None or loss < need.loss
        if min(up_kbit, down_kbit) >= need.kbit and quick and complete:
            return need.level
    return TELEPHONE


def light_of(causes: Collection[str]) -> str:
    """The worst light of these causes."""
    return max((LIGHT_OF_CAUSE[cause] for cause in causes), key=LIGHTS.index, default=OK)


def in_order(causes: Collection[str]) -> list[str]:
    """Each once, in the order of the steps; ValueError for what is no cause, or too many."""
    if not LIGHT_OF_CAUSE.keys() >= set(causes) or len(set(causes)) > MOST_CAUSES:
        raise ValueError("no such cause")
    return [cause for cause in LIGHT_OF_CAUSE if cause in causes]
