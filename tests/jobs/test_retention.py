"""What is deleted, and when: the table in docs/operating.md with the clock moved."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from tests.support.cast import AT_TEN, MORNING, Cast, an_appointment, an_office
from tests.support.invitations import invited
from tests.support.queries import counted
from vberatung import links
from vberatung.booking.models import Appointment
from vberatung.invitations import operations
from vberatung.invitations.models import Invitation
from vberatung.jobs import work
from vberatung.links import Link
from vberatung.messages import outbox, undelivered
from vberatung.messages.models import NOT_NEEDED, REFUSED, Mail, OutboxMessage
from vberatung.room import guests, hand_overs, presence
from vberatung.room.models import Guest, HandOver, Presence
from vberatung.room.places import INTERPRETER, JOBSEEKER

DAY = timedelta(days=1)
MONTH = outbox.KEPT_FOR


@pytest.fixture
def run(app: Flask, session: Session) -> Callable[[datetime], None]:
    def run(now: datetime) -> None:
        session.commit()
        work.delete_old_messages(session, now, app.config["SETTINGS"])
        work.delete_old_invitations(session, now, app.config["SETTINGS"])
        work.clear_rooms(session, now, app.config["SETTINGS"])

    return run


def put(session: Session, cast: Cast, **fate: object) -> OutboxMessage:
    mail = Mail("aylin@example.org", "Termin", "https://beratung.example/termin/geheim")
    office = cast.office.id
    row = outbox.put(session, mail, MORNING, AT_TEN, purpose="booked", office_id=office)
    for name, value in fate.items():
        setattr(row, name, value)
    return row


def messages(session: Session) -> int:
    return len(session.scalars(select(OutboxMessage.id)).all())


def invitations(session: Session) -> int:
    return len(session.scalars(select(Invitation.id)).all())


@pytest.mark.parametrize(
    "fate",
    [
        {"sent_at": MORNING},
        {"gave_up_at": MORNING - DAY, "problem": REFUSED, "handled_at": MORNING},
        {"gave_up_at": MORNING, "problem": NOT_NEEDED},
        {"gave_up_at": MORNING, "problem": REFUSED, "office_id": None},
    ],
    ids=["sent", "handled", "not needed", "nobody's"],
)
def test_what_is_done_with_is_deleted_after_a_month(
    session: Session, cast: Cast, run: Callable[[datetime], None], fate: dict[str, object]
) -> None:
    put(session, cast, **fate)
    run(MORNING + MONTH - timedelta(seconds=1))
    assert messages(session) == 1
    run(MORNING + MONTH)
    assert messages(session) == 0


def test_what_did_not_arrive_waits_for_the_office_until_its_time_is_over(
    session: Session, cast: Cast, run: Callable[[datetime], None]
) -> None:
    cast.office.registration_keep_days, cast.other_office.registration_keep_days = 60, 7
    put(session, cast, gave_up_at=MORNING, problem=REFUSED)
    last = MORNING + 60 * DAY - timedelta(seconds=1)
    run(last)
    assert undelivered.count(session, cast.office.id, last) == 1
    run(MORNING + 60 * DAY)
    assert messages(session) == 0


def test_what_is_still_tried_is_kept(
    session: Session, cast: Cast, run: Callable[[datetime], None]
) -> None:
    put(session, cast, tries=9)
    run(MORNING + 365 * DAY)
    assert messages(session) == 1


def test_an_invitation_is_deleted_with_its_links_and_messages_after_the_office_s_time(
    session: Session, cast: Cast, run: Callable[[datetime], None]
) -> None:
    cast.office.registration_keep_days = 30
    invitation = invited(session, cast)
    links.issue(session, Link.invitation_id, invitation.id, MORNING)
    put(session, cast, invitation_id=invitation.id, gave_up_at=invitation.expires_at)
    over = invitation.expires_at + 30 * DAY
    run(over - timedelta(seconds=1))
    assert (invitations(session), messages(session)) == (1, 1)
    run(over)
    assert (invitations(session), messages(session)) == (0, 0)
    assert session.scalars(select(Link).where(Link.invitation_id.is_not(None))).all() == []


def test_a_withdrawn_one_ends_with_its_withdrawal(
    session: Session, cast: Cast, run: Callable[[datetime], None]
) -> None:
    cast.office.registration_keep_days = 7
    operations.withdraw(session, invited(session, cast), MORNING)
    run(MORNING + 7 * DAY - timedelta(seconds=1))
    assert invitations(session) == 1
    run(MORNING + 7 * DAY)
    assert invitations(session) == 0


def test_one_that_led_to_an_appointment_stays_as_long_as_it_leads_there(
    session: Session, cast: Cast, run: Callable[[datetime], None]
) -> None:
    cast.office.registration_keep_days = 7
    invitation = invited(session, cast)
    far = invitation.expires_at + 20 * DAY
    appointment = an_appointment(session, cast.topic, cast.berger, AT_TEN + 35 * DAY)
    operations.note_booking(session, invitation, appointment, MORNING)
    run(far)
    assert invitations(session) == 1
    run(appointment.ends_at + 7 * DAY)
    assert invitations(session) == 0


def test_each_office_has_its_own_time(
    session: Session, cast: Cast, run: Callable[[datetime], None]
) -> None:
    cast.office.registration_keep_days, cast.other_office.registration_keep_days = 90, 7
    expires = invited(session, cast).expires_at
    run(expires + 89 * DAY)
    assert invitations(session) == 1


def test_many_offices_need_no_more_statements(
    session: Session, cast: Cast, run: Callable[[datetime], None]
) -> None:
    """One for each number of days that an office keeps registrations, not one for each office."""
    needed = []
    for more in range(2):
        session.add_all(an_office(f"amt-{more}-{n}", "Amt Neustadt") for n in range(5))
        session.commit()
        with counted(session) as statements:
            run(MORNING)
        needed.append(len(statements))
    assert needed[0] == needed[1]


def count(session: Session, column: InstrumentedAttribute[Any]) -> int:
    return len(session.scalars(select(column).where(column.is_not(None))).all())


def test_guests_are_deleted_with_their_links_after_the_office_s_time(
    session: Session, cast: Cast, appointment: Appointment, run: Callable[[datetime], None]
) -> None:
    cast.office.registration_keep_days, cast.other_office.registration_keep_days = 30, 7
    guest = guests.invite(session, appointment, INTERPRETER, "Oksana Bondar", MORNING)
    guests.issue_link(session, guest, MORNING)
    over = appointment.ends_at + 30 * DAY
    run(over - timedelta(seconds=1))
    assert (count(session, Guest.id), count(session, Link.guest_id)) == (1, 1)
    run(over)
    assert (count(session, Guest.id), count(session, Link.guest_id)) == (0, 0)


def test_hand_overs_and_signs_of_life_are_deleted_after_a_day(
    session: Session, appointment: Appointment, run: Callable[[datetime], None]
) -> None:
    session.execute(delete(Presence))  # of the noise
    presence.touch(session, appointment.id, JOBSEEKER, AT_TEN)
    token = hand_overs.offer(session, appointment, JOBSEEKER, AT_TEN)
    used = hand_overs.use(session, token, AT_TEN)
    links.issue(session, Link.hand_over_id, used.id, AT_TEN)
    run(AT_TEN + DAY - timedelta(seconds=1))
    kept = (HandOver.id, Link.hand_over_id, Presence.appointment_id)
    assert [count(session, column) for column in kept] == [1, 1, 1]
    run(AT_TEN + DAY)
    assert [count(session, column) for column in kept] == [0, 0, 0]
