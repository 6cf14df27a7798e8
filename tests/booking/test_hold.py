from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.support.cast import AT_TEN, AYLIN, MORNING, Cast, an_appointment
from vberatung.booking import operations
from vberatung.booking.free import Wish, counsellors_free_at
from vberatung.booking.models import VIDEO, Appointment, Claim, Hold
from vberatung.booking.operations import HOLD_FOR, HOLDS_PER_ADDRESS, SlotTaken, TooManyHolds

HALF_PAST = AT_TEN + timedelta(minutes=30)
LOBBY = "192.0.2.1"


def hold(session: Session, cast: Cast, visitor: str = "aylin", minutes: int = 0) -> Hold:
    start = AT_TEN + timedelta(minutes=minutes)
    return operations.hold(session, cast.topic, start, visitor, LOBBY, MORNING)


def holds(session: Session) -> int:
    return session.scalar(select(func.count(Hold.id))) or 0


def free(session: Session, cast: Cast, minutes: int = 0, after: timedelta = timedelta()) -> int:
    now = MORNING + after
    return len(counsellors_free_at(session, cast.topic, AT_TEN + timedelta(minutes=minutes), now))


def test_a_held_time_is_not_free_for_others(session: Session, cast: Cast) -> None:
    assert free(session, cast) == 2
    hold(session, cast, "aylin")
    assert free(session, cast) == 1
    hold(session, cast, "thomas")
    assert free(session, cast) == 0
    with pytest.raises(SlotTaken):
        hold(session, cast, "olena")


def test_a_hold_is_released_by_itself(session: Session, cast: Cast) -> None:
    kept = hold(session, cast)
    assert kept.until == MORNING + HOLD_FOR
    cast.topic.notice_min = 0
    assert free(session, cast, after=HOLD_FOR - timedelta(seconds=1)) == 1
    assert free(session, cast, after=HOLD_FOR) == 2


def test_an_expired_hold_does_not_stand_in_the_way_of_a_booking(
    session: Session, cast: Cast
) -> None:
    cast.topic.notice_min = 0
    hold(session, cast, "aylin")
    hold(session, cast, "thomas")
    later = MORNING + HOLD_FOR
    operations.book(session, cast.topic, VIDEO, AT_TEN, AYLIN, later)
    assert holds(session) == 0


def test_the_language_of_a_hold_that_is_over_is_looked_for_again(
    session: Session, cast: Cast
) -> None:
    """What is recorded as the language of the talk is what the counsellor talks."""
    cast.berger.languages, cast.aydin.languages = ["de"], ["de", "tr"]
    cast.topic.notice_min = 0
    wish = Wish(VIDEO, spoken="tr")
    kept = operations.hold(session, cast.topic, AT_TEN, "aylin", LOBBY, MORNING, wish)
    later = MORNING + HOLD_FOR
    booked = operations.book(session, cast.topic, VIDEO, AT_TEN, AYLIN, later, hold=kept)
    assert (booked.spoken, booked.counsellor) == ("tr", cast.aydin)


def test_choosing_another_time_releases_the_first(session: Session, cast: Cast) -> None:
    hold(session, cast)
    hold(session, cast, minutes=60)
    assert free(session, cast) == 2
    assert holds(session) == 1


def test_a_visitor_has_at_most_two_holds(session: Session, cast: Cast) -> None:
    hold(session, cast)
    operations.hold(session, cast.first_talk, AT_TEN + timedelta(hours=1), "aylin", LOBBY, MORNING)
    third = operations.hold(session, cast.other_topic, AT_TEN, "aylin", LOBBY, MORNING)
    kept = operations.holds_of(session, "aylin", MORNING)
    assert [held.topic_id for held in kept] == [cast.first_talk.id, third.topic_id]


def test_an_address_has_so_many_holds_and_no_more(session: Session, cast: Cast) -> None:
    for number in range(HOLDS_PER_ADDRESS):
        start = AT_TEN + timedelta(days=number // 10, minutes=45 * (number % 10))
        operations.hold(session, cast.other_topic, start, f"v{number}", LOBBY, MORNING)
    with pytest.raises(TooManyHolds):
        hold(session, cast, "one more")
    operations.hold(session, cast.topic, AT_TEN, "elsewhere", "192.0.2.2", MORNING)


def test_a_hold_becomes_the_appointment_with_its_claims(session: Session, cast: Cast) -> None:
    kept = hold(session, cast)
    claimed = session.scalars(select(Claim.quantum).where(Claim.hold_id == kept.id)).all()
    counsellor = kept.counsellor_id
    booked = operations.book(session, cast.topic, VIDEO, AT_TEN, AYLIN, MORNING, hold=kept)
    mine = session.scalars(select(Claim.quantum).where(Claim.appointment_id == booked.id)).all()
    assert (booked.counsellor_id, sorted(mine)) == (counsellor, sorted(claimed))
    assert holds(session) == 0


def test_a_page_that_was_left_gives_its_time_back_soon(session: Session, cast: Cast) -> None:
    kept = hold(session, cast)
    operations.leave(kept, MORNING)
    assert kept.expires_at == MORNING + operations.BACK_WITHIN
    operations.come_back(kept)
    assert kept.expires_at == kept.until


def test_the_last_of_the_day_is_held_once(session: Session, cast: Cast) -> None:
    """The daily maximum counts holds: two visitors cannot both have the last place."""
    cast.aydin.topics = []
    cast.berger.daily_maximum = 1
    session.flush()
    hold(session, cast, "aylin")
    with pytest.raises(SlotTaken):
        hold(session, cast, "thomas", minutes=60)


def test_the_same_form_makes_one_appointment(session: Session, cast: Cast) -> None:
    def send() -> Appointment:
        return operations.book(session, cast.topic, VIDEO, AT_TEN, AYLIN, MORNING, form_id="form")

    first = send()
    with pytest.raises(operations.SentTwice) as twice:
        send()
    assert twice.value.appointment is first


def test_an_office_allows_so_many_open_bookings(session: Session, cast: Cast) -> None:
    cast.office.max_open_bookings = 1
    an_appointment(session, cast.topic, cast.berger, AT_TEN)
    with pytest.raises(operations.TooManyBookings):
        operations.book(session, cast.topic, VIDEO, HALF_PAST, AYLIN, MORNING)
