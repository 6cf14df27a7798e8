"""One talk over two processes that know each other only through a real Redis."""

import time
from collections.abc import Callable, Iterator

import pytest
import redis

from tests.room.sides import OLENA, ROOM, Facts, Side
from vberatung.room.places import COUNSELLOR, JOBSEEKER
from vberatung.room.protocol import ProtocolError
from vberatung.room.redis_hub import PREFIX, RedisHub

WITHIN_S = 15


@pytest.fixture
def hubs(empty_redis: str) -> Iterator[tuple[RedisHub, RedisHub]]:
    hubs = (RedisHub(empty_redis), RedisHub(empty_redis))
    yield hubs
    for hub in hubs:
        hub.close_all()


def soon(is_so: Callable[[], object]) -> bool:
    """Messages between processes take a moment."""
    deadline = time.monotonic() + WITHIN_S
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.01)
    return bool(is_so())


def test_two_processes_hold_one_talk(hubs: tuple[RedisHub, RedisHub]) -> None:
    one, other = hubs
    facts = Facts()
    aylin = Side(one, facts, JOBSEEKER).enter()
    sabine = Side(other, facts, COUNSELLOR).enter()
    assert soon(lambda: sabine.last("waiting")["people"])
    sabine.send("admit", id=JOBSEEKER)
    assert soon(lambda: "peer" in aylin.types() and "peer" in sabine.types())
    assert aylin.last("peer")["id"] == COUNSELLOR
    offer = {"type": "offer", "sdp": "v=0"}
    sabine.send("description", to=JOBSEEKER, description=offer)
    assert soon(lambda: "description" in aylin.types())
    assert aylin.last("description") == {
        "type": "description",
        "from": COUNSELLOR,
        "description": offer,
    }
    aylin.send("media", audio=False, video=True)
    assert soon(lambda: not sabine.last("peer")["peer"]["media"]["audio"])
    sabine.send("end")
    assert soon(lambda: "ended" in aylin.types())
    assert aylin.closed == [4410]
    assert one.people(ROOM) == other.people(ROOM) == []


def test_a_place_is_taken_over_from_the_other_process(hubs: tuple[RedisHub, RedisHub]) -> None:
    one, other = hubs
    facts = Facts()
    phone = Side(one, facts, JOBSEEKER, "phone").enter()
    with pytest.raises(ProtocolError, match="has this place"):
        Side(other, facts, JOBSEEKER, "tablet").enter()
    Side(other, facts, JOBSEEKER, "phone").enter()  # the same tab, its socket was lost
    assert soon(lambda: phone.closed)
    assert phone.member.gone
    assert not one.leave(ROOM, phone.member)
    assert [person.client for person in one.people(ROOM)] == ["phone"]


def test_who_was_in_a_killed_process_is_nobody_and_comes_back_elsewhere(
    empty_redis: str, hubs: tuple[RedisHub, RedisHub]
) -> None:
    one, other = hubs
    facts = Facts()
    Side(one, facts, JOBSEEKER, "phone").enter()
    redis.Redis.from_url(empty_redis).delete(f"{PREFIX}process:{one.process}")
    assert other.people(ROOM) == []
    Side(other, facts, JOBSEEKER, "another").enter()  # without a question: nobody is there
    assert [person.client for person in other.people(ROOM)] == ["another"]


def test_after_redis_has_forgotten_everything_people_keep_their_places(
    empty_redis: str, hubs: tuple[RedisHub, RedisHub]
) -> None:
    one, other = hubs
    facts = Facts()
    facts.admitted.add(JOBSEEKER)
    aylin = Side(one, facts, JOBSEEKER).enter()
    Side(other, facts, COUNSELLOR).enter()
    client = redis.Redis.from_url(empty_redis)
    client.flushall()
    client.client_kill_filter(_type="pubsub")
    assert soon(lambda: len(other.people(ROOM)) == 2)
    one.send(ROOM, COUNSELLOR, {"type": "pong"})
    other.send(ROOM, JOBSEEKER, {"type": "pong"})
    assert soon(lambda: aylin.types()[-1] == "pong")


def test_a_bell_is_heard_in_every_process(hubs: tuple[RedisHub, RedisHub]) -> None:
    one, other = hubs
    first, second, third = one.listen("staff 1"), other.listen("staff 1"), other.listen("staff 2")
    with first as mine, second as theirs, third as silent:
        one.ring("staff 1")
        assert mine.wait(WITHIN_S)
        assert theirs.wait(WITHIN_S)
        assert not silent.is_set()


def test_people_are_listed_as_they_came(hubs: tuple[RedisHub, RedisHub]) -> None:
    one, other = hubs
    facts = Facts()
    for hub, place in ((one, OLENA), (other, COUNSELLOR), (one, JOBSEEKER)):
        Side(hub, facts, place).enter()
    assert [person.place for person in one.people(ROOM)] == [OLENA, COUNSELLOR, JOBSEEKER]


def test_without_redis_a_bell_rings_here_and_nobody_meets_an_error() -> None:
    hub = RedisHub("redis://127.0.0.1:1", socket_connect_timeout=0.1)
    with hub._bells.listen("staff 1") as bell:
        hub.ring("staff 1")
        assert bell.is_set()
