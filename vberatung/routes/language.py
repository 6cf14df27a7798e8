"""Choosing a language without losing what was typed.

A page without a form has links: `?lang=en`. A page with one (`typed_form` in its template) has
buttons that send this form to the address of the page, with the language as one more field. Such
a POST is answered like the GET of the page, which by rule changes nothing; only that its forms
are filled with what came along (`routes/forms.py`).
"""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Flask, current_app, g, request, url_for
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import MapAdapter, RequestRedirect

from vberatung import i18n
from vberatung.headers import is_foreign


@dataclass(frozen=True)
class Address:
    """Where a page can be opened; `query` is its query without the language."""

    path: str
    query: list[tuple[str, str]]

    @property
    def url(self) -> str:
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path or "?"

    def in_language(self, code: str) -> str:
        return f"{self.path}?" + urlencode([*self.query, (i18n.PARAMETER, code)])


def init_app(app: Flask) -> None:
    """Before all that looks at the method of a request: CSRF protection, limits, transactions."""
    app.before_request(open_page_again)
    app.jinja_env.globals.update(page_address=page_address, page_opens=page_opens)


def open_page_again() -> None:
    """A POST that only chooses a language becomes the GET of the same address."""
    if request.method != "POST" or is_foreign() or request.form.get(i18n.PARAMETER) is None:
        return
    code = request.form[i18n.PARAMETER]
    g.language_of_form = code if code in i18n.LANGUAGES else None
    posted_to = request.blueprint
    request.method = "GET"
    try:
        request.url_rule, values = _adapter().match(method="GET", return_rule=True)
        request.view_args = dict(values)
        if request.blueprint != posted_to:  # what guards this page has not been asked
            raise MethodNotAllowed
        request.routing_exception = None
    except HTTPException as error:
        request.url_rule, request.view_args, request.routing_exception = None, None, error


def page_address(url: str | None = None) -> Address:
    """Where the present page can be opened: `url` if the page says so, else where it was asked for.

    What answers a POST to an address that cannot be opened leads to the start page.
    """
    if url is None and not page_opens():
        url = url_for("public.start")
    if url is None:
        asked = [pair for pair in request.args.items(multi=True) if pair[0] != i18n.PARAMETER]
        return Address("", [pair for pair in asked if "".join(pair).isprintable()])
    parts = urlsplit(url)
    return Address(parts.path, parse_qsl(parts.query))


def page_opens() -> bool:
    """Whether the address that was asked for can be opened: some only take a form."""
    if request.environ["REQUEST_METHOD"] != "POST":
        return True
    try:
        _adapter().match(method="GET")
    except RequestRedirect:
        return True
    except HTTPException:
        return False
    return True


def _adapter() -> MapAdapter:
    return current_app.create_url_adapter(request)  # type: ignore[return-value]  # not without one
