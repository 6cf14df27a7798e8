from collections.abc import Callable

import pytest
from flask import Flask

from tests.support.browser import Browser
from tests.support.cast import Cast
from vberatung.headers import content_security_policy


def directives(policy: str) -> dict[str, list[str]]:
    return {part.split()[0]: part.split()[1:] for part in policy.split(";")}


def test_the_policy_allows_our_own_files_and_sockets_and_nothing_else() -> None:
    policy = directives(content_security_policy("beratung.example"))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == ["'self'"]
    assert policy["connect-src"] == ["'self'", "ws://beratung.example", "wss://beratung.example"]


@pytest.mark.parametrize("word", ["unsafe-inline", "unsafe-eval", "*", "http:", "https:", "nonce-"])
def test_the_policy_has_no_hole(word: str) -> None:
    assert word not in content_security_policy("beratung.example")


def test_camera_and_microphone_are_for_us_alone(browser: Browser, cast: Cast) -> None:
    permissions = browser.get("/").response.headers["Permissions-Policy"]
    for allowed in ("camera=(self)", "microphone=(self)", "display-capture=(self)"):
        assert allowed in permissions
    assert "geolocation=()" in permissions


@pytest.mark.parametrize("path", ["/", "/nirgendwo/", "/team/", "/healthz", "/termin/x/termin.ics"])
def test_every_answer_has_them(browser: Browser, cast: Cast, path: str) -> None:
    assert browser.get(path).response.headers["Content-Security-Policy"]


def test_an_installation_without_https_does_not_promise_it(install: Callable[..., Flask]) -> None:
    app = install(DEMO="1", PUBLIC_URL="http://127.0.0.1:8000")
    response = app.test_client().get("/healthz")
    assert "Strict-Transport-Security" not in response.headers


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_forms_of_other_sites_are_refused_even_with_a_token(
    browser: Browser, cast: Cast, site: str
) -> None:
    token = browser.get("/team/anmelden").form().value("csrf_token")
    page = browser.post("/team/anmelden", {"csrf_token": token}, headers={"Sec-Fetch-Site": site})
    assert page.status == 403


@pytest.mark.parametrize("site", ["same-origin", "none", ""])
def test_our_own_forms_are_not(browser: Browser, cast: Cast, site: str) -> None:
    token = browser.get("/team/anmelden").form().value("csrf_token")
    page = browser.post("/team/anmelden", {"csrf_token": token}, headers={"Sec-Fetch-Site": site})
    assert page.status == 422


def test_links_from_other_sites_open_our_pages(browser: Browser, cast: Cast) -> None:
    assert browser.get("/", headers={"Sec-Fetch-Site": "cross-site"}).status == 200


def test_behind_a_proxy_the_visitors_own_address_counts(install: Callable[..., Flask]) -> None:
    app = install(TRUSTED_PROXIES="1")

    @app.get("/whoami")
    def whoami() -> dict[str, str | None]:
        from flask import request

        return {"address": request.remote_addr, "url": request.host_url}

    forwarded = {
        "X-Forwarded-For": "203.0.113.9, 198.51.100.7",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "beratung.example",
    }
    said = app.test_client().get("/whoami", headers=forwarded).get_json()
    assert said == {"address": "198.51.100.7", "url": "https://beratung.example/"}


def test_without_a_proxy_nobody_can_pretend_to_be_elsewhere(app: Flask) -> None:
    response = app.test_client().get("/healthz", headers={"X-Forwarded-Host": "evil.example"})
    assert "evil.example" not in response.headers["Content-Security-Policy"]
