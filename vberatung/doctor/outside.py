"""What can be seen from outside: mail server, SMS gateway, and our own public address."""

import asyncio
import json
import smtplib
import socket
import ssl
from datetime import UTC, datetime
from http.client import HTTPException
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import HTTPSHandler, ProxyHandler, build_opener

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from vberatung.config import Settings
from vberatung.doctor.findings import FAILED, OK, WARNING, Finding
from vberatung.messages.models import Mail, OutboxMessage
from vberatung.messages.transport import Refused, SmtpTransport

WITHIN_S = 8
SOON_DAYS, VERY_SOON_DAYS = 21, 5
"""Certificates of 90 days are renewed when 30 are left."""
NO_SUCH_ROOM = 4404


def tls(settings: Settings) -> ssl.SSLContext:
    """As a browser would look at the certificate; the demo's is its own."""
    context = ssl.create_default_context()
    if settings.demo:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def mail(settings: Settings, to: str | None, now: datetime) -> Finding:
    """Greeting, encryption and sign-in; with an address, a real mail."""
    if not settings.smtp_url:
        return Finding("mail", WARNING, "mail-none")
    transport = SmtpTransport(settings.smtp_url, settings.mail_from)
    try:
        if to:
            subject, body = "Videoberatung: Test", "Diese Nachricht hat „flask doctor“ gesendet."
            transport.send(_message(Mail(to, subject, body), now))
        else:
            transport.greet()
    except Refused as error:
        return Finding("mail", FAILED, "mail-refused", {"code": str(error)})
    except smtplib.SMTPAuthenticationError:
        return Finding("mail", FAILED, "mail-password")
    except (OSError, ValueError) as error:
        return Finding("mail", FAILED, "mail-down", {"error": type(error).__name__})
    finally:
        transport.close()
    return Finding("mail", OK, "mail-sent" if to else "mail-ok")


def _message(mail: Mail, now: datetime) -> OutboxMessage:
    return OutboxMessage(
        id=0, kind=mail.kind, recipient=mail.recipient, subject=mail.subject, body=mail.body,
        created_at=now, expires_at=now,
    )  # fmt: skip


def sms(settings: Settings) -> Finding:
    """Only whether the gateway can be reached: a message costs money."""
    if not settings.sms_url:
        return Finding("sms", OK, "sms-none")
    parts = urlsplit(settings.sms_url)
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        with socket.create_connection((parts.hostname or "", port), WITHIN_S):
            return Finding("sms", OK, "sms-ok")
    except OSError as error:
        return Finding("sms", FAILED, "sms-down", {"error": type(error).__name__})


def public_address(settings: Settings) -> Finding:
    """Whether PUBLIC_URL leads to this product."""
    opener = build_opener(ProxyHandler({}), HTTPSHandler(context=tls(settings)))
    values: dict[str, str | int | float] = {"address": settings.public_url}
    try:
        with opener.open(settings.public_url + "/healthz", timeout=WITHIN_S) as answer:
            ours = json.loads(answer.read(1000)) == {"status": "ok"}
    except (URLError, OSError, HTTPException) as error:
        reason = getattr(error, "reason", error)
        return Finding("address", FAILED, "address-down", values | {"error": str(reason)[:200]})
    except ValueError:
        ours = False
    if not ours:
        return Finding("address", FAILED, "address-other", values)
    return Finding("address", OK, "address-ok", values)


def certificate(settings: Settings, now: datetime) -> Finding:
    if not settings.https:
        return Finding("certificate", WARNING, "certificate-none")
    parts = urlsplit(settings.public_url)
    host = parts.hostname or ""
    try:
        with (
            socket.create_connection((host, parts.port or 443), WITHIN_S) as plain,
            tls(settings).wrap_socket(plain, server_hostname=host) as wrapped,
        ):
            found = wrapped.getpeercert()
    except ssl.SSLCertVerificationError as error:
        values: dict[str, str | int | float] = {"error": error.verify_message}
        return Finding("certificate", FAILED, "certificate-wrong", values)
    except OSError as error:
        return Finding("certificate", FAILED, "address-down", {"error": type(error).__name__})
    if not found:
        return Finding("certificate", WARNING, "certificate-demo")
    until = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(found["notAfter"])), UTC)
    days = (until - now).days
    level = OK if days > SOON_DAYS else WARNING if days > VERY_SOON_DAYS else FAILED
    code = "certificate-ok" if level == OK else "certificate-soon"
    return Finding("certificate", level, code, {"days": days})


def websocket(settings: Settings) -> Finding:
    """A socket to a room that is not there, through whatever stands before us, is told so."""
    try:
        told = asyncio.run(_close_code(settings))
    except TimeoutError:
        told = None
    except (OSError, InvalidHandshake) as error:
        return Finding("websocket", FAILED, "websocket-down", {"error": type(error).__name__})
    if told != NO_SUCH_ROOM:
        return Finding("websocket", FAILED, "websocket-other")
    return Finding("websocket", OK, "websocket-ok")


async def _close_code(settings: Settings) -> int | None:
    async with asyncio.timeout(WITHIN_S):
        nowhere = room_address(settings.public_url, "/termin/doctor")
        async with connect(nowhere, **ways(settings)) as room:
            try:
                while True:
                    await room.recv()
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd else None


def room_address(public_url: str, path: str) -> str:
    return public_url.replace("http", "ws", 1) + path + "/raum/socket"


def ways(settings: Settings) -> dict[str, Any]:
    """How a socket is opened as from our own page, and not through a proxy of this machine's."""
    return {
        "origin": settings.public_url,
        "ssl": tls(settings) if settings.https else None,
        "proxy": None,
        "open_timeout": WITHIN_S,
        "close_timeout": 1,
    }
