"""A button that is pressed ten times at the same moment, and the job that deletes."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from tests.support import databases
from tests.support.cast import Cast
from tests.support.threads import at_once
from vberatung import clock
from vberatung.db import begin_write
from vberatung.jobs import work
from vberatung.registration import operations
from vberatung.registration.models import Registration

PRESSED = 10


def test_a_form_that_is_sent_ten_times_gets_one_number(
    app: Flask, session: Session, cast: Cast
) -> None:
    draft = operations.start(session, cast.office, "de", clock.now())
    session.commit()
    engine, id = databases.engine_of(app), draft.id
    outcomes = at_once(PRESSED, lambda number: _send(engine, id, f"Person {number}"))
    numbers = {outcome[1] for outcome in outcomes if isinstance(outcome, tuple)}
    assert sum(outcome[0] for outcome in outcomes if isinstance(outcome, tuple)) == 1
    assert len(numbers) == 1
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]


def test_the_job_deletes_what_is_over(app: Flask, session: Session, cast: Cast) -> None:
    operations.start(session, cast.office, "de", clock.now() - timedelta(days=7))
    operations.start(session, cast.office, "de", clock.now())
    session.commit()
    work.delete_old_registrations(session, clock.now(), app.config["SETTINGS"])
    assert session.scalar(select(func.count(Registration.id))) == 1


def _send(engine: Engine, id: int, name: str) -> tuple[bool, str | None]:
    """What the edge does for each request: begin, send, commit."""
    with Session(engine) as session:
        begin_write(session)
        draft = session.get_one(Registration, id)
        first = operations.send(session, draft, {"name": name}, clock.now())
        session.commit()
        return first, draft.number
