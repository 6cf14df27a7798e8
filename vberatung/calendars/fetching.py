"""Gets calendar files from elsewhere: one ICS address, or the events of a CalDAV calendar."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import requests
from requests.auth import HTTPBasicAuth, HTTPDigestAuth

from vberatung.calendars.door import LARGEST_BYTES, guarded_session
from vberatung.calendars.models import CALDAV
from vberatung.calendars.problems import CalendarProblem, Problem

if TYPE_CHECKING:
    from caldav.davclient import DAVClient

for library in ("caldav", "urllib3"):  # they log addresses, and those may be secrets
    logging.getLogger(library).setLevel(logging.CRITICAL)

MARGIN = timedelta(days=1)
"""Servers take whole days and floating times for those of some zone."""
NO_ACCESS, GONE = (401, 403), (404, 410)

EVENTS = """<?xml version="1.0" encoding="utf-8"?>
<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">
<D:prop><C:calendar-data/></D:prop>
<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">
<C:time-range start="{:%Y%m%dT%H%M%SZ}" end="{:%Y%m%dT%H%M%SZ}"/>
</C:comp-filter></C:comp-filter></C:filter>
</C:calendar-query>"""
"""RFC 4791, 7.8. The events come as they are: we expand their rules ourselves, with a limit."""


@dataclass(frozen=True)
class Source:
    """Where a calendar is, and how it lets us in. No object of the database."""

    kind: str
    url: str = field(repr=False)
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)


def fetch(
    source: Source, allowed_hosts: Sequence[str], begin: datetime, end: datetime
) -> list[bytes]:
    """The calendar's files; of CalDAV those with events between `begin` and `end`.

    Raises CalendarProblem. May take `door.LONGEST_S`: no transaction should be open.
    """
    with guarded_session(allowed_hosts) as session:
        if source.kind == CALDAV:
            return _fetch_caldav(source, session, begin, end)
        return [_fetch_ics(source, session)]


def _fetch_ics(source: Source, session: requests.Session) -> bytes:
    auth = HTTPBasicAuth(source.user, source.password or "") if source.user else None
    answer = session.get(source.url, auth=auth, headers={"Accept": "text/calendar, */*;q=0.5"})
    _check_status(answer.status_code)
    return answer.content


def _fetch_caldav(
    source: Source, session: requests.Session, begin: datetime, end: datetime
) -> list[bytes]:
    from caldav.lib.error import AuthorizationError, DAVError, RateLimitError

    client = _client(source, session)
    begin, end = (begin - MARGIN).astimezone(UTC), (end + MARGIN).astimezone(UTC)
    url = str(client.url)
    try:
        about = client.propfind(url, ["resourcetype"])
        _check_status(about.status)
        if not any(_is_calendar(resource.properties) for resource in about.parse_propfind()):
            raise CalendarProblem(Problem.NOT_A_CALENDAR)
        answer = client.report(url, EVENTS.format(begin, end), depth=1)
        _check_status(answer.status)
        if answer.tree is None:  # the library takes it for a calendar without events
            raise CalendarProblem(Problem.NOT_A_CALENDAR)
        events = answer.parse_calendar_query()
    except AuthorizationError as error:
        raise CalendarProblem(Problem.NO_ACCESS) from error
    except RateLimitError as error:
        raise CalendarProblem(Problem.SERVER_ERROR) from error
    except (DAVError, ValueError, SyntaxError, AssertionError) as error:  # an answer that is none
        raise CalendarProblem(Problem.NOT_A_CALENDAR) from error
    files = [event.calendar_data.encode() for event in events if event.calendar_data]
    if len(files) < len(events):  # a part of the answer only, see RFC 4791, 7.8
        raise CalendarProblem(Problem.SERVER_ERROR)
    if sum(map(len, files)) > LARGEST_BYTES:
        raise CalendarProblem(Problem.TOO_LARGE)
    return files


def _client(source: Source, session: requests.Session) -> "DAVClient":
    """The library's client, whose requests all go through our session."""
    from caldav.davclient import DAVClient  # most processes never need it

    class Client(DAVClient):
        def build_auth_object(self, auth_types: list[str] | None = None) -> None:
            user, password = source.user or "", source.password or ""
            digest = self._select_auth_type(auth_types) == "digest"
            self.auth = HTTPDigestAuth(user, password) if digest else HTTPBasicAuth(user, password)

    client = Client(
        source.url,
        username=source.user,
        password=source.password,
        enable_rfc6764=False,  # it would ask the network for other servers
    )
    client.session.close()
    client.session = session  # type: ignore[assignment]  # niquests or requests, both will do
    return client


def _is_calendar(properties: dict[str, Any]) -> bool:
    return "{urn:ietf:params:xml:ns:caldav}calendar" in (properties.get("{DAV:}resourcetype") or ())


def _check_status(status: int) -> None:
    if status in NO_ACCESS:
        raise CalendarProblem(Problem.NO_ACCESS)
    if status in GONE:
        raise CalendarProblem(Problem.GONE)
    if not 200 <= status < 300:
        raise CalendarProblem(Problem.SERVER_ERROR)
