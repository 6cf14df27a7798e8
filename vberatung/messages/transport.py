"""How messages leave the house: mails by SMTP, or nothing at all in the demo."""

import smtplib
import ssl
from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from vberatung import crypto
from vberatung.messages.models import OutboxMessage

TIMEOUT_S = 20
"""For each answer of the mail server; sending one mail takes about ten of them."""


class Refused(Exception):
    """The other side will never take this message; trying again is of no use."""

    def __init__(self, code: int) -> None:
        super().__init__(f"refused with {code}")


class Transport(Protocol):
    def send(self, message: OutboxMessage) -> None:
        """Deliver, or raise Refused, or OSError for what may go better later."""

    def close(self) -> None:
        """All has been sent for now."""


class DemoTransport:
    """Delivers nothing: the demo shows its outbox at /demo/postausgang."""

    def send(self, message: OutboxMessage) -> None:
        pass

    def close(self) -> None:
        pass


class SmtpTransport:
    """smtp://user:password@host:587?starttls=1 or smtps://user:password@host:465.

    The connection is kept for the next mail until `close`.
    """

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
        self._kept: smtplib.SMTP | None = None

    def send(self, message: OutboxMessage) -> None:
        email = as_email(message, self.sender)
        smtp = self._again() or self._connect()
        try:
            smtp.send_message(email)
        except smtplib.SMTPRecipientsRefused as error:
            self._kept = smtp
            ((code, _),) = error.recipients.values()
            raise _error(code) from None  # the server's words may hold the address
        except smtplib.SMTPDataError as error:
            self._kept = smtp
            raise _error(error.smtp_code) from None
        except BaseException:
            smtp.close()
            raise
        self._kept = smtp

    def greet(self) -> None:
        """Connect and sign in, and send nothing."""
        self._kept = self._again() or self._connect()

    def close(self) -> None:
        if self._kept:
            with suppress(OSError):
                self._kept.quit()
            self._kept = None

    def _again(self) -> smtplib.SMTP | None:
        """The kept connection, if it still works: a server may end it at any time."""
        smtp, self._kept = self._kept, None
        try:
            if smtp and smtp.rset()[0] == 250:
                return smtp
        except OSError:
            pass
        if smtp:
            smtp.close()
        return None

    def _connect(self) -> smtplib.SMTP:
        smtp = self._greeted()
        try:
            if self.starttls:
                smtp.starttls(context=ssl.create_default_context())
            if self.user:
                smtp.login(self.user, self.password)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _greeted(self) -> smtplib.SMTP:
        if self.tls:
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT_S, context=context)
        return smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_S)


def _error(code: int) -> Exception:
    """What a server's answer to one mail means (RFC 5321, 4.2.1)."""
    if code >= 500:
        return Refused(code)
    return smtplib.SMTPResponseException(code, "later")


def as_email(mail: OutboxMessage, sender: str) -> EmailMessage:
    """The outbox row as a message: text, and the invitation as its calendar part (RFC 6047)."""
    email = EmailMessage()
    email["From"] = sender
    email["To"] = Address(addr_spec=mail.recipient)
    email["Subject"] = mail.subject
    email["Date"] = formatdate(localtime=False)
    email["Message-ID"] = f"<{_name_of(mail)}@{sender.rpartition('@')[2].strip('> ')}>"
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


def _name_of(mail: OutboxMessage) -> str:
    """The same whenever it is sent: mailboxes then drop what a crash has made us send twice."""
    return crypto.keyed_hash(f"message:{mail.id} {mail.created_at.isoformat()}").hex()[:32]
