"""Reminders: when one is due, and writing many of them into the outbox at once."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flask_babel import force_locale
from sqlalchemy import func, insert, select

from vberatung import i18n, links
from vberatung.booking.models import BOOKED, PHONE, Appointment
from vberatung.db import AnySession
from vberatung.links import Link
from vberatung.messages import mail, notices, outbox
from vberatung.messages.models import MAIL, REMINDER, SMS, Mail, OutboxMessage, Reminder, Sms
from vberatung.offices.models import Office, Topic
from vberatung.people.models import Staff
from vberatung.techcheck import results as techchecks

NAME, LINK, COUNSELLOR, NUMBER = BLANKS = "\ue000\ue001\ue002\ue003"
"""Characters that no text has (Unicode, private use): filled in for each person."""

END = "-"
"""A token, to see what stands before it."""

Found = tuple[int, datetime, int]
"""An appointment's id, its start, and the hours before it."""


def due(
    starts_at: datetime, agreed_at: datetime, hours: Iterable[int], now: datetime
) -> int | None:
    """So many hours before the start a reminder has its time: the last one that has come.

    None when there is none, when the person has only just agreed to the time, or when the
    appointment has begun. Hours are elapsed ones, also on the days when clocks change.
    """
    if now >= starts_at:
        return None
    come = [each for each in hours if starts_at - timedelta(hours=each) <= now]
    if not come or agreed_at >= starts_at - timedelta(hours=min(come)):
        return None
    return min(come)


def find(session: AnySession, now: datetime) -> list[Found]:
    """The reminders of all offices that are due and not yet written, the next start first."""
    offices: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for id, set_hours in session.execute(select(Office.id, Office.reminder_hours)):
        offices[tuple(sorted(set(set_hours)))].append(id)
    found: list[Found] = []
    for hours, ids in offices.items():
        for nearer, each in zip((0, *hours), hours, strict=False):
            found += _find(session, ids, timedelta(hours=nearer), each, now)
    return sorted(found, key=lambda one: (one[1], one[0]))


def _find(
    session: AnySession, office_ids: list[int], nearer: timedelta, hours: int, now: datetime
) -> list[Found]:
    """Those for whom this is the last reminder that has come: they start within a window."""
    written = select(Reminder.appointment_id).where(
        Reminder.appointment_id == Appointment.id,
        Reminder.starts_at == Appointment.starts_at,
        Reminder.hours_before == hours,
    )
    rows = session.execute(
        select(
            Appointment.id,
            Appointment.starts_at,
            func.coalesce(Appointment.moved_at, Appointment.booked_at),
        ).where(
            Appointment.status == BOOKED,
            Appointment.office_id.in_(office_ids),
            Appointment.starts_at > now + nearer,
            Appointment.starts_at <= now + timedelta(hours=hours),
            ~written.exists(),
        )
    )
    return [
        (id, start, hours)
        for id, start, agreed in rows
        if due(start, agreed, [hours], now) == hours
    ]


def queue(session: AnySession, found: Sequence[Found], now: datetime) -> int:
    """Write these reminders into the outbox; the number of messages. Flushes, never commits.

    Whatever was cancelled or moved since it was found, or written by another process, is left
    out. By mail and by text message, whichever reaches the person; both when both do: who reads
    mail seldom still looks at a telephone.
    """
    hours = {id: each for id, _, each in found}
    rows = _still_to_write(session, found)
    if not rows:
        return 0
    writer = _Writer(session, rows, techchecks.tested(session, {row.id for row in rows}))
    messages, new_links = [], []
    for row in rows:
        for kind in _ways(row):
            token, link = links.new(Link.appointment_id, row.id, now)
            new_links.append(link)
            messages.append(writer.write(row, kind, token, now))
    written = [
        {"appointment_id": row.id, "starts_at": row.starts_at, "hours_before": hours[row.id]}
        for row in rows
    ]
    session.execute(insert(Reminder), written)
    if messages:
        session.bulk_save_objects(new_links)
        session.execute(insert(OutboxMessage), messages)
    return len(messages)


