"""Runs the jobs: huey with its own SQLite file or the PostgreSQL database, in threads of ours."""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import wraps

from flask import Flask
from huey import PostgresHuey, SqliteHuey, crontab
from huey.consumer import Consumer

from vberatung import clock
from vberatung.config import Settings
from vberatung.db import AnySession
from vberatung.jobs import work

log = logging.getLogger(__name__)

Work = Callable[[AnySession, datetime, Settings], None]


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
                with app.app_context():
                    task(session, clock.now(), settings)

            del run.__wrapped__  # huey looks at the signature
            return run

        # All timed work of the product, on one page.
        self._deliver = self.huey.task(name="deliver_mails_now")(job(work.deliver_mails))
        self.huey.periodic_task(crontab(), name="deliver_mails")(job(work.deliver_mails))
        self.huey.periodic_task(crontab(minute="*/5"), name="close_talks")(job(work.close_talks))

    def deliver_soon(self) -> None:
        """Mails have been committed to the outbox: send them now, not at the next minute."""
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


class InlineConsumer(Consumer):
    """A consumer inside a web process, whose signals are not huey's to handle."""

    def _set_signal_handlers(self) -> None:
        pass
