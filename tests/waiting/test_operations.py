from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tests.support import consistency
from tests.support.cast import AT_TEN, AYLIN, MORNING, OLENA, Cast, an_appointment
from tests.waiting.conftest import LATER, Join
from vberatung.booking import operations as booking
from vberatung.booking.free import Wish
from vberatung.booking.hours import Absence
from vberatung.booking.models import BOOKED, CANCELLED, PHONE, VIDEO, Appointment, Hold
from vberatung.booking.operations import SlotTaken, TooLate, TooManyBookings
from vberatung.booking.slots import AFTERNOON
from vberatung.booking.slots import MORNING as FORENOON
from vberatung.waiting import models, operations, queries
from vberatung.waiting.models import WaitingEntry, WaitingOffer
from vberatung.waiting.operations import OfferOver, offer_free_times
from vberatung.waiting.rules import ANY_TIME

HOUR = timedelta(hours=1)


def the_offer(session: Session, entry: WaitingEntry) -> WaitingOffer:
    return queries.offers_of(session, entry)[-1]


def test_while_nothing_is_free_nothing_is_offered(
    session: Session, late: Appointment, join: Join
) -> None:
    join()
    assert offer_free_times(session, MORNING) == []


def test_a_freed_time_is_offered_to_who_waits_longest(
    session: Session, late: Appointment, join: Join
) -> None:
    first, second = join(1), join(2)
    booking.cancel(session, late, MORNING)
    (offer,) = offer_free_times(session, MORNING)
    assert (offer.entry, offer.starts_at) == (first, LATER)
    assert offer.expires_at == MORNING + HOUR
    assert queries.offers_of(session, second) == []
    consistency.check(session, MORNING)


def test_what_is_offered_is_held(
    session: Session, late: Appointment, join: Join, cast: Cast
) -> None:
    join()
    booking.cancel(session, late, MORNING)
    offer_free_times(session, MORNING)
    with pytest.raises(SlotTaken):
        booking.book(session, cast.topic, VIDEO, LATER, AYLIN, MORNING)


def test_an_offer_not_taken_goes_to_the_next_and_is_told_once(
    session: Session, late: Appointment, join: Join, cast: Cast
) -> None:
    cast.topic.notice_min = 0
    first, second = join(1), join(2)
    booking.cancel(session, late, MORNING)
    told = []
    for minute in range(0, 180, 1):
        told += offer_free_times(session, MORNING + timedelta(minutes=minute))
        session.commit()
    assert [offer.entry for offer in told] == [first, second]
    consistency.check(session, MORNING + 3 * HOUR)


def test_only_one_offer_at_a_time(session: Session, cast: Cast, join: Join) -> None:
    """Without `late`: many times are free."""
    entry = join()
    assert len(offer_free_times(session, MORNING)) == 1
    assert offer_free_times(session, MORNING) == []
    assert len(queries.offers_of(session, entry)) == 1


def test_three_offers_are_the_end(session: Session, cast: Cast, join: Join) -> None:
    entry = join()
    told = []
    for hour in range(5):
        told += offer_free_times(session, MORNING + hour * HOUR)
        session.commit()
    assert len(told) == len({offer.starts_at for offer in told}) == 3
    assert entry.outcome == models.SPENT
    consistency.check(session, MORNING + 5 * HOUR)


def test_everybody_gets_another_time(session: Session, cast: Cast, join: Join) -> None:
    entries = [join(number) for number in range(6)]
    offers = offer_free_times(session, MORNING)
    assert [offer.entry for offer in offers] == entries
    places = {(offer.hold.counsellor_id, offer.starts_at) for offer in offers if offer.hold}
    assert len(places) == 6
    consistency.check(session, MORNING)


@pytest.mark.parametrize(
    "wishes", [{"part_of_day": "afternoon"}, {"not_after": (MORNING - timedelta(days=-1)).date()}]
)
def test_only_what_suits_is_offered(
    session: Session, late: Appointment, join: Join, wishes: dict[str, object]
) -> None:
    picky, other = join(1, **wishes), join(2)
    booking.cancel(session, late, MORNING)
    offers = offer_free_times(session, MORNING)
    suits = "not_after" in wishes
    assert [offer.entry for offer in offers] == [picky if suits else other]


def test_accepting_books_what_was_held(session: Session, late: Appointment, join: Join) -> None:
    entry = join()
    booking.cancel(session, late, MORNING)
    offer_free_times(session, MORNING)
    booked = operations.accept(session, entry, the_offer(session, entry), MORNING + HOUR / 2)
    assert (booked.starts_at, booked.status, booked.name) == (LATER, BOOKED, entry.name)
    assert (entry.outcome, entry.ended_at) == (models.BOOKED, MORNING + HOUR / 2)
    assert session.scalars(select(Hold)).all() == []
    session.commit()
    consistency.check(session, MORNING)


