"""The stored version names exactly one text."""

import hashlib
import re

from vberatung.config import PROJECT
from vberatung.room.operations import CONSENT_VERSION

TEXTS = {
    "2026-11": "df2e2a120fcf0314806bfb4f9698c3978ef7cfff39f23d0d113dcc1f19533733",
    "2026-11-23": "0c4a3c94d5129cd1693105a9c13eb4da4ec332058651907bcc36b60599605d2c",
    "2026-11-23b": "d502b5b56663c91f349d35377f1c0ffe0cd9b7765ddbeccca24f2fe85e5c9915",
}
"""Version → SHA-256 of the sentences; a changed text is a new version in a new line."""


def test_a_changed_text_is_a_new_version() -> None:
    page = (PROJECT / "vberatung/templates/room/_before.html").read_text()
    panel = page.partition('data-testid="consent"')[2].partition("</div>")[0]
    sentences = re.findall(r'_\("([^"]+)"', panel)
    digest = hashlib.sha256("\n".join(sentences).encode()).hexdigest()
    assert TEXTS[CONSENT_VERSION] == digest
