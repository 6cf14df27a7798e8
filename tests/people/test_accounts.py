from typing import Literal

import pytest
from argon2 import PasswordHasher, Type
from sqlalchemy.orm import Session

from tests.support import passwords
from tests.support.cast import AYDIN, BERGER, MORNING, NOACK, PASSWORD, Cast
from vberatung import tokens
from vberatung.people import accounts
from vberatung.people.accounts import WrongPassword
from vberatung.people.models import FailedSignIn

HERE = "192.0.2.7"


def test_the_right_password_finds_the_account(session: Session, cast: Cast) -> None:
    for email, staff in ((BERGER, cast.berger), (AYDIN, cast.aydin), (NOACK, cast.noack)):
        assert accounts.sign_in(session, email, PASSWORD, HERE, MORNING) is staff


@pytest.mark.parametrize(
    ("email", "password"),
    [(BERGER, "falsch"), (BERGER, ""), ("niemand@example.org", PASSWORD), ("", PASSWORD)],
)
def test_anything_else_is_a_wrong_password_and_counted(
    session: Session, cast: Cast, email: str, password: str
) -> None:
    with pytest.raises(WrongPassword):
        accounts.sign_in(session, email, password, HERE, MORNING)
    assert session.query(FailedSignIn).count() == 3


def test_a_closed_account_is_a_wrong_password(session: Session, cast: Cast) -> None:
    cast.berger.active = False
    with pytest.raises(WrongPassword):
        accounts.sign_in(session, BERGER, PASSWORD, HERE, MORNING)


def test_an_unknown_account_costs_a_verification_too(
    session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the time of the answer would tell which accounts there are."""
    verified: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
            verified.append(str(password))
            return super().verify(hash, password)

    monkeypatch.setattr(accounts, "passwords", Counting(1, 8, 1))
    with pytest.raises(WrongPassword):
        accounts.sign_in(session, "niemand@example.org", "geraten", HERE, MORNING)
    assert verified == ["geraten"]


def test_old_parameters_are_renewed_at_the_sign_in(
    session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = cast.berger.password_hash
    stronger = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    monkeypatch.setattr(accounts, "passwords", stronger)
    accounts.sign_in(session, BERGER, PASSWORD, HERE, MORNING)
    assert cast.berger.password_hash != before
    assert stronger.verify(cast.berger.password_hash, PASSWORD)


def test_passwords_are_hashed_as_rfc_9106_recommends() -> None:
    assert passwords.PRODUCTS.type is Type.ID
    assert passwords.PRODUCTS.memory_cost >= 64 * 1024  # KiB
    assert passwords.PRODUCTS.time_cost >= 3
    assert passwords.PRODUCTS.salt_len >= 16


def test_a_hash_says_nothing_of_its_password(cast: Cast) -> None:
    assert cast.berger.password_hash != cast.aydin.password_hash
    assert cast.berger.password_hash.startswith("$argon2id$")


def test_a_session_belongs_to_its_account(session: Session, cast: Cast) -> None:
    assert accounts.staff_of_session(session, cast.berger.get_id()) is cast.berger


def test_a_new_session_key_ends_the_old_sessions(session: Session, cast: Cast) -> None:
    old = cast.berger.get_id()
    cast.berger.session_key = tokens.secret_key()
    assert accounts.staff_of_session(session, old) is None


def test_a_closed_account_has_no_session(session: Session, cast: Cast) -> None:
    cast.berger.active = False
    assert accounts.staff_of_session(session, cast.berger.get_id()) is None


@pytest.mark.parametrize("forged", ["", ".", "1", "1.", "x.y", "-1.x", "99999.", "²."])
def test_a_forged_session_is_nobodys(session: Session, cast: Cast, forged: str) -> None:
    assert accounts.staff_of_session(session, forged) is None


def test_one_persons_key_does_not_open_anothers_account(session: Session, cast: Cast) -> None:
    forged = f"{cast.aydin.id}.{cast.berger.session_key}"
    assert accounts.staff_of_session(session, forged) is None


def test_an_address_belongs_to_one_account(session: Session, cast: Cast) -> None:
    with pytest.raises(Exception, match="email_hash"):
        accounts.create_staff(session, cast.other_office, "X", BERGER.upper(), "x")