def test_an_expired_offer_cannot_be_taken(session: Session, late: Appointment, join: Join) -> None:
    entry = join()
    booking.cancel(session, late, MORNING)
    offer_free_times(session, MORNING)
    with pytest.raises(OfferOver):
        operations.accept(session, entry, the_offer(session, entry), MORNING + HOUR)


def test_one_offer_cannot_be_taken_twice(session: Session, late: Appointment, join: Join) -> None:
    entry = join()
    booking.cancel(session, late, MORNING)
    offer_free_times(session, MORNING)
    operations.accept(session, entry, the_offer(session, entry), MORNING)
    with pytest.raises(OfferOver):
        operations.accept(session, entry, the_offer(session, entry), MORNING)


def test_declining_gives_the_time_to_the_next(
    session: Session, late: Appointment, join: Join
) -> None:
    first, second = join(1), join(2)
    booking.cancel(session, late, MORNING)
    offer_free_times(session, MORNING)
    operations.decline(session, first, the_offer(session, first), MORNING)
    assert [offer.entry for offer in offer_free_times(session, MORNING)] == [second]
    assert first.ended_at is None


def test_leaving_gives_the_time_to_the_next(
    session: Session, late: Appointment, join: Join
) -> None:
    first, second = join(1), join(2)
    booking.cancel(session, late, MORNING)
    offer_free_times(session, MORNING)
    operations.leave(session, first, MORNING)
    assert first.outcome == models.LEFT
    assert [offer.entry for offer in offer_free_times(session, MORNING)] == [second]
    with pytest.raises(OfferOver):
        operations.accept(session, first, the_offer(session, first), MORNING)


def test_an_earlier_time_moves_the_appointment(session: Session, cast: Cast) -> None:
    appointment = an_appointment(session, cast.topic, cast.aydin, AT_TEN + timedelta(days=7))
    entry = operations.join_for_earlier(session, appointment, MORNING)
    (offer,) = offer_free_times(session, MORNING)
    assert offer.hold is not None
    start, counsellor_id = offer.starts_at, offer.hold.counsellor_id
    assert start < appointment.starts_at
    moved = operations.accept(session, entry, offer, MORNING)
    assert (moved.id, moved.starts_at) == (appointment.id, start)
    assert (moved.counsellor_id, moved.sequence) == (counsellor_id, 1)
    session.commit()
    consistency.check(session, MORNING)


@pytest.fixture
def turkish(session: Session, cast: Cast) -> Appointment:
    """Next Monday at ten with Aydın, who talks Turkish; before that only Berger is there."""
    cast.berger.languages, cast.aydin.languages = ["de"], ["de", "tr"]
    week = AT_TEN + timedelta(days=7)
    wish = Wish(VIDEO, "tr")
    made = booking.book(session, cast.topic, VIDEO, week, AYLIN, MORNING, wish=wish)
    away = MORNING + timedelta(days=6)
    session.add(Absence(counsellor_id=cast.aydin.id, starts_at=MORNING, ends_at=away))
    session.commit()
    return made


def test_an_earlier_time_is_with_somebody_who_talks_the_persons_language(
    session: Session, cast: Cast, turkish: Appointment
) -> None:
    entry = operations.join_for_earlier(session, turkish, MORNING)
    (offer,) = offer_free_times(session, MORNING)
    assert offer.hold is not None
    assert (entry.spoken, offer.hold.spoken, offer.hold.counsellor_id) == (
        "tr",
        "tr",
        cast.aydin.id,
    )
    moved = operations.accept(session, entry, offer, MORNING)
    assert (moved.spoken, moved.counsellor) == ("tr", cast.aydin)


def test_nobody_is_moved_to_a_counsellor_without_their_language(
    session: Session, cast: Cast, turkish: Appointment
) -> None:
    entry = operations.join_for_earlier(session, turkish, MORNING)
    (offer,) = offer_free_times(session, MORNING)
    cast.aydin.languages = ["de"]
    with pytest.raises(OfferOver):
        operations.accept(session, entry, offer, MORNING)
    assert turkish.starts_at == AT_TEN + timedelta(days=7)


