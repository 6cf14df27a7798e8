"""The state machine of one socket, with members that only remember."""

import pytest

from tests.room.sides import ANSWER, OFFER, ROOM, Facts, FakeStore, Side
from vberatung.room.conversation import announce_admission
from vberatung.room.hub import Hub
from vberatung.room.places import COUNSELLOR, JOBSEEKER
from vberatung.room.protocol import ProtocolError


@pytest.fixture
def facts() -> Facts:
    return Facts()


@pytest.fixture
def jobseeker(hub: Hub, facts: Facts) -> Side:
    return Side(hub, facts, JOBSEEKER, "phone")


@pytest.fixture
def counsellor(hub: Hub, facts: Facts) -> Side:
    return Side(hub, facts, COUNSELLOR, "desk")


@pytest.fixture
def talk(jobseeker: Side, counsellor: Side, facts: Facts) -> None:
    """Both are in, and what they received until now is forgotten."""
    facts.admitted.add(JOBSEEKER)
    jobseeker.enter()
    counsellor.enter()
    jobseeker.received.clear()
    counsellor.received.clear()


def refused(side: Side, kind: str, **fields: object) -> str:
    with pytest.raises(ProtocolError) as caught:
        side.send(kind, **fields)
    return caught.value.code


def test_welcome_says_place_and_role_and_servers(jobseeker: Side, counsellor: Side) -> None:
    jobseeker.enter()
    counsellor.enter()
    for side, admitted in ((jobseeker, False), (counsellor, True)):
        assert side.received[0] == {
            "type": "welcome",
            "v": 2,
            "id": side.place,
            "role": side.place,
            "admitted": admitted,
            "iceServers": [{"urls": ["stun:s"]}],
        }


@pytest.mark.usefixtures("talk")
def test_the_counsellor_offers(jobseeker: Side, counsellor: Side) -> None:
    counsellor.send("media", audio=True, video=True)
    assert counsellor.last("peer")["offerer"] is True
    assert jobseeker.last("peer")["offerer"] is False


def test_nothing_comes_before_the_welcome(jobseeker: Side, counsellor: Side) -> None:
    """The other side may be telling of itself at the very moment that one takes one's place."""
    jobseeker.enter()
    counsellor.store.touch = lambda: jobseeker.send("media", audio=True, video=True)  # type: ignore[method-assign]
    counsellor.enter()
    assert counsellor.types() == ["welcome", "waiting"]


def test_before_admission_each_side_learns_nothing_but_that_somebody_waits(
    jobseeker: Side, counsellor: Side
) -> None:
    jobseeker.enter()
    counsellor.enter()
    assert jobseeker.types() == ["welcome"]
    aylin = {"id": JOBSEEKER, "role": JOBSEEKER, "name": "Aylin"}
    assert counsellor.received[1:] == [{"type": "waiting", "people": [aylin]}]


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
    assert refused(jobseeker, kind, to=COUNSELLOR, **fields) == "bad-state"
    assert counsellor.received == seen


def test_admission_introduces_both(jobseeker: Side, counsellor: Side, facts: Facts) -> None:
    jobseeker.enter()
    counsellor.enter()
    counsellor.send("admit", id=JOBSEEKER)
    assert facts.admitted == {JOBSEEKER}
    assert jobseeker.types() == ["welcome", "admitted", "peer"]
    assert jobseeker.last("peer")["peer"]["name"] == "Sabine"
    assert counsellor.last("peer")["peer"]["name"] == "Aylin"
    assert counsellor.last("waiting")["people"] == []
    assert facts.talks == 1


def test_admission_from_the_day_page_comes_before_the_counsellor(
    hub: Hub, jobseeker: Side, counsellor: Side, facts: Facts
) -> None:
    jobseeker.enter()
    facts.admitted.add(JOBSEEKER)
    announce_admission(hub, ROOM, JOBSEEKER)
    assert jobseeker.types() == ["welcome", "admitted"]
    counsellor.enter()
    assert jobseeker.last("peer")["peer"]["page"] == "page of desk"


@pytest.mark.usefixtures("talk")
def test_descriptions_and_candidates_pass_unchanged(jobseeker: Side, counsellor: Side) -> None:
    counsellor.send("description", to=JOBSEEKER, description=OFFER)
    jobseeker.send("description", to=COUNSELLOR, description=ANSWER)
    jobseeker.send("candidate", to=COUNSELLOR, candidate={"candidate": "c"})
    offer = {"type": "description", "from": COUNSELLOR, "description": OFFER}
    assert jobseeker.received == [offer]
    assert counsellor.types() == ["description", "candidate"]
    assert counsellor.received[1]["candidate"] == {"candidate": "c"}


@pytest.mark.usefixtures("talk")
def test_each_side_keeps_to_its_part(jobseeker: Side, counsellor: Side) -> None:
    assert refused(jobseeker, "description", to=COUNSELLOR, description=OFFER) == "bad-state"
    assert refused(counsellor, "description", to=JOBSEEKER, description=ANSWER) == "bad-state"
    assert refused(counsellor, "renegotiate", to=JOBSEEKER, restart=True) == "bad-state"
    assert refused(jobseeker, "admit", id=JOBSEEKER) == "bad-state"
    assert refused(jobseeker, "end") == "bad-state"
    assert refused(jobseeker, "hello") == "bad-state"
    assert jobseeker.received == counsellor.received == []


@pytest.mark.usefixtures("talk")
def test_a_muted_microphone_is_told_to_the_other_side(jobseeker: Side, counsellor: Side) -> None:
    jobseeker.send("media", audio=False, video=True)
    assert counsellor.last("peer")["peer"]["media"] == {"audio": False, "video": True}


