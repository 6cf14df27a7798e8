"""Which language a page speaks, and how it writes dates and times."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from functools import cache
from itertools import groupby
from typing import Any

from babel.dates import format_date, format_time, get_day_names
from babel.numbers import format_decimal
from flask import Response, current_app, g, has_request_context, request
from flask_babel import get_locale, gettext
from werkzeug.datastructures import MultiDict

from vberatung import clock

LANGUAGES = {"de": "Deutsch", "en": "English"}
DEFAULT_LANGUAGE = "de"
DATE_FORMATS = {"en": "en_GB"}
"""Whose dates and times a language writes, if not its own: 14:00, not 2:00 PM."""
PARAMETER = "lang"
"""In an address, and as the name of a button of a form (`routes/language.py`)."""
COOKIE = "language"
COOKIE_LIFETIME_S = 365 * 24 * 3600


def choose_language() -> str:
    """A button or `?lang=` sets it, a cookie keeps it, Accept-Language proposes it."""
    if not has_request_context():
        return DEFAULT_LANGUAGE
    wish = _wish()
    return wish if wish in LANGUAGES else language_before()


def language_before() -> str:
    """What is spoken without the wish of this request: the language of the page before it."""
    kept = request.cookies.get(COOKIE)
    if kept in LANGUAGES:
        return kept
    for tag, quality in request.accept_languages:  # de-AT is German before English is asked
        code = tag.partition("-")[0].lower()
        if quality > 0 and code in LANGUAGES:
            return code
    return DEFAULT_LANGUAGE


def keep_language(response: Response) -> Response:
    """Remember a language that was chosen just now."""
    wish = _wish()
    if wish in LANGUAGES:
        response.set_cookie(
            COOKIE,
            wish,
            max_age=COOKIE_LIFETIME_S,
            secure=request.is_secure,
            httponly=True,
            samesite="Lax",
        )
    return response


def _wish() -> str | None:
    return g.get("language_of_form") or request.args.get(PARAMETER)


def typed_form() -> MultiDict[str, str] | None:
    """What was typed so far, if somebody who is filling in a form has chosen a language."""
    return request.form if has_request_context() and "language_of_form" in g else None


def chosen_here() -> bool:
    """Whether somebody on a page of ours has just chosen the language (Fetch Metadata, W3C)."""
    if not has_request_context() or _wish() not in LANGUAGES:
        return False
    return request.headers.get("Sec-Fetch-Site") == "same-origin"


def follow_page(code: str | None) -> str | None:
    """A filter: who changes from a German page to an English one wants English messages as well,
    unless they had already chosen another language than the page's."""
    switched = typed_form() is not None and code == language_before()
    return language() if switched else code


def language() -> str:
    """The code of the language that text is written in now."""
    return str(get_locale() or DEFAULT_LANGUAGE)


def translated(texts: dict[str, str]) -> str:
    """The text in the present language, else in German."""
    return texts.get(language()) or texts[DEFAULT_LANGUAGE]


def absolute_url(endpoint: str, **values: Any) -> str:
    """An address for messages and calendar files: below PUBLIC_URL, whatever host was asked.

    Timed jobs ask for one as well, outside of any request.
    """
    path = current_app.url_map.bind("").build(endpoint, values)
    return str(current_app.config["SETTINGS"].public_url) + path


def long_date(moment: date) -> str:
    """Montag, 23. November 2026; for a day, or for the local day of a moment."""
    day = clock.local_day(moment) if isinstance(moment, datetime) else moment
    return format_date(day, "full", locale=_date_format())


@cache
def _clock_time(hour: int, minute: int, language: str) -> str:
    """A page of free times says the same forty times over and over."""
    wall = format_time(time(hour, minute), "short", locale=_date_format())
    return str(gettext("%(time)s Uhr", time=wall))


def _date_format() -> str:
    return DATE_FORMATS.get(language(), language())


def clock_time(moment: datetime) -> str:
    """9:00 Uhr"""
    wall = clock.to_local(moment)
    return _clock_time(wall.hour, wall.minute, language())


def clock_times(moments: Iterable[datetime]) -> Iterator[str]:
    """The same for many local moments: the language is asked once."""
    spoken = language()
    return (_clock_time(moment.hour, moment.minute, spoken) for moment in moments)


def long_moment(moment: datetime) -> str:
    """Montag, 23. November 2026, 9:00 Uhr"""
    return f"{long_date(moment)}, {clock_time(moment)}"


def long_moments(moments: Iterable[datetime]) -> str:
    """Montag, 23. November 2026, 9:00 Uhr, 9:15 Uhr; the next day after a semicolon."""
    days = groupby(moments, key=clock.local_day)
    return "; ".join(", ".join([long_date(day), *map(clock_time, each)]) for day, each in days)


def short_date(moment: date) -> str:
    """Mo. 23.11., beside the full date."""
    day = clock.local_day(moment) if isinstance(moment, datetime) else moment
    return format_date(day, "EEEEEE dd.MM.", locale=_date_format())


def short_moment(moment: datetime) -> str:
    """Mo. 23.11., 09:00 Uhr: for text messages."""
    day = format_date(clock.local_day(moment), "EEEEEE dd.MM.", locale=_date_format())
    return f"{day}, {clock_time(moment)}"


def channel_name(channel: str) -> str:
    """Video, Telefon, persönlich vor Ort"""
    names = {"video": gettext("Video"), "phone": gettext("Telefon")}
    return str(names.get(channel) or gettext("persönlich vor Ort"))


def weekday_names() -> list[str]:
    """Montag to Sonntag."""
    names = get_day_names("wide", locale=_date_format())
    return [names[weekday] for weekday in range(7)]


def language_name(code: str) -> str:
    """Ukrainisch for uk, in the present language; the code itself if nobody knows it."""
    locale = get_locale()
    return str(locale.languages.get(code, code)) if locale else code


def short_number(number: float) -> str:
    """12 or 12,5: one place after the comma where it is needed."""
    return str(format_decimal(number, "#,##0.#", locale=language()))


def phone_number(number: str) -> str:
    """+49 30 123456 for a number in E.164; what somebody wrote in groups or in words stays."""
    if not number.removeprefix("+").isdecimal():
        return number
    import phonenumbers  # 3 MB that most processes never need

    try:
        parsed = phonenumbers.parse(number, "DE")
    except phonenumbers.NumberParseException:
        return number
    form = phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, form)
