"""What people are told: on which way, in which language, and with which link."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.cast import AT_TEN, AYLIN, MORNING, OLENA, THOMAS, Cast, an_appointment
from vberatung import links
from vberatung.booking import operations
from vberatung.booking.models import CANCELLED, IN_PERSON, PENDING, PHONE, VIDEO, Appointment
from vberatung.booking.operations import new_hold
from vberatung.config import PROJECT
from vberatung.invitations.models import Invitation
from vberatung.links import Link
from vberatung.messages import mail, notices, outbox, sms
from vberatung.messages.models import MAIL, REMINDER, SMS, Mail, OutboxMessage
from vberatung.registration.models import Registration
from vberatung.room.models import Trouble
from vberatung.room.receipt import receipt_of
from vberatung.waiting.models import WaitingEntry, WaitingOffer

GATEWAY = "https://gateway.example/send?to={to}&text={text}"
SAME_APPOINTMENT = ["booked", "moved", "changed", "cancelled"]
ONLY_BY_MAIL = {"new_email", "problem"}


@pytest.fixture(autouse=True)
def gateway(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Text messages can be sent, and there is an application to write in."""
    settings = app.config["SETTINGS"]
    object.__setattr__(settings, "sms_url", GATEWAY)
    with app.app_context():
        yield
    object.__setattr__(settings, "sms_url", None)


def write(session: Session, purpose: str, *about: object) -> OutboxMessage:
    message = getattr(notices, purpose)(session, *about, MORNING)
    assert isinstance(message, OutboxMessage)
    assert message.purpose == purpose
    return message


def token_in(message: OutboxMessage) -> str:
    link = re.search(r"https://beratung\.example/\S+/(\S+)", message.body)
    assert link, message.body
    return link[1]


@pytest.fixture
def invitation(session: Session, cast: Cast) -> Invitation:
    return an_invitation(session, cast, email="aylin@example.org")


def an_invitation(session: Session, cast: Cast, **contact: str) -> Invitation:
    invitation = Invitation(
        office=cast.office,
        topic=cast.topic,
        invited_by=cast.berger,
        way="mail",
        name="Aylin Özdemir",
        language="de",
        created_at=MORNING,
        expires_at=MORNING + timedelta(days=14),
        **contact,
    )
    session.add(invitation)
    session.flush()
    return invitation


@pytest.fixture
def entry(session: Session, cast: Cast) -> WaitingEntry:
    entry = WaitingEntry(
        office=cast.office,
        topic=cast.topic,
        channel=VIDEO,
        name="Aylin Özdemir",
        email="aylin@example.org",
        language="de",
        not_after=date(2026, 12, 24),
        created_at=MORNING,
    )
    session.add(entry)
    session.flush()
    return entry


@pytest.fixture
def offer(session: Session, entry: WaitingEntry) -> WaitingOffer:
    offer = WaitingOffer(
        entry=entry,
        starts_at=AT_TEN,
        offered_at=MORNING,
        expires_at=MORNING + timedelta(minutes=30),
    )
    session.add(offer)
    session.flush()
    return offer


@pytest.fixture
def registration(session: Session, cast: Cast) -> Registration:
    registration = Registration(
        office=cast.office,
        language="de",
        answers='{"name": "Aylin Özdemir", "email": "aylin@example.org"}',
        started_at=MORNING,
        sent_at=MORNING,
        number="2026-ABCD",
        delete_after=MORNING + timedelta(days=90),
    )
    session.add(registration)
    session.flush()
    return registration


# ---- Appointments


def test_the_confirmation_says_everything(session: Session, appointment: Appointment) -> None:
    message = write(session, "booked", appointment)
    assert (message.recipient, message.subject) == ("aylin@example.org", "Ihr Termin ist gebucht")
    for fact in ("Montag, 23. November 2026, 10:00 Uhr", "Weiterbildung", "Sabine Berger"):
        assert fact in message.body
    assert message.calendar_method == "REQUEST"
    assert (message.office_id, message.appointment_id) == (appointment.office_id, appointment.id)
    assert message.expires_at == appointment.ends_at  # a talk can begin right now


