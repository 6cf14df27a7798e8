"""Styles and scripts under an address that changes with their content, so it may be kept for ever.

One version for the whole folder: a script's relative imports stay within the same version.
"""

import hashlib
import mimetypes
import re
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, abort, request, send_from_directory, url_for
from werkzeug.security import safe_join

STATIC = Path(__file__).resolve().parent.parent / "static"
ONE_YEAR_S = 365 * 24 * 3600
TOGETHER = {"css/base.css": ("vendor/kern/kern-subset.css", "css/app.css")}
"""One request instead of several. The name is no file of its own."""
COMMENTS = {
    "css": re.compile(r"/\*(?!!).*?\*/|^[ \t]+", re.DOTALL | re.MULTILINE),
    # JSDoc anywhere; other comments only where they begin a line: no string of ours has either.
    "js": re.compile(r"/\*\*\s.*?\*/ ?|^[ \t]*//[^\n]*|^[ \t]+", re.DOTALL | re.MULTILINE),
}
"""What people read and browsers do not: a third of the bytes of the room's scripts."""

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
    if filename.startswith(("css/", "js/")):
        response = _text(filename)
    else:
        response = send_from_directory(STATIC, filename, max_age=ONE_YEAR_S)
    response.cache_control.public = True
    response.cache_control.immutable = True
    return response


def _text(filename: str) -> Response:
    files = TOGETHER.get(filename, (filename,))
    paths = [safe_join(str(STATIC), file) for file in files]
    if not all(path and Path(path).is_file() for path in paths):
        abort(404)
    response = Response(_slim(files), mimetype=mimetypes.guess_type(filename)[0])
    response.cache_control.max_age = ONE_YEAR_S
    response.add_etag()
    response.make_conditional(request)
    return response


@cache
def _slim(files: tuple[str, ...]) -> str:
    """Our files without comments and indentation; line breaks stay, they may end a statement."""
    texts = [(STATIC / file).read_text() for file in files]
    comments = COMMENTS[files[0].rpartition(".")[2]]
    return "".join(comments.sub("", text) for text in texts)
