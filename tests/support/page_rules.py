"""What holds for every page of the product, whatever it shows."""

import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.test import TestResponse

PRODUCT = "Videoberatung"
LANGUAGES = ("de", "en")
ADDRESSES = ("href", "src", "action", "formaction", "poster", "data-live", "data-socket")
REFERENCES = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "list", "form")
ELSEWHERE = ("tel:", "mailto:", "data:", "#", "?")  # "?": this page itself, in another language
NEEDS_NO_LABEL = ("hidden", "submit", "button", "reset")

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
}
PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def check(html: Element | None, response: TestResponse, app: Flask, url: str) -> None:
    """Raise AssertionError with everything that is wrong with this answer."""
    faults = list(_headers(response, app, url))
    if html is not None:
        for rule in (_frame, _ids, _labels, _forms, _languages, _no_inline_code):
            faults += rule(html)
        faults += _addresses(html, app, url)
        faults += _opens_again(html, response, app, url)
    assert not faults, f"{url}: " + "; ".join(faults)


def _headers(response: TestResponse, app: Flask, url: str) -> Iterator[str]:
    page = not urlsplit(url).path.startswith("/static/")
    for name, value in (HEADERS | PAGE_HEADERS if page else HEADERS).items():
        if response.headers.get(name) != value and (
            url.startswith("https:") or "Strict" not in name
        ):
            yield f"{name} is {response.headers.get(name)}"
    policy = response.headers.get("Content-Security-Policy", "")
    if page and ("default-src 'none'" not in policy or "unsafe" in policy or "*" in policy):
        yield f"weak Content-Security-Policy: {policy}"
    for cookie in response.headers.getlist("Set-Cookie"):
        flags = ["HttpOnly", "SameSite=Lax", *(["Secure"] if url.startswith("https:") else [])]
        if not all(flag in cookie for flag in flags):
            yield f"weak cookie: {cookie.partition('=')[0]}"


def _frame(html: Element) -> Iterator[str]:
    if html.attrib.get("lang") not in LANGUAGES:
        yield f"lang is {html.attrib.get('lang')}"
    if html.attrib.get("dir", "ltr") not in ("ltr", "rtl"):
        yield "dir is neither ltr nor rtl"
    headings = len(list(html.iter("h1")))
    if headings != 1:
        yield f"{headings} h1"
    title = "".join(element.text or "" for element in html.iter("title"))
    own, _dash, product = title.strip().rpartition(" – ")
    if product != PRODUCT or len(own.strip()) < 3:
        yield f"the title is “{title}”"
    if len(list(html.iter("main"))) != 1:
        yield "there must be one main"


def _ids(html: Element) -> Iterator[str]:
    ids = Counter(element.attrib["id"] for element in html.iter() if "id" in element.attrib)
    yield from (f"{count} × id {id}" for id, count in ids.items() if count > 1)
    for element in html.iter():
        for name in REFERENCES:
            for id in element.attrib.get(name, "").split():
                if id not in ids:
                    yield f"{element.tag} {name}={id} leads nowhere"
        href = element.attrib.get("href", "")
        if href.startswith("#") and len(href) > 1 and href[1:] not in ids:
            yield f"the link {href} leads nowhere"


def _labels(html: Element) -> Iterator[str]:
    labelled = {label.attrib.get("for") for label in html.iter("label")}
    wrapped = {id(child) for label in html.iter("label") for child in label.iter()}
    for element in html.iter():
        named = bool({"aria-label", "aria-labelledby"} & element.attrib.keys())
        if element.tag in ("input", "select", "textarea"):
            if element.attrib.get("type") in NEEDS_NO_LABEL or named or id(element) in wrapped:
                continue
            if element.attrib.get("id") not in labelled:
                yield f"{element.tag} {element.attrib.get('name')} has no label"
        elif element.tag in ("button", "a", "summary", "legend", "h1", "h2", "h3"):
            if not named and not "".join(element.itertext()).strip():
                yield f"{element.tag} {element.attrib} has no words"
        elif element.tag == "img" and "alt" not in element.attrib:
            yield "img without alt"


def _forms(html: Element) -> Iterator[str]:
    for form in html.iter("form"):
        tokens = [e for e in form.iter("input") if e.attrib.get("name") == "csrf_token"]
        posts = form.attrib.get("method", "get").lower() == "post"
        if posts and not (len(tokens) == 1 and tokens[0].attrib.get("value")):
            yield f"the form to {form.attrib.get('action')} has {len(tokens)} csrf_token"
        if tokens and not posts:
            yield "a csrf_token would be in the address"
    if any("formmethod" in button.attrib for button in html.iter("button")):
        yield "formmethod hides what a button does"


def _languages(html: Element) -> Iterator[str]:
    """Whoever has typed something and chooses a language still has it (routes/language.py)."""
    buttons = [b.attrib for b in html.iter("button") if b.attrib.get("name") == "lang"]
    kept = {button.get("form") for button in buttons}
    links = any(nav.attrib.get("id") == "languages" for nav in html.iter("nav"))
    staff = any(nav.attrib.get("class") == "site-nav" for nav in html.iter("nav"))
    for form in html.iter("form"):
        typed = any(_is_typed(control) for control in form.iter())
        sent = form.attrib.get("method") == "post" and "data-do" not in form.attrib  # the room's
        if links and not staff and sent and typed and form.attrib.get("id") not in kept:
            yield f"a change of language loses what is typed for {form.attrib.get('action')}"


def _is_typed(control: Element) -> bool:
    written = control.tag == "input" and control.attrib.get("type") not in NEEDS_NO_LABEL
    return written or control.tag in ("textarea", "select")


def _opens_again(html: Element, response: TestResponse, app: Flask, url: str) -> Iterator[str]:
    """What answers a form can be opened by the links to its languages as well."""
    own = [a for a in html.iter("a") if "hreflang" in a.attrib and a.attrib["href"][0] == "?"]
    if own and response.request.method == "POST":
        try:
            app.url_map.bind(urlsplit(url).netloc).match(urlsplit(url).path, "GET")
        except HTTPException as error:
            yield f"the links to the languages: {error}"


def _no_inline_code(html: Element) -> Iterator[str]:
    for element in html.iter():
        if element.tag == "style" or "style" in element.attrib:
            yield f"inline style in {element.tag}"
        if element.tag == "script" and "src" not in element.attrib:
            yield "inline script"
        for name, value in element.attrib.items():
            if name.startswith(("on", "hx-on", "data-hx-on")):
                yield f"inline handler {name} in {element.tag}"
            if name != "value" and re.match(r"\s*(javascript|vbscript):", value, re.IGNORECASE):
                yield f"code in {name} of {element.tag}"


def _addresses(html: Element, app: Flask, url: str) -> Iterator[str]:
    """Every address on the page belongs to this host and leads to a route that takes its method."""
    routes = app.url_map.bind(urlsplit(url).netloc)
    for element in html.iter():
        method = element.attrib.get("method", "get").upper() if element.tag == "form" else "GET"
        for name in ADDRESSES:
            address = element.attrib.get(name)
            if address is None or address.startswith(ELSEWHERE):
                continue
            if name == "formaction":  # our forms with a second button are all sent by POST
                method = "POST"
            target = urlsplit(urljoin(url, address))
            if target.netloc != urlsplit(url).netloc:
                yield f"{name}={address} leaves the house"
                continue
            try:
                routes.match(target.path, method, websocket=name in ("data-live", "data-socket"))
            except (HTTPException, RequestRedirect) as error:
                yield f"{element.tag} {name}={address}: {error}"
