"""Limits at the door: which rule a request falls under, and who asks.

`@limited(BOOKINGS)` below `@pages.post(…)` has each request counted before it is answered, and
before its writing transaction begins. Flask-Limiter asks the functions below (extensions.py).
"""

from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, TypeVar

from flask import current_app, request
from flask import session as browser_session

from vberatung import crypto
from vberatung.limits.rules import Rule

View = TypeVar("View", bound=Callable[..., Any])

IPV6_SITE = 64
"""Bits: a household or an office is given a /64 (RFC 6177), and may use all of it."""
VISITOR = "visitor"
"""Where the session cookie keeps the random name of the browser."""

_rules: dict[str, Rule] = {}


def limited(rule: Rule) -> Callable[[View], View]:
    """This route may be asked so often by one network, and by one visitor."""

    def mark(view: View) -> View:
        _rules[_name(view)] = rule
        return view

    return mark


def network() -> str:
    """Who asks, as seen through TRUSTED_PROXIES: an IPv4 address, or an IPv6 network."""
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:  # a socket without an address
        return "unknown"
    if isinstance(address, IPv6Address) and not address.ipv4_mapped:
        return str(ip_network((address.packed, IPV6_SITE), strict=False))
    return str(getattr(address, "ipv4_mapped", None) or address)


def for_network() -> str:
    """The limit of this request in Flask-Limiter's words; empty for none."""
    rule = _rule()
    return f"{rule.amount} per {rule.minutes} minute" if rule else ""


def for_visitor() -> str:
    """The limit for one browser, if we know it by its cookie."""
    rule = _rule()
    if rule is None or rule.each_visitor is None or VISITOR not in browser_session:
        return ""
    return f"{rule.each_visitor} per {rule.minutes} minute"


def network_key() -> str:
    """A hash: no address gets into a log, or into Redis."""
    return crypto.keyed_hash("network:" + network()).hex()


def visitor_key() -> str:
    return crypto.keyed_hash(f"visitor limit:{browser_session.get(VISITOR)}").hex()


def scope(endpoint: str) -> str:
    """Routes with the same rule share its count."""
    rule = _rule()
    return rule.name if rule else endpoint


def _rule() -> Rule | None:
    view = current_app.view_functions.get(request.endpoint or "")
    return _rules.get(_name(view)) if view else None


def _name(view: Callable[..., Any]) -> str:
    return f"{view.__module__}.{view.__qualname__}"
