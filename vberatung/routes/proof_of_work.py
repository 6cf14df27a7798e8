"""ALTCHA (altcha.org, version 2): the browser works a second or two before it may book.

It costs a person nothing and whoever wants to book a thousand times a lot. Nobody else is asked,
no picture is to be recognised. Without JavaScript: the mail is confirmed instead.
"""

import json
from datetime import timedelta

import altcha
from flask import request
from flask_babel import gettext

from vberatung import clock, crypto, limits, tokens
from vberatung.extensions import db
from vberatung.limits import Rule, TooOften

FIELD = "altcha"
ALGORITHM = "PBKDF2/SHA-256"
"""Browsers have it built in (Web Crypto): a program has little to gain over our script."""
ITERATIONS = 2000
"""For one try: 1 ms on a desktop, 2 to 5 ms on a phone of five years."""
FEWEST_TRIES, MOST_TRIES = 300, 600
VALID_FOR = timedelta(minutes=20)
LONGEST_ANSWER = 2000
"""Characters; a right one has about 800."""
ONCE = Rule("proof of work", 1, int(VALID_FOR.total_seconds()) // 60)


def challenge() -> str:
    """A new task, as JSON. It says itself when it ends, and is signed: nothing is stored."""
    made = altcha.create_challenge(
        ALGORITHM,
        ITERATIONS,
        counter=FEWEST_TRIES + tokens.below(MOST_TRIES - FEWEST_TRIES + 1),
        # In `data`, not `expires_at`: that one altcha compares with a clock that is not ours.
        data={"until": int((clock.now() + VALID_FOR).timestamp())},
        hmac_secret=_key("task"),
        hmac_key_secret=_key("answer"),
    )
    return json.dumps(made.to_dict())


def solved() -> bool:
    """Whether the form that was sent brings a right answer, in time and for the first time.

    Counted in the transaction of the request: when the booking fails, the answer is still good.
    """
    answer = request.form.get(FIELD, "")
    signature = _signature_if_right(answer) if 0 < len(answer) <= LONGEST_ANSWER else None
    if signature is None:
        return False
    try:
        limits.take(db.session, ONCE, signature, clock.now())
    except TooOften:
        return False
    return True


def sentence(phone: str) -> str:
    """For who has neither solved the task nor given a mail address."""
    return str(
        gettext(
            "Bitte warten Sie, bis Ihr Browser die Rechenaufgabe gelöst hat. Geht das nicht? Dann "
            "schreiben Sie eine E-Mail-Adresse, schalten Sie JavaScript ein, oder rufen Sie uns "
            "an: %(phone)s",
            phone=phone,
        )
    )


def _signature_if_right(answer: str) -> str | None:
    """What makes the task unique, if this is the answer to it."""
    try:
        payload = altcha.Payload.from_base64(answer)
        until = (payload.challenge.parameters.data or {})["until"]
        result = altcha.verify_solution(payload, _key("task"), hmac_key_secret=_key("answer"))
        late = clock.now().timestamp() >= until
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return None  # made up, in one of the many ways
    return payload.challenge.signature if result.verified and not late else None


def _key(purpose: str) -> bytes:
    return crypto.keyed_hash("altcha " + purpose)
