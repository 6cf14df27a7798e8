"""The application behind a real port, in this process: the clock of the test is its clock.

Werkzeug's server cannot end a WebSocket cleanly (it reads the last frames itself); the standard
library's can, once it hands its socket over as gunicorn does.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import Any, cast
from wsgiref.simple_server import ServerHandler, WSGIRequestHandler, WSGIServer

from flask import Flask

from vberatung.extensions import hub


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = False  # server_close waits for all of them
    request_queue_size = 100


class RequestHandler(WSGIRequestHandler):
    def get_environ(self) -> dict[str, Any]:
        return super().get_environ() | {"gunicorn.socket": self.connection}

    def log_message(self, format: str, *args: Any) -> None:
        """Addresses hold personal links."""


ServerHandler.http_version = "1.1"


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """host:port. At the end every request, and so every socket, has been served to its end."""

    def without_an_answer_after_a_socket(environ: Any, start_response: Any) -> Iterable[bytes]:
        try:
            return app(environ, start_response)
        except StopIteration:  # flask-sock has served a socket: no HTTP answer follows
            raise ConnectionAbortedError from None

    server = Server(("127.0.0.1", 0), RequestHandler)
    server.set_app(without_an_answer_after_a_socket)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        cast(Any, hub)._bells.ring_all()  # who listens looks whether its socket is still there
        server.server_close()
