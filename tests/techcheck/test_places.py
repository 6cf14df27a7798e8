"""Who may take the test, and who is next."""

import pytest

from vberatung.techcheck.places import Crowded, Places


def test_the_next_ones_wait_in_the_order_in_which_they_came() -> None:
    places = Places(2, most_waiting=10)
    tickets = [places.enter(network) for network in "abcde"]
    assert [places.before(ticket) for ticket in tickets] == [None, None, 0, 1, 2]
    places.leave(tickets[1])
    assert [places.before(tickets[n]) for n in (0, 2, 3, 4)] == [None, None, 0, 1]


def test_who_gives_up_waiting_lets_those_behind_move_up() -> None:
    places = Places(1, most_waiting=10)
    _, second, third = (places.enter(network) for network in "abc")
    places.leave(second)
    assert places.before(third) == 0
    assert places.counts() == (1, 1)


def test_many_from_one_network_let_somebody_else_in_between() -> None:
    places = Places(2, most_waiting=20)
    greedy = [places.enter("greedy") for _ in range(8)]
    other = places.enter("other")
    assert places.before(other) == 0
    places.leave(greedy[0])
    assert places.before(other) is None
    assert [places.before(ticket) for ticket in greedy[1:4]] == [None, 0, 1]


def test_people_behind_one_address_are_served_one_after_the_other() -> None:
    places = Places(1, most_waiting=20)
    lobby = [places.enter("lobby") for _ in range(5)]
    for number, ticket in enumerate(lobby):
        assert [places.before(each) for each in lobby[number + 1 :]] == list(range(4 - number))
        places.leave(ticket)
    assert places.counts() == (0, 0)


def test_a_queue_that_is_too_long_takes_nobody_more() -> None:
    places = Places(1, most_waiting=4)
    for network in "xaaa"[:3]:
        places.enter(network)
    with pytest.raises(Crowded):
        places.enter("a")
    places.enter("b")
    places.enter("c")
    with pytest.raises(Crowded):
        places.enter("d")


def test_leaving_twice_takes_nothing_from_others() -> None:
    places = Places(1, most_waiting=4)
    first, second, third = (places.enter(network) for network in "abc")
    places.leave(first)
    places.leave(first)
    assert (places.before(second), places.before(third)) == (None, 0)
