"""Nobody can send a form as often as they like: who signs in is known, others are counted."""

from collections.abc import Iterator

from flask import Flask

from vberatung import limited

BEHIND_THE_SIGN_IN = ("/team/", "/verwaltung/")
"""Signing in has limits of its own: tests/people/test_throttle.py."""


def public_forms(app: Flask) -> Iterator[tuple[str, str]]:
    """Address and endpoint of what anybody may post to."""
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or ()) and not rule.rule.startswith(BEHIND_THE_SIGN_IN):
            yield rule.rule, rule.endpoint


def test_every_form_that_needs_no_sign_in_is_counted_by_network(app: Flask) -> None:
    forms = dict(public_forms(app))
    without = {
        address
        for address, endpoint in forms.items()
        if limited._name(app.view_functions[endpoint]) not in limited._rules
    }
    assert without == set()
    assert len(forms) > 20


def test_no_visitor_may_use_up_what_a_whole_lobby_shares() -> None:
    for rule in limited._rules.values():
        assert rule.each_visitor is None or rule.each_visitor < rule.amount


def test_every_form_behind_the_sign_in_sends_strangers_away(app: Flask) -> None:
    app.config["WTF_CSRF_CHECK_DEFAULT"], before = False, app.config["WTF_CSRF_CHECK_DEFAULT"]
    try:
        client = app.test_client()
        for rule in app.url_map.iter_rules():
            if not rule.rule.startswith(BEHIND_THE_SIGN_IN) or "POST" not in (rule.methods or ()):
                continue
            if rule.endpoint.startswith("staff_session."):
                continue
            values: dict[str, object] = {"kind": "tage", "id": 1, "guest": 1, "token": "x" * 22}
            values = {name: values[name] for name in rule.arguments}
            with app.test_request_context():
                path = app.url_map.bind("").build(rule.endpoint, values, method="POST")
            answer = client.post(path, base_url="https://beratung.example")
            assert answer.status_code in (302, 303, 401), (path, answer.status_code)
    finally:
        app.config["WTF_CSRF_CHECK_DEFAULT"] = before
