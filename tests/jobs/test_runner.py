"""The queue: what wakes the jobs, and what they do when they run."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from huey import Huey
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.booking import book
from tests.support.browser import Browser
from tests.support.cast import AT_TEN, MORNING, Cast
from vberatung.extensions import jobs
from vberatung.messages import outbox
from vberatung.messages.models import Mail, OutboxMessage


@pytest.fixture
def queue(app: Flask) -> Iterator[Huey]:
    jobs.huey.flush()
    yield jobs.huey
    jobs.huey.flush()


def run_next(queue: Huey) -> None:
    task = queue.dequeue()
    assert task is not None
    queue.execute(task)


def test_a_booking_wakes_the_delivery(browser: Browser, cast: Cast, queue: Huey) -> None:
    book(browser)
    assert queue.pending_count() == 1


def test_the_woken_job_tries_to_deliver(
    browser: Browser, session: Session, cast: Cast, queue: Huey
) -> None:
    """The mail server of the test settings does not exist: it is tried, and will be again."""
    book(browser)
    run_next(queue)
    mail = session.scalars(select(OutboxMessage)).one()
    assert (mail.tries, mail.sent_at) == (1, None)
    assert mail.next_try_at > MORNING


def test_all_timed_work_is_known(queue: Huey) -> None:
    names = {task.name for task in queue._registry.periodic_tasks}
    assert names == {
        "clear_rooms",
        "close_talks",
        "delete_old_invitations",
        "delete_old_messages",
        "delete_old_registrations",
        "deliver_messages",
        "follow_up_invitations",
        "forget_counts",
        "forget_waiting",
        "give_up_unconfirmed",
        "look_for_shortage",
        "offer_free_times",
        "read_calendars",
        "remind",
        "send_receipts",
    }


def test_deliveries_that_waited_too_long_do_not_pile_up(
    app: Flask, session: Session, cast: Cast, queue: Huey
) -> None:
    """While a mail server is slow, every booking would add another one before the other jobs."""
    put(session)
    jobs.deliver_soon()
    task = queue.dequeue()
    assert task is not None
    queue.execute(task, task.expires_resolved + timedelta(seconds=1))
    assert tries(session) == 0
    queue.execute(task)
    assert tries(session) == 1


def put(session: Session) -> None:
    mail = Mail("a@example.org", "Hi", "Hi")
    outbox.put(session, mail, MORNING, AT_TEN, purpose="booked")
    session.commit()


def tries(session: Session) -> int:
    session.rollback()
    return session.scalars(select(OutboxMessage.tries)).one()


def test_a_queue_that_does_not_answer_does_not_undo_the_booking(
    browser: Browser, cast: Cast, queue: Huey, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise OSError("no queue")

    monkeypatch.setattr(jobs, "_deliver", broken)
    assert book(browser).h1 == "Ihr Termin ist gebucht"


def test_the_demo_keeps_its_queue_in_its_own_folder(install: Callable[..., Flask]) -> None:
    app = install()
    jobs.deliver_soon()
    assert (app.config["SETTINGS"].data_dir / "jobs.db").exists()
