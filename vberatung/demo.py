"""The demo: invented offices, people and appointments, and a talk whose room is open now."""

import json
import os
import random
import socket
import sys
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import flask_migrate
from sqlalchemy import delete, or_, select

from vberatung import clock
from vberatung.booking import operations
from vberatung.booking.claims import quanta_of
from vberatung.booking.models import BOOKED, CANCELLED, OUTCOMES, Appointment, Claim, Hold
from vberatung.booking.setup import load_offices
from vberatung.certificate import self_signed
from vberatung.config import PROJECT, Settings
from vberatung.db import begin_write
from vberatung.extensions import db
from vberatung.offices.models import PHONE, VIDEO, Office, Topic
from vberatung.people.models import Staff
from vberatung.room import access
from vberatung.statistics.models import Feedback, TalkCount
from vberatung.statistics.operations import month_of

DATA = Path(__file__).with_name("demo_data.json")
PAST_TALKS = 40
DAY = ((-75, PHONE), (0, VIDEO), (120, VIDEO), (240, PHONE), (360, VIDEO))
"""The invented appointments of a day: minutes from the first start on, and how they talk. Between
two of them there is time for a talk that a visitor of the demo begins."""


def prepare(settings: Settings) -> list[str]:
    """Bring the database to head and fill it; the lines that tell a newcomer what to open."""
    os.umask(0o077)
    flask_migrate.upgrade()
    begin_write(db.session)
    secrets = json.loads((settings.data_dir / "demo-secrets.json").read_text())
    now = clock.now()
    if db.session.scalar(select(Office.id).limit(1)) is None:
        load_offices(db.session, json.loads(DATA.read_text()), lambda: secrets["DEMO_PASSWORD"])
        _make_day(now)
        _make_past(now)
    talk = _current_talk(now)
    token = operations.issue_link(db.session, talk, now)
    lines = [
        f"Start page: {settings.public_url}/",
        f"Counsellor sign-in: {talk.counsellor.email} {secrets['DEMO_PASSWORD']}",
        f"A talk that begins now: {settings.public_url}/termin/{token}",
    ]
    db.session.commit()
    return lines


def serve(settings: Settings, lines: list[str]) -> None:
    """Become the production server; it prints `lines` when it listens."""
    address = urlsplit(settings.public_url)
    host, port = os.environ.get("HOST", "127.0.0.1"), address.port or 8000
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SystemExit(
                f"Port {port} of {host} cannot be used ({error.strerror}). "
                f"Choose another: PORT={port + 1} make run"
            ) from error
    if settings.https:
        hosts = ["localhost", "127.0.0.1", str(address.hostname)]
        cert, key = self_signed(settings.data_dir, hosts)
        os.environ |= {"TLS_CERT": str(cert), "TLS_KEY": str(key)}
    os.environ["SERVE_ANNOUNCE"] = "\n".join(lines)
    config = str(PROJECT / "deploy" / "gunicorn.conf.py")
    sys.stdout.flush()
    os.chdir(PROJECT)
    command = [sys.executable, "-m", "gunicorn", "-c", config, "app:app"]
    os.execv(sys.executable, command)  # noqa: S606  # our own interpreter, fixed arguments


def _make_day(now: datetime) -> None:
    """Appointments around now for every counsellor: the day's page has something to show."""
    people = [
        operations.Person("Jürgen Grünwald", "juergen@example.org", "+4915199001122", None, "de"),
        operations.Person("Aylin Demir", "aylin@example.org", "+4915112345678", None, "de"),
        operations.Person(
            *("Olena Kovalenko", "olena@example.org", None, "Ich lerne noch Deutsch.", "en"),
            interpreter="spoken",
            interpreter_language="Ukrainisch",
        ),
        operations.Person("Thomas Müller", None, "+4915187654321", None, "de", companion=True),
        operations.Person("Fatima El-Sayed", "fatima@example.org", "+4915111223344", None, "de"),
    ]
    start = _on_the_quantum(now)
    everybody = db.session.scalars(select(Staff).order_by(Staff.id)).all()
    for later, staff in enumerate(everybody):  # an hour each: nobody is in two talks at a time
        for number, (minutes, channel) in enumerate(DAY):
            topic = staff.topics[number % len(staff.topics)]
            moment = start + timedelta(minutes=minutes, hours=later)
            operations.arrange(db.session, topic, staff.id, channel, moment, people[number], now)


