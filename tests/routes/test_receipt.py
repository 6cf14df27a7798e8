from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.browser import Browser, Page
from tests.support.cast import AT_TEN, AYLIN
from vberatung import clock
from vberatung.booking.models import PENDING, Appointment
from vberatung.limits import CHANGES_OF_ONE
from vberatung.messages.models import OutboxMessage
from vberatung.room import operations, troubles

MINUTE = timedelta(minutes=1)


@pytest.fixture
def came(session: Session, appointment: Appointment) -> Appointment:
    """Aylin waited from five to ten until twelve past, and her camera was refused."""
    operations.arrive(session, appointment, AT_TEN - 5 * MINUTE)
    troubles.note(session, appointment, "denied", AT_TEN + MINUTE)
    operations.note_leaving(appointment, AT_TEN + 12 * MINUTE)
    session.commit()
    return appointment


def receipt(browser: Browser, token: str, minute: int = 20) -> Page:
    with clock.set_to(AT_TEN + minute * MINUTE):
        return browser.get(f"/termin/{token}/nachweis")


def mails(session: Session) -> list[OutboxMessage]:
    wanted = select(OutboxMessage).where(OutboxMessage.purpose == "receipt")
    return list(session.scalars(wanted))


@pytest.mark.usefixtures("came")
def test_it_says_who_when_and_what_went_wrong(browser: Browser, token: str) -> None:
    page = receipt(browser, token)
    for words in (
        "Dieser Nachweis zeigt, dass Sie da waren oder es versucht haben.",
        AYLIN.name,
        "Montag, 23. November 2026, 10:00 Uhr bis 10:30 Uhr",
        "Jobcenter Musterstadt",
        "Gekommen09:55 Uhr",
        "17 Minuten, bis 10:12 Uhr",
        "Hat noch nicht begonnen",
        "10:01 UhrKamera oder Mikrofon waren im Browser gesperrt.",
        "Stand: Montag, 23. November 2026, 10:20 Uhr",
    ):
        assert words in page.text, words


@pytest.mark.usefixtures("came")
def test_afterwards_it_says_that_there_was_no_talk(browser: Browser, token: str) -> None:
    assert "Hat nicht stattgefunden" in receipt(browser, token, 120).text


def test_a_talk_has_its_minutes(
    browser: Browser, session: Session, came: Appointment, token: str
) -> None:
    operations.admit(session, came, AT_TEN + 2 * MINUTE)
    operations.note_talk(came, AT_TEN + 3 * MINUTE)
    operations.end(session, came, AT_TEN + 20 * MINUTE)
    page = receipt(browser, token, 30)
    assert "7 Minuten, bis zum Einlass um 10:02 Uhr" in page.text
    assert "Hat stattgefunden, 17 Minuten" in page.text


def test_a_call_is_on_it(
    browser: Browser, session: Session, appointment: Appointment, token: str
) -> None:
    operations.request_call(session, appointment, "+4915112345678", AT_TEN)
    assert "Um einen Anruf gebeten10:00 Uhr" in receipt(browser, token).text
    operations.note_call(session, appointment, AT_TEN + 4 * MINUTE)
    page = receipt(browser, token)
    assert "Angerufen10:04 Uhr" in page.text
    assert "Hat am Telefon stattgefunden" in page.text


def test_before_anything_has_happened_it_says_so(browser: Browser, token: str) -> None:
    page = receipt(browser, token, -60)
    assert page.status == 200
    assert "Noch gibt es nichts nachzuweisen." in page.text
    assert not page.has("mail-receipt")


def test_a_strange_link_leads_to_nobodys_receipt(browser: Browser, came: Appointment) -> None:
    assert browser.get(f"/termin/{'x' * 22}/nachweis").status == 404
    assert browser.post(f"/termin/{'x' * 22}/nachweis").status in (400, 404)


@pytest.mark.usefixtures("came")
def test_it_can_be_printed(browser: Browser, token: str) -> None:
    page = receipt(browser, token)
    (button,) = [each for each in page.all("button") if "data-print" in each.attrib]
    assert "hidden" in button.attrib  # until a script shows it


def test_it_goes_by_mail_to_the_address_of_the_appointment(
    browser: Browser, session: Session, came: Appointment, token: str
) -> None:
    page = receipt(browser, token)
    assert f"An {AYLIN.email} senden" in page.text
    with clock.set_to(AT_TEN + 21 * MINUTE):
        sent = browser.send(page.form("/nachweis"), [*page.form("/nachweis").values])
    assert "Der Nachweis ist unterwegs zu Ihnen." in sent.text
    (mail,) = mails(session)
    assert mail.recipient == AYLIN.email
    for words in ("Gekommen: 09:55 Uhr", "10:01 Uhr: Kamera oder", "Stand:", "/nachweis"):
        assert words in mail.body


def test_it_is_written_in_the_persons_language(
    browser: Browser, session: Session, came: Appointment, token: str
) -> None:
    came.language = "en"
    page = receipt(browser, token)
    with clock.set_to(AT_TEN + 21 * MINUTE):
        browser.submit(page, "/nachweis")
    assert "Monday, 23 November 2026" in mails(session)[0].body


@pytest.mark.parametrize("change", [{"email": None}, {"status": PENDING}])
def test_without_a_confirmed_address_it_can_only_be_printed(
    browser: Browser,
    session: Session,
    came: Appointment,
    token: str,
    change: dict[str, str | None],
) -> None:
    page = receipt(browser, token)
    for name, value in change.items():
        setattr(came, name, value)
    assert not receipt(browser, token).has("mail-receipt")
    with clock.set_to(AT_TEN + 21 * MINUTE):
        browser.submit(page, "/nachweis")
    assert not mails(session)


def test_an_address_that_is_typed_here_gets_nothing(
    browser: Browser, session: Session, came: Appointment, token: str
) -> None:
    form = receipt(browser, token).form("/nachweis")
    with clock.set_to(AT_TEN + 21 * MINUTE):
        browser.send(form, [*form.values, ("email", "fremd@example.org")])
    assert mails(session)[0].recipient == AYLIN.email


def test_nobody_is_flooded_with_receipts(
    browser: Browser, session: Session, came: Appointment, token: str
) -> None:
    page = receipt(browser, token)
    with clock.set_to(AT_TEN + 21 * MINUTE):
        for _ in range(CHANGES_OF_ONE.amount + 3):
            browser.submit(page, "/nachweis")
    assert 1 < len(mails(session)) <= CHANGES_OF_ONE.amount


def test_it_needs_our_form(browser: Browser, session: Session, came: Appointment) -> None:
    assert browser.post(f"/termin/{'x' * 22}/nachweis").status == 400


@pytest.mark.parametrize("path", ["", "/danke", "/raum/da"])
@pytest.mark.usefixtures("came")
def test_it_is_linked_from_where_people_are(browser: Browser, token: str, path: str) -> None:
    with clock.set_to(AT_TEN + 20 * MINUTE):
        assert f"/termin/{token}/nachweis" in browser.get(f"/termin/{token}{path}").links()


def test_the_appointment_links_it_when_there_is_something_to_show(
    browser: Browser, session: Session, appointment: Appointment, token: str
) -> None:
    with clock.set_to(AT_TEN):
        assert not browser.get(f"/termin/{token}").has("receipt-link")
        troubles.note(session, appointment, "no-webrtc", AT_TEN)
        session.commit()
        assert browser.get(f"/termin/{token}").has("receipt-link")
