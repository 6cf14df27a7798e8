"""Text messages: who can get one, what they are made of, and the gateway that sends them."""

import math
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit, urlunsplit

from vberatung.messages.models import OutboxMessage
from vberatung.messages.transport import Refused

TIMEOUT_S = (10, 20)
"""To connect, and between two bytes of the answer."""
TRY_AGAIN = (408, 425, 429)
"""Statuses in the four hundreds that speak of the moment, not of the message."""

GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_7_EXTENSION = frozenset("\f^{}\\[~]|€")
"""3GPP TS 23.038, 6.2.1: each of these takes the room of two."""
TYPOGRAPHY = str.maketrans(
    {"–": "-", "—": "-", "„": '"', "“": '"', "”": '"', "‚": "'", "‘": "'", "’": "'", "…": "..."}
    | dict.fromkeys("\u00a0\u2009\u202f", " ")
)


def is_mobile(number: str) -> bool:
    """Whether this number (E.164) can belong to a mobile phone."""
    import phonenumbers  # 3 MB that most processes never need

    try:
        kind = phonenumbers.number_type(phonenumbers.parse(number, None))
    except phonenumbers.NumberParseException:
        return False
    kinds = phonenumbers.PhoneNumberType
    return kind in (kinds.MOBILE, kinds.FIXED_LINE_OR_MOBILE)


def plain(text: str) -> str:
    """Without typographic signs that would make the whole message cost twice as much."""
    return text.translate(TYPOGRAPHY)


def parts(text: str) -> int:
    """How many messages this text is: 160 characters of GSM-7 or 70 of UCS-2 (TS 23.040)."""
    if set(text) <= GSM_7 | GSM_7_EXTENSION:
        length = len(text) + sum(sign in GSM_7_EXTENSION for sign in text)
        return 1 if length <= 160 else math.ceil(length / 153)
    length = len(text.encode("utf-16-be")) // 2
    return 1 if length <= 70 else math.ceil(length / 67)


class SmsGateway:
    """A gateway that is asked over HTTP, by an address of this form:

    `https://user:password@host/send?to={to}&text={text}&from=Jobcenter#method=post`

    The parameters are sent as the fields of a form. `{to}` becomes +4915112345678, `{digits}`
    the same without the plus, `{text}` the message. What stands behind `#` is for us:
    `method=get` sends the parameters in the address, `method=json` as an object;
    `header=X-Api-Key: secret` adds a header. Any answer of 200 to 299 means: sent.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        options = parse_qs(parts.fragment)
        self.method = options.get("method", ["post"])[0]
        self.fields = parse_qsl(parts.query, keep_blank_values=True)
        wanted = "".join(value for _, value in self.fields)
        if (
            parts.scheme not in ("http", "https")
            or not parts.hostname
            or self.method not in ("post", "get", "json")
            or "{text}" not in wanted
            or not ("{to}" in wanted or "{digits}" in wanted)
        ):
            raise ValueError("SMS_URL must look like https://host/send?to={to}&text={text}")
        self.url = urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
        self.headers = dict(_header(line) for line in options.get("header", []))

    def send(self, message: OutboxMessage) -> None:
        import requests  # 5 MB that an installation without a gateway never needs

        values = self._values(message)
        bodies: dict[str, dict[str, Any]] = {
            "post": {"data": values},
            "get": {"params": values},
            "json": {"json": dict(values)},
        }
        with requests.request(
            "GET" if self.method == "get" else "POST",
            self.url,
            headers=self.headers,
            timeout=TIMEOUT_S,
            allow_redirects=False,
            stream=True,  # the status says it all: a long answer is not read
            **bodies[self.method],
        ) as answer:
            status = answer.status_code
        if 400 <= status < 500 and status not in TRY_AGAIN:
            raise Refused(status)
        if not 200 <= status < 300:
            raise ConnectionError(f"the gateway answered {status}")

    def close(self) -> None:
        pass

    def _values(self, message: OutboxMessage) -> list[tuple[str, str]]:
        known = {
            "{to}": message.recipient,
            "{digits}": message.recipient.lstrip("+"),
            "{text}": message.body,
        }
        return [(name, known.get(value, value)) for name, value in self.fields]


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip(), value.strip()
