"""What figures and causes mean."""

import pytest

from vberatung.routes import techcheck_words
from vberatung.techcheck.verdict import (
    CAUSE_OF_LEVEL,
    FAILED,
    GOOD,
    LEVELS,
    LIGHT_OF_CAUSE,
    LIGHTS,
    LIMITED,
    MOST_CAUSES,
    NEEDS,
    OK,
    SMALL,
    SOUND,
    TELEPHONE,
    in_order,
    level_of,
    light_of,
)


@pytest.mark.parametrize(
    ("up", "down", "rtt", "loss", "level"),
    [
        (700, 700, 299, 2.9, GOOD),
        (700, 700, 300, 0, SMALL),
        (700, 700, 10, 3, SMALL),
        (699, 9000, 10, 0, SMALL),
        (9000, 699, 10, 0, SMALL),
        (200, 200, 5000, 7.9, SMALL),
        (200, 200, 10, 8, SOUND),
        (199, 9000, 10, 0, SOUND),
        (60, 60, 5000, 50, SOUND),
        (59.9, 9000, 10, 0, TELEPHONE),
        (9000, 59.9, 10, 0, TELEPHONE),
        (0, 0, 0, 0, TELEPHONE),
    ],
)
def test_what_the_line_is_good_for(
    up: float, down: float, rtt: float, loss: float, level: str
) -> None:
    assert level_of(up, down, rtt, loss) == level


def test_without_media_there_is_no_loss() -> None:
    assert level_of(1000, 1000, 50) == GOOD


def test_a_better_level_never_needs_less() -> None:
    assert [need.level for need in NEEDS] == list(LEVELS[:-1])
    assert [need.kbit for need in NEEDS] == sorted((need.kbit for need in NEEDS), reverse=True)


@pytest.mark.parametrize(
    ("causes", "light"),
    [
        ([], OK),
        (["relay-only"], OK),
        (["camera-denied"], LIMITED),
        (["camera-missing", "microphone-denied"], FAILED),
        (["speaker", "connection-small"], LIMITED),
        (["connection-none", "camera-busy"], FAILED),
        (["connection-weak", "relay-only"], FAILED),
    ],
)
def test_the_worst_cause_gives_the_light(causes: list[str], light: str) -> None:
    assert light_of(causes) == light


def test_every_level_but_the_best_is_a_cause() -> None:
    assert CAUSE_OF_LEVEL.keys() == set(LEVELS) - {GOOD}
    assert set(CAUSE_OF_LEVEL.values()) <= LIGHT_OF_CAUSE.keys()


def test_causes_come_in_the_order_of_the_steps_and_once() -> None:
    mixed = ["relay-only", "camera-denied", "relay-only", "browser"]
    assert in_order(mixed) == ["browser", "camera-denied", "relay-only"]


@pytest.mark.parametrize("causes", [["<script>"], ["camera-denied", ""], list(LIGHT_OF_CAUSE)])
def test_what_is_no_cause_is_refused(causes: list[str]) -> None:
    with pytest.raises(ValueError, match="no such cause"):
        in_order(causes)


def test_as_many_causes_as_there_can_be_are_taken() -> None:
    one_a_step = ["camera-denied", "microphone-denied", "speaker", "connection-small", "relay-only"]
    assert len(in_order(one_a_step)) < MOST_CAUSES


def test_every_cause_and_every_light_has_words_for_both() -> None:
    assert techcheck_words.CAUSES.keys() == LIGHT_OF_CAUSE.keys()
    assert techcheck_words.LIGHTS.keys() == set(LIGHTS)
    for words in techcheck_words.CAUSES.values():
        assert all(str(each) for each in (words.what, words.do, words.counsellor))
