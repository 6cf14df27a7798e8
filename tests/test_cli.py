import json
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.browser import Browser
from tests.support.cast import MORNING, Cast
from tests.support.staff import sign_in
from vberatung.booking.free import free_slots_of
from vberatung.cli import first_words
from vberatung.demo import DATA
from vberatung.offices.models import Topic
from vberatung.people import accounts
from vberatung.people.models import Staff

ADMIN = ("create-admin", "--office", "musterstadt", "--name", "Ada", "--email", "ada@example.org")


def run(app: Flask, *arguments: str, input: str = "") -> Result:
    return app.test_cli_runner().invoke(args=list(arguments), input=input)


def test_an_administrator_can_sign_in(app: Flask, session: Session, cast: Cast) -> None:
    result = run(app, *ADMIN, input="Sehr geheim 1\nSehr geheim 1\n")
    assert result.exit_code == 0, result.output
    assert "Sehr geheim" not in result.output
    admin = accounts.sign_in(session, "ada@example.org", "Sehr geheim 1", "", MORNING)
    assert admin.admin
    assert not cast.berger.admin


def test_an_administrator_needs_an_office(app: Flask, cast: Cast) -> None:
    result = run(app, *(word.replace("musterstadt", "nirgendwo") for word in ADMIN), input="x\nx\n")
    assert result.exit_code == 1
    assert "/nirgendwo/" in result.output


def test_offices_can_be_loaded_from_a_plan(
    app: Flask, browser: Browser, session: Session, tmp_path: Path
) -> None:
    result = run(app, "load-offices", str(DATA))
    assert result.exit_code == 0, result.output
    accounts_made = [line.split() for line in result.output.splitlines()]
    assert len(accounts_made) == 4
    assert sign_in(browser, *accounts_made[0]).path == "/team/"
    for topic in session.scalars(select(Topic)):
        assert free_slots_of(session, topic, MORNING), topic.slug


def test_each_account_has_a_password_of_its_own(app: Flask, session: Session) -> None:
    lines = run(app, "load-offices", str(DATA)).output.splitlines()
    assert len({line.split()[1] for line in lines}) == len(lines)


def test_a_plan_with_a_mistake_changes_nothing(
    app: Flask, session: Session, tmp_path: Path
) -> None:
    plans = json.loads(DATA.read_text())
    plans[-1]["counsellors"][-1]["topics"] = ["gibt-es-nicht"]
    broken = tmp_path / "plan.json"
    broken.write_text(json.dumps(plans))
    assert run(app, "load-offices", str(broken)).exit_code != 0
    assert session.scalars(select(Staff)).all() == []


@pytest.mark.parametrize("slug", ["verwaltung", "code", "link", "termin", "static"])
def test_an_office_cannot_have_an_address_that_leads_elsewhere(
    app: Flask, session: Session, tmp_path: Path, slug: str
) -> None:
    plans = json.loads(DATA.read_text())
    plans[-1]["office"]["slug"] = slug
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plans))
    result = run(app, "load-offices", str(file))
    assert result.exit_code == 1
    assert f"No office can have the address /{slug}/" in result.output
    assert session.scalars(select(Staff)).all() == []


def test_every_page_beside_the_offices_keeps_its_word(app: Flask) -> None:
    words = first_words(app)
    assert {"verwaltung", "team", "code", "link", "hilfe", "healthz", "warteliste"} <= words
    assert not any(word.startswith("<") for word in words)


def test_invented_data_is_never_made_by_accident(app: Flask, session: Session) -> None:
    result = run(app, "demo")
    assert result.exit_code == 1
    assert "DEMO=1" in result.output
    assert session.scalars(select(Staff)).all() == []


@pytest.mark.parametrize("command", ["create-admin", "load-offices", "jobs", "demo"])
def test_every_command_explains_itself(app: Flask, command: str) -> None:
    result = run(app, command, "--help")
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 3
