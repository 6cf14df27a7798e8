"""A real allocation (RFC 8656) at each TURN address, with credentials as a browser gets them."""

import asyncio
import logging
import ssl
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from vberatung.config import Settings
from vberatung.doctor.findings import FAILED, OK, WARNING, Finding
from vberatung.room.ice import ice_servers
from vberatung.room.relay import NOT_AS_HTTPS, relay_problem

WITHIN_S = 6
CLOSES_IN_S = 0.3
"""To give back what was allocated, and to end TLS."""


def relay(settings: Settings, now: datetime, tls: ssl.SSLContext) -> list[Finding]:
    """One finding for each address; one warning where there is none."""
    if not settings.turn_urls:
        return [Finding("relay", WARNING, "relay-none")]
    (server,) = ice_servers(
        [], settings.turn_urls, settings.turn_secret, settings.turn_lifetime_s, "doctor", now
    )

    async def all_of_them() -> list[Finding]:
        found = await asyncio.gather(*(_check(url, server, tls) for url in settings.turn_urls))
        await asyncio.sleep(CLOSES_IN_S)
        return found

    found = asyncio.run(all_of_them())
    if relay_problem(settings) == NOT_AS_HTTPS:
        found.append(Finding("relay", WARNING, "relay-not-as-https"))
    return found


async def _check(url: str, server: dict[str, Any], tls: ssl.SSLContext) -> Finding:
    values: dict[str, str | int | float] = {"url": url}
    try:
        async with asyncio.timeout(WITHIN_S):
            await allocate(url, server["username"], server["credential"], tls)
    except TimeoutError:
        return Finding("relay", FAILED, "relay-silent", values)
    except ssl.SSLError as error:
        return Finding("relay", FAILED, "relay-certificate", values | {"error": str(error.reason)})
    except OSError as error:
        return Finding("relay", FAILED, "relay-down", values | {"error": type(error).__name__})
    except Exception as error:  # a STUN error response, as 401 or 403
        return Finding("relay", FAILED, "relay-refused", values | {"error": str(error)[:100]})
    return Finding("relay", OK, "relay-ok", values)


async def allocate(url: str, username: str, password: str, tls: ssl.SSLContext) -> str:
    """The relayed address that a TURN server gives us, given back at once."""
    from aioice import turn  # with aiortc's 60 MB of libraries behind it

    logging.getLogger("aioice").setLevel(logging.ERROR)
    host, port, transport, secure = parts_of(url)
    relayed, _ = await turn.create_turn_endpoint(
        asyncio.DatagramProtocol,
        server_addr=(host, port),
        username=username,
        password=password,
        ssl=tls if secure else None,
        transport=transport,
    )
    address = relayed.get_extra_info("sockname")
    relayed.close()
    return f"{address[0]}:{address[1]}"


def parts_of(url: str) -> tuple[str, int, str, bool]:
    """Host, port, transport, and whether it is TLS, of a TURN URI (RFC 7065)."""
    scheme, _, rest = url.partition(":")
    place, _, query = rest.partition("?")
    secure = scheme == "turns"
    host, separator, port = place.rpartition(":")
    if not separator or port.endswith("]"):
        host, port = place, ""
    transport = parse_qs(query).get("transport", ["tcp" if secure else "udp"])[0]
    return host.strip("[]"), int(port or (5349 if secure else 3478)), transport, secure
