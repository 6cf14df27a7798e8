from contextlib import suppress
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support import consistency
from tests.support.cast import (
    AT_TEN,
    AYLIN,
    MONDAY,
    MORNING,
    OLENA,
    THOMAS,
    Cast,
    a_counsellor,
    an_appointment,
    works,
)
from tests.support.queries import counted
from vberatung.booking import mass_cancellation, operations, working_hours
from vberatung.booking.free import Wish
from vberatung.booking.hours import Absence, WeeklyHours
from vberatung.booking.mass_cancellation import (
    CANCEL,
    GONE,
    HAND_OVER,
    KEEP,
    KEPT,
    Decision,
    Proposal,
    Result,
    days_between,
)
from vberatung.booking.models import CANCELLED, IN_PERSON, VIDEO, Appointment
from vberatung.booking.operations import SlotTaken
from vberatung.offices.models import Topic
from vberatung.people.models import Staff

TODAY = days_between(MORNING.date(), MORNING.date())
HALF_PAST = AT_TEN + timedelta(minutes=30)


def plan(session: Session, cast: Cast) -> list[Proposal]:
    return mass_cancellation.plan(session, cast.berger, *TODAY, MORNING)


def carry_out(
    session: Session, cast: Cast, decisions: dict[int, Decision], *, absent: bool = True
) -> list[Result]:
    results = mass_cancellation.carry_out(
        session, cast.berger, *TODAY, decisions, MORNING, absent=absent
    )
    session.commit()
    consistency.check(session, MORNING)
    return results


def to(colleague: Staff) -> Decision:
    return Decision(HAND_OVER, colleague.id)


@pytest.fixture
def third(session: Session, cast: Cast) -> Staff:
    """One more colleague, who works on Monday until twelve."""
    third = a_counsellor(session, "Jana Kraus", "kraus@musterstadt.example", cast.topic)
    works(session, third, MONDAY, 8, 12)
    session.commit()
    return third


def test_a_free_colleague_is_proposed(
    session: Session, cast: Cast, appointment: Appointment
) -> None:
    (proposal,) = plan(session, cast)
    assert (proposal.appointment, proposal.colleague) == (appointment, cast.aydin)


def test_two_that_overlap_need_two_colleagues(session: Session, cast: Cast, third: Staff) -> None:
    for start in (AT_TEN - timedelta(minutes=20), AT_TEN + timedelta(minutes=15)):
        an_appointment(session, cast.topic, cast.berger, start)
    cast.topic.buffer_after_min = 15
    proposed = [proposal.colleague for proposal in plan(session, cast)]
    assert sorted(c.name for c in proposed if c) == ["Jana Kraus", "Murat Aydın"]
    cast.aydin.topics = []
    session.flush()
    proposed = [proposal.colleague for proposal in plan(session, cast)]
    assert proposed == [third, None]


def test_whoever_is_busy_or_away_or_does_not_take_the_topic_is_not_proposed(
    session: Session, cast: Cast, appointment: Appointment
) -> None:
    an_appointment(session, cast.topic, cast.aydin, AT_TEN - timedelta(minutes=10), OLENA)
    assert plan(session, cast)[0].colleague is None


@pytest.mark.parametrize("case", ["absent", "other topic", "other channel", "full", "inactive"])
def test_who_cannot_take_it_is_not_proposed(
    session: Session, cast: Cast, appointment: Appointment, case: str
) -> None:
    match case:
        case "absent":
            away = Absence(counsellor_id=cast.aydin.id, starts_at=AT_TEN, ends_at=HALF_PAST)
            session.add(away)
        case "other topic":
            cast.aydin.topics = [cast.first_talk]
        case "other channel":
            mine = select(WeeklyHours).where(WeeklyHours.counsellor_id == cast.aydin.id)
            session.scalars(mine).one().channels = [IN_PERSON]
        case "full":
            cast.aydin.daily_maximum = 1  # somebody is with him at ten past eight
        case "inactive":
            cast.aydin.active = False
    session.flush()
    assert plan(session, cast)[0].colleague is None


def test_the_notice_does_not_stand_in_the_way(session: Session, cast: Cast) -> None:
    """It exists already: at half past nine somebody else can have it, an hour and a half before."""
    soon = an_appointment(session, cast.topic, cast.berger, AT_TEN - timedelta(minutes=30))
    assert plan(session, cast) == [Proposal(soon, cast.aydin, plan(session, cast)[0].others)]


def test_other_times_are_those_of_others_or_later(
    session: Session, cast: Cast, appointment: Appointment
) -> None:
    others = plan(session, cast)[0].others
    assert len(others) == 3
    cast.aydin.topics = []
    session.flush()
    others = plan(session, cast)[0].others
    assert [start.date().isoformat() for start in others] == ["2026-11-25"] * 3


def test_only_the_open_appointments_of_that_counsellor_and_those_days(
    session: Session, cast: Cast, appointment: Appointment
) -> None:
    an_appointment(session, cast.topic, cast.aydin, HALF_PAST)
    an_appointment(session, cast.topic, cast.berger, AT_TEN + timedelta(days=1))
    gone = an_appointment(session, cast.topic, cast.berger, AT_TEN + timedelta(hours=1))
    operations.cancel(session, gone, MORNING)
    assert [proposal.appointment for proposal in plan(session, cast)] == [appointment]


