"""The state machine of one socket, with members that only remember."""

import pytest

from tests.room.sides import FakeStore, Side
from vberatung.room.access import COUNSELLOR, JOBSEEKER
from vberatung.room.conversation import announce_admission
from vberatung.room.hub import MemoryHub
from vberatung.room.protocol import ProtocolError

OFFER = {"type": "offer", "sdp": "v=0"}
ANSWER = {"type": "answer", "sdp": "v=0"}


@pytest.fixture
def hub() -> MemoryHub:
    return MemoryHub()


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def jobseeker(hub: MemoryHub, store: FakeStore) -> Side:
    return Side(hub, store, JOBSEEKER, "phone")


@pytest.fixture
def counsellor(hub: MemoryHub, store: FakeStore) -> Side:
    return Side(hub, store, COUNSELLOR, "desk")


@pytest.fixture
def talk(jobseeker: Side, counsellor: Side, store: FakeStore) -> None:
    """Both are in, and what they received until now is forgotten."""
    store.admitted = True
    jobseeker.enter()
    counsellor.enter()
    jobseeker.received.clear()
    counsellor.received.clear()


def refused(side: Side, kind: str, **fields: object) -> str:
    with pytest.raises(ProtocolError) as caught:
        side.send(kind, **fields)
    return caught.value.code


def test_welcome_says_role_and_servers_and_that_the_counsellor_offers(
    jobseeker: Side, counsellor: Side
) -> None:
    jobseeker.enter()
    counsellor.enter()
    for side, offers in ((jobseeker, False), (counsellor, True)):
        welcome = side.received[0]
        assert welcome["type"] == "welcome"
        assert welcome["offerer"] is offers
        assert welcome["iceServers"] == [{"urls": ["stun:s"]}]


def test_nothing_comes_before_the_welcome(
    hub: MemoryHub, jobseeker: Side, counsellor: Side, store: FakeStore
) -> None:
    """The other side may be telling of itself at the very moment that one takes one's place."""
    jobseeker.enter()
    store.touch = lambda role: jobseeker.send("media", audio=True, video=True)  # type: ignore[method-assign]
    counsellor.enter()
    assert counsellor.types() == ["welcome", "waiting"]


def test_before_admission_each_side_learns_nothing_but_that_somebody_waits(
    jobseeker: Side, counsellor: Side
) -> None:
    jobseeker.enter()
    counsellor.enter()
    assert jobseeker.types() == ["welcome"]
    assert counsellor.received[1] == {"type": "waiting", "waiting": True, "name": "Aylin"}


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("description", {"description": ANSWER}),
        ("candidate", {"candidate": {"candidate": ""}}),
        ("renegotiate", {"restart": True}),
    ],
)
def test_nothing_passes_before_admission(
    jobseeker: Side, counsellor: Side, kind: str, fields: dict[str, object]
) -> None:
    jobseeker.enter()
    counsellor.enter()
    seen = list(counsellor.received)
    assert refused(jobseeker, kind, **fields) == "bad-state"
    assert counsellor.received == seen


def test_admission_introduces_both(jobseeker: Side, counsellor: Side, store: FakeStore) -> None:
    jobseeker.enter()
    counsellor.enter()
    counsellor.send("admit")
    assert store.admitted
    assert jobseeker.types() == ["welcome", "admitted", "peer"]
    assert jobseeker.last("peer")["peer"]["name"] == "Sabine"
    assert counsellor.last("peer")["peer"]["name"] == "Aylin"
    assert counsellor.last("waiting")["waiting"] is False
    assert store.talks == 1


def test_admission_from_the_day_page_comes_before_the_counsellor(
    hub: MemoryHub, jobseeker: Side, counsellor: Side, store: FakeStore
) -> None:
    jobseeker.enter()
    store.admit()
    announce_admission(hub, 7)
    assert jobseeker.last("peer")["peer"] is None
    counsellor.enter()
    assert jobseeker.last("peer")["peer"]["page"] == "page of desk"


@pytest.mark.usefixtures("talk")
def test_descriptions_and_candidates_pass_unchanged(jobseeker: Side, counsellor: Side) -> None:
    counsellor.send("description", description=OFFER)
    jobseeker.send("description", description=ANSWER)
    jobseeker.send("candidate", candidate={"candidate": "c"})
    assert jobseeker.received == [{"type": "description", "description": OFFER}]
    assert counsellor.types() == ["description", "candidate"]


