"""How the product is served, in the demo as in production: one process, many threads.

Each open WebSocket holds a thread; idle ones cost about 100 kB. docs/operating.md has the settings.
"""

import os
import signal
import sys
import threading

_host = os.environ.get("HOST", "127.0.0.1")
_port = os.environ.get("PORT", "8000")

bind = f"{_host}:{_port}"
workers = 1
worker_class = "gthread"
threads = int(os.environ.get("THREADS", "2100"))
worker_connections = threads + 1000
timeout = 60
graceful_timeout = 2  # requests take milliseconds, sockets are closed at once
keepalive = 5
umask = 0o077
accesslog = None  # addresses and personal links would be in it
errorlog = "-"
loglevel = "warning"
certfile = os.environ.get("TLS_CERT") or None
keyfile = os.environ.get("TLS_KEY") or None


def post_worker_init(worker):
    """Timed jobs run in threads of the worker unless JOBS=external."""
    from vberatung.extensions import jobs

    if worker.age == 1:  # not again after a worker was started anew
        _say_what_will_not_work(worker.wsgi.config["SETTINGS"])
    if worker.wsgi.config["SETTINGS"].jobs == "inline":
        jobs.start()
    _close_sockets_on_sigterm()


def when_ready(server):
    print(os.environ.pop("SERVE_ANNOUNCE", f"Listening on {bind}"), flush=True)


def worker_int(worker):
    _let_sockets_go()


def _say_what_will_not_work(settings):
    from vberatung.room.relay import WORDS, relay_problem

    problem = relay_problem(settings)
    if problem:
        print(WORDS[problem], file=sys.stderr, flush=True)


def _close_sockets_on_sigterm():
    """gunicorn has a hook for SIGINT (worker_int), none for SIGTERM: systemd's way to stop."""
    finish = signal.getsignal(signal.SIGTERM)

    def stop(number, frame):
        threading.Thread(target=_let_sockets_go).start()
        finish(number, frame)

    signal.signal(signal.SIGTERM, stop)


def worker_abort(worker):
    sys.stderr.write("A worker did not answer in time and is started anew.\n")


def _let_sockets_go():
    """Close every socket, so that their threads end and the process can."""
    from app import app
    from vberatung.extensions import echoes, hub

    with app.app_context():
        hub.close_all()
        echoes().close_all()
