"""What every answer tells the browser about safety, and whose forms we refuse."""

from flask import Flask, Response, abort, request

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

STATIC = "static_files.versioned"

PERMISSIONS = (
    "camera=(self), microphone=(self), display-capture=(self), screen-wake-lock=(self), "
    "autoplay=(self), fullscreen=(self), geolocation=(), payment=(), usb=(), browsing-topics=()"
)


def content_security_policy(host: str) -> str:
    """No inline code, no other host. Engines before 2022 do not count ws: as 'self': name it."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        f"media-src 'self' blob:; connect-src 'self' ws://{host} wss://{host}; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


def is_foreign() -> bool:
    """Whether a page of another host has sent this request (Fetch Metadata, W3C)."""
    return request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")


def init_app(app: Flask, https: bool) -> None:
    @app.before_request
    def refuse_foreign_forms() -> None:
        """A second lock beside the CSRF token."""
        if is_foreign() and request.method not in SAFE_METHODS:
            abort(403)

    @app.after_request
    def add_headers(response: Response) -> Response:
        headers = response.headers
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        if https:
            headers["Strict-Transport-Security"] = "max-age=31536000"
        if request.endpoint == STATIC:
            return response  # the rest means nothing for a style or a script, and costs bytes
        headers["Cache-Control"] = "no-store"
        headers["Content-Security-Policy"] = content_security_policy(request.host)
        headers["Permissions-Policy"] = PERMISSIONS
        headers["Referrer-Policy"] = "no-referrer"
        headers["X-Frame-Options"] = "DENY"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        return response
