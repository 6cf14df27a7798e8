"""REDIS_URL: the counts of the door in Redis, which several machines may share."""

import importlib.util
import os
import time
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.support.browser import Browser
from tests.support.redis import NoRedis, redis_server
from tests.support.settings import environment
from vberatung import clock, config, limited
from vberatung.booking.models import Appointment
from vberatung.extensions import limiter
from vberatung.limits import RateCount, Rule


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    if importlib.util.find_spec("redis") is None:
        pytest.skip("Redis: the Python package redis is not installed")
    try:
        with redis_server() as url:
            yield url
    except NoRedis as reason:
        if os.environ.get("CI"):
            pytest.fail(f"Redis: {reason}", pytrace=False)
        pytest.skip(f"Redis: {reason}")


def test_the_counts_are_in_redis_and_shared(
    install: Callable[..., Flask], app: Flask, session: Session, appointment: Appointment,
    token: str, redis_url: str, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    rule = Rule("feedback", 3, 60)
    monkeypatch.setitem(limited._rules, "vberatung.routes.feedback.answer", rule)
    appointment.admitted_at = clock.now()
    session.commit()
    database = app.config["SQLALCHEMY_DATABASE_URI"]
    found = []
    for _ in range(2):
        browser = Browser(install(DATABASE_URL=database, REDIS_URL=redis_url))
        for _ in range(2):
            page = browser.get(f"/termin/{token}/danke")
            values = dict(page.form().filled({}))
            found.append(browser.post(f"/termin/{token}/danke", values).status)
    assert found == [422, 422, 422, 429]
    assert session.scalar(select(func.count(RateCount.key_hash))) == 0
    keys = limiter.storage.storage.keys()  # type: ignore[attr-defined]
    assert keys
    assert not any(b"127.0.0.1" in key for key in keys)


def test_a_server_that_is_away_keeps_nobody_out(
    install: Callable[..., Flask], app: Flask, session: Session, appointment: Appointment,
    token: str,
) -> None:  # fmt: skip
    away = Browser(
        install(
            DATABASE_URL=app.config["SQLALCHEMY_DATABASE_URI"], REDIS_URL="redis://127.0.0.1:9/0"
        )
    )
    appointment.admitted_at = clock.now()
    session.commit()
    page = away.get(f"/termin/{token}/danke")
    began = time.monotonic()
    assert away.submit(page).status == 422  # the question was not answered
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("url", ["localhost:6379", "http://localhost", "memory://"])
def test_a_wrong_address_stops_the_start(tmp_path: object, url: str) -> None:
    with pytest.raises(config.WrongSetting, match="REDIS_URL"):
        config.load(environment(tmp_path, REDIS_URL=url))  # type: ignore[arg-type]
