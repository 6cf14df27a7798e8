"""Reminders: in time, once, never after the appointment, never of what is not to be."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from tests.support.cast import AT_TEN, AYLIN, MORNING, OLENA, THOMAS, Cast, an_appointment
from tests.support.queries import counted
from tests.support.settings import settings
from tests.support.threads import at_once
from vberatung import clock, links
from vberatung.booking import operations
from vberatung.booking.models import CANCELLED, HELD, PENDING, PHONE, VIDEO, Appointment
from vberatung.jobs import work
from vberatung.links import Link
from vberatung.messages import reminders, sms
from vberatung.messages.models import MAIL, REMINDER, SMS, OutboxMessage, Reminder
from vberatung.messages.reminders import due

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LONG_AGO = MORNING - timedelta(days=30)
FRIDAY_AT_TEN = AT_TEN + timedelta(days=4)


# ---- The rule


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (49 * HOUR, None),
        (48 * HOUR, 48),
        (3 * HOUR, 48),
        (2 * HOUR, 2),
        (1 * MINUTE, 2),
        (timedelta(), None),
        (-1 * HOUR, None),
    ],
)
def test_the_last_one_that_has_come_is_due(before: timedelta, expected: int | None) -> None:
    assert due(AT_TEN, LONG_AGO, [48, 2], AT_TEN - before) == expected


@pytest.mark.parametrize(
    ("agreed_before", "before", "expected"),
    [
        (49 * HOUR, 48 * HOUR, 48),
        (48 * HOUR, 47 * HOUR, None),  # only just agreed: they know
        (47 * HOUR, 46 * HOUR, None),
        (47 * HOUR, 2 * HOUR, 2),
        (1 * HOUR, 30 * MINUTE, None),
    ],
)
def test_who_has_only_just_agreed_is_not_reminded(
    agreed_before: timedelta, before: timedelta, expected: int | None
) -> None:
    assert due(AT_TEN, AT_TEN - agreed_before, [2, 48], AT_TEN - before) == expected


@given(
    starts=st.integers(0, 10_000),
    agreed=st.integers(0, 10_000),
    now=st.integers(0, 10_000),
    hours=st.lists(st.integers(1, 100), max_size=4),
)
def test_reminders_after_the_appointment_do_not_exist(
    starts: int, agreed: int, now: int, hours: list[int]
) -> None:
    """A pain of other systems. Nor before their time, nor for a time agreed on after it."""
    moments = [MORNING + MINUTE * number for number in (starts, agreed, now)]
    found = due(moments[0], moments[1], hours, moments[2])
    if found is not None:
        time = moments[0] - HOUR * found
        assert moments[1] < time <= moments[2] < moments[0]
        assert found in hours


@pytest.mark.parametrize(
    ("day", "hours_between"),
    [(datetime(2026, 10, 26), 49), (datetime(2027, 3, 29), 47)],  # noqa: DTZ001
)
def test_times_are_right_around_the_clock_change(day: datetime, hours_between: int) -> None:
    """A pain of other systems: two days of 25 or 23 hours. 48 elapsed hours stay 48."""
    wall = day.replace(hour=10, tzinfo=clock.LOCAL_ZONE)
    start, two_days_ago = (m.astimezone(UTC) for m in (wall, wall - timedelta(days=2)))
    assert start - two_days_ago == HOUR * hours_between
    for hours in (48, 2):
        time = start - hours * HOUR
        assert due(start, LONG_AGO, [hours], time - MINUTE) is None
        assert due(start, LONG_AGO, [hours], time) == hours


# ---- Into the outbox


@pytest.fixture(autouse=True)
def writing(app: Flask) -> Iterator[None]:
    """There is an application to write in, and text messages can be sent."""
    config = app.config["SETTINGS"]
    object.__setattr__(config, "sms_url", "https://gateway.example/?to={to}&text={text}")
    with app.app_context():
        yield
    object.__setattr__(config, "sms_url", None)


@pytest.fixture
def friday(session: Session, cast: Cast) -> Appointment:
    """Aylin, who gave no number, talks to Berger on Friday at ten; agreed on yesterday."""
    appointment = an_appointment(session, cast.topic, cast.berger, FRIDAY_AT_TEN)
    operations.write_person(appointment, replace(AYLIN, phone=None))
    session.commit()
    return appointment


def remind(session: Session, before: timedelta) -> list[OutboxMessage]:
    """Every reminder there is, after the job has run so long before Friday at ten."""
    session.commit()
    now = FRIDAY_AT_TEN - before
    reminders.queue(session, reminders.find(session, now), now)
    session.commit()
    all_of_them = select(OutboxMessage).where(OutboxMessage.purpose == REMINDER)
    return list(session.scalars(all_of_them.order_by(OutboxMessage.id)))


def test_nobody_goes_without_reminders_two_days_and_two_hours_before(
    session: Session, friday: Appointment
) -> None:
    """A pain of other systems: no reminders."""
    assert remind(session, 49 * HOUR) == []
    (first,) = remind(session, 48 * HOUR)
    assert (first.expires_at, first.appointment_id) == (FRIDAY_AT_TEN, friday.id)
    assert first.office_id == friday.office_id
    assert len(remind(session, 3 * HOUR)) == 1
    assert len(remind(session, 2 * HOUR)) == 2
    assert len(remind(session, -1 * HOUR)) == 2


def test_it_says_when_and_what_to_prepare_and_how_to_change(
    session: Session, friday: Appointment
) -> None:
    (mail,) = remind(session, 48 * HOUR)
    assert (mail.kind, mail.recipient) == (MAIL, "aylin@example.org")
    for words in (
        "Guten Tag Aylin Özdemir,",
        "Freitag, 27. November 2026, 10:00 Uhr",
        "Weiterbildung",
        "Sabine Berger",
        "Ladegerät",
        "verschieben",
    ):
        assert words in mail.body
    assert not re.search("[\ue000-\uf8ff]", mail.body + mail.subject)


def test_its_link_is_the_persons_own(session: Session, cast: Cast, friday: Appointment) -> None:
    other = an_appointment(session, cast.topic, cast.aydin, FRIDAY_AT_TEN, OLENA)
    found = {}
    for mail in remind(session, 48 * HOUR):
        (token,) = re.findall(r"https://beratung\.example/termin/([\w-]{22})\s", mail.body)
        found[mail.recipient] = links.target_of_token(session, Link.appointment_id, token)
    assert found == {"aylin@example.org": friday.id, "olena@example.org": other.id}


def test_everybody_is_written_to_in_their_language_and_on_their_way(
    session: Session, cast: Cast, friday: Appointment
) -> None:
    olena = an_appointment(session, cast.topic, cast.aydin, FRIDAY_AT_TEN, OLENA)
    thomas = an_appointment(
        session, cast.topic, cast.berger, FRIDAY_AT_TEN + HOUR, THOMAS, channel=PHONE
    )
    written = {mail.appointment_id: mail for mail in remind(session, 47 * HOUR)}
    assert "Friday, 27 November 2026, 10:00" in written[olena.id].body
    assert "Murat Aydın" in written[olena.id].body
    assert "Freitag" in written[friday.id].body
    text = written[thomas.id]
    assert (text.kind, text.recipient) == (SMS, THOMAS.phone)
    assert sms.parts(text.body) == 1
    assert "Fr. 27.11., 11:00 Uhr, Telefon" in text.body


def test_a_call_says_the_number(session: Session, friday: Appointment) -> None:
    friday.channel, friday.phone = PHONE, AYLIN.phone
    mail, _text = remind(session, 48 * HOUR)
    assert "+49 1511 2345678" in mail.body
    assert "Ladegerät" not in mail.body


def test_who_gave_an_address_and_a_mobile_number_is_reminded_on_both(
    session: Session, friday: Appointment
) -> None:
    friday.phone = AYLIN.phone
    for before in (48 * HOUR, 47 * HOUR):
        mail, text = remind(session, before)
    assert (mail.kind, mail.recipient) == (MAIL, AYLIN.email)
    assert (text.kind, text.recipient) == (SMS, AYLIN.phone)
    tokens = {re.search(r"/termin/([\w-]{22})", each.body)[1] for each in (mail, text)}  # type: ignore[index]
    assert len(tokens) == 2
    assert {links.target_of_token(session, Link.appointment_id, each) for each in tokens} == {
        friday.id
    }


def test_who_cannot_be_reached_is_looked_at_once(session: Session, friday: Appointment) -> None:
    friday.email, friday.phone = None, "+493023125777"
    assert remind(session, 48 * HOUR) == []
    assert session.scalars(select(Reminder.hours_before)).all() == [48]


def test_never_twice(session: Session, friday: Appointment) -> None:
    for minutes in range(5):
        assert len(remind(session, 48 * HOUR - minutes * MINUTE)) == 1


def test_after_a_night_without_jobs_only_the_last_one_is_written(
    session: Session, friday: Appointment
) -> None:
    assert len(remind(session, 1 * HOUR)) == 1
    assert len(remind(session, 59 * MINUTE)) == 1


@pytest.mark.parametrize("status", [CANCELLED, PENDING, HELD])
def test_only_of_what_is_booked(session: Session, friday: Appointment, status: str) -> None:
    friday.status = status
    assert remind(session, 48 * HOUR) == []


def test_a_moved_appointment_is_reminded_of_anew(
    session: Session, cast: Cast, friday: Appointment
) -> None:
    assert len(remind(session, 48 * HOUR)) == 1
    now = FRIDAY_AT_TEN - 47 * HOUR
    operations.hand_to(session, friday, cast.berger.id, FRIDAY_AT_TEN + 7 * 24 * HOUR, now)
    assert len(remind(session, 2 * HOUR)) == 1
    assert len(remind(session, 48 * HOUR - 7 * 24 * HOUR)) == 2


def test_who_has_just_moved_is_not_reminded(
    session: Session, cast: Cast, friday: Appointment
) -> None:
    now = FRIDAY_AT_TEN - 46 * HOUR
    operations.hand_to(session, friday, cast.berger.id, FRIDAY_AT_TEN + HOUR, now)
    assert remind(session, 45 * HOUR) == []
    assert len(remind(session, 1 * HOUR)) == 1


def test_each_office_has_its_own_hours(session: Session, cast: Cast, friday: Appointment) -> None:
    seeheim = an_appointment(session, cast.other_topic, cast.noack, FRIDAY_AT_TEN, OLENA)
    cast.office.reminder_hours = []
    cast.other_office.reminder_hours = [24]
    assert remind(session, 48 * HOUR) == []
    (mail,) = remind(session, 24 * HOUR)
    assert mail.appointment_id == seeheim.id


def test_what_was_cancelled_since_it_was_found_is_left_out(
    session: Session, friday: Appointment
) -> None:
    now = FRIDAY_AT_TEN - 48 * HOUR
    found = reminders.find(session, now)
    assert len(found) == 1
    operations.cancel(session, friday, now)
    assert reminders.queue(session, found, now) == 0


def test_two_workers_remind_once(
    app: Flask, session: Session, cast: Cast, friday: Appointment
) -> None:
    an_appointment(session, cast.topic, cast.aydin, FRIDAY_AT_TEN, OLENA)
    session.commit()
    assert isinstance(session.bind, Engine)
    engine, now = session.bind, FRIDAY_AT_TEN - 48 * HOUR

    def worker(_: int) -> None:
        with app.app_context(), Session(engine) as own:
            work.remind(own, now, app.config["SETTINGS"])

    assert at_once(4, worker) == [None] * 4
    assert len(remind(session, 47 * HOUR)) == 2


def test_no_query_for_each_person(session: Session, cast: Cast, friday: Appointment) -> None:
    """Many at once cost as many queries as few: they are measured in bench/reminders.py."""
    now = FRIDAY_AT_TEN - 47 * HOUR
    with counted(session) as few:
        reminders.queue(session, reminders.find(session, now), now)
    session.rollback()
    for number in range(12):
        start = FRIDAY_AT_TEN - (number + 1) * timedelta(minutes=35)
        an_appointment(session, cast.topic, cast.berger, start, OLENA, VIDEO)
    session.commit()
    with counted(session) as many:
        assert reminders.queue(session, reminders.find(session, now), now) == 13
    assert len(many) == len(few)


def test_the_job_commits(session: Session, friday: Appointment, tmp_path: Path) -> None:
    session.commit()
    work.remind(session, FRIDAY_AT_TEN - 48 * HOUR, settings(tmp_path))
    session.rollback()
    assert session.scalars(select(OutboxMessage.purpose)).all() == [REMINDER]
