"""Runs in pretix's own Python, started by bench.pretix: fill a shop, count the page's queries.

What to do comes as the first argument, the data as JSON on the standard input.
"""

import json
import sys
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import django

django.setup()

from django.conf import settings  # noqa: E402 (Django must be set up first)
from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django_scopes import scope  # noqa: E402
from pretix.base.models import Event, Item, Organizer, Quota, SubEvent  # noqa: E402

NOT_QUERIES = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


def fill(data: dict) -> int:
    """A free item in a series with one date per start; its quota: the counsellors free then."""
    organizer = Organizer.objects.create(name=data["slug"], slug=data["slug"])
    with scope(organizer=organizer), transaction.atomic():
        event = _series(organizer, data)
        item = Item.objects.create(
            event=event, name=data["topic"], default_price=0, admission=True, personalized=True
        )
        for text, counsellors in data["starts"].items():
            start = datetime.fromisoformat(text)
            end = start + timedelta(minutes=data["minutes"])
            slot = SubEvent.objects.create(
                event=event, name=data["topic"], active=True, date_from=start, date_to=end
            )
            quota = Quota.objects.create(
                event=event, subevent=slot, name=data["topic"], size=counsellors
            )
            quota.items.add(item)
    return item.pk


def _series(organizer: Organizer, data: dict) -> Event:
    event = Event.objects.create(
        organizer=organizer,
        name=data["topic"],
        slug=data["topic"],
        date_from=datetime.now(ZoneInfo(data["timezone"])),
        currency="EUR",
        has_subevents=True,
        live=True,
        plugins="",
    )
    event.settings.timezone = data["timezone"]
    event.settings.locale = "de"
    event.settings.locales = ["de"]
    event.settings.event_list_type = "calendar"  # what a new series gets in pretix's own forms
    event.settings.attendee_names_required = True
    event.settings.invoice_address_asked = False
    return event


def queries(paths: list[str]) -> list[int]:
    """How many statements each page sends to the database when it is opened a second time."""
    visitor = Client(headers={"host": urlsplit(settings.SITE_URL).netloc})
    counts = []
    for path in paths:
        visitor.get(path)
        with CaptureQueriesContext(connection) as sent:
            answer = visitor.get(path)
        if answer.status_code != 200:
            sys.exit(f"{path}: {answer.status_code}")
        counts.append(sum(not each["sql"].startswith(NOT_QUERIES) for each in sent))
    return counts


if __name__ == "__main__":
    print(json.dumps({"fill": fill, "queries": queries}[sys.argv[1]](json.load(sys.stdin))))
