"""What both hubs promise."""

import pytest

from tests.room.sides import ROOM, Facts, Side
from vberatung.room.conversation import announce_news
from vberatung.room.hub import GOING_AWAY, Hub, MemoryHub
from vberatung.room.places import COUNSELLOR, JOBSEEKER
from vberatung.room.protocol import ProtocolError

WITHIN_S = 15


def test_an_empty_room_leaves_nothing_behind(hub: Hub) -> None:
    side = Side(hub, Facts(), JOBSEEKER, "phone").enter()
    side.conversation.stop()
    assert hub.people(ROOM) == []


def test_rooms_are_apart(hub: Hub) -> None:
    side = Side(hub, Facts(), JOBSEEKER, "phone").enter()
    seen = list(side.received)
    assert hub.people(ROOM + 1) == []
    assert hub.admit(ROOM + 1, JOBSEEKER) is None
    hub.send(ROOM + 1, JOBSEEKER, {"type": "ended"})
    hub.send(ROOM, COUNSELLOR, {"type": "ended"})
    hub.expel(ROOM + 1, JOBSEEKER, {"type": "ended"}, 4410)
    assert (side.received, side.closed) == (seen, [])


def test_leaving_twice_or_after_a_takeover_changes_nothing(hub: Hub) -> None:
    facts = Facts()
    first = Side(hub, facts, JOBSEEKER, "phone").enter()
    second = Side(hub, facts, JOBSEEKER, "tablet").enter(takeover=True)
    assert not hub.leave(ROOM, first.member)
    assert hub.leave(ROOM, second.member)
    assert not hub.leave(ROOM, second.member)


def test_a_bell_wakes_only_those_who_listen_to_its_name(hub: Hub) -> None:
    with hub.listen("staff 1") as mine, hub.listen("staff 2") as other:
        hub.ring("staff 1")
        assert mine.wait(WITHIN_S)
        assert not other.is_set()


def test_when_the_process_ends_every_socket_is_let_go(hub: Hub) -> None:
    side = Side(hub, Facts(), JOBSEEKER, "phone").enter()
    with hub.listen("staff 1") as bell:
        hub.close_all()
        assert bell.is_set()
    assert side.closed == [GOING_AWAY]
    assert hub.closing


def test_who_is_refused_leaves_everybody_where_they_were(hub: Hub) -> None:
    facts = Facts()
    for place in (JOBSEEKER, COUNSELLOR):
        Side(hub, facts, place).enter()
    before = hub.people(ROOM)
    with pytest.raises(ProtocolError, match="Another device"):
        Side(hub, facts, JOBSEEKER, "tablet").enter()
    assert hub.people(ROOM) == before


def test_whose_place_was_given_away_is_gone(hub: Hub) -> None:
    facts = Facts()
    first = Side(hub, facts, JOBSEEKER, "phone").enter()
    second = Side(hub, facts, JOBSEEKER, "tablet").enter(takeover=True)
    assert (first.member.gone, second.member.gone) == (True, False)
    hub.expel(ROOM, JOBSEEKER, {"type": "ended"}, 4410)
    assert second.member.gone
    assert hub.people(ROOM) == []


def test_the_hub_in_memory_keeps_nothing_of_empty_rooms_and_of_bells() -> None:
    hub = MemoryHub()
    with hub.listen("staff 1"):
        Side(hub, Facts(), JOBSEEKER, "phone").enter().conversation.stop()
    assert not hub._rooms
    assert not hub._bells._waiting


def test_news_reaches_whoever_waits_and_nobody_else(hub: Hub) -> None:
    facts = Facts()
    phone = Side(hub, facts, JOBSEEKER).enter()
    berger = Side(hub, facts, COUNSELLOR).enter()
    other = Side(hub, Facts(), JOBSEEKER, room=ROOM + 1).enter()
    announce_news(hub, ROOM)
    assert phone.types().count("news") == 1
    assert "news" not in berger.types() + other.types()


def test_who_has_been_let_in_gets_no_news_of_the_waiting_room(hub: Hub) -> None:
    facts = Facts(admitted={JOBSEEKER})
    phone = Side(hub, facts, JOBSEEKER).enter()
    announce_news(hub, ROOM)
    assert "news" not in phone.types()
