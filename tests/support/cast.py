"""The same people in every test, on the same morning.

Musterstadt is the office that the tests are about. Seeheim has a topic of the same name, longer
hours, somebody waiting and counts of its own: whoever forgets a WHERE finds them.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy.orm import Session

from vberatung import clock
from vberatung.booking import operations
from vberatung.booking.hours import WeeklyHours
from vberatung.booking.models import VIDEO, Appointment
from vberatung.booking.operations import Person
from vberatung.offices.models import Office, Topic
from vberatung.people.accounts import create_staff
from vberatung.people.models import Staff
from vberatung.room import operations as room
from vberatung.statistics.models import Feedback, TalkCount

MORNING = datetime(2026, 11, 23, 8, 0, tzinfo=clock.LOCAL_ZONE)  # a Monday
AT_TEN = MORNING.replace(hour=10)
"""The first bookable time of the morning: the topic asks for two hours of notice."""
MONDAY, WEDNESDAY = 0, 2
BERGER, AYDIN = "berger@musterstadt.example", "aydin@musterstadt.example"
NOACK = "noack@seeheim.example"
PASSWORD = "Lindenallee im Herbst"

AYLIN = Person(
    "Aylin Özdemir", "aylin@example.org", "+4915112345678", "Bitte langsam sprechen.", "de"
)
OLENA = Person("Олена Коваленко", "olena@example.org", None, None, "en")
THOMAS = Person("Thomas Müller", None, "+4915187654321", None, "de")


@dataclass
class Cast:
    office: Office
    topic: Topic
    first_talk: Topic
    berger: Staff
    aydin: Staff
    other_office: Office
    other_topic: Topic
    noack: Staff
    noise: Appointment


def make_cast(session: Session) -> Cast:
    """Two offices and their counsellors, on `MORNING`; flushed, not committed."""
    office = an_office("musterstadt", "Jobcenter Musterstadt")
    topic = a_topic(office, "weiterbildung", "Weiterbildung", horizon_days=14)
    first_talk = a_topic(office, "erstgespraech", "Erstgespräch", position=1, channels=[VIDEO])
    other_office = an_office("seeheim", "Jobcenter Seeheim")
    other_topic = a_topic(other_office, "weiterbildung", "Weiterbildung am See", notice_min=0)
    foreign = a_topic(other_office, "ausbildung", "Ausbildung", position=1)
    session.add_all([office, other_office, topic, first_talk, other_topic, foreign])
    session.flush()
    berger = a_counsellor(session, "Sabine Berger", BERGER, topic, first_talk)
    aydin = a_counsellor(session, "Murat Aydın", AYDIN, topic)
    noack = a_counsellor(session, "Claire Noack", NOACK, other_topic, foreign)
    works(session, berger, MONDAY, 9, 12)
    works(session, berger, WEDNESDAY, 13, 15)
    works(session, aydin, MONDAY, 9, 11)
    for weekday in range(7):
        works(session, noack, weekday, 6, 20)
    noise = somebody_waits(session, other_topic, noack, MORNING)
    somebody_waits(session, topic, aydin, MORNING.replace(hour=8, minute=10))
    _seven_talks_nobody_recommends(session, other_topic)
    session.flush()
    return Cast(office, topic, first_talk, berger, aydin, other_office, other_topic, noack, noise)


def an_office(slug: str, name: str) -> Office:
    return Office(
        slug=slug,
        name=name,
        description={"de": f"{name} berät Sie.", "en": f"{name} counsels you."},
        phone="+49 30 23125 000",
        email=f"kontakt@{slug}.example",
        street="Lindenallee 12",
        postcode="01234",
        city=name.split()[-1],
    )


def a_topic(office: Office, slug: str, name: str, **values: object) -> Topic:
    usual: dict[str, object] = {
        "position": 0,
        "channels": ["video", "phone", "in_person"],
        "duration_min": 30,
        "buffer_before_min": 0,
        "buffer_after_min": 5,
        "step_min": 15,
        "notice_min": 120,
        "horizon_days": 28,
    }
    texts = {"name": {"de": name, "en": f"{name} (en)"}, "bring": {"de": "Zeugnisse"}}
    about = {"de": f"{name}: Wir sprechen darüber."}
    return Topic(office=office, slug=slug, description=about, **texts, **usual | values)


def a_counsellor(session: Session, name: str, email: str, *topics: Topic) -> Staff:
    staff = create_staff(session, topics[0].office, name, email, PASSWORD)
    staff.topics = list(topics)
    return staff


def works(session: Session, counsellor: Staff, weekday: int, start: int, end: int) -> None:
    session.add(
        WeeklyHours(
            counsellor_id=counsellor.id, weekday=weekday, starts=time(start), ends=time(end)
        )
    )


def an_appointment(
    session: Session,
    topic: Topic,
    counsellor: Staff,
    start: datetime = AT_TEN,
    person: Person = AYLIN,
    channel: str = VIDEO,
) -> Appointment:
    now = clock.now() - timedelta(days=1)
    return operations.arrange(session, topic, counsellor.id, channel, start, person, now)


def somebody_waits(
    session: Session, topic: Topic, counsellor: Staff, start: datetime
) -> Appointment:
    """An appointment whose jobseeker is in the waiting room at this moment."""
    appointment = an_appointment(session, topic, counsellor, start, OLENA)
    room.arrive(session, appointment, clock.now())
    return appointment


def _seven_talks_nobody_recommends(session: Session, topic: Topic) -> None:
    office, month = topic.office_id, "2026-11"
    for _ in range(7):
        session.add(TalkCount(office_id=office, topic_id=topic.id, month=month, minutes=41))
        session.add(Feedback(office_id=office, month=month, recommend=False))
