"""The browser solves the task while somebody types; with an old engine, too."""

from collections.abc import Iterator

import pytest

from . import installed
from .accessibility import Axe, assert_for_everybody
from .engines import Chromium
from .server import Server
from .talk import sign_in
from .walks import book, choose_time, fill_in, press

ANSWER = "document.querySelector('[name=altcha]').value"
DONE = "document.querySelector('[data-proof-is=done]')"
SOLVED_WITHIN_SECONDS = 60


@pytest.fixture(scope="module")
def asking(server: Server) -> Iterator[Server]:
    """The office asks for the work."""
    switch(server)
    yield server
    switch(server)


def test_a_booking_carries_the_answer(asking: Server, jobseeker: Chromium, axe: Axe) -> None:
    choose_time(jobseeker, asking)
    jobseeker.wait(DONE, SOLVED_WITHIN_SECONDS)
    assert jobseeker.evaluate(ANSWER)
    assert_for_everybody(jobseeker, axe)
    fill_in(jobseeker, name="Aylin Özdemir")
    press(jobseeker)
    assert "Ihr Termin ist gebucht" in jobseeker.text()


def test_whoever_is_faster_than_the_work_has_to_press_only_once(
    asking: Server, jobseeker: Chromium
) -> None:
    assert book(jobseeker, asking, "schnell@example.org")


def test_an_engine_of_2018_solves_it(asking: Server, chromium64: Chromium) -> None:
    choose_time(chromium64, asking)
    chromium64.wait(DONE, SOLVED_WITHIN_SECONDS)
    fill_in(chromium64, name="Aylin Özdemir")
    press(chromium64)
    assert "Ihr Termin ist gebucht" in chromium64.text()


def switch(server: Server) -> None:
    """Press the box in the administration of the office, and save."""
    with Chromium(installed.chromium()) as desk:
        sign_in(desk, server)
        desk.open(server.url + "/verwaltung/")
        desk.click_on("[name=proof_of_work]")
        press(desk)
