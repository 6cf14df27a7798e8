from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from tests.support.browser import Browser


def answer(app: Flask, path: str) -> tuple[int, dict[str, str]]:
    response = app.test_client().get(path)
    return response.status_code, response.get_json()


@pytest.fixture
def not_migrated(install: Callable[..., Flask]) -> Flask:
    return install()


def test_the_process_answers(app: Flask) -> None:
    assert answer(app, "/healthz") == (200, {"status": "ok"})


def test_a_migrated_database_is_ready(app: Flask) -> None:
    status, said = answer(app, "/readyz")
    assert status == 200
    assert set(said.values()) == {"ok", "memory"}


def test_a_pending_migration_is_not_ready_but_alive(not_migrated: Flask) -> None:
    status, said = answer(not_migrated, "/readyz")
    assert status == 503
    assert "upgrade" in said["migrations"]
    assert answer(not_migrated, "/healthz")[0] == 200


def test_a_database_that_does_not_answer_is_not_ready(
    install: Callable[..., Flask], tmp_path: Path
) -> None:
    app = install(DATABASE_URL=f"sqlite:///{tmp_path}/no/such/folder.db")
    assert answer(app, "/readyz") == (
        503,
        {"status": "failed", "database": "does not answer"},
    )


def test_health_tells_nothing_of_people_or_machines(app: Flask, browser: Browser) -> None:
    page = browser.get("/readyz")
    assert str(app.config["SETTINGS"].data_dir) not in page.response.get_data(as_text=True)
