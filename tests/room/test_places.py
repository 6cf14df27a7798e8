"""Pure: the places at a talk."""

from itertools import permutations

import pytest

from vberatung.room import places
from vberatung.room.places import COUNSELLOR, JOBSEEKER, offers
from vberatung.room.protocol import PLACE

IN_ORDER = [COUNSELLOR, JOBSEEKER, "guest-7", "guest-8", "guest-11", "guest-1000000000"]


def test_who_was_here_first_offers() -> None:
    """The counsellor before the jobseeker before the guests, as they were invited."""
    for number, one in enumerate(IN_ORDER):
        assert [offers(one, other) for other in IN_ORDER[number + 1 :]] == [True] * (
            len(IN_ORDER) - number - 1
        )


def test_of_each_pair_exactly_one_offers() -> None:
    seats = [*IN_ORDER, *(f"{place}.2" for place in IN_ORDER)]
    for one, other in permutations(seats, 2):
        assert offers(one, other) is not offers(other, one)
    assert not any(offers(place, place) for place in seats)


@pytest.mark.parametrize(
    ("place", "guest", "person"),
    [
        ("guest-7", 7, "guest-7"),
        ("guest-7.2", 7, "guest-7"),
        (JOBSEEKER, None, JOBSEEKER),
        (f"{JOBSEEKER}.2", None, JOBSEEKER),
        (COUNSELLOR, None, COUNSELLOR),
    ],
)
def test_a_place_says_whose_it_is(place: str, guest: int | None, person: str) -> None:
    assert places.guest_of_place(place) == guest
    assert places.person_of_place(place) == person
    assert PLACE.fullmatch(place)


def test_a_guests_place_is_named_by_their_number() -> None:
    assert places.place_of_guest(7) == "guest-7"


def test_a_talk_has_at_most_five_people() -> None:
    assert (places.MOST_PEOPLE, places.MOST_GUESTS) == (5, 3)
