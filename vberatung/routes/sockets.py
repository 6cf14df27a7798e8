"""What both kinds of sockets need: whose page they come from, and how they end."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from flask import current_app, request
from simple_websocket import ConnectionClosed

from vberatung import metrics
from vberatung.extensions import db
from vberatung.room.connection import Connection
from vberatung.room.protocol import ProtocolError
from vberatung.techcheck.protocol import EchoError

INTERNAL_ERROR = 1011
"""Close code (RFC 6455, 7.4.1): the browser connects again after a pause."""


def own_origin() -> bool:
    """A foreign page must not open our sockets with our visitor's cookies (RFC 6455, 10.2)."""
    scheme, _, host = request.headers.get("Origin", "").partition("://")
    return scheme in ("http", "https") and host != "" and host == request.host


def refuse_compression() -> None:
    """Before each request: a small compressed frame could unpack to a large one."""
    request.environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)


@contextmanager
def guarded(connection: Connection) -> Iterator[None]:
    """Whatever happens inside, the socket ends with a close code and the session is given back."""
    metrics.sockets.inc()
    try:
        yield
    except ConnectionClosed:
        pass
    except (ProtocolError, EchoError) as error:
        connection.deliver(error.message())
        connection.close(error.close_code, error.code)
    except Exception:
        current_app.log_exception(sys.exc_info())
        connection.close(INTERNAL_ERROR)
    finally:
        metrics.sockets.dec()
        db.session.remove()
