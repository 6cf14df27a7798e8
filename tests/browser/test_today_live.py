"""The day page is pushed anew; what has not changed stays where it is, under somebody's finger."""

from . import installed
from .engines import Chromium
from .server import Server
from .talk import sign_in

COUNT = """
  window.pushed = 0;
  const Socket = window.WebSocket;
  window.WebSocket = function (url) {
    const socket = new Socket(url);
    socket.addEventListener('message', () => { window.pushed += 1; });
    document.querySelector('[data-live]').firstElementChild.stays = true;
    return socket;
  };"""


def test_the_first_push_changes_nothing_that_is_there_already(server: Server) -> None:
    with Chromium(installed.chromium()) as counsellor:
        sign_in(counsellor, server)
        counsellor.run_before_scripts(COUNT)
        counsellor.open(f"{server.url}/team/")
        counsellor.wait("pushed >= 1")
        assert counsellor.evaluate("document.querySelector('[data-live]').firstElementChild.stays")
