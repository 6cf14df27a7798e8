"""A talk that begins now: /team/einladen/jetzt."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support import consistency
from tests.support.browser import Browser, Page, text_of
from tests.support.cast import AYDIN, MORNING, Cast, an_appointment
from tests.support.staff import sign_in
from vberatung import clock, links
from vberatung.booking.models import Appointment
from vberatung.links import Link
from vberatung.messages.models import OutboxMessage
from vberatung.room import operations as room
from vberatung.routes.staff.talk_now import next_start

NOW = "/team/einladen/jetzt"


def begin(berger: Browser, **typed: str) -> Page:
    return berger.submit(berger.get(NOW), "/jetzt", **{"name": "Thomas Müller", **typed})


def thomas(session: Session) -> Appointment | None:
    found = session.scalars(select(Appointment)).all()
    return next((each for each in found if each.name == "Thomas Müller"), None)


def test_it_begins_within_five_minutes_and_the_room_is_open(
    berger: Browser, session: Session, cast: Cast
) -> None:
    page = begin(berger)
    appointment = thomas(session)
    assert appointment
    assert appointment.counsellor_id == cast.berger.id
    assert MORNING < appointment.starts_at <= MORNING + timedelta(minutes=5)
    assert berger.get(page.link("Gesprächsraum öffnen")).path == f"/team/raum/{appointment.id}"


def test_the_link_the_code_and_the_picture_can_be_passed_on(
    berger: Browser, session: Session
) -> None:
    page = begin(berger)
    link = text_of(page.marked("link")[0])
    token = link.rpartition("/termin/")[2]
    found = links.target_of_token(session, Link.appointment_id, token)
    appointment = thomas(session)
    assert appointment
    assert found == appointment.id
    code = links.of_code(session, text_of(page.marked("code")[0]))
    assert code
    assert code.appointment_id == appointment.id
    assert page.all("*", **{"class": "qr"})


def test_the_link_is_sent_as_well_if_somebody_types_where_to(
    berger: Browser, session: Session
) -> None:
    begin(berger, email="thomas@example.org")
    [mail] = session.scalars(select(OutboxMessage))
    assert mail.recipient == "thomas@example.org"
    assert mail.expires_at > MORNING


def test_whoever_has_an_appointment_now_reads_why_not(
    berger: Browser, session: Session, cast: Cast
) -> None:
    an_appointment(session, cast.topic, cast.berger, MORNING + timedelta(minutes=15))
    page = begin(berger)
    assert page.status == 409
    assert "schon einen Termin" in page.text
    assert page.form("/jetzt").value("name") == "Thomas Müller"
    assert thomas(session) is None


def test_the_refusal_says_from_when_on_it_works(
    berger: Browser, session: Session, cast: Cast
) -> None:
    for minutes in (15, 60):
        start = MORNING + timedelta(minutes=minutes)
        an_appointment(session, cast.topic, cast.berger, start)
    assert "beginnen ab: 09:30 Uhr" in begin(berger).text
    with clock.set_to(MORNING + timedelta(minutes=90)):
        assert begin(berger).status == 200


def test_a_talk_that_ended_early_gives_its_time_back(
    berger: Browser, session: Session, cast: Cast
) -> None:
    early = an_appointment(session, cast.topic, cast.berger, MORNING)
    room.note_talk(early, MORNING)
    room.end(session, early, MORNING)
    session.commit()
    assert begin(berger).status == 200
    consistency.check(session, MORNING)


@pytest.mark.parametrize(
    "typed", [{"name": ""}, {"email": "x"}, {"topic": "ausbildung"}, {"phone": "1"}]
)
def test_what_is_wrong_is_said(berger: Browser, session: Session, typed: dict[str, str]) -> None:
    assert begin(berger, **typed).status == 422
    assert thomas(session) is None


def test_the_page_with_the_link_is_only_for_who_began_the_talk(
    berger: Browser, browser: Browser, cast: Cast
) -> None:
    url = begin(berger).url
    sign_in(browser, AYDIN)
    assert browser.get(url).status == 404
    assert berger.get(f"{NOW}/xyz").status == 404


@pytest.mark.parametrize("seconds", [0, 1, 299])
def test_the_start_is_a_full_five_minutes_ahead(seconds: int) -> None:
    now = MORNING + timedelta(seconds=seconds, microseconds=7)
    start = next_start(now)
    assert clock.to_local(start) == MORNING + timedelta(minutes=5)
