"""Up to five people in one room: who is told of whom, what reaches whom, who may do what."""

from itertools import permutations

import pytest

from tests.room.sides import (
    ANSWER,
    EMRE,
    GUESTS,
    MURAT,
    OFFER,
    OLENA,
    ROOM,
    WHO,
    Facts,
    Side,
)
from vberatung.room.hub import Hub
from vberatung.room.places import COUNSELLOR, JOBSEEKER
from vberatung.room.protocol import Message, ProtocolError

EVERYBODY = (COUNSELLOR, JOBSEEKER, *GUESTS)
CANDIDATE = {"candidate": "c"}
People = dict[str, Side]


@pytest.fixture
def facts() -> Facts:
    return Facts()


@pytest.fixture
def five(hub: Hub, facts: Facts) -> People:
    """Everybody is in, and what they received until now is forgotten."""
    facts.admitted |= set(EVERYBODY)
    return forgotten(enter(hub, facts, *EVERYBODY))


@pytest.fixture
def olena_waits(hub: Hub, facts: Facts) -> People:
    """The two talk; Olena waits to be let in."""
    facts.admitted.add(JOBSEEKER)
    people = enter(hub, facts, COUNSELLOR, JOBSEEKER, OLENA)
    return forgotten(people)


def enter(hub: Hub, facts: Facts, *places: str) -> People:
    return {place: Side(hub, facts, place).enter() for place in places}


def forgotten(people: People) -> People:
    for side in people.values():
        side.received.clear()
    return people


def refused(side: Side, kind: str, **fields: object) -> str:
    with pytest.raises(ProtocolError) as caught:
        side.send(kind, **fields)
    return caught.value.code


def heard(people: People) -> dict[str, list[Message]]:
    """Who received something."""
    return {place: list(side.received) for place, side in people.items() if side.received}


@pytest.mark.parametrize("number", [3, 4, 5])
def test_everybody_is_introduced_to_everybody_else(hub: Hub, facts: Facts, number: int) -> None:
    here = EVERYBODY[:number]
    facts.admitted |= set(here)
    people = enter(hub, facts, *reversed(here))
    for one, side in people.items():
        told = {m["id"]: (m["peer"]["role"], m["peer"]["name"]) for m in side.all("peer")}
        assert told == {other: WHO[other] for other in here if other != one}


@pytest.mark.parametrize("number", [3, 4, 5])
def test_of_each_two_exactly_one_offers(hub: Hub, facts: Facts, number: int) -> None:
    here = EVERYBODY[:number]
    facts.admitted |= set(here)
    people = enter(hub, facts, *reversed(here))
    offerer = {(one, m["id"]): m["offerer"] for one in here for m in people[one].all("peer")}
    assert set(offerer) == set(permutations(here, 2))
    for (one, other), offers in offerer.items():
        assert offers is (here.index(one) < here.index(other))


def test_the_offerer_of_a_pair_offers_and_the_other_answers(five: People) -> None:
    for number, one in enumerate(EVERYBODY):
        for other in EVERYBODY[number + 1 :]:
            five[one].send("description", to=other, description=OFFER)
            five[other].send("description", to=one, description=ANSWER)
            five[other].send("renegotiate", to=one, restart=True)
            assert refused(five[one], "description", to=other, description=ANSWER) == "bad-state"
            assert refused(five[other], "description", to=one, description=OFFER) == "bad-state"
            assert refused(five[one], "renegotiate", to=other, restart=True) == "bad-state"
            assert five[other].received.pop() == {
                "type": "description",
                "from": one,
                "description": OFFER,
            }
            kinds = [(m["type"], m["from"]) for m in five[one].received]
            assert kinds == [("description", other), ("renegotiate", other)]
            forgotten(five)


def test_what_is_sent_to_one_reaches_nobody_else(five: People) -> None:
    five[EMRE].send("candidate", to=OLENA, candidate=CANDIDATE)
    passed = {"type": "candidate", "from": EMRE, "candidate": CANDIDATE}
    assert heard(five) == {OLENA: [passed]}


