"""The office invites: /team/einladen."""

import io
from dataclasses import replace
from datetime import timedelta

import pypdf
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.browser import Browser, Page
from tests.support.cast import MORNING, NOACK, Cast, an_appointment
from tests.support.invitations import AYLIN_BY_MAIL, OLENA_BY_LETTER, invited
from tests.support.queries import counted
from tests.support.staff import SIGN_IN, sign_in
from vberatung import clock, links
from vberatung.invitations import operations
from vberatung.invitations.models import Invitation
from vberatung.invitations.operations import Invitee, Terms
from vberatung.jobs import work
from vberatung.links import Link
from vberatung.messages.models import OutboxMessage

LIST, NEW = "/team/einladen", "/team/einladen/neu"
AYLIN = {"name": "Aylin Özdemir", "email": "aylin@example.org"}


def invitations(session: Session) -> list[Invitation]:
    session.expire_all()
    return list(session.scalars(select(Invitation).order_by(Invitation.id)))


def messages(session: Session) -> list[OutboxMessage]:
    return list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def row_states(page: Page) -> list[str]:
    return [row.attrib["data-state"] for row in page.marked("invitation")]


def invite(berger: Browser, **typed: str | None) -> Page:
    return berger.submit(berger.get(NEW), "/neu", **AYLIN | typed)


def test_an_invitation_by_mail_goes_out_with_a_link(
    berger: Browser, session: Session, cast: Cast
) -> None:
    page = invite(berger, topic="weiterbildung", valid_days="7")
    assert (page.path, row_states(page)) == (LIST, ["sent"])
    [invitation], [mail] = invitations(session), messages(session)
    assert (invitation.invited_by_id, invitation.counsellor_id) == (cast.berger.id, None)
    assert clock.to_local(invitation.expires_at).day == 30
    assert (mail.recipient, mail.invitation_id) == ("aylin@example.org", invitation.id)
    token = mail.body.partition("/einladung/")[2].split()[0]
    assert links.target_of_token(session, Link.invitation_id, token) == invitation.id


def test_only_with_me_and_by_phone(berger: Browser, session: Session, cast: Cast) -> None:
    invite(berger, counsellor="me", channel="phone")
    [invitation] = invitations(session)
    assert (invitation.counsellor_id, invitation.channel) == (cast.berger.id, "phone")


