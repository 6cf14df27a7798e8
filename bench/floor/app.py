"""A bare Flask application: a page, a WebRTC page, and a relay between the two sides of a room."""

import os
from collections import defaultdict
from pathlib import Path

from flask import Flask, request, send_from_directory
from flask_sock import Sock
from simple_websocket import Server

HERE = Path(__file__).parent

app = Flask(__name__)
sock = Sock(app)
page_text = Path(os.environ["BARE_PAGE"]).read_text()
rooms: dict[str, list[Server]] = defaultdict(list)


@app.get("/healthz")
def alive():
    return "ok"


@app.get("/page")
def page():
    return page_text


@app.get("/")
def room():
    return send_from_directory(HERE, "page.html")


@app.get("/room.js")
def script():
    return send_from_directory(HERE, "room.js")


@sock.route("/socket")
def relay(ws: Server):
    """Whoever is there already is told that the other side came; the rest is passed on."""
    members = rooms[request.args["room"]]
    before = list(members)
    members.append(ws)
    for other in before:
        other.send('{"come": true}')
    try:
        while True:
            message = ws.receive()
            for other in members:
                if other is not ws:
                    other.send(message)
    finally:
        members.remove(ws)
