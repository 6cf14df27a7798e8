"""Ready phrases for the waiting room: stored as codes, read in everybody's own language."""

from flask_babel import lazy_gettext as _l

PHRASES = {
    ":5-minutes": _l("Es dauert noch etwa 5 Minuten."),
    ":10-minutes": _l("Es dauert noch etwa 10 Minuten."),
    ":call": _l("Ich rufe Sie gleich an."),
}
"""A code begins with a sign that no message begins with by chance."""


def waiting_words(message: str) -> str:
    """What a stored message says."""
    return str(PHRASES.get(message, message))