def test_each_is_offered_a_time_in_the_language_of_their_wish(
    session: Session, cast: Cast, join: Join
) -> None:
    cast.berger.languages, cast.aydin.languages = ["de"], ["de", "tr"]
    entries = [join(0, spoken="tr"), join(1, spoken="uk"), join(2)]
    offers = offer_free_times(session, MORNING)
    whose = {o.entry: o.hold.counsellor_id for o in offers if o.hold}
    assert whose == {entries[0]: cast.aydin.id, entries[2]: cast.berger.id}
    booked = operations.accept(session, entries[0], the_offer(session, entries[0]), MORNING)
    assert (booked.spoken, booked.counsellor) == ("tr", cast.aydin)
    assert operations.accept(session, entries[2], offers[-1], MORNING).spoken is None


def test_the_language_of_the_new_wish_counts(session: Session, cast: Cast, join: Join) -> None:
    cast.berger.languages, cast.aydin.languages = ["de"], ["de", "tr"]
    operations.change_wish(session, join(1), Wish(VIDEO, "tr"), ANY_TIME, None)
    (offer,) = offer_free_times(session, MORNING)
    assert offer.hold is not None
    assert offer.hold.counsellor_id == cast.aydin.id


def test_who_has_the_first_time_gets_no_earlier_one(session: Session, late: Appointment) -> None:
    entry = operations.join_for_earlier(session, late, MORNING)
    assert offer_free_times(session, MORNING) == []
    assert entry.ended_at is None


def test_a_cancelled_appointment_waits_for_nothing(session: Session, cast: Cast) -> None:
    appointment = an_appointment(session, cast.topic, cast.aydin, AT_TEN + timedelta(days=7))
    entry = operations.join_for_earlier(session, appointment, MORNING)
    booking.cancel(session, appointment, MORNING)
    assert offer_free_times(session, MORNING) == []
    assert entry.outcome == models.PAST


def test_an_appointment_that_was_cancelled_meanwhile_is_not_moved(
    session: Session, cast: Cast
) -> None:
    appointment = an_appointment(session, cast.topic, cast.aydin, AT_TEN + timedelta(days=7))
    entry = operations.join_for_earlier(session, appointment, MORNING)
    (offer,) = offer_free_times(session, MORNING)
    booking.cancel(session, appointment, MORNING)
    with pytest.raises(TooLate):
        operations.accept(session, entry, offer, MORNING)
    assert appointment.status == CANCELLED


def test_a_last_useful_day_ends_the_waiting(session: Session, join: Join, cast: Cast) -> None:
    entry = join(not_after=MORNING.date())
    assert offer_free_times(session, MORNING + timedelta(days=1)) == []
    assert entry.outcome == models.PAST


def test_nobody_waits_twice_for_the_same_topic(
    session: Session, late: Appointment, join: Join
) -> None:
    assert join(1) == join(1)
    assert join(2) != join(1)


def test_the_new_wish_replaces_the_old_one_and_the_place_in_the_queue_stays(
    session: Session, late: Appointment, join: Join
) -> None:
    first, second = join(1, part_of_day=AFTERNOON), join(2)
    operations.change_wish(session, first, Wish(VIDEO), FORENOON, LATER.date())
    assert (first.part_of_day, first.not_after) == (FORENOON, LATER.date())
    booking.cancel(session, late, MORNING)
    assert [offer.entry for offer in offer_free_times(session, MORNING)] == [first]
    assert queries.offers_of(session, second) == []


def test_a_stranger_who_types_an_address_does_not_change_whose_it_is(
    session: Session, cast: Cast, join: Join
) -> None:
    entry = join(1)
    entry.phone = AYLIN.phone
    stranger = booking.Person("Jemand", entry.email, "+4915199999999", None, "en")
    day = MORNING.date()
    same = operations.join(session, cast.topic, PHONE, stranger, MORNING, not_after=day)
    assert same == entry
    assert (entry.name, entry.phone, entry.language) == ("Person 1", AYLIN.phone, "de")
    assert (entry.channel, entry.not_after) == (VIDEO, None)


def test_a_number_that_is_missing_for_the_new_wish_is_added(
    session: Session, cast: Cast, join: Join
) -> None:
    entry = join(1)
    operations.change_wish(session, entry, Wish(PHONE), ANY_TIME, None, AYLIN.phone)
    assert (entry.channel, entry.phone) == (PHONE, AYLIN.phone)


def test_what_is_offered_stays_as_it_was_when_the_wish_changes(
    session: Session, cast: Cast, join: Join
) -> None:
    entry = join(1)
    offer_free_times(session, MORNING)
    operations.change_wish(session, entry, Wish(PHONE), ANY_TIME, None, AYLIN.phone)
    booked = operations.accept(session, entry, the_offer(session, entry), MORNING)
    assert booked.channel == VIDEO


def test_who_has_left_and_joins_again_is_the_last(session: Session, cast: Cast, join: Join) -> None:
    first, second = join(1), join(2)
    operations.leave(session, first, MORNING)
    again = join(1)
    assert again != first
    offers = offer_free_times(session, MORNING)
    assert [offer.entry for offer in offers] == [second, again]


