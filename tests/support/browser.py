"""A browser without JavaScript: fetches pages, fills in forms, follows redirects.

It refuses every page that breaks one of the rules in `page_rules`, whatever the test is about.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit
from xml.etree.ElementTree import Element

import html5lib
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from tests.support import page_rules
from tests.support.settings import PUBLIC_URL

Values = list[tuple[str, str]]
CONTROL_CHARACTERS = re.compile(r"[\0-\x08\x0b\x0e-\x1f\x7f-\x9f]")
REDIRECTS = (301, 302, 303, 307, 308)


@dataclass
class Page:
    """One answer; its HTML, if it is any, is parsed and has passed the rules."""

    response: TestResponse
    url: str
    html: Element | None = None
    seen: list["Page"] = field(default_factory=list)
    """The redirects that led here."""

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def location(self) -> str:
        return self.response.headers.get("Location", "")

    @property
    def h1(self) -> str:
        return text_of(self.one("h1"))

    @property
    def text(self) -> str:
        """What a person reads, white space collapsed."""
        return text_of(self.root.find("body"))

    @property
    def root(self) -> Element:
        assert self.html is not None, f"{self.url} is no HTML page"
        return self.html

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Every element of this tag ("*" is any) with these attributes ("_" means "-")."""
        wanted = {name.replace("_", "-"): value for name, value in attributes.items()}
        return [
            element
            for element in self.root.iter()
            if tag in ("*", element.tag) and wanted.items() <= element.attrib.items()
        ]

    def one(self, tag: str, **attributes: str) -> Element:
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} × {tag} {attributes} in {self.url}"
        return found[0]

    def marked(self, testid: str) -> list[Element]:
        return self.all("*", data_testid=testid)

    def has(self, testid: str) -> bool:
        return bool(self.marked(testid))

    def link(self, words: str) -> str:
        """Where the first link with these words leads."""
        for link in self.root.iter("a"):
            if words in text_of(link):
                return link.attrib["href"]
        raise AssertionError(f"no link “{words}” in {self.url}")

    def links(self) -> list[str]:
        """Where the links of the main part lead."""
        return [link.attrib["href"] for link in self.one("main").iter("a")]

    def form(self, action: str = "") -> "Form":
        """The form of the main part whose address ends so; the first one by default."""
        main = self.one("main")
        for form in main.iter("form"):
            if form.attrib.get("action", "").endswith(action):
                return Form.read(form, self.url)
        raise AssertionError(f"no form to “{action}” in {self.url}")


@dataclass
class Form:
    action: str
    method: str
    values: Values

    @classmethod
    def read(cls, form: Element, page_url: str) -> "Form":
        action = urljoin(page_url, form.attrib.get("action", ""))
        return cls(action, form.attrib.get("method", "get").lower(), list(_values(form)))

    def filled(self, changes: dict[str, str | None]) -> Values:
        """What would be sent with these fields changed; None leaves a field out."""
        kept = [(name, value) for name, value in self.values if name not in changes]
        return kept + [(name, value) for name, value in changes.items() if value is not None]

    def value(self, name: str) -> str:
        return dict(self.values).get(name, "")


class Browser:
    """Keeps its cookies like a person's browser does, and forgets nothing else."""

    def __init__(
        self,
        app: Flask,
        before: Callable[[], object] = lambda: None,
        base_url: str = PUBLIC_URL,
    ) -> None:
        self.app = app
        self.before = before
        self.base_url = base_url
        self.client: FlaskClient = app.test_client()

    def get(self, url: str, **options: Any) -> Page:
        """The page, without following redirects."""
        return self.open(url, "GET", **options)

    def post(self, url: str, values: dict[str, str] | None = None, **options: Any) -> Page:
        """What any program could send: no form, no token."""
        return self.open(url, "POST", data=values or {}, **options)

    def open(
        self, url: str, method: str, query: dict[str, str] | None = None, **options: Any
    ) -> Page:
        self.before()
        address = urlsplit(urljoin(self.base_url + "/", url))
        response = self.client.open(
            address.path,
            method=method,
            query_string=query or address.query,
            base_url=self.base_url,
            buffered=True,
            **options,
        )
        page = Page(response, address.geturl(), _parsed(response))
        page_rules.check(page.html, response, self.app, page.url)
        return page

    def visit(self, url: str, **options: Any) -> Page:
        """The page at the end of all redirects."""
        return self._follow(self.get(url, **options))

    def submit(self, page: Page, form_to: str = "", /, **changes: str | None) -> Page:
        """Fill in the page's form, send it, and follow where it leads."""
        form = page.form(form_to)
        return self.send(form, form.filled(changes))

    def send(self, form: Form, values: Values) -> Page:
        if form.method == "get":
            return self.visit(
                form.action.partition("#")[0].partition("?")[0] + "?" + urlencode(values)
            )
        return self._follow(self.open(form.action, "POST", data=MultiDict(values)))

    def cookie(self, name: str) -> str:
        """`name=value`, as it would be sent."""
        domain = urlsplit(self.base_url).hostname or ""
        cookie = self.client.get_cookie(name, domain)
        assert cookie, f"there is no cookie {name}"
        return f"{name}={cookie.value}"

    def _follow(self, page: Page) -> Page:
        seen: list[Page] = []
        while page.status in REDIRECTS:
            assert len(seen) < 5, f"{page.url} redirects for ever"
            seen.append(page)
            page = self.get(urljoin(page.url, page.location))
        page.seen = seen
        return page


def text_of(element: Element | None) -> str:
    return "" if element is None else " ".join("".join(element.itertext()).split())


def _parsed(response: TestResponse) -> Element | None:
    """Strict: the first error of the HTML standard's parsing algorithm raises ParseError.

    One case is ignored: a form with a mistake shows control characters again that were typed.
    """
    if response.mimetype != "text/html" or response.status_code in REDIRECTS or not response.data:
        return None
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    html = response.get_data(as_text=True)
    if response.status_code == 422:
        html = CONTROL_CHARACTERS.sub("", html)
    document: Element = parser.parse(html)
    return document


def _values(form: Element) -> Iterator[tuple[str, str]]:
    """What a browser would send if nothing was touched; buttons are only sent when pressed."""
    for control in form.iter():
        name, kind = control.attrib.get("name"), control.attrib.get("type", "text")
        if not name:
            continue
        if control.tag == "textarea":
            yield name, (control.text or "").removeprefix("\n")
        elif control.tag == "select":
            options = list(control.iter("option"))
            chosen = [option for option in options if "selected" in option.attrib] or options[:1]
            yield from ((name, option.attrib["value"]) for option in chosen)
        elif control.tag == "input" and (
            kind not in ("radio", "checkbox", "submit") or "checked" in control.attrib
        ):
            yield name, control.attrib.get("value", "")