def test_a_muted_microphone_is_told_to_all(five: People) -> None:
    five[EMRE].send("media", audio=False, video=True)
    for place in set(EVERYBODY) - {EMRE}:
        (told,) = five[place].all("peer")
        assert (told["id"], told["peer"]["media"]) == (EMRE, {"audio": False, "video": True})


@pytest.mark.parametrize("left", [True, False])
def test_who_goes_is_missed_by_all(five: People, facts: Facts, left: bool) -> None:
    emre = five.pop(EMRE)
    if left:
        emre.hang_up()
    else:
        emre.conversation.stop()
    gone = {"type": "peer", "id": EMRE, "peer": None, "left": left}
    assert heard(five) == {place: [gone] for place in five}
    assert facts.present == set(five)


def test_the_end_is_for_all(five: People) -> None:
    five[COUNSELLOR].send("end")
    assert heard(five) == {place: [{"type": "ended"}] for place in EVERYBODY}
    assert all(side.closed == [4410] for side in five.values())


def test_the_talk_begins_when_the_two_are_there_whose_talk_it_is(hub: Hub, facts: Facts) -> None:
    facts.admitted |= set(EVERYBODY)
    enter(hub, facts, COUNSELLOR, *GUESTS)
    assert facts.talks == 0
    enter(hub, facts, JOBSEEKER)
    assert facts.talks == 1


# ---- Before admission


def test_guests_are_let_in_one_by_one(hub: Hub, facts: Facts) -> None:
    people = enter(hub, facts, COUNSELLOR, JOBSEEKER, *GUESTS)
    waiting = [JOBSEEKER, *GUESTS]
    for number, place in enumerate(waiting):
        told = people[COUNSELLOR].last("waiting")["people"]
        assert [(who["id"], who["role"], who["name"]) for who in told] == [
            (who, *WHO[who]) for who in waiting[number:]
        ]
        assert people[place].types() == ["welcome"]
        people[COUNSELLOR].send("admit", id=place)
        assert people[place].types()[:2] == ["welcome", "admitted"]
        there = [COUNSELLOR, *waiting[:number]]
        assert [message["id"] for message in people[place].all("peer")] == there
    assert people[COUNSELLOR].last("waiting")["people"] == []


def test_who_waits_is_known_to_the_counsellor_only(olena_waits: People) -> None:
    olena = olena_waits.pop(OLENA)
    olena.send("media", audio=False, video=False)
    olena_waits[JOBSEEKER].send("media", audio=False, video=False)
    olena.conversation.stop()
    assert olena.received == []
    assert set(olena_waits[JOBSEEKER].types()) <= {"peer"}
    assert all(message["id"] == COUNSELLOR for message in olena_waits[JOBSEEKER].all("peer"))
    assert all(message["id"] != OLENA for message in olena_waits[COUNSELLOR].all("peer"))


@pytest.mark.parametrize("to", [COUNSELLOR, JOBSEEKER, EMRE, OLENA])
@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("description", {"description": ANSWER}),
        ("description", {"description": OFFER}),
        ("candidate", {"candidate": CANDIDATE}),
        ("renegotiate", {"restart": True}),
    ],
)
def test_nothing_of_a_guest_passes_before_admission(
    olena_waits: People, to: str, kind: str, fields: dict[str, object]
) -> None:
    assert refused(olena_waits[OLENA], kind, to=to, **fields) == "bad-state"
    assert heard(olena_waits) == {}


def test_nothing_reaches_somebody_who_waits(olena_waits: People) -> None:
    for one in (COUNSELLOR, JOBSEEKER):
        olena_waits[one].send("description", to=OLENA, description=OFFER)
        olena_waits[one].send("candidate", to=OLENA, candidate=CANDIDATE)
    assert heard(olena_waits) == {}


def test_who_was_let_in_before_they_came_need_not_wait(hub: Hub, facts: Facts) -> None:
    people = enter(hub, facts, COUNSELLOR)
    people[COUNSELLOR].send("admit", id=OLENA)
    (olena,) = enter(hub, facts, OLENA).values()
    assert olena.received[0]["admitted"] is True
    assert olena.types() == ["welcome", "peer"]


