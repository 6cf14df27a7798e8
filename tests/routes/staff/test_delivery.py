"""The office sees what could not be delivered."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.support.browser import Browser
from tests.support.cast import AT_TEN, AYLIN, MORNING, Cast, an_appointment
from tests.support.queries import counted
from tests.support.staff import SIGN_IN
from vberatung import clock
from vberatung.booking import operations
from vberatung.booking.models import Appointment
from vberatung.invitations.models import Invitation
from vberatung.messages import models, outbox
from vberatung.messages.mail import SUBJECTS
from vberatung.messages.models import Mail, OutboxMessage
from vberatung.routes.staff.delivery import PROBLEMS, PURPOSES

PAGE, DAY = "/team/zustellung", "/team/"


def a_message(
    session: Session,
    office_id: int,
    problem: str | None = models.REFUSED,
    created_at: datetime = MORNING,
    **about: int,
) -> OutboxMessage:
    """A mail to Aylin that was given up at once, or is still tried."""
    mail = Mail("aylin@example.org", "Betreff", "Text")
    message = outbox.put(
        session, mail, created_at, AT_TEN, purpose="booked", office_id=office_id, **about
    )
    message.problem, message.tries = problem, 1 if problem else 0
    if problem in (models.REFUSED, models.EXPIRED, models.NOT_NEEDED):
        message.gave_up_at = created_at
    session.flush()
    return message


@pytest.fixture
def message(session: Session, cast: Cast, appointment: Appointment) -> OutboxMessage:
    return a_message(session, cast.office.id, appointment_id=appointment.id)


def test_strangers_are_asked_to_sign_in(browser: Browser, cast: Cast) -> None:
    assert browser.visit(PAGE).path == SIGN_IN


def test_when_all_has_arrived_it_says_so(berger: Browser) -> None:
    page = berger.get(PAGE)
    assert "Alle Nachrichten sind angekommen" in page.text
    assert PAGE not in berger.get(DAY).links()


def test_it_says_who_what_why_and_whom_to_call(berger: Browser, message: OutboxMessage) -> None:
    page = berger.get(PAGE)
    assert [heading.text for heading in page.all("h2")][:1] == [AYLIN.name]
    for words in (
        "aylin@example.org",
        "Bestätigung des Termins",
        "Montag, 23. November 2026, 10:00 Uhr",
        "nimmt keine Nachrichten an",
    ):
        assert words in page.text
    assert f"tel:{AYLIN.phone}" in page.links()


def test_the_day_says_that_there_is_something(berger: Browser, message: OutboxMessage) -> None:
    day = berger.get(DAY)
    assert "1 Nachricht ist nicht angekommen" in day.text
    assert PAGE in day.links()


def test_an_invitation_counts_as_well(berger: Browser, session: Session, cast: Cast) -> None:
    invitation = Invitation(
        office=cast.office,
        topic=cast.topic,
        invited_by=cast.berger,
        way="mail",
        name="Thomas Müller",
        email="thomas@example.org",
        language="de",
        created_at=MORNING,
        expires_at=AT_TEN,
    )
    session.add(invitation)
    session.flush()
    a_message(session, cast.office.id, invitation_id=invitation.id)
    assert "Thomas Müller" in berger.get(PAGE).text


def test_other_offices_see_nothing_and_can_do_nothing(
    berger: Browser, session: Session, cast: Cast, message: OutboxMessage
) -> None:
    foreign = an_appointment(session, cast.other_topic, cast.noack, AT_TEN)
    theirs = a_message(session, cast.other_office.id, appointment_id=foreign.id)
    page = berger.get(PAGE)
    assert len(page.marked("undelivered")) == 1
    values = dict(page.form("/erledigt").values)
    for action in ("noch-einmal", "erledigt"):
        assert berger.post(f"{PAGE}/{theirs.id}/{action}", values).status == 404
        assert berger.post(f"{PAGE}/{2**40}/{action}", values).status == 404
    session.refresh(theirs)
    assert theirs.gave_up_at
    assert theirs.handled_at is None


@pytest.mark.parametrize(
    ("problem", "minutes", "shown"),
    [
        (None, 60, 0),
        (models.UNREACHABLE, 14, 0),
        (models.UNREACHABLE, 15, 1),
        (models.LATER, 20, 1),
        (models.REFUSED, 0, 1),
        (models.EXPIRED, 0, 1),
        (models.NOT_NEEDED, 60, 0),
    ],
)
def test_only_what_has_failed_for_a_while_or_for_good(
    berger: Browser, session: Session, cast: Cast, problem: str | None, minutes: int, shown: int
) -> None:
    a_message(session, cast.office.id, problem, MORNING - timedelta(minutes=minutes))
    page = berger.get(PAGE)
    assert len(page.marked("undelivered")) == shown
    assert ("nächste Mal" in page.text) is (shown == 1 and problem in ("unreachable", "later"))


def test_what_was_given_up_can_be_sent_again(
    berger: Browser, session: Session, message: OutboxMessage
) -> None:
    page = berger.submit(berger.get(PAGE), "/noch-einmal")
    assert page.path == PAGE
    assert not page.has("undelivered")
    session.refresh(message)
    assert (message.gave_up_at, message.problem, message.tries) == (None, None, 0)
    assert message.next_try_at == MORNING


@pytest.mark.parametrize("problem", [models.EXPIRED, models.UNREACHABLE])
def test_what_is_too_late_or_still_tried_has_no_such_button(
    berger: Browser, session: Session, cast: Cast, problem: str
) -> None:
    """Sent at the same moment as by the job, it would arrive twice."""
    late = a_message(session, cast.office.id, problem, MORNING)
    with clock.set_to(AT_TEN):
        page = berger.get(PAGE)
        assert "Noch einmal senden" not in page.text
        values = dict(page.form("/erledigt").values)
        before = late.next_try_at
        assert berger.post(f"{PAGE}/{late.id}/noch-einmal", values).status == 303
    session.refresh(late)
    assert (late.problem, late.next_try_at) == (problem, before)


def test_what_is_done_is_gone(berger: Browser, session: Session, message: OutboxMessage) -> None:
    page = berger.submit(berger.get(PAGE), "/erledigt")
    assert not page.has("undelivered")
    session.refresh(message)
    assert message.handled_at == MORNING


def test_looking_changes_nothing(berger: Browser, session: Session, message: OutboxMessage) -> None:
    for action in ("noch-einmal", "erledigt"):
        assert berger.get(f"{PAGE}/{message.id}/{action}").status == 405
    session.refresh(message)
    assert message.gave_up_at


def test_twenty_are_on_a_page(berger: Browser, session: Session, cast: Cast) -> None:
    for number in range(21):
        a_message(session, cast.office.id, created_at=MORNING - timedelta(minutes=number))
    first = berger.get(PAGE)
    assert len(first.marked("undelivered")) == 20
    second = berger.get(first.link("Ältere Nachrichten"))
    assert len(second.marked("undelivered")) == 1
    assert berger.get(second.link("Neuere Nachrichten")).text == first.text


def test_whoever_works_through_a_long_list_stays_on_the_page(
    berger: Browser, session: Session, cast: Cast
) -> None:
    for _ in range(22):
        a_message(session, cast.office.id)
    second = berger.get(PAGE + "?seite=2")
    form = next(f for f in second.root.iter("form") if "/erledigt" in f.attrib.get("action", ""))
    after = berger.submit(second, form.attrib["action"])
    assert after.url.endswith("seite=2")
    assert len(after.marked("undelivered")) == 1


@pytest.mark.parametrize("page", ["0", "-1", "x", "2", "99999999999999999999"])
def test_odd_pages_show_the_list(berger: Browser, message: OutboxMessage, page: str) -> None:
    assert berger.get(f"{PAGE}?seite={page}").has("undelivered")


def test_a_long_list_asks_no_more_of_the_database(
    berger: Browser, session: Session, cast: Cast
) -> None:
    asked = []
    for number in (2, 18):
        for _ in range(number):
            appointment = an_appointment(session, cast.topic, cast.berger)
            operations.cancel(session, appointment, MORNING)
            a_message(session, cast.office.id, appointment_id=appointment.id)
        session.commit()
        with counted(session) as statements:
            berger.get(PAGE)
        asked.append(len(statements))
    assert asked[0] == asked[1]


def test_a_message_that_is_about_nobody_shows_its_recipient(
    berger: Browser, session: Session, cast: Cast
) -> None:
    a_message(session, cast.office.id)
    assert "aylin@example.org" in berger.get(PAGE).text


def test_every_purpose_and_every_problem_has_its_words() -> None:
    assert PURPOSES.keys() == SUBJECTS.keys()
    assert PROBLEMS.keys() == set(models.PROBLEMS) - {models.NOT_NEEDED}
