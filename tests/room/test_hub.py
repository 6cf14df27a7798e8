from tests.room.sides import FakeStore, Side
from vberatung.room.access import COUNSELLOR, JOBSEEKER
from vberatung.room.hub import GOING_AWAY, MemoryHub


def test_an_empty_room_leaves_nothing_behind() -> None:
    hub = MemoryHub()
    side = Side(hub, FakeStore(), JOBSEEKER, "phone").enter()
    side.conversation.stop()
    assert hub.members(7) == []
    assert not hub._rooms


def test_rooms_are_apart() -> None:
    hub = MemoryHub()
    Side(hub, FakeStore(), JOBSEEKER, "phone").enter()
    assert hub.member(8, JOBSEEKER) is None
    assert hub.member(7, COUNSELLOR) is None


def test_leaving_twice_or_after_a_takeover_changes_nothing() -> None:
    hub, store = MemoryHub(), FakeStore()
    first = Side(hub, store, JOBSEEKER, "phone").enter()
    second = Side(hub, store, JOBSEEKER, "tablet").enter(takeover=True)
    assert not hub.leave(7, first.member)
    assert hub.leave(7, second.member)
    assert not hub.leave(7, second.member)


def test_a_bell_wakes_only_those_who_listen_to_its_name() -> None:
    hub = MemoryHub()
    with hub.listen("staff 1") as mine, hub.listen("staff 2") as other:
        hub.ring("staff 1")
        assert mine.is_set()
        assert not other.is_set()
    hub.ring("staff 1")
    assert not hub._bells


def test_when_the_process_ends_every_socket_is_let_go() -> None:
    hub = MemoryHub()
    side = Side(hub, FakeStore(), JOBSEEKER, "phone").enter()
    with hub.listen("staff 1") as bell:
        hub.close_all()
        assert bell.is_set()
    assert side.closed == [GOING_AWAY]
    assert hub.closing