@pytest.mark.usefixtures("talk")
def test_each_side_keeps_to_its_part(jobseeker: Side, counsellor: Side) -> None:
    assert refused(jobseeker, "description", description=OFFER) == "bad-state"
    assert refused(counsellor, "description", description=ANSWER) == "bad-state"
    assert refused(counsellor, "renegotiate", restart=True) == "bad-state"
    assert refused(jobseeker, "admit") == "bad-state"
    assert refused(jobseeker, "end") == "bad-state"
    assert refused(jobseeker, "hello") == "bad-state"
    assert jobseeker.received == counsellor.received == []


@pytest.mark.usefixtures("talk")
def test_a_muted_microphone_is_told_to_the_other_side(jobseeker: Side, counsellor: Side) -> None:
    jobseeker.send("media", audio=False, video=True)
    assert counsellor.last("peer")["peer"]["media"] == {"audio": False, "video": True}


@pytest.mark.usefixtures("talk")
def test_a_lost_socket_is_not_a_hang_up(
    jobseeker: Side, counsellor: Side, store: FakeStore
) -> None:
    jobseeker.conversation.stop()
    assert counsellor.received == [{"type": "peer", "peer": None, "left": False}]
    assert store.present == {COUNSELLOR}


@pytest.mark.usefixtures("talk")
def test_a_hang_up_is_said(jobseeker: Side, counsellor: Side) -> None:
    jobseeker.hang_up()
    assert counsellor.received == [{"type": "peer", "peer": None, "left": True}]


@pytest.mark.usefixtures("talk")
def test_each_side_notes_the_talk_only_once(jobseeker: Side, store: FakeStore) -> None:
    for audio in (False, True, False):
        jobseeker.send("media", audio=audio, video=True)
    assert store.talks == 2  # one for each side, however often it is heard of


@pytest.mark.usefixtures("talk")
def test_end_is_for_everyone(jobseeker: Side, counsellor: Side, store: FakeStore) -> None:
    counsellor.send("end")
    assert store.ended
    for side in (jobseeker, counsellor):
        assert side.types() == ["ended"]
        assert side.closed == [4410]


def test_a_second_device_is_told_that_the_place_is_taken(
    hub: MemoryHub, jobseeker: Side, store: FakeStore
) -> None:
    jobseeker.enter()
    with pytest.raises(ProtocolError) as caught:
        Side(hub, store, JOBSEEKER, "tablet").enter()
    assert caught.value.code == "occupied"
    assert jobseeker.closed == []


def test_takeover_replaces_and_tells_the_first(
    hub: MemoryHub, jobseeker: Side, store: FakeStore
) -> None:
    jobseeker.enter()
    tablet = Side(hub, store, JOBSEEKER, "tablet").enter(takeover=True)
    assert jobseeker.last("error")["code"] == "replaced"
    assert jobseeker.closed == [4409]
    jobseeker.conversation.stop()
    assert hub.member(7, JOBSEEKER) is tablet.member
    assert store.present == {JOBSEEKER}


def test_the_same_tab_comes_back_without_a_question(
    hub: MemoryHub, jobseeker: Side, store: FakeStore
) -> None:
    jobseeker.enter()
    again = Side(hub, store, JOBSEEKER, "phone").enter()
    assert again.types() == ["welcome"]


def test_who_waits_and_goes_is_told_to_a_counsellor_in_the_room(
    jobseeker: Side, counsellor: Side
) -> None:
    counsellor.enter()
    jobseeker.enter()
    jobseeker.conversation.stop()
    assert [m["waiting"] for m in counsellor.received if m["type"] == "waiting"] == [True, False]


@pytest.mark.usefixtures("talk")
def test_coming_back_while_the_departure_is_written_is_no_absence(
    hub: MemoryHub, jobseeker: Side, counsellor: Side, store: FakeStore
) -> None:
    def come_back(role: str) -> None:
        FakeStore.leave(store, role)
        Side(hub, store, JOBSEEKER, "phone").enter()

    store.leave = come_back  # type: ignore[method-assign]
    jobseeker.conversation.stop()
    assert counsellor.received[-1]["peer"]["name"] == "Aylin"
    assert store.present == {JOBSEEKER, COUNSELLOR}


def test_an_admission_in_between_does_not_come_before_the_welcome(
    jobseeker: Side, store: FakeStore
) -> None:
    answers = iter([False, True])
    store.is_admitted = lambda: next(answers, True)  # type: ignore[method-assign]
    jobseeker.enter()
    assert jobseeker.received[0]["admitted"] is False
    assert jobseeker.types() == ["welcome", "admitted", "peer"]


def test_ping_is_answered(jobseeker: Side) -> None:
    jobseeker.enter().send("ping")
    assert jobseeker.types()[-1] == "pong"
