"""Text messages against a real HTTP server."""

import base64
from collections.abc import Iterator

import pytest

from tests.support.cast import MORNING
from tests.support.sms_gateway import Gateway, sms_gateway
from vberatung.messages import sms
from vberatung.messages.models import OutboxMessage
from vberatung.messages.sms import SmsGateway, is_mobile, parts, plain
from vberatung.messages.transport import Refused

ADDRESS = "/send?to={to}&text={text}&from=Jobcenter"
TEXT = "Termin: Mo 23.11., 10:00 Uhr & mehr? ÄÖÜ"


def a_message(text: str = TEXT) -> OutboxMessage:
    return OutboxMessage(recipient="+4915112345678", body=text, created_at=MORNING)


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with sms_gateway() as gateway:
        yield gateway


def test_it_is_posted_as_a_form(gateway: Gateway) -> None:
    SmsGateway(gateway.url + ADDRESS).send(a_message())
    (asked,) = gateway.asked
    assert (asked.method, asked.path) == ("POST", "/send")
    assert asked.fields == {"to": "+4915112345678", "text": TEXT, "from": "Jobcenter"}


def test_it_is_sent_in_the_address_where_the_gateway_wants_that(gateway: Gateway) -> None:
    SmsGateway(gateway.url + "/s?n={digits}&text={text}#method=get").send(a_message())
    (asked,) = gateway.asked
    assert asked.method == "GET"
    assert asked.fields == {"n": "4915112345678", "text": TEXT}


def test_it_is_sent_as_json_with_a_key(gateway: Gateway) -> None:
    SmsGateway(gateway.url + ADDRESS + "#method=json&header=X-Api-Key: geheim").send(a_message())
    (asked,) = gateway.asked
    assert asked.fields["text"] == TEXT
    assert asked.headers["Content-Type"] == "application/json"
    assert asked.headers["X-Api-Key"] == "geheim"


def test_the_password_goes_into_its_header(gateway: Gateway) -> None:
    url = gateway.url.replace("//", "//user:geheim@")
    SmsGateway(url + ADDRESS).send(a_message())
    expected = "Basic " + base64.b64encode(b"user:geheim").decode()
    assert gateway.asked[0].headers["Authorization"] == expected


def test_a_text_with_placeholders_stays_as_it_is(gateway: Gateway) -> None:
    SmsGateway(gateway.url + ADDRESS).send(a_message("{to} {text} %(name)s"))
    assert gateway.texts == ["{to} {text} %(name)s"]


@pytest.mark.parametrize("status", [400, 401, 404, 422])
def test_what_the_gateway_does_not_want_is_refused_for_good(gateway: Gateway, status: int) -> None:
    gateway.statuses = [status]
    with pytest.raises(Refused, match=str(status)):
        SmsGateway(gateway.url + ADDRESS).send(a_message())


@pytest.mark.parametrize("status", [302, 408, 429, 500, 503])
def test_a_gateway_in_trouble_is_tried_again(gateway: Gateway, status: int) -> None:
    gateway.statuses = [status]
    with pytest.raises(OSError, match=str(status)):
        SmsGateway(gateway.url + ADDRESS).send(a_message())
    SmsGateway(gateway.url + ADDRESS).send(a_message())
    assert len(gateway.asked) == 2


def test_a_slow_gateway_is_an_os_error(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sms, "TIMEOUT_S", (0.1, 0.1))
    gateway.delay_s = 0.5
    with pytest.raises(OSError, match="timed out"):
        SmsGateway(gateway.url + ADDRESS).send(a_message())


def test_a_gateway_that_is_down_is_an_os_error() -> None:
    with pytest.raises(OSError, match="refused"):
        SmsGateway("http://127.0.0.1:1" + ADDRESS).send(a_message())


@pytest.mark.parametrize(
    "url",
    [
        "ftp://gateway.example/?to={to}&text={text}",
        "https:///?to={to}&text={text}",
        "https://gateway.example/?to={to}",
        "https://gateway.example/?text={text}",
        "https://gateway.example/?to={to}&text={text}#method=put",
    ],
)
def test_a_wrong_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="SMS_URL"):
        SmsGateway(url)


@pytest.mark.parametrize(
    ("number", "mobile"),
    [
        ("+4915112345678", True),
        ("+436641234567", True),
        ("+12025550123", True),  # nobody can tell there
        ("+493023125777", False),
        ("+498001234567", False),
        ("Text", False),
    ],
)
def test_only_mobile_numbers_get_text_messages(number: str, mobile: bool) -> None:
    assert is_mobile(number) is mobile


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("ä" * 160, 1),
        ("a" * 161, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("Я" * 70, 1),
        ("Я" * 71, 2),
        ("😀" * 36, 2),
        ("a" * 153 * 3, 3),
        ("a" * (153 * 3 + 1), 4),
    ],
)
def test_how_many_parts_a_text_has(text: str, count: int) -> None:
    assert parts(text) == count


def test_typographic_signs_do_not_double_the_price() -> None:
    assert plain("„Guten Tag“ – 9:00\u202fUhr …") == '"Guten Tag" - 9:00 Uhr ...'
    assert parts(plain("–" * 160)) == 1