# ---- What reaches nobody


@pytest.mark.parametrize("to", [COUNSELLOR, JOBSEEKER, *GUESTS])
def test_a_message_to_oneself_reaches_nobody(five: People, to: str) -> None:
    five[to].send("candidate", to=to, candidate=CANDIDATE)
    assert heard(five) == {}


@pytest.mark.parametrize("to", [EMRE, "guest-999", f"{JOBSEEKER}.2", f"{OLENA}.2"])
def test_a_message_to_somebody_who_is_not_there_reaches_nobody(five: People, to: str) -> None:
    five.pop(EMRE).hang_up()
    forgotten(five)
    five[COUNSELLOR].send("candidate", to=to, candidate=CANDIDATE)
    assert heard(five) == {}


def test_a_message_stays_in_its_room(hub: Hub, five: People) -> None:
    facts = Facts(admitted={MURAT, JOBSEEKER})
    stranger = Side(hub, facts, MURAT, room=ROOM + 1).enter()
    for to in EVERYBODY:
        stranger.send("candidate", to=to, candidate=CANDIDATE)
    assert heard(five) == {}
    five[COUNSELLOR].send("candidate", to=MURAT, candidate=CANDIDATE)
    assert stranger.types() == ["welcome"]


def test_a_counsellor_rules_over_one_room_only(hub: Hub, facts: Facts) -> None:
    olena = Side(hub, facts, OLENA).enter()
    stranger = Side(hub, Facts(), COUNSELLOR, room=ROOM + 1).enter()
    for kind in ("admit", "remove"):
        stranger.send(kind, id=OLENA)
    stranger.send("end")
    assert (olena.types(), olena.closed) == (["welcome"], [])
    assert not facts.admitted


def test_a_forged_sender_is_replaced(five: People) -> None:
    five[EMRE].send("candidate", to=JOBSEEKER, candidate=CANDIDATE, **{"from": COUNSELLOR})
    (passed,) = five[JOBSEEKER].received
    assert passed == {"type": "candidate", "from": EMRE, "candidate": CANDIDATE}


def test_what_a_replaced_device_still_sends_reaches_nobody(
    hub: Hub, facts: Facts, five: People
) -> None:
    five[COUNSELLOR].conversation.talk_noted = True
    Side(hub, facts, COUNSELLOR, "tablet").enter(takeover=True)
    forgotten(five)
    five[COUNSELLOR].send("candidate", to=JOBSEEKER, candidate=CANDIDATE)
    five[COUNSELLOR].send("remove", id=OLENA)
    five[COUNSELLOR].send("end")
    assert heard(five) == {}
    assert not facts.ended


# ---- Who may do what


@pytest.mark.parametrize("place", [JOBSEEKER, *GUESTS])
def test_only_the_counsellor_admits_removes_and_ends(
    five: People, facts: Facts, place: str
) -> None:
    for other in EVERYBODY:
        assert refused(five[place], "admit", id=other) == "bad-state"
        assert refused(five[place], "remove", id=other) == "bad-state"
    assert refused(five[place], "end") == "bad-state"
    assert heard(five) == {}
    assert facts.admitted == set(EVERYBODY)
    assert not facts.ended


def test_who_waits_cannot_let_themselves_in(olena_waits: People, facts: Facts) -> None:
    assert refused(olena_waits[OLENA], "admit", id=OLENA) == "bad-state"
    assert OLENA not in facts.admitted


def test_a_removed_guest_goes_and_all_close_their_connections(
    five: People, facts: Facts, hub: Hub
) -> None:
    five[COUNSELLOR].send("remove", id=EMRE)
    emre = five.pop(EMRE)
    assert [message["code"] for message in emre.received] == ["removed"]
    assert emre.closed == [4411]
    gone = {"type": "peer", "id": EMRE, "peer": None, "left": True}
    assert all(side.all("peer") == [gone] for side in five.values())
    assert facts.present == set(five)
    emre.conversation.stop()
    assert all(len(side.all("peer")) == 1 for side in five.values())


