"""Every table, so that the metadata is complete before the database is looked at."""

from vberatung import limits, links
from vberatung.booking import hours
from vberatung.booking import models as booking
from vberatung.calendars import models as calendars
from vberatung.invitations import models as invitations
from vberatung.messages import models as messages
from vberatung.offices import models as offices
from vberatung.people import models as people
from vberatung.registration import models as registration
from vberatung.room import models as room
from vberatung.statistics import models as statistics
from vberatung.techcheck import models as techcheck
from vberatung.waiting import models as waiting

__all__ = [
    "booking",
    "calendars",
    "hours",
    "invitations",
    "limits",
    "links",
    "messages",
    "offices",
    "people",
    "registration",
    "room",
    "statistics",
    "techcheck",
    "waiting",
]