def test_an_absence_entered_while_times_are_offered_is_respected(
    session: Session, late: Appointment, cast: Cast, join: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between looking and holding: whoever is second sees what the first has done."""
    join()
    booking.cancel(session, late, MORNING)
    keep_all = booking.keep_all

    def fall_ill_first(session: Session, holds: list[Hold]) -> None:
        session.add(Absence(counsellor_id=cast.berger.id, starts_at=LATER, ends_at=LATER + HOUR))
        keep_all(session, holds)

    monkeypatch.setattr(booking, "keep_all", fall_ill_first)
    assert offer_free_times(session, MORNING) == []
    assert session.scalars(select(Hold)).all() == []


def test_the_limit_of_open_bookings_holds_here_too(
    session: Session, late: Appointment, join: Join, cast: Cast
) -> None:
    entry = join()
    cast.office.max_open_bookings = 0
    booking.cancel(session, late, MORNING)
    offer_free_times(session, MORNING)
    with pytest.raises(TooManyBookings):
        operations.accept(session, entry, the_offer(session, entry), MORNING)


def test_what_others_wait_for_is_not_touched(
    session: Session, late: Appointment, join: Join, cast: Cast
) -> None:
    entry = join()
    assert offer_free_times(session, MORNING, cast.other_topic.id) == []
    assert queries.offers_of(session, entry) == []


def test_a_channel_that_the_office_has_given_up_is_no_longer_offered(
    session: Session, cast: Cast, join: Join
) -> None:
    entry = join()
    offer_free_times(session, MORNING)
    cast.topic.channels = ["phone"]
    session.flush()
    with pytest.raises(OfferOver):
        operations.accept(session, entry, the_offer(session, entry), MORNING)
    assert offer_free_times(session, MORNING) == []
    assert entry.outcome == models.PAST
    assert session.scalars(select(Hold)).all() == []


def earlier_wish(session: Session, cast: Cast) -> tuple[Appointment, WaitingEntry]:
    appointment = an_appointment(session, cast.topic, cast.aydin, AT_TEN + timedelta(days=7))
    return appointment, operations.join_for_earlier(session, appointment, MORNING)


def test_saving_the_same_details_again_takes_no_offer_away(session: Session, cast: Cast) -> None:
    appointment, entry = earlier_wish(session, cast)
    (offer,) = offer_free_times(session, MORNING)
    booking.change_person(session, appointment, replace(AYLIN, name="Aylin Ö."), MORNING)
    operations.follow(session, appointment, MORNING)
    assert queries.open_offers_of(session, entry, MORNING) == [offer]
    assert entry.name == "Aylin Ö."


def test_who_changes_the_address_often_still_has_three_offers(session: Session, cast: Cast) -> None:
    appointment, entry = earlier_wish(session, cast)
    for number in range(4):
        assert len(offer_free_times(session, MORNING)) == 1
        person = replace(AYLIN, email=f"aylin{number}@example.org")
        booking.change_person(session, appointment, person, MORNING)
        operations.follow(session, appointment, MORNING)
        session.commit()
        assert queries.offers_of(session, entry) == []
        assert session.scalars(select(Hold)).all() == []
    assert entry.outcome is None


def test_what_was_declined_counts_after_a_new_address_too(session: Session, cast: Cast) -> None:
    appointment, entry = earlier_wish(session, cast)
    (offer,) = offer_free_times(session, MORNING)
    operations.decline(session, entry, offer, MORNING)
    booking.change_person(session, appointment, OLENA, MORNING)
    operations.follow(session, appointment, MORNING)
    assert queries.offers_of(session, entry) == [offer]


def test_after_declining_the_next_offer_does_not_come_before_that_one_would_have_ended(
    session: Session, cast: Cast, join: Join
) -> None:
    entry = join()
    (offer,) = offer_free_times(session, MORNING)
    operations.decline(session, entry, offer, MORNING)
    assert offer_free_times(session, MORNING + timedelta(minutes=1)) == []
    (following,) = offer_free_times(session, MORNING + HOUR)
    assert (following.entry, entry.ended_at) == (entry, None)


@pytest.mark.parametrize("answer", [operations.accept, operations.decline])
def test_what_was_taken_back_in_the_same_moment_is_over(
    session: Session, cast: Cast, join: Join, answer: Callable[..., object]
) -> None:
    entry = join()
    (offer,) = offer_free_times(session, MORNING)
    gone = delete(WaitingOffer).execution_options(synchronize_session=False)
    session.execute(gone)
    with pytest.raises(OfferOver):
        answer(session, entry, offer, MORNING)
