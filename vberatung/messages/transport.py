"""How a mail leaves the house: SMTP, or not at all in the demo."""

import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from vberatung.messages.models import OutboxMail

TIMEOUT_S = 20


class Transport(Protocol):
    def send(self, mail: OutboxMail) -> None:
        """Deliver, or raise OSError (smtplib's errors are OSErrors)."""


class DemoTransport:
    """Delivers nothing: the demo shows its outbox at /demo/postausgang."""

    def send(self, mail: OutboxMail) -> None:
        pass


class SmtpTransport:
    """smtp://user:password@host:587?starttls=1 or smtps://user:password@host:465."""

    def __init__(self, url: str, sender: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("SMTP_URL must look like smtp://user:password@host:587?starttls=1")
        self.tls = parts.scheme == "smtps"
        self.starttls = parse_qs(parts.query).get("starttls") == ["1"]
        self.host = parts.hostname
        self.port = parts.port or (465 if self.tls else 25)
        self.user = unquote(parts.username or "")
        self.password = unquote(parts.password or "")
        self.sender = sender

    def send(self, mail: OutboxMail) -> None:
        with self._connect() as smtp:
            if self.user:
                smtp.login(self.user, self.password)
            smtp.send_message(as_email(mail, self.sender))

    def _connect(self) -> smtplib.SMTP:
        if self.tls:
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT_S, context=context)
        smtp = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_S)
        if self.starttls:
            smtp.starttls(context=ssl.create_default_context())
        return smtp


def as_email(mail: OutboxMail, sender: str) -> EmailMessage:
    """The outbox row as a message: text, and the invitation as its calendar part (RFC 6047)."""
    email = EmailMessage()
    email["From"] = sender
    email["To"] = Address(addr_spec=mail.recipient)
    email["Subject"] = mail.subject
    email["Date"] = formatdate(localtime=False)
    email["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].strip("> ") or None)
    email["Auto-Submitted"] = "auto-generated"
    email.set_content(mail.body)
    if mail.calendar:
        email.add_alternative(
            mail.calendar.encode(),
            maintype="text",
            subtype="calendar",
            params={"method": mail.calendar_method or "REQUEST", "charset": "UTF-8"},
        )
    return email
