"""The rules that every page of the tests must keep: each of them finds what it is there for."""

import pytest
from flask import Flask, Response
from werkzeug.test import Client, TestResponse

from tests.support import page_rules
from tests.support.browser import _parsed

URL = "https://beratung.example/"
GOOD = """<!doctype html><html lang="de"><head><title>Start – Videoberatung</title></head>
<body><main><h1>Start</h1><p id="p">Text</p></main></body></html>"""
TOKEN = '<input type="hidden" name="csrf_token" value="x">'
HEADERS = {
    **page_rules.HEADERS,
    **page_rules.PAGE_HEADERS,
    "Content-Security-Policy": "default-src 'none'; script-src 'self'",
}


def answer(html: str, **changes: str) -> TestResponse:
    headers = {**HEADERS, **{name.replace("_", "-"): value for name, value in changes.items()}}
    return Client(Response(html, headers=headers, mimetype="text/html")).get()


def check(html: str, **changes: str) -> None:
    app = Flask("rules")
    app.add_url_rule("/", "start", lambda: "")
    app.add_url_rule("/form", "form", lambda: "", methods=["POST"])
    response = answer(html, **changes)
    page_rules.check(_parsed(response), response, app, URL)


def test_a_good_page_passes() -> None:
    check(GOOD)


def with_in_main(markup: str) -> str:
    return GOOD.replace("</main>", markup + "</main>")


FAULTS = {
    "second h1": (with_in_main("<h1>Noch eine</h1>"), "2 h1"),
    "no h1": (GOOD.replace("h1", "h2"), "0 h1"),
    "bare title": (GOOD.replace("Start – Video", "Video"), "the title is"),
    "empty title": (GOOD.replace("Start – Video", " – Video"), "the title is"),
    "no language": (GOOD.replace(' lang="de"', ""), "lang is"),
    "id twice": (with_in_main('<p id="p"></p>'), "2 × id p"),
    "label to nothing": (with_in_main('<label for="x">X</label>'), "leads nowhere"),
    "hint to nothing": (with_in_main('<p aria-describedby="x">X</p>'), "leads nowhere"),
    "link within the page": (with_in_main('<a href="#x">X</a>'), "leads nowhere"),
    "field without label": (with_in_main('<input name="n">'), "has no label"),
    "select without label": (with_in_main('<select name="n"></select>'), "has no label"),
    "button without words": (with_in_main("<button></button>"), "has no words"),
    "link without words": (with_in_main('<a href="/"></a>'), "has no words"),
    "form without token": (with_in_main('<form method="post" action="/form"></form>'), "csrf"),
    "token in the address": (
        with_in_main(f"<form>{TOKEN}</form>"),
        "in the address",
    ),
    "inline style": (with_in_main('<p style="color: red">X</p>'), "inline style"),
    "style element": (GOOD.replace("</head>", "<style></style></head>"), "inline style"),
    "inline script": (with_in_main("<script>1</script>"), "inline script"),
    "inline handler": (with_in_main('<p onclick="x()">X</p>'), "inline handler"),
    "javascript link": (with_in_main('<a href="javascript:x()">X</a>'), "code in href"),
    "other host": (with_in_main('<a href="https://evil.example/">X</a>'), "leaves the house"),
    "other protocol": (with_in_main('<a href="//evil.example/">X</a>'), "leaves the house"),
    "dead link": (with_in_main('<a href="/nirgendwo">X</a>'), "404"),
    "form to a page": (with_in_main(f'<form method="post" action="/">{TOKEN}</form>'), "405"),
}


@pytest.mark.parametrize(("html", "fault"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_found(html: str, fault: str) -> None:
    with pytest.raises(AssertionError, match=fault):
        check(html)


@pytest.mark.parametrize("html", [GOOD.replace("</p>", ""), with_in_main("<p><div></div></p>")])
def test_what_the_parser_has_to_repair_is_refused(html: str) -> None:
    with pytest.raises(Exception, match=r"tag|Unexpected"):
        check(html.replace("</main>", "</section></main>"))


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Content_Security_Policy", "default-src 'none'; script-src 'self' 'unsafe-inline'"),
        ("Content_Security_Policy", "default-src *"),
        ("Referrer_Policy", "origin"),
        ("X_Content_Type_Options", ""),
        ("Cache_Control", "public"),
        ("Strict_Transport_Security", ""),
        ("Set_Cookie", "session=1; HttpOnly; SameSite=Lax"),
        ("Set_Cookie", "session=1; Secure; SameSite=Lax"),
        ("Set_Cookie", "session=1; Secure; HttpOnly"),
    ],
)
def test_a_weak_header_is_found(header: str, value: str) -> None:
    with pytest.raises(AssertionError, match=header.replace("_", "-").split("-")[-1] + "|cookie"):
        check(GOOD, **{header: value})