@pytest.mark.parametrize("purpose", ["booked", "moved", "changed"])
def test_the_mail_names_what_was_asked_for_but_not_what_was_written(
    session: Session, appointment: Appointment, purpose: str
) -> None:
    assert "Das haben Sie angegeben" not in write(session, purpose, appointment).body
    appointment.interpreter, appointment.companion = "sign", True
    appointment.access_needs = "Ich habe Migräne"
    body = write(session, purpose, appointment).body
    assert (
        "Das haben Sie angegeben:\n- Dolmetschen in Gebärdensprache\n- Sie bringen jemanden mit.\n"
        "- Was Sie sonst brauchen, sehen Sie auf Ihrer Seite.\n"
    ) in body
    assert "Migräne" not in body
    assert "langsam" not in body
    appointment.interpreter, appointment.interpreter_language = "spoken", "Ukrainisch"
    assert "- Dolmetschen: Ukrainisch\n" in write(session, purpose, appointment).body


def test_text_messages_say_nothing_about_what_somebody_needs(
    session: Session, appointment: Appointment
) -> None:
    appointment.email, appointment.interpreter, appointment.companion = None, "sign", True
    body = write(session, "booked", appointment).body
    assert "ebärden" not in body
    assert "jemanden" not in body


@pytest.mark.parametrize("purpose", [*SAME_APPOINTMENT, "to_confirm"])
def test_each_message_has_a_link_of_its_own(
    session: Session, appointment: Appointment, purpose: str
) -> None:
    tokens = set()
    for _ in range(2):
        message = getattr(notices, purpose)(session, appointment, MORNING)
        tokens.add(re.findall(r"/termin/([\w-]{22})", message.body)[0])
    assert len(tokens) == 2
    for token in tokens:
        assert links.target_of_token(session, Link.appointment_id, token) == appointment.id


@pytest.mark.parametrize("purpose", [*SAME_APPOINTMENT, "to_confirm"])
def test_it_is_written_in_the_language_of_the_jobseeker(
    app: Flask, session: Session, appointment: Appointment, purpose: str
) -> None:
    appointment.language = "en"
    with app.test_request_context(headers={"Accept-Language": "de"}):
        message = write(session, purpose, appointment)
    assert "Monday, 23 November 2026, 10:00" in message.body
    assert "Weiterbildung (en)" in message.body


def test_who_has_only_a_mobile_number_gets_a_text_message(
    session: Session, cast: Cast, appointment: Appointment
) -> None:
    appointment.email = None
    message = write(session, "booked", appointment)
    assert (message.kind, message.recipient) == (SMS, "+4915112345678")
    assert message.body.startswith("Jobcenter Musterstadt: Termin gebucht: Mo. 23.11., 10:00 Uhr")
    assert token_in(message)


def test_without_a_gateway_there_are_no_text_messages(
    app: Flask, session: Session, appointment: Appointment
) -> None:
    object.__setattr__(app.config["SETTINGS"], "sms_url", None)
    appointment.email = None
    assert notices.booked(session, appointment, MORNING) is None


@pytest.mark.parametrize("phone", ["+493023125777", None])
def test_who_cannot_be_reached_gets_nothing(
    session: Session, appointment: Appointment, phone: str | None
) -> None:
    appointment.email, appointment.phone = None, phone
    assert notices.booked(session, appointment, MORNING) is None
    assert session.scalars(select(OutboxMessage)).all() == []


@pytest.mark.parametrize(
    ("channel", "says", "not_says"),
    [
        (VIDEO, "15 Minuten vor", "Lindenallee"),
        (PHONE, "Wir rufen Sie an: +49", "15 Minuten vor"),
        (IN_PERSON, "Lindenallee 12, 01234 Musterstadt", "15 Minuten vor"),
    ],
)
def test_it_says_where_to_be(
    session: Session, appointment: Appointment, channel: str, says: str, not_says: str
) -> None:
    appointment.channel = channel
    for purpose in ("booked", REMINDER):
        if purpose == REMINDER:
            facts = {"reader": appointment, "office": appointment.office, "link": "https://x"}
            body = mail.text_of("mail/reminder.txt", appointment=appointment, tested=False, **facts)
        else:
            body = write(session, purpose, appointment).body
        assert says in body
        assert not_says not in body


def test_a_pending_appointment_is_to_be_confirmed_in_time(
    session: Session, appointment: Appointment
) -> None:
    appointment.status = PENDING
    appointment.confirm_until = MORNING + timedelta(hours=1)
    message = write(session, "to_confirm", appointment)
    assert f"/termin/{token_of_page(message)}/bestaetigen" in message.body
    assert "9:00 Uhr" in message.body
    assert (message.expires_at, message.calendar) == (appointment.confirm_until, None)
    assert "+49 1511" not in message.body  # somebody else may read it


