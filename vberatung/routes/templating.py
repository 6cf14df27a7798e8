"""What every template may use besides its own context."""

from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Flask, request, url_for
from jinja2 import StrictUndefined
from werkzeug.datastructures import MultiDict

from vberatung import i18n
from vberatung.config import Settings
from vberatung.routes.static_files import static


def language_url(code: str) -> str:
    """This page in another language, its other parameters kept."""
    arguments = MultiDict(request.args)
    arguments["lang"] = code
    return "?" + urlencode(list(arguments.items(multi=True)))


def socket_path(endpoint: str, **values: Any) -> str:
    """The path of a socket: the browser adds scheme and host of the page it is on."""
    return urlsplit(url_for(endpoint, **values)).path


def add_template_globals(app: Flask, settings: Settings) -> None:
    app.jinja_env.filters.update(
        translated=i18n.translated,
        long_date=i18n.long_date,
        clock_time=i18n.clock_time,
        long_moment=i18n.long_moment,
        phone=i18n.phone_number,
        channel_name=i18n.channel_name,
    )
    app.jinja_env.globals.update(static=static, language_url=language_url, socket_path=socket_path)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True

    @app.context_processor
    def page_language() -> dict[str, object]:
        return {
            "language": i18n.language(),
            "languages": list(i18n.LANGUAGES.items()),
            "demo": settings.demo,
        }
