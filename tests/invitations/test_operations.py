from collections import Counter
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.support import databases
from tests.support.cast import AT_TEN, MORNING, Cast, an_appointment
from tests.support.invitations import AYLIN_BY_MAIL, OLENA_BY_LETTER, invited
from tests.support.threads import at_once
from vberatung import clock, links
from vberatung.booking import operations as booking
from vberatung.booking.models import PENDING
from vberatung.db import begin_write
from vberatung.invitations import operations, queries, states
from vberatung.invitations.models import Invitation
from vberatung.invitations.operations import Invitee, Terms
from vberatung.links import Link
from vberatung.offices.models import Topic
from vberatung.people.models import Staff

DAY = timedelta(days=1)


def state(invitation: Invitation, now: datetime = MORNING) -> str:
    return states.state_of(queries.facts_of(invitation), now)


def in_state(session: Session, cast: Cast, state: str, now: datetime = MORNING) -> list[int]:
    rows, _ = queries.invitations_of(session, cast.office.id, now, state)
    return [row.id for row in rows]


def test_an_invitation_is_valid_to_the_end_of_its_last_day(session: Session, cast: Cast) -> None:
    expires = clock.to_local(invited(session, cast).expires_at)
    assert (expires.date() - MORNING.date(), expires.hour) == (timedelta(days=14), 23)


def test_the_clock_change_does_not_shorten_the_last_day() -> None:
    autumn = datetime(2026, 10, 20, 9, tzinfo=clock.LOCAL_ZONE)
    assert clock.to_local(operations.last_moment(autumn, 14)).hour == 23


def test_nobody_is_invited_twice_to_the_same(session: Session, cast: Cast) -> None:
    invited(session, cast)
    again = Invitee("aylin  özdemir", "mail", email="Aylin@example.org")
    with pytest.raises(operations.AlreadyInvited):
        invited(session, cast, again)


def test_a_family_may_share_an_address(session: Session, cast: Cast) -> None:
    invited(session, cast)
    assert invited(session, cast, Invitee("Emre Özdemir", "mail", email=AYLIN_BY_MAIL.email))


def test_after_the_end_somebody_can_be_invited_again(session: Session, cast: Cast) -> None:
    operations.withdraw(session, invited(session, cast), MORNING)
    second = invited(session, cast)
    assert invited(session, cast, now=second.expires_at + DAY)


def test_a_list_with_one_person_twice_invites_nobody(session: Session, cast: Cast) -> None:
    both = [AYLIN_BY_MAIL, OLENA_BY_LETTER, AYLIN_BY_MAIL]
    with pytest.raises(operations.AlreadyInvited):
        operations.invite_all(session, cast.berger, Terms(cast.topic), both, MORNING)
    assert session.scalar(select(func.count(Invitation.id))) == 0


def test_an_office_invites_no_more_than_its_daily_number(
    session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "MOST_A_DAY", 2)
    invited(session, cast)
    more = [Invitee(f"Person {n}", "mail", email=f"p{n}@example.org") for n in range(2)]
    with pytest.raises(operations.TooManyInvitations) as refused:
        operations.invite_all(session, cast.berger, Terms(cast.topic), more, MORNING)
    assert refused.value.left == 1
    assert operations.invite_all(
        session, cast.berger, Terms(cast.topic), more, MORNING + timedelta(hours=16)
    )


@pytest.mark.parametrize(
    "invitee", [Invitee("A", "mail"), Invitee("A", "sms", email="a@b.de"), Invitee("A", "letter")]
)
def test_who_cannot_be_reached_is_not_invited(
    session: Session, cast: Cast, invitee: Invitee
) -> None:
    with pytest.raises(ValueError, match="contact"):
        invited(session, cast, invitee)


def test_nobody_is_invited_to_a_foreign_topic(session: Session, cast: Cast) -> None:
    with pytest.raises(ValueError, match="other office"):
        operations.invite(session, cast.berger, Terms(cast.other_topic), AYLIN_BY_MAIL, MORNING)


def test_the_database_and_the_rule_agree_on_every_state(session: Session, cast: Cast) -> None:
    people = [Invitee(f"Person {n}", "mail", email=f"p{n}@example.org") for n in range(8)]
    made = operations.invite_all(session, cast.berger, Terms(cast.topic), people, MORNING)
    letter = invited(session, cast, OLENA_BY_LETTER)
    printed = invited(session, cast, Invitee("Cem", "letter", address="A 1\n01234 Ort"))
    operations.note_printed(session, [printed], MORNING)
    _, booked, cancelled, gone, withdrawn, expired, reminded, lost = made
    for invitation in (booked, cancelled):
        appointment = an_appointment(
            session, cast.topic, cast.berger, AT_TEN + invitation.id * timedelta(days=7)
        )
        operations.note_booking(session, invitation, appointment, MORNING)
    booking.cancel(session, appointment, MORNING)
    gone.booked_at = MORNING
    operations.withdraw(session, withdrawn, MORNING)
    expired.expires_at = MORNING
    reminded.reminded_at = MORNING
    session.flush()
    failed = select(Invitation.id).where(Invitation.id == lost.id)
    for invitation in (*made, letter, printed):
        facts = queries.facts_of(invitation, undelivered=invitation is lost)
        for name in states.STATES:
            rows, _ = queries.invitations_of(
                session, cast.office.id, MORNING, name, undelivered=failed
            )
            assert (invitation in rows) == (states.state_of(facts, MORNING) == name), name
    assert {state(each) for each in (*made, letter)} | {states.UNDELIVERED} == set(states.STATES)


