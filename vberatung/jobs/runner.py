"""Runs the jobs: huey with its own SQLite file or the PostgreSQL database, in threads of ours."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from functools import wraps

from flask import Flask
from huey import PostgresHuey, SqliteHuey, crontab
from huey.consumer import Consumer

from vberatung import clock, metrics
from vberatung.config import Settings
from vberatung.db import AnySession
from vberatung.jobs import work

log = logging.getLogger(__name__)

STALE_AFTER_S = 60
"""A delivery that has not begun by then is left to the next one: while a mail server is slow,
they must not pile up before the other jobs."""

Work = Callable[[AnySession, datetime, Settings], None]


EVERY_MINUTE = crontab()

SCHEDULE: dict[Work, Callable[[datetime], bool]] = {
    work.deliver_messages: EVERY_MINUTE,
    work.remind: EVERY_MINUTE,
    work.give_up_unconfirmed: EVERY_MINUTE,
    work.offer_free_times: EVERY_MINUTE,
    work.close_talks: crontab(minute="*/5"),
    work.send_receipts: crontab(minute="*/5"),
    work.follow_up_invitations: crontab(minute="*/10"),
    work.read_calendars: crontab(minute="*/10"),
    work.look_for_shortage: crontab(minute="*/15"),
    work.forget_counts: crontab(minute="17"),
    work.delete_old_registrations: crontab(minute="23"),
    work.clear_rooms: crontab(minute="29"),
    work.forget_waiting: crontab(hour="3", minute="27"),
    work.delete_old_invitations: crontab(hour="3", minute="37"),
    work.delete_old_messages: crontab(hour="3", minute="47"),
}
"""All timed work of the product, on one page."""
SLOW = (work.read_calendars,)
"""Waits for servers elsewhere: in a thread of its own, so that the mails do not wait with it."""


class Jobs:
    """The extension object: `init_app` binds it, `start` runs it, `deliver_soon` wakes it."""

    def init_app(self, app: Flask, session: AnySession, settings: Settings) -> None:
        if settings.database_url.startswith("postgresql"):
            dsn = settings.database_url.replace("postgresql+psycopg:", "postgresql:", 1)
            self.huey = PostgresHuey("vberatung", dsn=dsn, results=False)
        else:
            file = settings.data_dir / "jobs.db"
            self.huey = SqliteHuey("vberatung", filename=str(file), results=False)

        def job(task: Work) -> Callable[[], None]:
            @wraps(task)
            def run() -> None:
                with app.app_context(), metrics.job_runs_of(task.__name__):
                    task(session, clock.now(), settings)

            del run.__wrapped__  # huey looks at the signature
            return run

        deliver = job(work.deliver_messages)
        self._deliver = self.huey.task(name="deliver_now", expires=STALE_AFTER_S)(deliver)
        for task, when in SCHEDULE.items():
            run = aside(job(task)) if task in SLOW else job(task)
            self.huey.periodic_task(when, name=task.__name__, expires=STALE_AFTER_S)(run)

    def deliver_soon(self) -> None:
        """Messages have been committed to the outbox: send them now, not at the next minute."""
        try:
            self._deliver()
        except Exception as error:  # what was committed stands; the minute's job sends it
            log.warning("the queue of jobs does not answer: %s", type(error).__name__)

    def start(self) -> None:
        """Run the jobs in threads of this process until it ends."""
        logging.getLogger("huey").setLevel(logging.WARNING)
        InlineConsumer(self.huey, workers=1, check_worker_health=False).start()

    def run(self) -> None:
        """Run the jobs in this process and nothing else: `flask jobs`."""
        self.huey.create_consumer(workers=1).run()


def aside(run: Callable[[], None]) -> Callable[[], None]:
    """The same in a thread of its own, never twice at a time: what waits for servers elsewhere
    must not hold up the mails.
    """
    running = threading.Lock()

    def run_once() -> None:
        try:
            run()
        finally:
            running.release()

    def start() -> None:
        if running.acquire(blocking=False):
            threading.Thread(target=run_once, daemon=True).start()

    return start


class InlineConsumer(Consumer):
    """A consumer inside a web process, whose signals are not huey's to handle."""

    def _set_signal_handlers(self) -> None:
        pass