@pytest.mark.usefixtures("talk")
def test_a_lost_socket_is_not_a_hang_up(jobseeker: Side, counsellor: Side, facts: Facts) -> None:
    jobseeker.conversation.stop()
    gone = {"type": "peer", "id": JOBSEEKER, "peer": None, "left": False}
    assert counsellor.received == [gone]
    assert facts.present == {COUNSELLOR}


@pytest.mark.usefixtures("talk")
def test_a_hang_up_is_said(jobseeker: Side, counsellor: Side) -> None:
    jobseeker.hang_up()
    gone = {"type": "peer", "id": JOBSEEKER, "peer": None, "left": True}
    assert counsellor.received == [gone]


@pytest.mark.usefixtures("talk")
def test_each_side_notes_the_talk_only_once(jobseeker: Side, facts: Facts) -> None:
    for audio in (False, True, False):
        jobseeker.send("media", audio=audio, video=True)
    assert facts.talks == 2  # one for each side, however often it is heard of


@pytest.mark.usefixtures("talk")
def test_end_is_for_everyone(jobseeker: Side, counsellor: Side, facts: Facts) -> None:
    counsellor.send("end")
    assert facts.ended
    for side in (jobseeker, counsellor):
        assert side.types() == ["ended"]
        assert side.closed == [4410]


def test_a_second_device_is_told_that_the_place_is_taken(
    hub: Hub, jobseeker: Side, facts: Facts
) -> None:
    jobseeker.enter()
    with pytest.raises(ProtocolError) as caught:
        Side(hub, facts, JOBSEEKER, "tablet").enter()
    assert caught.value.code == "occupied"
    assert jobseeker.closed == []


def test_takeover_replaces_and_tells_the_first(hub: Hub, jobseeker: Side, facts: Facts) -> None:
    jobseeker.enter()
    tablet = Side(hub, facts, JOBSEEKER, "tablet").enter(takeover=True)
    assert jobseeker.last("error")["code"] == "replaced"
    assert jobseeker.closed == [4409]
    jobseeker.conversation.stop()
    assert hub.people(ROOM) == [tablet.member.person]
    assert facts.present == {JOBSEEKER}


def test_the_same_tab_comes_back_without_a_question(
    hub: Hub, jobseeker: Side, facts: Facts
) -> None:
    jobseeker.enter()
    again = Side(hub, facts, JOBSEEKER, "phone").enter()
    assert again.types() == ["welcome"]


def test_who_waits_and_goes_is_told_to_a_counsellor_in_the_room(
    jobseeker: Side, counsellor: Side
) -> None:
    counsellor.enter()
    jobseeker.enter()
    jobseeker.conversation.stop()
    numbers = [len(message["people"]) for message in counsellor.all("waiting")]
    assert numbers == [0, 1, 0]


@pytest.mark.usefixtures("talk")
def test_coming_back_while_the_departure_is_written_is_no_absence(
    hub: Hub, jobseeker: Side, counsellor: Side, facts: Facts
) -> None:
    def come_back() -> None:
        FakeStore.leave(jobseeker.store)
        Side(hub, facts, JOBSEEKER, "phone").enter()

    jobseeker.store.leave = come_back  # type: ignore[method-assign]
    jobseeker.conversation.stop()
    assert counsellor.last("peer")["peer"]["name"] == "Aylin"
    assert facts.present == {JOBSEEKER, COUNSELLOR}


@pytest.mark.usefixtures("talk")
def test_coming_back_before_the_departure_is_written_goes_on_with_the_talk(
    hub: Hub, jobseeker: Side, facts: Facts
) -> None:
    def be_late() -> None:
        Side(hub, facts, JOBSEEKER, "phone").enter()
        FakeStore.leave(jobseeker.store)

    jobseeker.store.leave = be_late  # type: ignore[method-assign]
    jobseeker.conversation.stop()
    assert facts.present == {JOBSEEKER, COUNSELLOR}
    assert facts.talking


@pytest.mark.usefixtures("talk")
@pytest.mark.parametrize("place", [JOBSEEKER, COUNSELLOR])
def test_a_second_device_that_goes_before_it_is_settled_is_no_departure(
    hub: Hub, facts: Facts, place: str
) -> None:
    second = Side(hub, facts, f"{place}.2", "tablet").enter(arrives=True)
    second.conversation.stop()
    assert facts.talking
    assert facts.present == {JOBSEEKER, COUNSELLOR}


@pytest.mark.usefixtures("talk")
def test_the_first_device_that_goes_before_the_second_is_settled_is_no_departure(
    hub: Hub, facts: Facts, jobseeker: Side
) -> None:
    second = Side(hub, facts, f"{JOBSEEKER}.2", "tablet").enter(arrives=True)
    jobseeker.conversation.stop()
    assert facts.talking
    second.conversation.stop()
    assert not facts.talking
    assert facts.present == {COUNSELLOR}


def test_an_admission_in_between_does_not_come_before_the_welcome(jobseeker: Side) -> None:
    answers = iter([False, True])
    jobseeker.store.is_admitted = lambda: next(answers, True)  # type: ignore[method-assign]
    jobseeker.enter()
    assert jobseeker.received[0]["admitted"] is False
    assert jobseeker.types() == ["welcome", "admitted"]


def test_ping_is_answered(jobseeker: Side) -> None:
    jobseeker.enter().send("ping")
    assert jobseeker.types()[-1] == "pong"
