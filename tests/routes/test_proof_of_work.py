"""The browser's task: right, in time, once. Solved here by the library's own solver."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta

import altcha
import html5lib
import pytest
from flask import Flask, render_template_string
from werkzeug.datastructures import MultiDict

from tests.support.cast import MORNING
from vberatung import clock
from vberatung.extensions import db
from vberatung.routes import proof_of_work

Ask = Callable[[str], bool]


@pytest.fixture
def solved(app: Flask) -> Ask:
    """Whether a form with this answer counts as solved; what it took is committed."""

    def ask(answer: str) -> bool:
        form = MultiDict({"altcha": answer})
        with app.test_request_context(method="POST", data=form):
            done = proof_of_work.solved()
            db.session.commit()
            return done

    return ask


def answer_to(challenge: str) -> dict[str, dict[str, object]]:
    task = altcha.Challenge.from_dict(json.loads(challenge))
    found = altcha.solve_challenge(task)
    assert found
    return altcha.Payload(task, found).to_dict()


def packed(answer: object) -> str:
    return base64.b64encode(json.dumps(answer).encode()).decode()


@pytest.fixture
def answer(app: Flask) -> dict[str, dict[str, object]]:
    return answer_to(proof_of_work.challenge())


def test_a_right_answer_counts_once(solved: Ask, answer: dict[str, dict[str, object]]) -> None:
    assert solved(packed(answer))
    assert not solved(packed(answer))


def test_a_booking_that_failed_does_not_use_it_up(
    app: Flask, solved: Ask, answer: dict[str, dict[str, object]]
) -> None:
    form = MultiDict({"altcha": packed(answer)})
    with app.test_request_context(method="POST", data=form):
        assert proof_of_work.solved()
        db.session.rollback()
    assert solved(packed(answer))


def test_after_twenty_minutes_it_is_too_late(
    solved: Ask, answer: dict[str, dict[str, object]]
) -> None:
    with clock.set_to(MORNING + timedelta(minutes=20)):
        assert not solved(packed(answer))
    with clock.set_to(MORNING + timedelta(minutes=19)):
        assert solved(packed(answer))


def forged(answer: dict[str, dict[str, object]]) -> dict[str, object]:
    easier = json.loads(json.dumps(answer))
    easier["challenge"]["parameters"]["keyPrefix"] = ""
    longer = json.loads(json.dumps(answer))
    longer["challenge"]["parameters"]["data"]["until"] += 3600
    wrong = json.loads(json.dumps(answer))
    wrong["solution"]["derivedKey"] = "00" * 32
    unsigned = json.loads(json.dumps(answer))
    del unsigned["challenge"]["signature"]
    no_end = json.loads(json.dumps(answer))
    no_end["challenge"]["parameters"]["data"] = None
    own = altcha.create_challenge("SHA-256", 1, counter=1, hmac_secret="ours", data={"until": 9e9})
    return {
        "easier": easier, "longer": longer, "wrong": wrong, "unsigned": unsigned,
        "no end": no_end, "own task": answer_to(json.dumps(own.to_dict())),
        "a list": [], "a text": "x", "nothing": None, "numbers": {"challenge": 1, "solution": 2},
        "until a list": {"challenge": {"parameters": {"data": []}}, "solution": {}},
        "deep": json.loads("[" * 400 + "]" * 400),
    }  # fmt: skip


def test_forged_answers(solved: Ask, answer: dict[str, dict[str, object]]) -> None:
    for name, payload in forged(answer).items():
        assert not solved(packed(payload)), name


@pytest.mark.parametrize("text", ["", "x", "{}", "ä", "\0", "A" * 2001, "W10=", "=" * 100])
def test_what_is_no_answer(solved: Ask, text: str) -> None:
    assert not solved(text)


def test_a_task_takes_a_browser_a_second_or_two(app: Flask) -> None:
    """300 to 600 tries of 2,000 rounds; bench: 0.5 ms each on a desktop, 2 to 5 on a phone."""
    answer = answer_to(proof_of_work.challenge())
    counter = answer["solution"]["counter"]
    assert isinstance(counter, int)
    assert proof_of_work.FEWEST_TRIES <= counter <= proof_of_work.MOST_TRIES


def test_no_task_is_like_another(app: Flask) -> None:
    tasks = [json.loads(proof_of_work.challenge())["parameters"] for _ in range(3)]
    assert len({task["nonce"] for task in tasks}) == 3
    assert len({task["keyPrefix"] for task in tasks}) == 3


def test_the_part_of_a_form_carries_the_task_and_says_what_to_do_without_javascript(
    app: Flask, solved: Ask
) -> None:
    with app.test_request_context():
        html = render_template_string(
            '{% from "components/proof_of_work.html" import proof_of_work %}{{ proof_of_work() }}'
        )
    part = html5lib.parseFragment(html, namespaceHTMLElements=False)[0]
    assert solved(packed(answer_to(part.attrib["data-proof"])))
    read = "".join(part.itertext()).strip()  # hidden or not: a text browser shows everything
    assert read.startswith("Bitte schreiben Sie eine E-Mail-Adresse.")
    assert "Rechenaufgabe" not in read
