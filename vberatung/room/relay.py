"""What the settings of the relay lack. Pure: standard library only."""

import re
from collections.abc import Sequence
from typing import Protocol

AS_HTTPS = re.compile(r"turns:[^?]+:443(\?transport=tcp)?")
"""A TURN URI (RFC 7065) on the port that every firewall lets through."""

NO_RELAY, NOT_AS_HTTPS = "no-relay", "not-as-https"
WORDS = {
    NO_RELAY: "There is no relay (TURN_URLS is empty): where a firewall is between two people, "
    "their talk will not connect. Within one network it works. "
    "See 'The relay' in docs/operating.md.",
    NOT_AS_HTTPS: "TURN_URLS has no turns:NAME:443?transport=tcp: behind firewalls that let only "
    "web pages through, talks will not connect. See 'The relay' in docs/operating.md.",
}
"""For operators, when the server starts."""


class RelaySettings(Protocol):
    @property
    def turn_urls(self) -> Sequence[str]: ...


def relay_problem(settings: RelaySettings) -> str | None:
    """What will not work with these settings, one of WORDS; None when nothing is known.

    Whether the relay answers is another question: `flask doctor` asks it.
    """
    if not settings.turn_urls:
        return NO_RELAY
    if not any(AS_HTTPS.fullmatch(url) for url in settings.turn_urls):
        return NOT_AS_HTTPS
    return None
