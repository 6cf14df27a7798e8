import re
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests.support.cast import AT_TEN
from vberatung.booking import operations as booking
from vberatung.booking.models import Appointment
from vberatung.config import PROJECT
from vberatung.room import operations, troubles
from vberatung.routes import receipt_words
from vberatung.routes.waiting_room import TroubleForm

MINUTE = timedelta(minutes=1)
SCRIPTS = PROJECT / "vberatung/static/js/room"


def test_the_same_trouble_is_kept_once_a_minute(session: Session, appointment: Appointment) -> None:
    for seconds, kept in ((0, True), (59, False), (60, True)):
        now = AT_TEN + timedelta(seconds=seconds)
        assert troubles.note(session, appointment, "lost", now) is kept
    assert troubles.note(session, appointment, "denied", AT_TEN)
    assert [each.kind for each in troubles.of(session, appointment)] == ["lost", "denied", "lost"]


def test_at_most_twenty_are_kept(session: Session, appointment: Appointment) -> None:
    kept = [
        troubles.note(session, appointment, "lost", AT_TEN + n * MINUTE)
        for n in range(troubles.MOST + 5)
    ]
    assert kept == [True] * troubles.MOST + [False] * 5


@pytest.mark.parametrize(("minutes", "kept"), [(-16, False), (-15, True), (89, True), (90, False)])
def test_it_is_of_the_time_around_the_appointment(
    session: Session, appointment: Appointment, minutes: int, kept: bool
) -> None:
    assert troubles.note(session, appointment, "lost", AT_TEN + minutes * MINUTE) is kept


def test_who_comes_back_after_the_end_can_still_tell_why(
    session: Session, appointment: Appointment
) -> None:
    operations.end(session, appointment, AT_TEN + 10 * MINUTE)
    now = AT_TEN + 12 * MINUTE
    assert troubles.note(session, appointment, "lost", now, ago=4 * MINUTE)
    assert troubles.of(session, appointment)[0].at == AT_TEN + 8 * MINUTE


@pytest.mark.parametrize("ago", [timedelta(days=9), timedelta(hours=2)])
def test_it_cannot_be_dated_back_before_the_room_was_open(
    session: Session, appointment: Appointment, ago: timedelta
) -> None:
    assert troubles.note(session, appointment, "lost", AT_TEN, ago=ago)
    assert troubles.of(session, appointment)[0].at == AT_TEN - 15 * MINUTE


def test_it_cannot_be_in_the_future(session: Session, appointment: Appointment) -> None:
    troubles.note(session, appointment, "lost", AT_TEN, ago=-MINUTE)
    assert troubles.of(session, appointment)[0].at == AT_TEN


def test_a_cancelled_appointment_has_no_troubles(
    session: Session, appointment: Appointment
) -> None:
    booking.cancel(session, appointment, AT_TEN - MINUTE)
    assert not troubles.note(session, appointment, "lost", AT_TEN)


def test_those_of_a_former_time_do_not_count(session: Session, appointment: Appointment) -> None:
    troubles.note(session, appointment, "lost", AT_TEN - 10 * MINUTE)
    appointment.starts_at += timedelta(hours=1)
    assert not troubles.of(session, appointment)


def test_an_unknown_kind_is_our_mistake(session: Session, appointment: Appointment) -> None:
    with pytest.raises(ValueError, match="no such trouble"):
        troubles.note(session, appointment, "made up", AT_TEN)


def test_each_kind_has_a_sentence_and_scripts_and_forms_know_no_other() -> None:
    assert receipt_words.TROUBLES.keys() == set(troubles.KINDS)
    devices = re.search(r"@typedef \{'ok' \| (.*)\} Devices", (SCRIPTS / "media.js").read_text())
    assert devices
    assert set(re.findall(r"'([a-z-]+)'", devices[1])) == set(troubles.DEVICES)
    told = re.findall(r"'([a-z]+-[a-z]+|lost)'", (SCRIPTS / "troubles.js").read_text())
    views = {"join-failed", "data-view", "data-devices", "same-origin"}
    assert {"no-webrtc", "no-server", "no-connection", "lost"} <= set(told)
    assert set(told) - views <= set(troubles.KINDS)
    choices = TroubleForm.kind.kwargs["choices"]
    assert {choice.value for choice in choices} <= set(troubles.KINDS)
