"""What every template may use besides its own context."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import segno
from flask import Flask, url_for
from flask_babel import gettext
from flask_login import current_user
from jinja2 import StrictUndefined
from markupsafe import Markup, escape

from vberatung import i18n, tokens
from vberatung.config import Settings
from vberatung.routes import proof_of_work, receipt_words, techcheck_words
from vberatung.routes.room_parts import MEGABYTES
from vberatung.routes.static_files import static
from vberatung.routes.waiting_words import PHRASES, waiting_words


def socket_path(endpoint: str, **values: Any) -> str:
    """The path of a socket: the browser adds scheme and host of the page it is on."""
    url = urlsplit(url_for(endpoint, **values))
    return f"{url.path}?{url.query}" if url.query else url.path


def qr(link: str) -> Markup:
    """A QR code (ISO/IEC 18004) as an inline SVG; the link stands beside it as text."""
    code = segno.make_qr(link, error="m")
    return Markup(code.svg_inline(svgclass="qr", lineclass=None, omitsize=True, border=0))  # noqa: S704


def slot_buttons(starts: list[datetime], day_name: str) -> Markup:
    """The free times of one half of a day: hundreds on a page, so not in a template."""
    day = escape(day_name)
    return Markup(  # noqa: S704  # numbers, and what is escaped here
        "\n".join(
            f'<li><button type="submit" class="slot" name="slot" value="{start.isoformat()}" '
            f'data-testid="slot" aria-label="{day}, {escape(time)}">'
            f"{start.hour:02}:{start.minute:02}</button></li>"
            for start, time in zip(starts, i18n.clock_times(starts), strict=True)
        )
    )


def staff_pages() -> list[tuple[str, str]]:
    """Endpoint and name of each page in the navigation of those who are signed in."""
    pages = [
        ("staff_today.today", gettext("Heute")),
        ("staff_invitations.list_all", gettext("Einladen")),
        ("staff_registrations.list_all", gettext("Meldungen")),
        ("staff_availability.show", gettext("Verfügbarkeit")),
        ("staff_cancellation.choose", gettext("Ausfall")),
        ("staff_delivery.undelivered", gettext("Zustellung")),
        ("staff_statistics.overview", gettext("Statistik")),
    ]
    if current_user.admin:
        pages.append(("admin_office.show", gettext("Verwaltung")))
    return pages


def add_template_globals(app: Flask, settings: Settings) -> None:
    app.jinja_env.filters.update(
        translated=i18n.translated,
        long_date=i18n.long_date,
        clock_time=i18n.clock_time,
        long_moment=i18n.long_moment,
        long_moments=i18n.long_moments,
        short_date=i18n.short_date,
        short_moment=i18n.short_moment,
        short_number=i18n.short_number,
        phone=i18n.phone_number,
        channel_name=i18n.channel_name,
        language_name=i18n.language_name,
        qr=qr,
        waiting_words=waiting_words,
        grouped=tokens.grouped,
    )
    app.jinja_env.globals.update(
        static=static,
        slot_buttons=slot_buttons,
        staff_pages=staff_pages,
        socket_path=socket_path,
        megabytes=MEGABYTES,
        proof_challenge=proof_of_work.challenge,
        receipt_words=receipt_words,
        techcheck_words=techcheck_words,
        waiting_phrases=PHRASES,
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True

    @app.context_processor
    def page_language() -> dict[str, object]:
        return {
            "language": i18n.language(),
            "languages": list(i18n.LANGUAGES.items()),
            "language_chosen": i18n.chosen_here(),
            "demo": settings.demo,
        }
