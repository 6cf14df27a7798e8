"""The queue: what wakes the jobs, and what they do when they run."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from huey import Huey
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.booking import book
from tests.support.browser import Browser
from tests.support.cast import MORNING, Cast
from vberatung.extensions import jobs
from vberatung.messages.models import OutboxMail


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
    mail = session.scalars(select(OutboxMail)).one()
    assert (mail.tries, mail.sent_at) == (1, None)
    assert mail.next_try_at > MORNING


def test_all_timed_work_is_known(queue: Huey) -> None:
    names = {task.name for task in queue._registry.periodic_tasks}
    assert names == {"deliver_mails", "close_talks"}


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
