"""One talk over two server processes with PostgreSQL and Redis, and one of them dies."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.postgres import Postgres
from tests.support.redis import NoRedis, redis_server
from tests.support.settings import environment
from tests.support.sockets import Socket, Sockets
from tests.test_served import OFFER, Served, furnish, gunicorn, served_at, wait_until_it_answers

BACK_WITHIN_S = 5
"""Who was connected to the process that died, is back through the other one."""


@pytest.fixture
def two(tmp_path: Path, postgres: Postgres) -> Iterator[tuple[Served, Served]]:
    with ExitStack() as stack:
        try:
            redis = stack.enter_context(redis_server())
        except NoRedis as reason:
            pytest.skip(str(reason))
        database = postgres.create("two_processes")
        stack.callback(postgres.drop, "two_processes")
        env = environment(tmp_path, DATABASE_URL=database, REDIS_URL=redis, JOBS="external")
        known = furnish(env)
        processes = []
        for name in ("one", "other"):
            host, own = served_at(env)
            log = tmp_path / name
            process = stack.enter_context(gunicorn(own, log))
            processes.append(Served(process, host, None, log, *known))
        for each in processes:
            wait_until_it_answers(each)
        yield processes[0], processes[1]


def enter(sockets: Sockets, path: str, client: str, cookie: str = "") -> Socket:
    socket = sockets.open(path, cookie)
    assert socket.hello(client=client * 22, page=client * 22)["type"] == "welcome"
    return socket


def test_a_talk_goes_on_when_one_of_two_processes_is_killed(two: tuple[Served, Served]) -> None:
    one, other = two
    jobseeker_at, counsellor_at = f"/termin/{one.token}/raum/socket", f"/team/raum/{one.id}/socket"
    with one.sockets() as here, other.sockets() as there:
        aylin = enter(here, jobseeker_at, "a")
        berger = enter(there, counsellor_at, "b", one.cookie)
        while not (people := berger.wait_for("waiting")["people"]):
            pass  # nobody is told of those who have not been welcomed yet
        assert people[0]["id"] == "jobseeker"
        berger.send("admit", id="jobseeker")
        assert aylin.wait_for("peer", id="counsellor")
        assert berger.wait_for("peer", id="jobseeker")["offerer"] is True
        berger.send("description", to="jobseeker", description=OFFER)
        assert aylin.wait_for("description", **{"from": "counsellor"})["description"] == OFFER

        one.process.kill()
        killed = time.monotonic()
        again = enter(there, jobseeker_at, "a")  # the same tab, through the other process
        assert again.received[0]["admitted"] is True
        assert again.wait_for("peer", id="counsellor")
        assert time.monotonic() - killed < BACK_WITHIN_S
        again.send("candidate", to="counsellor", candidate={"candidate": "c"})
        assert berger.wait_for("candidate", **{"from": "jobseeker"})
    assert "Traceback" not in other.log.read_text()


def test_the_day_page_hears_of_an_arrival_at_the_other_process(two: tuple[Served, Served]) -> None:
    one, other = two
    with one.sockets() as here, other.sockets() as there:
        live = there.open("/team/live", one.cookie)
        assert 'data-testid="arrival"' not in live.text()
        enter(here, f"/termin/{one.token}/raum/socket", "a")
        assert 'data-testid="arrival"' in live.text()
