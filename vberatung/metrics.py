"""Numbers for monitoring, in the words of Prometheus: how much and how well, never who.

Counted in this process since its start. What stands in the database is asked for at each look:
routes/metrics.py. docs/operating.md lists them.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)

disable_created_metrics()  # type: ignore[no-untyped-call]

NAMESPACE = "videoberatung"
COUNTED = CollectorRegistry()
LONGEST_FIRST_FRAME_MS = 120_000

requests = Counter(
    "requests",
    "Answered HTTP requests, by the hundreds of their status.",
    ["status"],
    namespace=NAMESPACE,
    registry=COUNTED,
)
request_seconds = Histogram(
    "request_seconds",
    "How long answers took to make.",
    namespace=NAMESPACE,
    registry=COUNTED,
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
sockets = Gauge("sockets", "Open WebSockets.", namespace=NAMESPACE, registry=COUNTED)
job_runs = Counter(
    "job_runs",
    "Runs of the timed jobs.",
    ["job", "result"],
    namespace=NAMESPACE,
    registry=COUNTED,
)
talks = Counter(
    "talks_established",
    "Talks in which both sides were in the room.",
    namespace=NAMESPACE,
    registry=COUNTED,
)
troubles = Counter(
    "talk_troubles",
    "What kept jobseekers from a talk, by its kind (room/troubles.py).",
    ["cause"],
    namespace=NAMESPACE,
    registry=COUNTED,
)
first_frame_seconds = Histogram(
    "first_frame_seconds",
    "From knowing that somebody is there to their first picture, as browsers say.",
    namespace=NAMESPACE,
    registry=COUNTED,
    buckets=(0.25, 0.5, 1, 1.5, 2, 3, 5, 8, 13, 30),
)
connections = Counter(
    "connections",
    "Connections between two browsers, by their way: direct, or over the relay.",
    ["way"],
    namespace=NAMESPACE,
    registry=COUNTED,
)


@contextmanager
def job_runs_of(job: str) -> Iterator[None]:
    try:
        yield
    except BaseException:
        job_runs.labels(job, "failed").inc()
        raise
    job_runs.labels(job, "ok").inc()


def note_first_frame(ms: int, *, relayed: bool) -> None:
    """What one browser says of its first connection; nothing tells whose it is."""
    first_frame_seconds.observe(ms / 1000)
    connections.labels("relay" if relayed else "direct").inc()