def _make_past(now: datetime) -> None:
    """Anonymous counts, so that the statistics page has something to show."""
    invented = random.Random(2020)  # noqa: S311  # nobody needs to guess these
    for office in db.session.scalars(select(Office)).all():
        for _ in range(PAST_TALKS):
            month = month_of(now - timedelta(days=invented.randrange(1, 200)))
            topic = invented.choice(office.topics)
            minutes = invented.randrange(12, topic.duration_min + 10)
            db.session.add(
                TalkCount(office_id=office.id, topic_id=topic.id, month=month, minutes=minutes)
            )
            if invented.random() < 0.7:
                recommend = invented.random() < 0.95
                db.session.add(Feedback(office_id=office.id, month=month, recommend=recommend))


def _current_talk(now: datetime) -> Appointment:
    """A video appointment: room open, nobody let in yet."""
    waiting = db.session.scalar(
        select(Appointment)
        .where(
            Appointment.channel == VIDEO,
            Appointment.status == BOOKED,
            Appointment.admitted_at.is_(None),
            Appointment.talk_ended_at.is_(None),
            Appointment.call_requested_at.is_(None),
            Appointment.starts_at.between(now - access.OPENS_BEFORE, now + access.OPENS_BEFORE),
        )
        .order_by(Appointment.counsellor_id, Appointment.starts_at)
        .limit(1)
    )
    return waiting or _arrange_talk(now)


def _arrange_talk(now: datetime) -> Appointment:
    """With the first counsellor who has time; if nobody has, the first of them is given some."""
    person = operations.Person("Mina Yılmaz", "mina@example.org", "+4915199887766", None, "de")
    start = _on_the_quantum(now)
    everybody = db.session.scalars(select(Staff).order_by(Staff.id)).all()
    pairs = [(staff, topic) for staff in everybody for topic in staff.topics]
    able = [(staff, topic) for staff, topic in pairs if VIDEO in topic.channels]
    for staff, topic in able:
        with suppress(operations.SlotTaken):
            return operations.arrange(db.session, topic, staff.id, VIDEO, start, person, now)
    staff, topic = able[0]
    _make_room(staff, topic, start, now)
    return operations.arrange(db.session, topic, staff.id, VIDEO, start, person, now)


def _make_room(counsellor: Staff, topic: Topic, start: datetime, now: datetime) -> None:
    """Cancel what the counsellor has then: there is always a talk to try, and never two at once."""
    needed = quanta_of(topic, start)
    here = (Claim.counsellor_id == counsellor.id, Claim.quantum.in_(needed))
    in_the_way = list(db.session.scalars(select(Claim.appointment_id).where(*here)))
    held = list(db.session.scalars(select(Claim.hold_id).where(*here)))
    for appointment in db.session.scalars(
        select(Appointment).where(Appointment.id.in_(in_the_way))
    ):
        if appointment.status not in OUTCOMES:
            appointment.status, appointment.cancelled_at = CANCELLED, now
            appointment.cancelled_by_office = True
    db.session.execute(
        delete(Claim).where(or_(Claim.appointment_id.in_(in_the_way), Claim.hold_id.in_(held)))
    )
    db.session.execute(delete(Hold).where(Hold.id.in_(held)))


def _on_the_quantum(moment: datetime) -> datetime:
    return moment - timedelta(
        minutes=moment.minute % 5, seconds=moment.second, microseconds=moment.microsecond
    )
