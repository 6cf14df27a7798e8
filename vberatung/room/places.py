"""The places at a talk, and who offers to whom. Pure: standard library only.

A place is a word: "counsellor", "jobseeker", "guest-7". Whoever comes with another device has a
second seat there for a moment: "jobseeker.2".
"""

JOBSEEKER, COUNSELLOR = MAIN = ("jobseeker", "counsellor")
INTERPRETER, SIGN_INTERPRETER, COMPANION, COLLEAGUE = GUEST_ROLES = (
    "interpreter",
    "sign_interpreter",
    "companion",
    "colleague",
)
ROLES = MAIN + GUEST_ROLES

MOST_PEOPLE = 5
"""Each sends to each: more would overload a telephone."""
MOST_GUESTS = MOST_PEOPLE - len(MAIN)

GUEST = "guest-"
"""Before the number of a guest."""


def place_of_guest(id: int) -> str:
    return f"{GUEST}{id}"


def guest_of_place(place: str) -> int | None:
    """The guest's id, or None for the two whose talk it is."""
    person = person_of_place(place)
    return int(person.removeprefix(GUEST)) if person.startswith(GUEST) else None


def person_of_place(place: str) -> str:
    """The place without its seat."""
    return place.partition(".")[0]


def other_seat(place: str) -> str:
    """Where the same person sits down with another device."""
    person = person_of_place(place)
    return person if place != person else person + ".2"


def same_person(one: str, other: str) -> bool:
    return person_of_place(one) == person_of_place(other)


def offers(one: str, other: str) -> bool:
    """Whether `one` makes the offer to `other` (RFC 8829). The other way round it is the opposite:
    there is no glare."""
    return _rank(one) < _rank(other)


def _rank(place: str) -> tuple[int, int, str]:
    """The counsellor before the jobseeker before the guests, as they were invited."""
    person = person_of_place(place)
    if person in MAIN:
        return (0, -MAIN.index(person), place)
    return (1, guest_of_place(place) or 0, place)
