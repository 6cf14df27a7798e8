"""A socket that fails must not fail those who write to it."""

import json
import socket
import threading
from collections.abc import Iterator
from typing import Any, cast

import pytest
from simple_websocket import ConnectionClosed, Server

from vberatung.room.connection import Connection


class FakeServer:
    """As much of simple_websocket's Server as a Connection touches."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.event = threading.Event()
        self.connected = True
        self.sent: list[str] = []
        self.closed: list[tuple[int, str | None]] = []
        self.error: Exception | None = None

    def send(self, text: str) -> None:
        if self.error:
            raise self.error
        self.sent.append(text)

    def close(self, code: int, reason: str | None) -> None:
        if self.error:
            raise self.error
        self.closed.append((code, reason))


@pytest.fixture
def server() -> Iterator[FakeServer]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield FakeServer(ours)


@pytest.fixture
def connection(server: FakeServer) -> Connection:
    return Connection(cast(Server, server))


def test_a_message_is_one_line_of_json(server: FakeServer, connection: Connection) -> None:
    connection.deliver({"type": "peer", "peer": {"name": "Олена"}})
    (sent,) = server.sent
    assert json.loads(sent) == {"type": "peer", "peer": {"name": "Олена"}}
    assert "\n" not in sent


@pytest.mark.parametrize("error", [ConnectionClosed(), BrokenPipeError(), TimeoutError()])
def test_writing_to_a_dead_socket_never_raises(
    server: FakeServer, connection: Connection, error: Exception
) -> None:
    server.error = error
    connection.deliver({"type": "pong"})
    connection.close(4410)


@pytest.mark.parametrize("error", [BrokenPipeError(), TimeoutError()])
def test_a_socket_that_cannot_be_written_to_is_dropped(
    server: FakeServer, connection: Connection, error: Exception
) -> None:
    server.error = error
    connection.deliver({"type": "pong"})
    assert not server.connected
    assert server.event.is_set()


def test_closing_wakes_the_thread_that_receives(server: FakeServer, connection: Connection) -> None:
    connection.close(4410, "ended")
    assert server.closed == [(4410, "ended")]
    assert server.event.is_set()


def test_a_reader_that_has_stalled_does_not_hold_up_the_writer() -> None:
    """The kernel gives up after SEND_TIMEOUT_S; sending only, so receiving may take its time."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        Connection(cast(Server, FakeServer(ours)))
        seconds = ours.getsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, 16)[:1]
        assert seconds == b"\x05"
        assert ours.gettimeout() is None


def test_messages_of_several_threads_come_whole(server: FakeServer) -> None:
    inside = threading.Lock()
    overlapped: list[Any] = []
    plain_send = server.send

    def send(text: str) -> None:
        if not inside.acquire(blocking=False):
            overlapped.append(text)
            return
        threading.Event().wait(0.002)
        plain_send(text)
        inside.release()

    server.send = send  # type: ignore[method-assign]
    connection = Connection(cast(Server, server))
    threads = [
        threading.Thread(target=connection.deliver, args=({"type": "pong"},)) for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert overlapped == []
    assert len(server.sent) == 20
