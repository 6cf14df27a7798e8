"""The page for each thing that can go wrong: what happened, what to do now, who helps."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from math import ceil
from types import TracebackType

from flask import Flask, current_app, g, render_template, request
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from vberatung import clock, i18n
from vberatung.booking.operations import TooLate
from vberatung.extensions import db, limiter
from vberatung.limits import TooOften
from vberatung.messages.notices import TooManyMessages
from vberatung.offices.queries import all_offices
from vberatung.room.access import NotOpenYet, RoomOver
from vberatung.room.hand_overs import HandOverOver

BROKEN = "<!doctype html><html lang=de><title>Fehler</title><h1>Das hat nicht geklappt.</h1></html>"
"""When nothing else can be shown. What escapes from here, gunicorn would log with its address."""

Answer = tuple[str, int] | tuple[str, int, dict[str, str]]
ExcInfo = tuple[type, BaseException, TracebackType] | tuple[None, None, None]
A_DAY_S = 24 * 60 * 60
PAGES = {400: "bad_request", 403: "forbidden", 404: "not_found", 413: "too_large"}


def init_app(app: Flask) -> None:
    app.log_exception = log_without_address(app)  # type: ignore[assignment]
    app.register_error_handler(TooLate, too_late)
    app.register_error_handler(NotOpenYet, not_open_yet)
    app.register_error_handler(RoomOver, room_over)
    app.register_error_handler(HandOverOver, hand_over_over)
    app.register_error_handler(CSRFError, form_expired)
    app.register_error_handler(RateLimitExceeded, met_limit)
    app.register_error_handler(TooOften, too_often)
    app.register_error_handler(TooManyMessages, too_many_messages)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(500, broken)


def log_without_address(app: Flask) -> Callable[[ExcInfo], None]:
    """Flask logs the path of a failed request, and ours may hold a personal link."""

    def log_exception(exc_info: ExcInfo) -> None:
        app.logger.error("Exception in %s", request.endpoint, exc_info=exc_info)

    return log_exception


def too_late(error: TooLate) -> Answer:
    return _page("too_late", 409)


def not_open_yet(error: NotOpenYet) -> Answer:
    return _page("not_open_yet", 403, opens_at=error.times.opens_at)


def room_over(error: RoomOver) -> Answer:
    return _page("room_over", 410)


def hand_over_over(error: HandOverOver) -> Answer:
    return _page("hand_over_over", 410)


def form_expired(error: CSRFError) -> Answer:
    return _page("form_expired", 400)


def met_limit(error: RateLimitExceeded) -> Answer:
    met = limiter.current_limit
    return too_many(datetime.fromtimestamp(met.window.reset_time, UTC) if met else clock.now())


def too_often(error: TooOften) -> Answer:
    return too_many(error.again_at)


def too_many(again_at: datetime) -> Answer:
    """When to try again. What was typed is in the page, to be sent once more."""
    minutes = max(1, ceil((again_at - clock.now()).total_seconds() / 60))
    return _with_typed("too_many", minutes * 60, minutes=minutes)


def too_many_messages(error: TooManyMessages) -> Answer:
    """What was asked for is of no use without a message, and this address gets none today.

    No moment is named: it would tell a stranger when somebody got the first of them.
    """
    return _with_typed("too_many_messages", A_DAY_S)


def _with_typed(name: str, retry_after_s: int, **context: object) -> Answer:
    typed = [(k, v) for k, v in request.form.items(multi=True) if k != "csrf_token"]
    page = _page(name, 429, typed=typed, **context)
    return *page, {"Retry-After": str(retry_after_s)}


def http_error(error: HTTPException) -> Answer | HTTPException:
    if error.code is None or error.code < 400:
        return error
    if error.code >= 500:
        return broken(error)
    try:
        page = _page(PAGES.get(error.code, "bad_request"), error.code)
    except Exception as worse:  # no database, or a Host header with which no link can be built
        current_app.log_exception(sys.exc_info())
        return broken(worse)
    if isinstance(error, MethodNotAllowed):
        return *page, {"Allow": ", ".join(error.valid_methods or ())}
    return page


def broken(error: Exception) -> Answer:
    # The database may be what is broken: this page asks it nothing, not even for the user,
    # as Flask-Login's context processor would.
    try:
        page = current_app.jinja_env.get_template("errors/broken.html")
        return page.render(language=i18n.language()), 500
    except Exception:  # an address that we cannot even build links for
        return BROKEN, 500


def _page(name: str, status: int, **context: object) -> tuple[str, int]:
    db.session.rollback()
    offices, office = all_offices(db.session), g.get("office")
    page = render_template(f"errors/{name}.html", offices=offices, office=office, **context)
    return page, status