def token_of_page(message: OutboxMessage) -> str:
    (token,) = re.findall(r"/termin/([\w-]{22})/", message.body)
    return str(token)


def test_a_cancellation_cancels_in_the_calendar_too(
    session: Session, appointment: Appointment
) -> None:
    operations.cancel(session, appointment, MORNING)
    message = write(session, "cancelled", appointment)
    assert message.calendar_method == "CANCEL"
    assert "STATUS:CANCELLED" in str(message.calendar)


def test_a_cancellation_by_the_office_is_an_apology(
    session: Session, appointment: Appointment, invitation: Invitation
) -> None:
    operations.cancel(session, appointment, MORNING, by_office=True)
    assert "leider müssen wir" in write(session, "cancelled", appointment).body
    starts = [AT_TEN + timedelta(days=1), AT_TEN + timedelta(days=2)]
    message = notices.office_cancelled(session, appointment, invitation, starts, MORNING)
    assert message
    for moment in ("23. November", "24. November", "25. November"):
        assert moment in message.body
    token = token_in(message)
    assert links.target_of_token(session, Link.invitation_id, token) == invitation.id
    assert (message.appointment_id, message.invitation_id) == (appointment.id, invitation.id)
    assert message.calendar_method == "CANCEL"


@pytest.mark.parametrize("purpose", ["moved", "changed", "cancelled"])
def test_what_is_news_replaces_what_has_not_gone_out(
    session: Session, appointment: Appointment, purpose: str
) -> None:
    """Also the reminders of a time that is no longer true."""
    notices.booked(session, appointment, MORNING)
    put_reminder(session, appointment)
    write(session, purpose, appointment)
    assert session.scalars(select(OutboxMessage.purpose)).all() == [purpose]


def test_what_was_sent_stays(session: Session, appointment: Appointment) -> None:
    write(session, "booked", appointment).sent_at = MORNING
    session.flush()
    write(session, "moved", appointment)
    assert set(session.scalars(select(OutboxMessage.purpose))) == {"booked", "moved"}


def test_the_messages_of_others_stay(
    session: Session, cast: Cast, appointment: Appointment
) -> None:
    other = an_appointment(session, cast.topic, cast.aydin)
    put_reminder(session, other)
    write(session, "moved", appointment)
    assert set(session.scalars(select(OutboxMessage.purpose))) == {REMINDER, "moved"}


def put_reminder(session: Session, appointment: Appointment) -> None:
    outbox.put(
        session,
        Mail("aylin@example.org", "Erinnerung", "Text"),
        MORNING,
        appointment.starts_at,
        purpose=REMINDER,
        appointment_id=appointment.id,
    )


def test_all_links_come_again_in_one_message(
    session: Session, cast: Cast, appointment: Appointment
) -> None:
    second = an_appointment(session, cast.topic, cast.berger, AT_TEN + timedelta(hours=1))
    (message,) = notices.links_again(session, [appointment, second], MORNING)
    tokens = re.findall(r"/termin/([\w-]{22})", message.body)
    targets = [links.target_of_token(session, Link.appointment_id, token) for token in tokens]
    assert targets == [appointment.id, second.id]
    assert message.recipient == "aylin@example.org"


def test_links_again_by_text_message(
    session: Session, cast: Cast, appointment: Appointment
) -> None:
    of_thomas = an_appointment(session, cast.topic, cast.aydin, person=THOMAS)
    (message,) = notices.links_again(session, [of_thomas], MORNING)
    assert (message.kind, message.recipient) == (SMS, THOMAS.phone)
    token = token_in(message)
    assert links.target_of_token(session, Link.appointment_id, token) == of_thomas.id


def test_two_people_with_one_number_do_not_get_each_others_links(
    session: Session, cast: Cast, appointment: Appointment
) -> None:
    """Found by the number that they share; each goes to the address of its own appointment."""
    olena = an_appointment(session, cast.topic, cast.aydin, AT_TEN + timedelta(hours=1), OLENA)
    olena.phone = appointment.phone
    found = {}
    for message in notices.links_again(session, [appointment, olena], MORNING):
        (token,) = re.findall(r"/termin/([\w-]{22})", message.body)
        found[message.recipient] = links.target_of_token(session, Link.appointment_id, token)
    assert found == {"aylin@example.org": appointment.id, "olena@example.org": olena.id}