def test_a_letter_waits_for_the_printer(berger: Browser, session: Session) -> None:
    page = invite(berger, way="letter", address="Ring 1\n01234 Musterstadt")
    assert row_states(page) == ["to_print"]
    assert messages(session) == []


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"name": ""}, "Der Name fehlt."),
        ({"name": "=HYPERLINK(1)"}, "Rechenzeichen"),
        ({"name": "www.evil.example"}, "nur Ihren Namen"),
        ({"email": ""}, "fehlt die E-Mail-Adresse"),
        ({"email": "aylin@"}, "prüfen Sie die E-Mail-Adresse"),
        ({"email": "a@b.de\r\nBcc: c@d.de"}, "E-Mail-Adresse"),
        ({"way": "letter"}, "fehlt die Anschrift"),
        ({"way": "letter", "address": "Ring 1"}, "Postleitzahl und Ort"),
        ({"way": "letter", "address": "X" * 51 + "\n01234 Ort"}, "höchstens 50 Zeichen"),
        ({"way": "sms", "phone": "0151 12345678"}, "Bitte wählen Sie eine der Möglichkeiten."),
        ({"topic": "ausbildung"}, "Bitte wählen Sie eine der Möglichkeiten."),
        ({"topic": "erstgespraech", "channel": "phone"}, "So gibt es dieses Thema nicht."),
        ({"channel": "fax"}, "Bitte wählen Sie eine der Möglichkeiten."),
        ({"valid_days": "9999"}, "Bitte wählen Sie eine der Möglichkeiten."),
        ({"language": "xx"}, "Bitte wählen Sie eine der Sprachen."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_sent(
    berger: Browser, session: Session, typed: dict[str, str | None], sentence: str
) -> None:
    page = invite(berger, **typed)
    assert page.status == 422
    assert sentence in page.text
    assert (invitations(session), messages(session)) == ([], [])


def test_somebody_who_is_invited_already_is_not_invited_again(
    berger: Browser, session: Session
) -> None:
    invite(berger)
    page = invite(berger)
    assert page.status == 422
    assert "schon eine offene Einladung" in page.text
    assert page.form("/neu").value("email") == "aylin@example.org"
    assert len(messages(session)) == 1


def test_more_than_the_daily_number_is_refused(
    berger: Browser, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "MOST_A_DAY", 0)
    page = invite(berger)
    assert (page.status, invitations(session)) == (422, [])
    assert "noch 0" in page.text


def test_every_state_is_said_in_words(berger: Browser, session: Session, cast: Cast) -> None:
    people = [Invitee(f"Person {n}", "mail", email=f"p{n}@example.org") for n in range(6)]
    _sent, lost, reminded, booked, expired, withdrawn = operations.invite_all(
        session, cast.berger, Terms(cast.topic), people, MORNING
    )
    invited(session, cast, OLENA_BY_LETTER)
    operations.note_booking(
        session, booked, an_appointment(session, cast.topic, cast.berger), MORNING
    )
    session.add(given_up(lost))
    reminded.reminded_at = MORNING
    expired.expires_at = MORNING - timedelta(hours=1)
    operations.withdraw(session, withdrawn, MORNING)
    page = berger.get(LIST)
    assert row_states(page) == [
        "to_print",
        "withdrawn",
        "expired",
        "booked",
        "reminded",
        "undelivered",
        "sent",
    ]
    for words in ("gebucht: Mo. 23.11., 10:00 Uhr", "nicht zugestellt", "erinnert"):
        assert words in page.text
    only = berger.get(LIST + "?zustand=undelivered")
    assert row_states(only) == ["undelivered"]
    assert "Person 1" in only.text


def given_up(invitation: Invitation) -> OutboxMessage:
    return OutboxMessage(
        invitation_id=invitation.id,
        office_id=invitation.office_id,
        recipient="x",
        subject="x",
        body="x",
        created_at=MORNING,
        expires_at=MORNING,
        next_try_at=MORNING,
        gave_up_at=MORNING,
    )


def test_what_failed_first_and_went_out_then_is_sent(
    berger: Browser, session: Session, cast: Cast
) -> None:
    invitation = invited(session, cast)
    session.add(given_up(invitation))
    session.commit()
    assert row_states(berger.get(LIST)) == ["undelivered"]
    page = berger.submit(berger.get(LIST), "/noch-einmal")
    assert row_states(page) == ["sent"]
    assert [message.purpose for message in messages(session)] == ["invited"]


def test_what_is_withdrawn_before_it_went_out_stays_here(berger: Browser, session: Session) -> None:
    asked = berger.get(invite(berger).link("Zurücknehmen"))
    assert "Aylin Özdemir" in asked.text
    assert len(messages(session)) == 1  # nothing happens before the question is answered
    berger.submit(asked, "/zuruecknehmen")
    assert messages(session) == []


def test_a_withdrawn_invitation_has_no_more_buttons(
    berger: Browser, session: Session, cast: Cast
) -> None:
    invited(session, cast)
    page = berger.get(LIST)
    question = page.link("Zurücknehmen")
    shown = berger.submit(berger.get(question), "/zuruecknehmen")
    assert row_states(shown) == ["withdrawn"]
    assert berger.visit(question).path == LIST
    again = berger.submit(page, "/noch-einmal")
    assert "gilt nicht mehr" in again.text
    assert messages(session) == []


def test_the_letters_are_one_file_with_a_page_for_each(
    berger: Browser, session: Session, cast: Cast
) -> None:
    invited(session, cast, OLENA_BY_LETTER)
    invited(session, cast, Invitee("Thomas Müller", "letter", address="Ring 1\n01234 Ort"))
    answer = berger.submit(berger.get(LIST), "/briefe")
    assert answer.response.mimetype == "application/pdf"
    pages = [
        page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.response.data)).pages
    ]
    assert len(pages) == 2
    assert "Олена Коваленко" in pages[0]
    assert "Thomas Müller" in pages[1]
    assert "freiwillig" in pages[1]
    for text, invitation in zip(pages, invitations(session), strict=True):
        token = text.partition("/einladung/")[2].split()[0]
        assert links.target_of_token(session, Link.invitation_id, token) == invitation.id
        assert links.code_of(token)[:4] in text
    assert row_states(berger.get(LIST)) == ["sent", "sent"]


def test_one_letter_is_printed_again(berger: Browser, session: Session, cast: Cast) -> None:
    letter = invited(session, cast, OLENA_BY_LETTER)
    operations.note_printed(session, [letter], MORNING)
    answer = berger.submit(berger.get(LIST), "/brief")
    assert len(pypdf.PdfReader(io.BytesIO(answer.response.data)).pages) == 1


