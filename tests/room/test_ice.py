import base64
import hashlib
import hmac

from tests.support.cast import MORNING
from vberatung.room.ice import ice_servers

STUN = ["stun:relay.example:3478"]
TURN = ["turn:relay.example:3478", "turns:relay.example:5349?transport=tcp"]


def test_without_settings_there_are_no_servers() -> None:
    assert ice_servers([], [], None, 600, "talk1-jobseeker", MORNING) == []


def test_the_relay_opens_for_a_limited_time() -> None:
    stun, turn = ice_servers(STUN, TURN, "secret", 600, "talk1-jobseeker", MORNING)
    assert stun == {"urls": STUN}
    assert turn["urls"] == TURN
    assert turn["username"] == f"{int(MORNING.timestamp()) + 600}:talk1-jobseeker"


def test_the_password_is_what_coturn_computes() -> None:
    (turn,) = ice_servers([], TURN, "secret", 600, "talk1-jobseeker", MORNING)
    digest = hmac.new(b"secret", str(turn["username"]).encode(), hashlib.sha1).digest()
    assert turn["credential"] == base64.b64encode(digest).decode()