def test_looking_at_the_preview_changes_nothing(
    session: Session, cast: Cast, appointment: Appointment
) -> None:
    plan(session, cast)
    assert not session.new
    assert not session.dirty
    assert appointment.counsellor == cast.berger


def test_everything_is_done_at_once(session: Session, cast: Cast) -> None:
    first = an_appointment(session, cast.topic, cast.berger, AT_TEN)
    second = an_appointment(session, cast.topic, cast.berger, AT_TEN + timedelta(hours=1), OLENA)
    third = an_appointment(session, cast.first_talk, cast.berger, MORNING + timedelta(hours=1))
    decisions = {first.id: to(cast.aydin), second.id: Decision(CANCEL), third.id: Decision(KEEP)}
    results = carry_out(session, cast, decisions)
    assert {r.appointment: r.outcome for r in results} == {
        first: "handed_over",
        second: "cancelled",
        third: KEPT,
    }
    assert (first.counsellor, first.starts_at, first.sequence) == (cast.aydin, AT_TEN, 1)
    assert (second.status, second.cancelled_by_office) == (CANCELLED, True)
    assert third.counsellor == cast.berger
    absence = session.scalars(select(Absence)).one()
    assert (absence.starts_at, absence.ends_at) == (MORNING, TODAY[1])


def test_without_the_tick_no_absence_is_entered(
    session: Session, cast: Cast, appointment: Appointment
) -> None:
    carry_out(session, cast, {appointment.id: Decision(CANCEL)}, absent=False)
    assert session.scalars(select(Absence)).all() == []


def test_when_the_colleague_was_booked_meanwhile_other_times_are_offered(
    session: Session, cast: Cast, appointment: Appointment
) -> None:
    decisions = {appointment.id: to(cast.aydin)}
    an_appointment(session, cast.topic, cast.aydin, AT_TEN, OLENA)
    (result,) = carry_out(session, cast, decisions)
    assert (result.outcome, result.fell_back) == ("cancelled", True)
    assert appointment.starts_at == AT_TEN
    assert len(result.others) == 3


def test_what_was_cancelled_or_moved_meanwhile_is_left_alone(session: Session, cast: Cast) -> None:
    gone = an_appointment(session, cast.topic, cast.berger, AT_TEN)
    moved = an_appointment(session, cast.topic, cast.berger, AT_TEN + timedelta(hours=1), THOMAS)
    decisions = {gone.id: to(cast.aydin), moved.id: Decision(CANCEL)}
    operations.cancel(session, gone, MORNING)
    operations.hand_to(session, moved, cast.berger.id, AT_TEN + timedelta(days=7), MORNING)
    results = carry_out(session, cast, decisions)
    assert {result.outcome for result in results} == {GONE}
    assert not gone.cancelled_by_office
    assert moved.status == "booked"


def test_who_booked_after_the_preview_is_told_as_well(session: Session, cast: Cast) -> None:
    late = an_appointment(session, cast.topic, cast.berger, AT_TEN)
    (result,) = carry_out(session, cast, {})
    assert (result.appointment, result.outcome) == (late, "cancelled")


@pytest.mark.parametrize("colleague", ["berger", "noack"])
def test_nobody_else_can_be_forged_in(
    session: Session, cast: Cast, appointment: Appointment, colleague: str
) -> None:
    (result,) = carry_out(session, cast, {appointment.id: to(getattr(cast, colleague))})
    assert result.fell_back


def test_appointments_of_others_are_not_touched(session: Session, cast: Cast) -> None:
    foreign = an_appointment(session, cast.topic, cast.aydin, AT_TEN)
    (result,) = carry_out(session, cast, {foreign.id: Decision(CANCEL)})
    assert result.outcome == GONE
    assert foreign.status == "booked"
    assert carry_out(session, cast, {cast.noise.id: Decision(CANCEL)}) == []


def test_a_day_is_the_local_one() -> None:
    day = date(2026, 10, 25)  # the clocks are put back
    begin, end = days_between(day, day)
    assert end.timestamp() - begin.timestamp() == 25 * 3600


def test_what_visitors_hold_in_an_absence_is_released(session: Session, cast: Cast) -> None:
    wish = Wish(VIDEO, counsellor_id=cast.berger.id)
    kept = operations.hold(session, cast.topic, AT_TEN, "visitor", "lobby", MORNING, wish)
    mass_cancellation.carry_out(session, cast.berger, *TODAY, {}, MORNING, absent=True)
    with pytest.raises(SlotTaken):
        operations.book(session, cast.topic, VIDEO, AT_TEN, AYLIN, MORNING, wish=wish, hold=kept)


