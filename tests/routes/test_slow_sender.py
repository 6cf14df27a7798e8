"""Somebody who never finishes sending a form keeps nobody else from writing."""

import socket
import time

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.support import databases
from tests.support.server import serving
from vberatung.db import begin_write

HALF_A_FORM = (
    "POST /musterstadt/termin HTTP/1.1\r\nHost: {host}\r\nContent-Length: 100\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\n\r\nslot="
)


@pytest.mark.usefixtures("cast")
def test_half_a_form_holds_no_lock(app: Flask) -> None:
    engine = databases.engine_of(app)
    with serving(app) as address:
        host, port = address.split(":")
        with socket.create_connection((host, int(port))) as slow:
            slow.sendall(HALF_A_FORM.format(host=address).encode())
            time.sleep(0.3)  # until it is being read
            began = time.monotonic()
            with Session(engine) as session:
                begin_write(session)
            assert time.monotonic() - began < 5  # a held lock is waited for 15 seconds
