"""What monitoring reads: numbers, nobody's name, and not for everybody."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.orm import Session

from tests.support.cast import AT_TEN, AYLIN
from vberatung import clock, metrics
from vberatung.booking.models import Appointment
from vberatung.messages import outbox
from vberatung.messages.models import Mail
from vberatung.room import presence
from vberatung.room.conversation import Conversation
from vberatung.room.places import COUNSELLOR, JOBSEEKER

TOKEN = "Das-liest-nur-Prometheus"
Figures = dict[str, float]


@pytest.fixture
def figures(app: Flask, session: Session) -> Callable[[], Figures]:
    def ask() -> Figures:
        session.commit()
        with clock.set_to(AT_TEN):
            answer = app.test_client().get("/metrics")
        assert answer.status_code == 200
        assert AYLIN.name not in answer.text
        return {
            sample.name.removeprefix("videoberatung_")
            + "".join(f" {value}" for value in sample.labels.values()): sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        }

    return ask


def test_who_waits_and_what_waits_to_be_sent(
    figures: Callable[[], Figures], session: Session, appointment: Appointment
) -> None:
    before = figures()
    presence.touch(session, appointment.id, JOBSEEKER, AT_TEN)
    presence.touch(session, appointment.id, COUNSELLOR, AT_TEN)
    mail = Mail("aylin@example.org", "Termin", "…")
    old = AT_TEN - timedelta(minutes=7)
    outbox.put(session, mail, old, AT_TEN + timedelta(days=1), purpose="reminder")
    after = figures()
    assert after["rooms"] - before["rooms"] == 1
    assert after["people"] - before["people"] == 2
    assert after["people_waiting"] - before["people_waiting"] == 1
    assert after["outbox_messages"] - before["outbox_messages"] == 1
    assert after["outbox_age_seconds"] == 7 * 60


def test_whoever_has_been_let_in_does_not_wait(
    figures: Callable[[], Figures], session: Session, appointment: Appointment
) -> None:
    before = figures()
    presence.touch(session, appointment.id, JOBSEEKER, AT_TEN)
    appointment.admitted_at = AT_TEN
    after = figures()
    assert after["people"] - before["people"] == 1
    assert after["people_waiting"] == before["people_waiting"]


def test_answers_are_counted_by_their_status(figures: Callable[[], Figures], app: Flask) -> None:
    before = figures()
    app.test_client().get("/keine-seite/")
    assert figures()["requests_total 4xx"] - before.get("requests_total 4xx", 0) == 1


def test_device_tests(figures: Callable[[], Figures]) -> None:
    assert figures()["echoes_running"] == 0
    assert figures()["echoes_total done"] >= 0


def test_runs_of_jobs_are_counted(figures: Callable[[], Figures]) -> None:
    with metrics.job_runs_of("remind"):
        pass
    with pytest.raises(ValueError, match="broken"), metrics.job_runs_of("remind"):
        raise ValueError("broken")
    found = figures()
    assert found["job_runs_total remind ok"] >= 1
    assert found["job_runs_total remind failed"] >= 1


@pytest.mark.parametrize(
    ("ms", "counted"), [(-1, 0), (0, 1), (120_000, 1), (120_001, 0), (10**40, 0)]
)
def test_what_cannot_be_is_not_counted(
    figures: Callable[[], Figures], ms: int, counted: int
) -> None:
    before = figures()["first_frame_seconds_count"]
    conversation = Conversation(None, None, 1, list)  # type: ignore[arg-type]
    for _ in range(2):  # and nothing twice
        conversation._note_first_frame({"ms": ms, "relayed": True})
    assert figures()["first_frame_seconds_count"] - before == counted


@pytest.mark.parametrize("headers", [{"X-Forwarded-For": "203.0.113.5"}, {"Forwarded": "for=_a"}])
def test_through_a_proxy_there_is_no_such_page(app: Flask, headers: dict[str, str]) -> None:
    assert app.test_client().get("/metrics", headers=headers).status_code == 404


@pytest.mark.parametrize(
    ("sent", "status"),
    [("Bearer " + TOKEN, 200), (TOKEN, 404), ("Bearer x" + TOKEN, 404), ("", 404)],
)
def test_with_a_token_whoever_knows_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch, sent: str, status: int
) -> None:
    guarded = replace(app.config["SETTINGS"], metrics_token=TOKEN)
    monkeypatch.setitem(app.config, "SETTINGS", guarded)
    elsewhere = {"REMOTE_ADDR": "203.0.113.5"}
    answer = app.test_client().get(
        "/metrics", headers={"Authorization": sent}, environ_base=elsewhere
    )
    assert answer.status_code == status


def test_from_another_machine_there_is_no_such_page(app: Flask) -> None:
    elsewhere = {"REMOTE_ADDR": "203.0.113.5"}
    assert app.test_client().get("/metrics", environ_base=elsewhere).status_code == 404
