"""No page asks anybody but us, and the room's page is small."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from .engines import Chromium
from .server import Server
from .talk import begin_talk

MOST_BYTES = 40_000  # on the wire, compressed, with headers
MOST_REQUESTS = 8


def test_nobody_else_is_asked(server: Server, jobseeker: Chromium, counsellor: Chromium) -> None:
    for path in ("/", "/musterstadt/", "/musterstadt/termin", "/hilfe", "/datenschutz"):
        jobseeker.open(server.url + path)
    begin_talk(jobseeker, counsellor, server)
    for tab in (jobseeker, counsellor):
        asked = {urlsplit(request.url).netloc for request in tab.requests()}
        assert asked - {""} == {urlsplit(server.url).netloc}  # data: and blob: name no host


def test_the_page_of_the_room_is_small(
    server: Server, jobseeker: Chromium, record_property: Callable[[str, Any], None]
) -> None:
    jobseeker.open(server.talk_url + "/raum")
    requests = [request for request in jobseeker.requests() if request.url.startswith("http")]
    size = sum(request.size for request in requests)
    record_property("room_page_bytes", size)
    record_property("room_page_requests", len(requests))
    assert size <= MOST_BYTES, requests
    assert len(requests) <= MOST_REQUESTS, requests
