from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests.support.cast import BERGER, MORNING, PASSWORD, Cast
from vberatung.people import accounts, throttle
from vberatung.people.models import FailedSignIn
from vberatung.people.throttle import TooManyAttempts

HERE, THERE = "192.0.2.7", "198.51.100.9"


def fail(session: Session, times: int, email: str = BERGER, address: str = HERE) -> None:
    for _ in range(times):
        throttle.record_failure(session, email, address, MORNING)


def test_four_slips_are_forgiven(session: Session) -> None:
    fail(session, 4)
    throttle.check(session, BERGER, HERE, MORNING)


def test_the_fifth_is_too_many(session: Session) -> None:
    fail(session, 5)
    with pytest.raises(TooManyAttempts):
        throttle.check(session, BERGER, HERE, MORNING)


def test_writing_the_address_differently_does_not_help(session: Session) -> None:
    fail(session, 5)
    with pytest.raises(TooManyAttempts):
        throttle.check(session, f" {BERGER.upper()}", HERE, MORNING)


def test_from_elsewhere_the_owner_still_gets_in(session: Session) -> None:
    fail(session, 29)
    throttle.check(session, BERGER, THERE, MORNING)


def test_many_addresses_guessing_one_account_are_stopped(session: Session) -> None:
    for number in range(30):
        fail(session, 1, address=f"203.0.113.{number}")
    with pytest.raises(TooManyAttempts):
        throttle.check(session, BERGER, THERE, MORNING)


def test_one_address_guessing_many_accounts_is_stopped(session: Session) -> None:
    for number in range(50):
        fail(session, 1, email=f"person{number}@example.org")
    with pytest.raises(TooManyAttempts):
        throttle.check(session, BERGER, HERE, MORNING)
    throttle.check(session, BERGER, THERE, MORNING)


def test_after_the_window_everything_is_forgotten(session: Session) -> None:
    fail(session, 5)
    later = MORNING + throttle.WINDOW
    throttle.check(session, BERGER, HERE, later)
    throttle.record_failure(session, "x@example.org", HERE, later)
    assert session.query(FailedSignIn).count() == 3


def test_just_before_the_end_of_the_window_it_is_still_too_many(session: Session) -> None:
    fail(session, 5)
    with pytest.raises(TooManyAttempts):
        throttle.check(session, BERGER, HERE, MORNING + throttle.WINDOW - timedelta(seconds=1))


def test_a_success_forgives_the_slips_before_it(session: Session, cast: Cast) -> None:
    fail(session, 4)
    accounts.sign_in(session, BERGER, PASSWORD, HERE, MORNING)
    fail(session, 4)
    throttle.check(session, BERGER, HERE, MORNING)


def test_while_it_is_too_many_the_password_is_not_even_looked_at(
    session: Session, cast: Cast
) -> None:
    fail(session, 5)
    with pytest.raises(TooManyAttempts):
        accounts.sign_in(session, BERGER, PASSWORD, HERE, MORNING)


def test_only_keyed_hashes_are_stored(session: Session) -> None:
    fail(session, 1)
    stored = {row.key_hash for row in session.query(FailedSignIn)}
    assert len(stored) == 3
    assert all(len(key) == 32 for key in stored)