def test_one_link_again_is_spoken_of_as_one(session: Session, appointment: Appointment) -> None:
    (message,) = notices.links_again(session, [appointment], MORNING)
    assert message.subject == "Ihr persönlicher Link"
    assert "Er führt zu Ihrem Termin:" in message.body
    assert message.body.endswith("Jobcenter Musterstadt")


def test_several_links_again_name_the_office_of_each(
    session: Session, cast: Cast, appointment: Appointment
) -> None:
    at_the_lake = an_appointment(session, cast.other_topic, cast.noack, AT_TEN + timedelta(hours=2))
    (message,) = notices.links_again(session, [appointment, at_the_lake], MORNING)
    assert message.subject == "Ihre persönlichen Links"
    assert "Sie führen zu Ihren Terminen:" in message.body
    here, there = message.body.split("/termin/")[:2]
    assert "Jobcenter Musterstadt, +49 30 23125 000" in here
    assert "Jobcenter Seeheim, " in there
    assert not message.body.endswith("Jobcenter Musterstadt")


def test_several_links_by_text_message_name_the_office_of_each(
    session: Session, cast: Cast
) -> None:
    here = an_appointment(session, cast.topic, cast.aydin, person=THOMAS)
    there = an_appointment(session, cast.other_topic, cast.noack, person=THOMAS)
    (message,) = notices.links_again(session, [here, there], MORNING)
    first, second = message.body.splitlines()
    assert first.startswith("Jobcenter Musterstadt: Termin am Mo. 23.11., 10:00 Uhr: https://")
    assert second.startswith("Jobcenter Seeheim: Termin am Mo. 23.11., 10:00 Uhr: https://")


def test_no_appointment_no_links_again(session: Session) -> None:
    assert notices.links_again(session, [], MORNING) == []


# ---- Invitations, the waiting list, registrations


@pytest.mark.parametrize("purpose", ["invited", "invitation_reminded"])
def test_an_invitation_leads_to_its_times(
    session: Session, invitation: Invitation, purpose: str
) -> None:
    message = write(session, purpose, invitation)
    assert "Weiterbildung" in message.body
    assert "7. Dezember 2026" in message.body
    token = token_in(message)
    assert links.target_of_token(session, Link.invitation_id, token) == invitation.id
    assert (message.invitation_id, message.expires_at) == (invitation.id, invitation.expires_at)


def test_an_invitation_by_text_message(session: Session, cast: Cast) -> None:
    message = write(session, "invited", an_invitation(session, cast, phone="+4915187654321"))
    assert (message.kind, message.recipient) == (SMS, "+4915187654321")


def test_who_joins_the_waiting_list_is_told(session: Session, entry: WaitingEntry) -> None:
    message = write(session, "waiting_joined", entry)
    token = token_in(message)
    assert links.target_of_token(session, Link.waiting_entry_id, token) == entry.id
    assert message.office_id == entry.office_id


def test_an_offer_says_until_when(session: Session, offer: WaitingOffer) -> None:
    message = write(session, "waiting_offered", offer)
    assert "Montag, 23. November 2026, 10:00 Uhr" in message.body
    assert "8:30 Uhr" in message.body
    assert message.expires_at == offer.expires_at
    token = token_in(message)
    assert links.target_of_token(session, Link.waiting_entry_id, token) == offer.entry_id


def test_an_offer_says_how_and_with_whom(session: Session, cast: Cast, offer: WaitingOffer) -> None:
    assert "Art: Video" in write(session, "waiting_offered", offer).body
    offer.hold = new_hold(cast.topic, cast.aydin.id, AT_TEN, b"x", b"x", now=MORNING, until=AT_TEN)
    offer.hold.channel = "phone"
    session.flush()
    body = write(session, "waiting_offered", offer).body
    assert "Art: Telefon" in body
    assert "Mit wem: Murat Aydın" in body


def test_a_registration_gets_its_receipt(session: Session, registration: Registration) -> None:
    message = write(session, "registered", registration)
    assert "2026-ABCD" in message.body
    assert "Montag, 23. November 2026, 08:00 Uhr" in message.body
    (token,) = re.findall(r"/([\w-]{22})", message.body)
    assert links.target_of_token(session, Link.registration_id, token) == registration.id


# ---- Every text


