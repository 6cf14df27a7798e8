"""`GET /metrics` for Prometheus: with METRICS_TOKEN, or without one from this machine only."""

import time
from collections.abc import Iterable
from ipaddress import ip_address

from flask import Blueprint, Flask, Response, abort, current_app, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from vberatung import clock, metrics, tokens
from vberatung.config import Settings
from vberatung.extensions import db, echoes
from vberatung.messages import outbox
from vberatung.metrics import NAMESPACE
from vberatung.room import presence

pages = Blueprint("metrics", __name__)

ECHOES = {"running": "Device tests that run now.", "waiting": "People who wait for one."}


@pages.get("/metrics")
def show() -> Response:
    if not _may_read(current_app.config["SETTINGS"]):
        abort(404)
    stored = CollectorRegistry()
    stored.register(Stored())
    stored.register(Echoes())
    text = generate_latest(metrics.COUNTED) + generate_latest(stored)
    return Response(text, content_type=CONTENT_TYPE_LATEST)


def _may_read(settings: Settings) -> bool:
    if settings.metrics_token:
        return tokens.same("Bearer " + settings.metrics_token, request.headers.get("Authorization"))
    # Behind a proxy on this machine everybody seems to come from it.
    forwarded = {"X-Forwarded-For", "Forwarded", "X-Real-IP"} & set(request.headers.keys())
    return not forwarded and ip_address(request.remote_addr or "0.0.0.0").is_loopback  # noqa: S104


class Stored:
    """What the database knows; the same in every process."""

    def collect(self) -> Iterable[Metric]:
        now = clock.now()
        rooms, people, waiting = presence.counts(db.session, now)
        waits, age_s = outbox.backlog(db.session, now)
        figures = {
            "rooms": ("Rooms with somebody in them.", rooms),
            "people": ("People in rooms and waiting rooms.", people),
            "people_waiting": ("Jobseekers who wait to be let in.", waiting),
            "outbox_messages": ("Mails and SMS that are due and not sent.", waits),
            "outbox_age_seconds": ("How long the oldest of these has been due.", age_s),
        }
        for name, (meaning, value) in figures.items():
            yield GaugeMetricFamily(f"{NAMESPACE}_{name}", meaning, value)


class Echoes:
    """The device tests of this process."""

    def collect(self) -> Iterable[Metric]:
        stats = echoes().stats()
        for name, meaning in ECHOES.items():
            yield GaugeMetricFamily(f"{NAMESPACE}_echoes_{name}", meaning, stats[name])
        ended = CounterMetricFamily(
            f"{NAMESPACE}_echoes", "Device tests that ended.", labels=["result"]
        )
        for result in ("done", "failed"):
            ended.add_metric([result], stats[result])
        yield ended


def init_app(app: Flask) -> None:
    """Count what is answered; a socket is no answer."""

    @app.before_request
    def note_start() -> None:
        g.began = time.monotonic()

    @app.after_request
    def count(response: Response) -> Response:
        if "Upgrade" not in request.headers:
            metrics.requests.labels(f"{response.status_code // 100}xx").inc()
            if "began" in g:
                metrics.request_seconds.observe(time.monotonic() - g.began)
        return response