def test_who_becomes_absent_while_it_is_handed_over_does_not_take_it(
    session: Session, cast: Cast, appointment: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between looking and handing over: whoever is second sees what the first has done."""

    def fall_ill_first(session: Session, id: int, *more: object) -> bool:
        working_hours.be_absent(session, id, *TODAY)
        return True

    monkeypatch.setattr(mass_cancellation, "has_room", fall_ill_first)
    (result,) = carry_out(session, cast, {appointment.id: to(cast.aydin)})
    assert (result.outcome, result.fell_back) == ("cancelled", True)
    assert (appointment.counsellor, appointment.starts_at) == (cast.berger, AT_TEN)


def test_absences_of_the_same_days_become_one(session: Session, cast: Cast) -> None:
    for days in (1, 3, 2):
        begin, end = days_between(MORNING.date(), MORNING.date() + timedelta(days=days))
        mass_cancellation.carry_out(session, cast.berger, begin, end, {}, MORNING, absent=True)
    (absence,) = session.scalars(select(Absence).filter_by(counsellor_id=cast.berger.id))
    assert (absence.starts_at, absence.ends_at) == (MORNING, end + timedelta(days=1))


def test_who_becomes_absent_while_being_chosen_is_not_booked(session: Session, cast: Cast) -> None:
    chosen: list[int] = []

    def take(id: int) -> int:
        if not chosen:
            working_hours.be_absent(session, id, *TODAY)
        chosen.append(id)
        return id

    taken = operations.in_fair_order(session, cast.topic, AT_TEN, MORNING, Wish(VIDEO), take)
    assert taken == chosen[1] != chosen[0]


def test_a_colleague_with_the_persons_language_comes_first(
    session: Session, cast: Cast, third: Staff
) -> None:
    cast.berger.languages, third.languages = ["de", "en"], ["de", "en"]
    an_appointment(session, cast.topic, cast.berger, AT_TEN, OLENA)
    (proposal,) = plan(session, cast)
    assert (proposal.colleague, proposal.lost) == (third, None)
    third.active = False
    session.flush()
    (proposal,) = plan(session, cast)
    assert (proposal.colleague, proposal.lost) == (cast.aydin, "en")
    cast.berger.languages = ["de"]  # they would not have talked English with each other either
    (proposal,) = plan(session, cast)
    assert (proposal.colleague, proposal.lost) == (cast.aydin, None)


def test_only_the_language_that_the_person_wants_can_be_lost(session: Session, cast: Cast) -> None:
    cast.berger.languages = ["de", "en", "tr"]
    talk = an_appointment(session, cast.topic, cast.berger, AT_TEN, AYLIN)
    assert plan(session, cast)[0].lost is None  # Aylin reads German and has chosen nothing else
    talk.spoken = "tr"
    assert plan(session, cast)[0].lost == "tr"
    cast.aydin.languages = ["tr"]
    assert plan(session, cast)[0].lost is None


def test_what_is_proposed_counts_as_booked_minutes(
    session: Session, cast: Cast, third: Staff
) -> None:
    """Two talks for Kraus, who has nothing that week, before the first for Aydın, who has much."""
    works(session, cast.aydin, MONDAY, 11, 12)
    for number in range(4):
        tuesday = AT_TEN + timedelta(days=1, hours=number)
        an_appointment(session, cast.topic, cast.aydin, tuesday, THOMAS)
    for number in range(3):
        an_appointment(session, cast.topic, cast.berger, AT_TEN + number * timedelta(minutes=35))
    assert [proposal.colleague for proposal in plan(session, cast)] == [third] * 3


def test_a_daily_maximum_counts_what_is_proposed(
    session: Session, cast: Cast, third: Staff
) -> None:
    cast.aydin.active, third.daily_maximum = False, 2
    session.flush()
    for number in range(3):
        an_appointment(session, cast.topic, cast.berger, AT_TEN + number * timedelta(minutes=35))
    assert [proposal.colleague for proposal in plan(session, cast)] == [third, third, None]


def test_the_preview_asks_the_same_few_questions_however_many_there_are(
    session: Session, cast: Cast
) -> None:
    """Three appointments and three colleagues; then twelve on three days, and thirty of them."""
    days = days_between(MORNING.date(), MORNING.date() + timedelta(days=20))
    ids, asked = [cast.topic.id, cast.berger.id], []
    for colleagues, weeks, talks in ((3, 1, 3), (30, 3, 12)):
        topic, berger = session.get_one(Topic, ids[0]), session.get_one(Staff, ids[1])
        for number in range(colleagues):
            email = f"{colleagues}.{number}@musterstadt.example"
            colleague = a_counsellor(session, f"N. N. {number}", email, topic)
            colleague.daily_maximum = 5
            works(session, colleague, MONDAY, 8, 18)
        for number in range(talks):
            begin = MORNING + timedelta(days=7 * (number % weeks), hours=1 + number // weeks)
            with suppress(SlotTaken):
                an_appointment(session, topic, berger, begin + timedelta(minutes=30))
        session.commit()
        session.expunge_all()
        berger = session.get_one(Staff, ids[1])
        with counted(session) as statements:
            proposals = mass_cancellation.plan(session, berger, *days, MORNING)
            assert all(proposal.colleague for proposal in proposals)
        asked.append((len(proposals), len(statements)))
    (few, for_few), (many, for_many) = asked
    assert (few, for_few) == (3, for_many)
    assert many >= 12
    assert for_many <= 25
