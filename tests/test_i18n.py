from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask

from tests.support.cast import AT_TEN
from vberatung import i18n


@pytest.fixture
def speaking(install: Callable[..., Flask]) -> Iterator[Callable[[str], None]]:
    """Switches to a language as a request does."""
    app, contexts = install(), []

    def speak(code: str) -> None:
        context = app.test_request_context(f"/?lang={code}")
        context.push()
        contexts.append(context)

    yield speak
    for context in reversed(contexts):
        context.pop()


@pytest.mark.parametrize(
    ("code", "date", "time"),
    [("de", "Montag, 23. November 2026", "10:00 Uhr"), ("en", "Monday", "10:00")],
)
def test_dates_and_times_are_written_as_people_do(
    speaking: Callable[[str], None], code: str, date: str, time: str
) -> None:
    speaking(code)
    assert i18n.long_date(AT_TEN).startswith(date)
    assert i18n.clock_time(AT_TEN) == time
    assert i18n.long_moment(AT_TEN).endswith(time)


def test_the_wall_clock_is_that_of_the_office(speaking: Callable[[str], None]) -> None:
    speaking("de")
    assert i18n.clock_time(datetime(2026, 7, 1, 22, 30, tzinfo=UTC)) == "00:30 Uhr"
    assert i18n.long_date(datetime(2026, 7, 1, 22, 30, tzinfo=UTC)).startswith("Donnerstag, 2.")


def test_a_text_without_a_translation_is_german(speaking: Callable[[str], None]) -> None:
    speaking("en")
    assert i18n.translated({"de": "Zeugnisse"}) == "Zeugnisse"
    assert i18n.translated({"de": "Zeugnisse", "en": "Certificates"}) == "Certificates"


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+493023125777", "+49 30 23125777"),
        ("", ""),
        ("keine", "keine"),
        ("+999", "+999"),
        ("030 231 25-0", "030 231 25-0"),
    ],
)
def test_numbers_are_shown_readably(number: str, shown: str) -> None:
    assert i18n.phone_number(number).replace("+999 ", "+999") == shown


def test_addresses_in_mails_are_those_that_people_can_open(
    speaking: Callable[[str], None],
) -> None:
    speaking("de")
    link = i18n.absolute_url("appointment.show", token="abc")
    assert link == "https://beratung.example/termin/abc"