def test_a_cancelled_appointment_opens_the_invitation_again(session: Session, cast: Cast) -> None:
    invitation = invited(session, cast)
    appointment = an_appointment(session, cast.topic, cast.berger)
    operations.note_booking(session, invitation, appointment, MORNING)
    assert not operations.is_open(invitation, MORNING)
    booking.cancel(session, appointment, MORNING)
    assert operations.is_open(invitation, MORNING)


def test_a_booking_that_is_never_confirmed_leaves_the_invitation_open(
    session: Session, cast: Cast
) -> None:
    invitation = invited(session, cast)
    appointment = an_appointment(session, cast.topic, cast.berger)
    appointment.status, appointment.confirm_until = PENDING, MORNING + timedelta(hours=1)
    operations.note_booking(session, invitation, appointment, MORNING)
    assert not operations.is_open(invitation, MORNING)
    booking.give_up_unconfirmed(session, MORNING + timedelta(hours=2))
    session.expire(invitation)
    assert operations.is_open(invitation, MORNING + timedelta(hours=2))


def test_a_deleted_appointment_does_not_open_the_invitation_again(
    session: Session, cast: Cast
) -> None:
    invitation = invited(session, cast)
    appointment = an_appointment(session, cast.topic, cast.berger)
    operations.note_booking(session, invitation, appointment, MORNING)
    session.delete(appointment)
    session.flush()
    session.expire(invitation)
    assert state(invitation) == states.BOOKED


def test_each_is_reminded_once(session: Session, cast: Cast) -> None:
    invitation = invited(session, cast)
    assert operations.remind_due(session, MORNING + 2 * DAY) == []
    assert operations.remind_due(session, MORNING + 3 * DAY) == [invitation]
    assert operations.remind_due(session, MORNING + 4 * DAY) == []


def test_who_was_sent_it_again_is_reminded_of_that(session: Session, cast: Cast) -> None:
    invitation = invited(session, cast)
    operations.remind_due(session, MORNING + 3 * DAY)
    operations.send_again(session, invitation, MORNING + 4 * DAY)
    assert state(invitation) == states.SENT
    assert operations.remind_due(session, MORNING + 6 * DAY) == []
    assert operations.remind_due(session, MORNING + 7 * DAY) == [invitation]


def test_who_has_booked_is_not_reminded(session: Session, cast: Cast) -> None:
    invitation = invited(session, cast)
    appointment = an_appointment(session, cast.topic, cast.berger)
    operations.note_booking(session, invitation, appointment, MORNING)
    assert operations.remind_due(session, MORNING + 3 * DAY) == []


def test_what_is_over_is_neither_sent_again_nor_withdrawn(session: Session, cast: Cast) -> None:
    invitation = invited(session, cast)
    operations.withdraw(session, invitation, MORNING)
    for verb in (operations.withdraw, operations.send_again):
        with pytest.raises(operations.NotOpen):
            verb(session, invitation, MORNING)


def test_each_printing_has_fresh_links_and_the_earlier_stay_valid(
    session: Session, cast: Cast
) -> None:
    letter = invited(session, cast, OLENA_BY_LETTER)
    tokens = [operations.note_printed(session, [letter], MORNING)[0] for _ in range(2)]
    assert len(set(tokens)) == 2
    assert {queries.invitation_of_link(session, token) for token in tokens} == {letter}


def test_the_link_of_something_else_is_no_invitation(session: Session, cast: Cast) -> None:
    token = links.issue(session, Link.appointment_id, cast.noise.id, MORNING)
    assert queries.invitation_of_link(session, token) is None


def test_pages_follow_each_other(session: Session, cast: Cast) -> None:
    people = [Invitee(f"Person {n}", "mail", email=f"p{n}@example.org") for n in range(5)]
    operations.invite_all(session, cast.berger, Terms(cast.topic), people, MORNING)
    seen = []
    for page in (1, 2, 3):
        rows, more = queries.invitations_of(session, cast.office.id, MORNING, page=page, size=2)
        seen += [row.name for row in rows]
        assert more == (page < 3)
    assert seen == [f"Person {n}" for n in (4, 3, 2, 1, 0)]


def test_pressed_eight_times_at_once_it_invites_once(
    app: Flask, session: Session, cast: Cast
) -> None:
    engine = databases.engine_of(app)
    berger_id, topic_id = cast.berger.id, cast.topic.id
    session.commit()

    def press(_: int) -> None:
        with Session(engine) as own:
            begin_write(own)
            by, topic = own.get_one(Staff, berger_id), own.get_one(Topic, topic_id)
            operations.invite(own, by, Terms(topic), AYLIN_BY_MAIL, MORNING)
            own.commit()

    outcomes = Counter(map(type, at_once(8, press)))
    assert outcomes == {type(None): 1, operations.AlreadyInvited: 7}