def _ways(row: Any) -> Iterator[str]:
    if row.email:
        yield MAIL
    if notices.can_text(row.phone):
        yield SMS


def _still_to_write(session: AnySession, found: Sequence[Found]) -> list[Any]:
    """The appointments as they are now, locked until we commit."""
    starts = {id: (start, hours) for id, start, hours in found}
    rows = session.execute(
        select(
            Appointment.id,
            Appointment.office_id,
            Appointment.topic_id,
            Appointment.counsellor_id,
            Appointment.channel,
            Appointment.starts_at,
            Appointment.language,
            Appointment.name,
            Appointment.email,
            Appointment.phone,
        )
        .where(Appointment.id.in_(starts), Appointment.status == BOOKED)
        .order_by(Appointment.id)
        .with_for_update()
    ).all()
    written = {
        (id, start, hours)
        for id, start, hours in session.execute(
            select(Reminder.appointment_id, Reminder.starts_at, Reminder.hours_before).where(
                Reminder.appointment_id.in_(starts)
            )
        )
    }
    return [
        row
        for row in rows
        if row.starts_at == starts[row.id][0] and (row.id, *starts[row.id]) not in written
    ]


@dataclass(frozen=True)
class _Sample:
    """An appointment as the templates want it, with blanks for what is personal."""

    office: Office
    topic: Topic
    channel: str
    starts_at: datetime
    counsellor: Any
    phone: str | None = NUMBER
    name: str = NAME


@dataclass(frozen=True)
class _Named:
    name: str


class _Writer:
    """Writes many reminders: the text of one topic and time is made once, with blanks."""

    def __init__(self, session: AnySession, rows: Sequence[Any], tested: frozenset[int]) -> None:
        self.tested = tested
        self.offices = _by_id(session, Office, {row.office_id for row in rows})
        self.topics = _by_id(session, Topic, {row.topic_id for row in rows})
        staff = _by_id(session, Staff, {row.counsellor_id for row in rows})
        self.names = {id: person.name for id, person in staff.items()}
        self.address = i18n.absolute_url("appointment.show", token=END).removesuffix(END)
        self.made: dict[tuple[object, ...], Mail | Sms] = {}

    def write(self, row: Any, kind: str, token: str, now: datetime) -> dict[str, Any]:
        """The row of the outbox: a message of this kind."""
        blanks = {
            ord(NAME): row.name,
            ord(LINK): self.address + token,
            ord(COUNSELLOR): self.names[row.counsellor_id],
            ord(NUMBER): i18n.phone_number(row.phone or "") if row.channel == PHONE else "",
        }
        text, recipient = self._text(row, kind), row.phone if kind == SMS else row.email
        message = replace(text, recipient=recipient, body=text.body.translate(blanks))
        return {
            **outbox.columns(message, now, row.starts_at, REMINDER),
            "office_id": row.office_id,
            "appointment_id": row.id,
            "invitation_id": None,
        }

    def _text(self, row: Any, kind: str) -> Mail | Sms:
        tested = row.id in self.tested
        key = (kind, row.language, row.topic_id, row.channel, row.starts_at, tested)
        if key not in self.made:
            self.made[key] = self._make(row, kind)
        return self.made[key]

    def _make(self, row: Any, kind: str) -> Mail | Sms:
        office = self.offices[row.office_id]
        sample = _Sample(
            office, self.topics[row.topic_id], row.channel, row.starts_at, _Named(COUNSELLOR)
        )
        facts = {"reader": sample, "appointment": sample, "office": office, "link": LINK}
        facts["tested"] = row.id in self.tested
        with force_locale(row.language):
            if kind == SMS:
                return notices.text_message(REMINDER, NUMBER, **facts)
            return mail.written(REMINDER, NUMBER, **facts)


def _by_id(session: AnySession, table: type[Any], ids: set[int]) -> dict[int, Any]:
    return {each.id: each for each in session.scalars(select(table).where(table.id.in_(ids)))}
