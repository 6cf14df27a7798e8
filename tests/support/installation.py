"""Applications that leave nothing behind in the process."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from tests.support import databases
from vberatung import create_app, crypto
from vberatung.config import Settings
from vberatung.extensions import jobs, limiter


@contextmanager
def installed(settings: Settings) -> Iterator[Flask]:
    """An application. Keys, jobs and limits are the process's: afterwards they are as before."""
    limiter_before = dict(vars(limiter))
    jobs_before, keys_before = dict(vars(jobs)), (crypto._fernet, crypto._hash_key)
    app = create_app(settings)
    try:
        yield app
    finally:
        databases.engine_of(app).dispose()
        jobs.huey.storage.close()
        vars(jobs).clear()
        vars(jobs).update(jobs_before)
        vars(limiter).clear()
        vars(limiter).update(limiter_before)
        crypto._fernet, crypto._hash_key = keys_before
