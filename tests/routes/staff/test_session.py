import logging
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests.support.browser import Browser
from tests.support.cast import BERGER, MORNING, PASSWORD, Cast
from tests.support.staff import SIGN_IN, sign_in
from vberatung import clock, tokens


def test_the_right_password_leads_to_the_day(browser: Browser, cast: Cast) -> None:
    page = sign_in(browser, BERGER)
    assert (page.path, page.status) == ("/team/", 200)
    assert page.seen[0].status == 303


@pytest.mark.parametrize("email", [BERGER.upper(), f"  {BERGER} "])
def test_the_address_may_be_written_carelessly(browser: Browser, cast: Cast, email: str) -> None:
    assert sign_in(browser, email).path == "/team/"


@pytest.mark.parametrize(
    ("email", "password"),
    [
        pytest.param(BERGER, "falsch", id="wrong password"),
        pytest.param(BERGER, PASSWORD + " ", id="almost right"),
        pytest.param("niemand@example.org", PASSWORD, id="unknown account"),
        pytest.param("' OR 1=1 --\0", PASSWORD, id="no address at all"),
    ],
)
def test_nobody_else_comes_in(browser: Browser, cast: Cast, email: str, password: str) -> None:
    page = sign_in(browser, email, password)
    assert page.status == 422
    assert page.all("div", role="alert")
    assert browser.get("/team/").status == 302


def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(
    browser: Browser, cast: Cast
) -> None:
    known, unknown = sign_in(browser, BERGER, "falsch"), sign_in(browser, "x@example.org", "falsch")
    assert known.text == unknown.text


def test_a_closed_account_cannot_sign_in(browser: Browser, session: Session, cast: Cast) -> None:
    cast.berger.active = False
    assert sign_in(browser, BERGER).status == 422


@pytest.mark.parametrize(("email", "password"), [("", PASSWORD), (BERGER, ""), (BERGER, "x" * 201)])
def test_what_is_missing_is_asked_for(
    browser: Browser, cast: Cast, email: str, password: str
) -> None:
    page = sign_in(browser, email, password)
    assert page.status == 422
    assert page.all("input", aria_invalid="true")


def test_the_password_is_never_shown_again(browser: Browser, cast: Cast) -> None:
    page = sign_in(browser, BERGER, "Geheimnis 123")
    assert "Geheimnis" not in page.response.get_data(as_text=True)


def test_five_failures_are_too_many_even_with_the_right_password(
    browser: Browser, cast: Cast
) -> None:
    for _ in range(5):
        assert sign_in(browser, BERGER, "falsch").status == 422
    page = sign_in(browser, BERGER)
    assert page.status == 429
    assert page.response.headers["Retry-After"] == "900"
    assert "15" in page.text


def test_after_a_quarter_of_an_hour_one_may_try_again(browser: Browser, cast: Cast) -> None:
    for _ in range(6):
        sign_in(browser, BERGER, "falsch")
    with clock.set_to(MORNING + timedelta(minutes=15)):
        assert sign_in(browser, BERGER).path == "/team/"


def test_others_are_not_held_up(browser: Browser, cast: Cast) -> None:
    for _ in range(6):
        sign_in(browser, BERGER, "falsch")
    assert sign_in(browser, "aydin@musterstadt.example").path == "/team/"


def test_the_cookie_of_an_installation_with_https(browser: Browser, cast: Cast) -> None:
    cookie = sign_in(browser, BERGER).seen[0].response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_the_session_ends_after_a_working_day(browser: Browser, cast: Cast) -> None:
    assert browser.app.permanent_session_lifetime == timedelta(hours=10)
    cookie = sign_in(browser, BERGER).seen[0].response.headers["Set-Cookie"]
    assert "Expires=" in cookie


def test_nothing_of_the_visitor_stays_after_the_sign_in(browser: Browser, cast: Cast) -> None:
    before = browser.get(SIGN_IN).form().value("csrf_token")
    with browser.client.session_transaction(base_url=browser.base_url) as visitor:
        visitor["planted"] = "by somebody else"
    sign_in(browser, BERGER)
    with browser.client.session_transaction(base_url=browser.base_url) as counsellor:
        assert "planted" not in counsellor
    stale = browser.post("/team/abmelden", {"csrf_token": before})
    assert stale.status == 400


def test_a_changed_session_key_signs_out_everywhere(
    berger: Browser, session: Session, cast: Cast
) -> None:
    assert berger.get("/team/").status == 200
    cast.berger.session_key = tokens.secret_key()
    assert berger.visit("/team/").path == SIGN_IN


def test_closing_an_account_signs_it_out(berger: Browser, session: Session, cast: Cast) -> None:
    cast.berger.active = False
    assert berger.visit("/team/").path == SIGN_IN


def test_signing_out(berger: Browser) -> None:
    page = berger.get("/team/")
    form = next(form for form in page.root.iter("form") if "abmelden" in form.attrib["action"])
    token = next(field.attrib["value"] for field in form.iter("input"))
    assert berger.post("/team/abmelden", {"csrf_token": token}).status == 303
    assert berger.get("/team/").status == 302


def test_an_image_on_another_page_cannot_sign_somebody_out(berger: Browser) -> None:
    assert berger.get("/team/abmelden").status == 405
    assert berger.get("/team/").status == 200


@pytest.mark.parametrize("path", ["/team/", "/team/raum/1", "/verwaltung/statistik"])
def test_the_page_that_was_asked_for_comes_after_the_sign_in(
    browser: Browser, cast: Cast, path: str
) -> None:
    page = browser.visit(path)
    assert page.path == SIGN_IN
    page = browser.submit(page, email=BERGER, password=PASSWORD)
    assert page.path == path


ELSEWHERE = [
    "https://evil.example/", "//evil.example/", "///evil.example", "/\\evil.example", "\\\\evil",
    "/\t/evil.example", "/\n/evil.example", "javascript:alert(1)", "evil.example", "http:evil",
    "//[", "http://[", "//evil.example:x", "\x00//evil.example", " //evil.example", "/%0d%0aX: y",
]  # fmt: skip


@pytest.mark.parametrize("wish", ELSEWHERE)
def test_next_never_leads_away(browser: Browser, cast: Cast, wish: str) -> None:
    page = browser.get(SIGN_IN, query={"next": wish})
    form = page.form()
    action = SIGN_IN
    answer = browser.open(
        action,
        "POST",
        data=dict(form.filled({"email": BERGER, "password": PASSWORD})),
        query={"next": wish},
    )
    assert answer.status == 303
    assert answer.location.startswith("/")
    assert "evil" not in answer.location
    assert "\n" not in answer.location


def test_who_has_signed_in_is_not_asked_again(berger: Browser) -> None:
    assert berger.visit(SIGN_IN).path == "/team/"


def test_no_password_and_no_address_is_logged(
    browser: Browser, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        sign_in(browser, BERGER, "Geheimnis 123")
        sign_in(browser, BERGER)
    assert "Geheimnis" not in caplog.text
    assert PASSWORD not in caplog.text
    assert BERGER not in caplog.text


def test_signing_out_ends_every_copy_of_the_session(
    berger: Browser, session: Session, cast: Cast
) -> None:
    before = cast.berger.session_key
    page = berger.get("/team/")
    form = next(form for form in page.root.iter("form") if "abmelden" in form.attrib["action"])
    token = next(e.attrib["value"] for e in form.iter("input"))
    berger.post("/team/abmelden", {"csrf_token": token})
    session.refresh(cast.berger)
    assert cast.berger.session_key != before