def everything(
    session: Session,
    appointment: Appointment,
    invitation: Invitation,
    offer: WaitingOffer,
    registration: Registration,
) -> Sequence[OutboxMessage]:
    """One of each, with a reminder as `reminders` writes it."""
    for purpose in [*SAME_APPOINTMENT, "to_confirm"]:
        getattr(notices, purpose)(session, appointment, MORNING).sent_at = MORNING
    notices.office_cancelled(session, appointment, invitation, [AT_TEN], MORNING)
    notices.links_again(session, [appointment], MORNING)
    notices.invited(session, invitation, MORNING)
    notices.invitation_reminded(session, invitation, MORNING)
    notices.waiting_joined(session, offer.entry, MORNING)
    notices.waiting_offered(session, offer, MORNING)
    notices.registered(session, registration, MORNING)
    notices.registration_kept(session, registration, MORNING)
    noted = [Trouble(kind="lost", at=AT_TEN)]
    notices.receipt(session, appointment, MORNING, found=receipt_of(appointment, noted, MORNING))
    notices.problem(session, appointment, MORNING, words="Es <knackt> & rauscht.", check=None)
    appointment.new_email = "neu@example.org"
    notices.new_email(session, appointment, MORNING)
    return session.scalars(select(OutboxMessage)).all()


def test_texts_have_no_blank_edges_and_no_escaped_signs(
    session: Session,
    appointment: Appointment,
    invitation: Invitation,
    offer: WaitingOffer,
    registration: Registration,
) -> None:
    appointment.name = invitation.name = offer.entry.name = "Rósa <O'Neill> & Co"
    written = everything(session, appointment, invitation, offer, registration)
    assert {message.purpose for message in written} == set(mail.SUBJECTS) - {REMINDER}
    for message in written:
        assert message.kind == MAIL
        assert message.body == message.body.strip()
        assert "\n\n\n" not in message.body
        assert "&amp;" not in message.body
        if "regist" not in message.purpose and message.purpose != "problem":
            assert "Rósa <O'Neill> & Co" in message.body


@pytest.mark.parametrize("language", ["de", "en"])
def test_text_messages_fit_into_one(
    session: Session,
    appointment: Appointment,
    invitation: Invitation,
    offer: WaitingOffer,
    registration: Registration,
    language: str,
) -> None:
    """With an office's name and an address of usual length, on the longest channel."""
    appointment.channel = IN_PERSON
    for reader in (appointment, invitation, offer.entry):
        reader.email, reader.phone, reader.language = None, "+4915112345678", language
    registration.language = language
    registration.answers = '{"name": "Aylin Özdemir", "phone": "+4915112345678"}'
    written = everything(session, appointment, invitation, offer, registration)
    for message in (each for each in written if each.purpose not in ONLY_BY_MAIL):
        assert message.kind == SMS, message.purpose
        assert sms.parts(message.body) == 1, message.body
        assert "Aylin" not in message.body  # others may see the screen
        assert "Weiterbildung" not in message.body


def test_each_purpose_has_a_subject_and_both_texts() -> None:
    for folder in ("mail", "sms"):
        files = (PROJECT / "vberatung" / "templates" / folder).glob("[!_]*.txt")
        only_by_mail = ONLY_BY_MAIL if folder == "sms" else set()
        assert {file.stem for file in files} == set(mail.SUBJECTS) - only_by_mail


def test_the_calendar_file_of_a_cancelled_appointment_cancels(appointment: Appointment) -> None:
    appointment.status = CANCELLED
    assert "METHOD:CANCEL" in mail.calendar_of(appointment, "https://x.example", MORNING)


@pytest.mark.parametrize(
    ("email", "phone", "reached"),
    [
        ("aylin@example.org", None, True),
        (None, "+491701234567", True),
        (None, "+493023125000", False),
        (None, None, False),
    ],
)
def test_a_message_reaches_addresses_and_mobile_numbers(
    email: str | None, phone: str | None, reached: bool
) -> None:
    assert notices.reaches(email, phone) is reached


def test_without_a_gateway_no_number_is_reached(app: Flask) -> None:
    object.__setattr__(app.config["SETTINGS"], "sms_url", None)
    assert not notices.texts_are_sent()
    assert not notices.reaches(None, "+491701234567")


def test_the_appointment_knows_that_its_mail_was_written(session: Session, cast: Cast) -> None:
    appointment = an_appointment(session, cast.topic, cast.berger, AT_TEN)
    notices.booked(session, appointment, MORNING)
    assert appointment.mailed_at == MORNING
    operations.change_person(session, appointment, replace(AYLIN, email="neu@example.org"), MORNING)
    assert appointment.mailed_at is None
