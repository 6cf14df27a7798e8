"""The STUN and TURN servers that a browser may use, with time-limited credentials."""

from collections.abc import Sequence
from datetime import datetime

from vberatung import crypto


def ice_servers(
    stun_urls: Sequence[str],
    turn_urls: Sequence[str],
    turn_secret: str | None,
    lifetime_s: int,
    user: str,
    now: datetime,
) -> list[dict[str, object]]:
    """RTCIceServer dictionaries (W3C webrtc, 4.2.2).

    The relay's user name is `expiry:user`, its password an HMAC of it (coturn's
    use-auth-secret): it opens the relay for `lifetime_s` seconds. coturn counts places by what
    comes after the colon: `user` is one person in one talk, and says nothing about them.
    """
    servers: list[dict[str, object]] = []
    if stun_urls:
        servers.append({"urls": list(stun_urls)})
    if turn_urls and turn_secret:
        username = f"{int(now.timestamp()) + lifetime_s}:{user}"
        servers.append(
            {
                "urls": list(turn_urls),
                "username": username,
                "credential": crypto.relay_password(turn_secret, username),
            }
        )
    return servers
