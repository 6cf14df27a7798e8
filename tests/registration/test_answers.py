"""What cannot be is an error; what is unlikely is a question."""

from datetime import date

import pytest

from vberatung.registration.answers import (
    NO_SUCH_DAY,
    ODD_YEAR,
    UNREADABLE,
    Finding,
    findings,
    read_day,
    why_no_day,
)

TODAY = date(2026, 11, 23)


def found(**answers: str) -> list[Finding]:
    return list(findings(answers, TODAY))


@pytest.mark.parametrize(
    "text",
    ["31.05.2027", "31.5.2027", "31. 5. 2027", " 31/05/2027 ", "31 05 2027", "2027-05-31"],
)
def test_a_day_is_read_as_people_write_it(text: str) -> None:
    assert read_day(text) == date(2027, 5, 31)


@pytest.mark.parametrize(
    "text", ["", None, "31.02.2027", "31.05.27", "05.31.2027", "morgen", "1.1.0001", "1.1.9999"]
)
def test_what_is_no_day_is_none(text: str | None) -> None:
    assert read_day(text) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("31.02.2027", NO_SUCH_DAY),
        ("05.31.2027", NO_SUCH_DAY),
        ("2027-02-31", NO_SUCH_DAY),
        ("31.05.27", ODD_YEAR),
        ("31.05.0027", ODD_YEAR),
        ("31.05.20270", ODD_YEAR),
        ("31.05." + "9" * 5000, ODD_YEAR),
        ("morgen", UNREADABLE),
        ("31.05.", UNREADABLE),
        ("٣١.٠٥.٢٠٢٧", UNREADABLE),
    ],
)
def test_what_is_wrong_with_a_day_has_a_name(text: str, reason: str) -> None:
    assert read_day(text) is None
    assert why_no_day(text) == reason


@pytest.mark.parametrize(
    ("answers", "code", "doubtful"),
    [
        ({"born_on": "01.01.2027"}, "born_later", False),
        ({"born_on": "24.11.2012"}, "too_young", False),
        ({"born_on": "23.11.1926"}, "very_old", True),
        ({"born_on": "01.01.1900"}, "too_old", False),
        ({"known_on": "24.11.2026"}, "known_later", False),
        ({"ends_on": "22.11.2026"}, "end_past", True),
        ({"ends_on": "23.11.2028"}, "end_far", True),
        ({"ends_on": "31.05.2072"}, "end_impossible", False),
        ({"from_on": "22.11.2026"}, "search_past", False),
        ({"from_on": "23.11.2028"}, "search_far", True),
        ({"from_on": "31.05.2027", "ends_on": "31.05.2027"}, "search_before_end", True),
        ({"hours": "0"}, "hours_impossible", False),
        ({"hours": "169"}, "hours_impossible", False),
        ({"hours": "49"}, "hours_long", True),
    ],
)
def test_what_looks_wrong_is_found(answers: dict[str, str], code: str, doubtful: bool) -> None:
    assert [(each.code, each.doubtful) for each in found(**answers)] == [(code, doubtful)]


@pytest.mark.parametrize(
    "answers",
    [
        {"born_on": "23.11.2012"},  # fourteen today
        {"born_on": "24.11.1926"},  # a hundred tomorrow
        {"known_on": "23.11.2026"},
        {"ends_on": "23.11.2026", "known_on": "23.11.2026"},  # without notice
        {"ends_on": "22.11.2028"},
        {"from_on": "23.11.2026"},
        {"from_on": "01.06.2027", "ends_on": "31.05.2027"},
        {"hours": "48"},
        {"hours": "viele"},  # the form says that this is no number
    ],
)
def test_what_is_likely_is_not_asked_about(answers: dict[str, str]) -> None:
    assert found(**answers) == []


def test_an_end_before_learning_of_it_is_asked_about() -> None:
    codes = [each.code for each in found(ends_on="20.11.2026", known_on="22.11.2026")]
    assert codes == ["end_past", "known_after_end"]


def test_a_doubt_is_about_one_answer() -> None:
    """Whoever has confirmed one far end is asked about another one again."""
    first, second = found(ends_on="23.11.2028"), found(ends_on="24.11.2028")
    assert first[0].key != second[0].key
