"""Whether a script asks for a part of a page, or a person for the whole."""

from flask import request


def by_script() -> bool:
    """Our scripts say so; a page that somebody opens does not."""
    return request.headers.get("X-Requested-With") == "fetch"