def test_what_a_removed_guest_still_sends_reaches_nobody(five: People) -> None:
    """Their socket may have read on at the very moment that it was closed."""
    five[COUNSELLOR].send("remove", id=EMRE)
    forgotten(five)
    five[EMRE].send("candidate", to=JOBSEEKER, candidate=CANDIDATE)
    five[EMRE].send("media", audio=True, video=True)
    five[COUNSELLOR].send("candidate", to=EMRE, candidate=CANDIDATE)
    assert heard(five) == {}


def test_a_removed_guest_does_not_come_back(five: People, facts: Facts, hub: Hub) -> None:
    five[COUNSELLOR].send("remove", id=EMRE)
    forgotten(five)
    again = Side(hub, facts, EMRE, "tablet")
    with pytest.raises(ProtocolError) as caught:
        again.enter()
    again.conversation.stop()
    assert caught.value.code == "removed"
    assert again.received == []
    five[COUNSELLOR].send("admit", id=EMRE)
    assert EMRE not in facts.admitted
    assert all(not side.all("peer") for side in five.values())


def test_who_comes_after_the_end_is_told(five: People, facts: Facts, hub: Hub) -> None:
    five[COUNSELLOR].send("end")
    late = Side(hub, facts, JOBSEEKER)
    with pytest.raises(ProtocolError) as caught:
        late.enter()
    late.conversation.stop()
    assert caught.value.code == "ended"
    assert hub.people(ROOM) == []


def test_removing_somebody_who_waits_is_told_to_nobody_else(olena_waits: People) -> None:
    olena_waits[COUNSELLOR].send("remove", id=OLENA)
    assert olena_waits[OLENA].closed == [4411]
    assert olena_waits[JOBSEEKER].received == []
    assert olena_waits[COUNSELLOR].received == [{"type": "waiting", "people": []}]


def test_a_guest_whose_line_is_lost_can_be_removed(five: People) -> None:
    """The others still have a connection to them."""
    five.pop(EMRE).conversation.stop()
    five[COUNSELLOR].send("remove", id=EMRE)
    assert all(side.last("peer")["left"] is True for side in five.values())


def test_removing_twice_is_no_mistake(five: People) -> None:
    for _ in range(2):
        five[COUNSELLOR].send("remove", id=EMRE)
    assert five[COUNSELLOR].closed == []


@pytest.mark.parametrize("place", [COUNSELLOR, JOBSEEKER, f"{JOBSEEKER}.2"])
def test_only_guests_can_be_removed(five: People, place: str) -> None:
    assert refused(five[COUNSELLOR], "remove", id=place) == "bad-state"
    assert heard(five) == {}


def test_the_counsellor_lets_nobody_in_who_was_never_asked(five: People, facts: Facts) -> None:
    five[COUNSELLOR].send("admit", id="guest-999")
    assert "guest-999" not in facts.admitted
    assert heard(five) == {}


def test_the_counsellor_needs_no_admission(hub: Hub, facts: Facts) -> None:
    """Or `admit` for this place would let somebody else in."""
    (counsellor,) = enter(hub, facts, COUNSELLOR).values()
    assert refused(counsellor, "admit", id=COUNSELLOR) == "bad-state"
    assert refused(counsellor, "admit", id=f"{COUNSELLOR}.2") == "bad-state"
    assert not facts.admitted


def test_both_devices_of_a_guest_are_admitted_and_removed(hub: Hub, facts: Facts) -> None:
    people = enter(hub, facts, COUNSELLOR, OLENA)
    olena, second = people[OLENA], Side(hub, facts, f"{OLENA}.2").enter(arrives=True)
    people[COUNSELLOR].send("admit", id=OLENA)
    assert "admitted" in olena.types()
    assert "admitted" in second.types()
    people[COUNSELLOR].send("remove", id=f"{OLENA}.2")
    assert olena.closed == second.closed == [4411]
