"""A counsellor falls ill: preview, one button, and what has become of each person."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.browser import Browser, Page, text_of
from tests.support.cast import AT_TEN, AYLIN, MORNING, OLENA, Cast, an_appointment
from tests.support.databases import raw_rows
from tests.support.staff import SIGN_IN
from vberatung import clock
from vberatung.booking.hours import Absence
from vberatung.booking.models import Appointment
from vberatung.booking.operations import Person
from vberatung.invitations.models import Invitation
from vberatung.messages.models import OutboxMessage

ELEVEN = AT_TEN + timedelta(hours=1)


def preview(browser: Browser, **changes: str) -> Page:
    page = browser.get("/team/ausfall")
    return browser.submit(page, "/vorschau", **{"first": "2026-11-23", **changes})


def carry_out(browser: Browser, page: Page, **changes: str | None) -> Page:
    return browser.submit(page, "/ausfall", **changes)


def purposes(session: Session) -> list[str]:
    return list(session.scalars(select(OutboxMessage.purpose).order_by(OutboxMessage.id)))


def test_strangers_are_asked_to_sign_in(browser: Browser, cast: Cast) -> None:
    for path in ("", "/vorschau", "/ergebnis"):
        assert browser.visit(f"/team/ausfall{path}").path == SIGN_IN


def test_from_the_choice_to_the_result(
    berger: Browser, session: Session, cast: Cast, appointment: Appointment
) -> None:
    page = preview(berger)
    assert AYLIN.name in page.text
    assert "an Murat Aydın übergeben" in page.text
    page = carry_out(berger, page)
    assert page.h1 == "Ausfall: erledigt"
    assert "jetzt mit Murat Aydın" in page.text
    session.refresh(appointment)
    assert appointment.counsellor == cast.aydin
    assert purposes(session) == ["changed"]
    assert session.scalars(select(Absence)).one().counsellor_id == cast.berger.id


def test_a_proposal_can_be_changed(
    berger: Browser, session: Session, appointment: Appointment
) -> None:
    page = carry_out(berger, preview(berger), **{f"decision-{appointment.id}": "cancel"})
    session.refresh(appointment)
    assert (appointment.status, appointment.cancelled_by_office) == ("cancelled", True)
    invitation = session.scalars(select(Invitation)).one()
    assert (invitation.reason, invitation.way) == ("cancelled_by_office", "mail")
    assert (invitation.name, invitation.topic) == (AYLIN.name, appointment.topic)
    assert purposes(session) == ["office_cancelled"]
    assert "andere Zeiten angeboten" in page.text


def test_without_the_tick_there_is_no_absence(
    berger: Browser, session: Session, appointment: Appointment
) -> None:
    carry_out(berger, preview(berger), absent=None)
    assert session.scalars(select(Absence)).all() == []


def test_who_cannot_be_told_is_named(berger: Browser, session: Session, cast: Cast) -> None:
    nothing = Person("Ohne Kontakt", None, None, None, "de")
    landline = Person("Mit Festnetz", None, "+493023125777", None, "de")
    an_appointment(session, cast.topic, cast.berger, AT_TEN, nothing)
    an_appointment(session, cast.topic, cast.berger, ELEVEN, landline)
    page = carry_out(berger, preview(berger))
    told = page.marked("untold")[0]
    words = " ".join("".join(told.itertext()).split())
    assert "Ohne Kontakt" in words
    assert "Es gibt keine Nummer. Die Zeit bleibt gleich." in words
    assert "tel:+493023125777" in page.links()
    ways = session.scalars(select(Invitation.way)).all()
    assert ways == ["letter"]  # nobody is free at eleven; at ten there is a colleague


def test_what_changed_meanwhile_is_said(
    berger: Browser, session: Session, cast: Cast, appointment: Appointment
) -> None:
    page = preview(berger)
    an_appointment(session, cast.topic, cast.aydin, AT_TEN, OLENA)
    page = carry_out(berger, page)
    assert "weil niemand mehr frei war" in page.text
    assert AYLIN.name in page.text
    session.refresh(appointment)
    assert appointment.status == "cancelled"


def test_pressing_twice_does_nothing_more(
    berger: Browser, session: Session, appointment: Appointment
) -> None:
    page = preview(berger)
    carry_out(berger, page)
    before = purposes(session)
    session.rollback()
    assert carry_out(berger, page).status == 200
    assert purposes(session) == before


def test_the_result_can_be_opened_again_and_changes_nothing(
    berger: Browser, session: Session, appointment: Appointment
) -> None:
    page = carry_out(berger, preview(berger))
    url = str(berger.app.config["SQLALCHEMY_DATABASE_URI"])
    before = raw_rows(url)
    assert berger.get(page.url).text == page.text
    preview(berger)
    assert raw_rows(url) == before


def test_other_offices_are_not_seen_or_touched(
    berger: Browser, session: Session, cast: Cast
) -> None:
    assert preview(berger, counsellor=str(cast.noack.id)).status == 404
    page = preview(berger)
    values = {"counsellor": str(cast.noack.id)}
    assert carry_out(berger, page, **values).status == 404
    page = berger.get(f"/team/ausfall/ergebnis?cancelled={cast.noise.id}")
    assert cast.noise.name not in page.text


@pytest.mark.parametrize(
    "changes",
    [
        {"first": ""},
        {"first": "morgen"},
        {"first": "2026-11-20"},
        {"first": "2026-11-24", "last": "2026-11-23"},
        {"last": "2027-11-23"},
        {"first": "9999-12-31"},
        {"first": "0001-01-01", "last": "2027-11-23"},
    ],
)
def test_days_that_cannot_be_are_explained(berger: Browser, changes: dict[str, str]) -> None:
    page = preview(berger, **changes)
    assert page.status == 422
    assert page.all("input", aria_invalid="true")


@pytest.mark.parametrize("ids", ["x", "1.x", "9" * 40, "²", "..."])
def test_a_forged_result_is_empty(berger: Browser, ids: str) -> None:
    page = berger.get("/team/ausfall/ergebnis", query={"cancelled": ids})
    assert "Kein Termin war betroffen" in page.text


def test_a_day_without_appointments_can_be_blocked(
    berger: Browser, session: Session, cast: Cast
) -> None:
    page = preview(berger, first="2026-11-26")
    assert "keine offenen Termine" in page.text
    carry_out(berger, page)
    assert session.scalars(select(Absence)).one().counsellor_id == cast.berger.id


def test_a_topic_without_free_times_warns_on_the_days_page(
    berger: Browser, session: Session, cast: Cast
) -> None:
    cast.topic.no_free_since = AT_TEN - timedelta(days=2)
    page = berger.get("/team/")
    (banner,) = page.marked("shortage")
    words = " ".join("".join(banner.itertext()).split())
    assert "Weiterbildung: keine Zeit ist frei" in words
    assert "Samstag, 21. November 2026" in words
    assert "2 Personen" in words
    assert "Mehr Sprechzeiten" in words


SIGNS = Person(
    "Lena Sommer", "lena@example.org", None, None, "de", "sign", None, True, "Viel Licht"
)


def test_what_somebody_needs_is_in_the_preview(
    berger: Browser, session: Session, cast: Cast
) -> None:
    an_appointment(session, cast.topic, cast.berger, AT_TEN, SIGNS)
    page = preview(berger)
    assert [text_of(need) for need in page.marked("need")] == [
        "Dolmetschen: in Gebärdensprache",
        "Mit Begleitperson",
        "Unterstützung: Viel Licht",
    ]
    assert "ob Murat Aydın Gebärdensprache kann oder jemand dolmetscht" in page.text


def test_a_colleague_without_the_persons_language_is_not_chosen_silently(
    berger: Browser, session: Session, cast: Cast
) -> None:
    cast.berger.languages = ["de", "en"]
    olena = an_appointment(session, cast.topic, cast.berger, AT_TEN, OLENA)
    page = preview(berger)
    assert "Murat Aydın berät nicht auf: Englisch." in page.text
    assert page.form("/ausfall").value(f"decision-{olena.id}") == "cancel"
    cast.aydin.languages = ["de", "en"]
    page = preview(berger)
    assert "berät nicht auf" not in page.text
    assert page.form("/ausfall").value(f"decision-{olena.id}") == "hand_over"


def test_a_language_that_the_person_did_not_want_is_not_warned_of(
    berger: Browser, session: Session, cast: Cast
) -> None:
    cast.berger.languages = ["de", "tr"]
    aylin = an_appointment(session, cast.topic, cast.berger, AT_TEN)
    page = preview(berger)
    assert "berät nicht auf" not in page.text
    assert page.form("/ausfall").value(f"decision-{aylin.id}") == "hand_over"
    aylin.spoken = "tr"
    assert "Murat Aydın berät nicht auf: Türkisch." in preview(berger).text


def test_who_gets_no_message_is_not_counted_among_those_who_do(
    berger: Browser, session: Session, cast: Cast
) -> None:
    nothing = Person("Ohne Kontakt", None, None, None, "de")
    an_appointment(session, cast.topic, cast.berger, ELEVEN, nothing)
    page = carry_out(berger, preview(berger))
    assert "Die Personen bekommen" not in page.text
    assert "Ein Brief kommt zu spät, und es gibt keine Nummer" in page.text  # it is today
    assert page.link("Zu den Briefen") == "/team/einladen"
    assert "1 Brief ist zu drucken" in berger.get("/team/einladen").text


def test_whom_only_a_letter_reaches_gets_one_when_there_is_time(
    berger: Browser, session: Session, cast: Cast
) -> None:
    nothing = Person("Ohne Kontakt", None, None, None, "de")
    wednesday = MORNING.replace(hour=13) + timedelta(days=2)
    an_appointment(session, cast.topic, cast.berger, wednesday, nothing)
    an_appointment(session, cast.topic, cast.berger, wednesday + timedelta(minutes=45))
    page = carry_out(berger, preview(berger, first="2026-11-25"))
    assert "Bitte einen Brief schicken." in page.text
    assert page.text.count("bekommt keine Nachricht") == 1
    assert "Die Personen bekommen eine Nachricht mit einem Link" in page.text


def test_the_preview_says_what_has_begun_already(
    berger: Browser, session: Session, cast: Cast
) -> None:
    assert not preview(berger).has("running")
    an_appointment(session, cast.topic, cast.berger, AT_TEN)
    with clock.set_to(AT_TEN + timedelta(minutes=5)):
        (running,) = preview(berger).marked("running")
        assert f"Der Termin mit {AYLIN.name} (10:00 Uhr) hat schon begonnen" in text_of(running)
        assert not preview(berger, first="2026-11-25").has("running")


def test_within_one_day_the_date_is_said_once(
    berger: Browser, session: Session, appointment: Appointment
) -> None:
    page = preview(berger)
    assert [text_of(legend) for legend in page.all("legend")] == [f"10:00 Uhr: {AYLIN.name}"]
    assert "Montag, 23. November 2026, 10:00 Uhr, 10:15 Uhr, 10:30 Uhr" in page.text
    page = carry_out(berger, page)
    assert page.text.count("23. November 2026") == 1
