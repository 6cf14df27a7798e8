"""Styles and scripts under an address that changes with their content, so it may be kept for ever.

One version for the whole folder: a script's relative imports stay within the same version.
"""

import hashlib
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, send_from_directory, url_for

STATIC = Path(__file__).resolve().parent.parent / "static"
ONE_YEAR_S = 365 * 24 * 3600

pages = Blueprint("static_files", __name__)


@cache
def version() -> str:
    """12 hex digits over the names and contents of all static files."""
    digest = hashlib.sha256()
    for file in sorted(path for path in STATIC.rglob("*") if path.is_file()):
        digest.update(file.relative_to(STATIC).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


def static(filename: str) -> str:
    """The address of a static file, for templates."""
    return url_for("static_files.versioned", version=version(), filename=filename)


@pages.get("/static/v-<version>/<path:filename>")
def versioned(version: str, filename: str) -> Response:
    response = send_from_directory(STATIC, filename, max_age=ONE_YEAR_S)
    response.direct_passthrough = False
    response.make_sequence()  # Flask-Compress would leave a streamed file open, and skip gzip
    response.cache_control.public = True
    response.cache_control.immutable = True
    return response