def test_the_list_can_be_saved_and_calculates_nothing(
    berger: Browser, session: Session, cast: Cast
) -> None:
    invited(session, cast, Invitee("=cmd|x", "mail", email="a@b.de"))
    answer = berger.get("/team/einladen/stand.csv")
    assert answer.response.mimetype == "text/csv"
    assert ";" in answer.response.text
    assert "'=cmd|x" in answer.response.text


def test_after_three_days_a_reminder_goes_out_once(
    app: Flask, berger: Browser, session: Session
) -> None:
    invite(berger)
    settings = app.config["SETTINGS"]
    with app.test_request_context():
        for days in (2, 3, 4):
            work.follow_up_invitations(session, MORNING + timedelta(days=days), settings)
    assert [mail.purpose for mail in messages(session)] == ["invited", "invitation_reminded"]
    assert row_states(berger.get(LIST)) == ["reminded"]


def test_other_offices_see_and_do_nothing(browser: Browser, session: Session, cast: Cast) -> None:
    invitation = invited(session, cast, OLENA_BY_LETTER)
    session.commit()
    sign_in(browser, NOACK)
    page = browser.get(LIST)
    assert row_states(page) == []
    token = browser.get(NEW).form("/neu").value("csrf_token")
    for action in ("zuruecknehmen", "noch-einmal", "brief"):
        for id in (invitation.id, 10**20):
            answer = browser.post(f"{LIST}/{id}/{action}", {"csrf_token": token})
            assert answer.status == 404
    assert browser.get(f"{LIST}/{invitation.id}/zuruecknehmen").status == 404
    assert "Олена" not in browser.get("/team/einladen/stand.csv").response.text
    assert invitations(session)[0].sent_at is None


@pytest.mark.parametrize("path", ["", "/neu", "/liste", "/jetzt", "/stand.csv"])
def test_strangers_are_asked_to_sign_in(browser: Browser, cast: Cast, path: str) -> None:
    assert browser.visit(LIST + path).path == SIGN_IN


@pytest.mark.parametrize("query", ["zustand=nix", "seite=0", "seite=x", "seite=999999999999999999"])
def test_odd_addresses_show_the_list(berger: Browser, query: str) -> None:
    assert berger.get(f"{LIST}?{query}").status == 200


def test_fifty_are_on_a_page(berger: Browser, session: Session, cast: Cast) -> None:
    people = [Invitee(f"Person {n}", "mail", email=f"p{n}@example.org") for n in range(51)]
    operations.invite_all(session, cast.berger, Terms(cast.topic), people, MORNING)
    first = berger.get(LIST)
    assert len(row_states(first)) == 50
    assert len(row_states(berger.get(first.link("Ältere ansehen")))) == 1


@pytest.mark.parametrize("path", ["", "?zustand=undelivered", "/stand.csv"])
def test_a_long_list_asks_no_more_of_the_database(
    berger: Browser, session: Session, cast: Cast, path: str
) -> None:
    asked = []
    for number in (2, 40):
        people = [
            Invitee(f"P {number} {n}", "mail", email=f"p{number}.{n}@example.org")
            for n in range(number)
        ]
        made = operations.invite_all(session, cast.berger, Terms(cast.topic), people, MORNING)
        session.add_all(map(given_up, made))
        session.commit()
        with counted(session) as statements:
            berger.get(LIST + path)
        asked.append(len(statements))
    assert asked[0] == asked[1]


def test_by_sms_where_text_messages_can_be_sent(
    berger: Browser, session: Session, monkeypatch: pytest.MonkeyPatch, app: Flask
) -> None:
    settings = replace(app.config["SETTINGS"], sms_url="https://sms.example/?to={to}&text={text}")
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    landline = invite(berger, way="sms", phone="030 23125000")
    assert "keine SMS" in landline.text
    invite(berger, way="sms", phone="0151 12345678")
    [message] = messages(session)
    assert (message.kind, message.recipient) == ("sms", "+4915112345678")


def test_the_invited_address_is_not_in_any_address_or_cookie(berger: Browser) -> None:
    page = invite(berger)
    assert "aylin" not in " ".join([page.url, *(seen.location for seen in page.seen)]).casefold()
    assert AYLIN_BY_MAIL.name not in page.text.split("Erledigt:")[1].split("Einladungen")[0]
