from datetime import time, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.support.browser import Browser, Page, text_of
from tests.support.cast import AT_TEN, AYDIN, MORNING, Cast, an_appointment, works
from tests.support.staff import sign_in
from vberatung import clock
from vberatung.booking.hours import Absence, DayHours, WeeklyHours
from vberatung.booking.models import IN_PERSON, PHONE, VIDEO

PAGE = "/team/verfuegbarkeit"
WEEKLY, DAY, ABSENCE, PERSON = (
    f"{PAGE}/{kind}" for kind in ("wochenzeiten", "tage", "abwesenheiten", "angaben")
)
TODAY = MORNING.date()
TUESDAY_MORNING = {"weekday": "1", "starts": "09:00", "ends": "12:00"}
THURSDAY = {"day": "2026-11-26", "starts": "09:00", "ends": "12:00"}


def fill(browser: Browser, url: str, **typed: str | None) -> Page:
    return browser.submit(browser.get(url), **typed)


def problems(page: Page) -> list[str]:
    """The sentences of the summary on top."""
    assert page.status == 422
    return [text_of(item) for item in page.one("div", id="error-summary").iter("li")]


def rows(page: Page, testid: str) -> list[str]:
    return [text_of(row) for marked in page.marked(testid) for row in marked.iter("li")]


@pytest.mark.parametrize("url", [PAGE, WEEKLY, DAY, ABSENCE, PERSON])
def test_only_for_those_who_have_signed_in(browser: Browser, cast: Cast, url: str) -> None:
    assert browser.get(url).status == 302
    assert browser.post(f"{WEEKLY}/1/loeschen").status in (302, 400)


def test_the_page_shows_the_own_hours_and_nobody_elses(berger: Browser) -> None:
    page = berger.get(PAGE)
    assert rows(page, "weekly") == [
        "Montag 09:00 bis 12:00 Uhr Löschen",
        "Mittwoch 13:00 bis 15:00 Uhr Löschen",
    ]


def test_jobseekers_see_the_next_free_times_of_each_topic(berger: Browser, cast: Cast) -> None:
    further, first_talk = berger.get(PAGE).marked("seen")
    assert "Weiterbildung Montag, 23. November 2026, 10:00 Uhr" in text_of(further)
    assert "32 freie Zeiten in den nächsten 14 Tagen" in text_of(further)
    assert "Erstgespräch" in text_of(first_talk)


def test_without_hours_the_page_says_what_that_means(
    berger: Browser, session: Session, cast: Cast
) -> None:
    session.query(WeeklyHours).filter_by(counsellor_id=cast.berger.id).delete()
    page = berger.get(PAGE)
    assert "Ohne Zeiten kann niemand bei Ihnen buchen." in page.text
    assert "Keine freie Zeit in den nächsten 14 Tagen." in page.text


def test_weekly_hours_are_added(berger: Browser, session: Session, cast: Cast) -> None:
    page = fill(berger, WEEKLY, **TUESDAY_MORNING)
    assert page.path == PAGE
    assert "Die Wochenzeit ist eingetragen." in page.text
    assert "Dienstag 09:00 bis 12:00 Uhr Löschen" in rows(page, "weekly")
    (hours,) = session.query(WeeklyHours).filter_by(counsellor_id=cast.berger.id, weekday=1)
    assert (hours.starts, hours.ends, hours.channels) == (time(9), time(12), [])


def test_hours_may_be_for_one_channel_and_some_weeks(
    berger: Browser, session: Session, cast: Cast
) -> None:
    limited = {"every_weeks": "2", "valid_from": "2026-12-01", "valid_until": "31.12.2026"}
    page = fill(berger, WEEKLY, **TUESDAY_MORNING, **limited, channels=PHONE)
    assert (
        "Dienstag 09:00 bis 12:00 Uhr nur Telefon jede 2. Woche ab Dienstag, 1. Dezember 2026 "
        "bis Donnerstag, 31. Dezember 2026 Löschen"
    ) in rows(page, "weekly")


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"starts": ""}, "Bitte schreiben Sie, ab wann."),
        ({"ends": ""}, "Bitte schreiben Sie, bis wann."),
        ({"starts": "neun"}, "Bitte schreiben Sie eine Uhrzeit. Beispiel: 9:00"),
        ({"ends": "24:00"}, "Bitte schreiben Sie eine Uhrzeit. Beispiel: 9:00"),
        ({"starts": "09:03"}, "Bitte nehmen Sie volle fünf Minuten. Beispiel: 9:05"),
        ({"ends": "08:00"}, "Das Ende muss am selben Tag nach dem Anfang liegen."),
        ({"ends": "09:00"}, "Das Ende muss am selben Tag nach dem Anfang liegen."),
        ({"starts": "22:00", "ends": "02:00"}, "Eine Zeit über Mitternacht tragen Sie bitte als"),
        ({"weekday": "7"}, "Bitte wählen Sie einen Wochentag."),
        ({"weekday": "01"}, "Bitte wählen Sie einen Wochentag."),
        ({"every_weeks": "2"}, "Bitte schreiben Sie, ab wann: Von dieser Woche an zählen wir."),
        ({"every_weeks": "12"}, "Bitte wählen Sie, wie oft."),
        ({"channels": None}, "Bitte wählen Sie mindestens eine Art."),
        ({"valid_from": "bald"}, "Bitte schreiben Sie Tag, Monat und Jahr."),
        ({"valid_from": "2199-12-31"}, "Bitte prüfen Sie die Jahreszahl."),
        ({"valid_from": "9999-12-31"}, "Bitte prüfen Sie das Jahr"),
        ({"valid_until": "2026-11-22"}, "Dieser Tag ist schon vorbei."),
        (
            {"valid_from": "2026-12-24", "valid_until": "2026-12-23"},
            "Der letzte Tag liegt vor dem ersten.",
        ),
        (
            {"weekday": "0", "starts": "11:55", "ends": "13:00"},
            "Zu dieser Zeit ist schon etwas eingetragen: Montag, 09:00 bis 12:00 Uhr",
        ),
    ],
)
def test_mistakes_are_said_in_sentences_and_nothing_typed_is_lost(
    berger: Browser, session: Session, cast: Cast, typed: dict[str, str | None], problem: str
) -> None:
    page = fill(berger, WEEKLY, **TUESDAY_MORNING | typed)
    (found,) = problems(page)
    assert problem in found
    form = page.form()
    for name, value in typed.items():
        if name not in ("weekday", "every_weeks", "channels"):
            assert form.value(name) == value
    assert session.query(WeeklyHours).filter_by(counsellor_id=cast.berger.id).count() == 2


def test_the_hours_of_a_day_are_added(berger: Browser, session: Session, cast: Cast) -> None:
    page = fill(berger, DAY, **THURSDAY | {"starts": "9.30"})
    assert rows(page, "days") == [
        "Do. 26.11. 09:30 bis 12:00 Uhr Donnerstag, 26. November 2026 Löschen"
    ]


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"day": ""}, "Bitte schreiben Sie, an welchem Tag."),
        ({"day": "31.02.2027"}, "Diesen Tag gibt es nicht."),
        ({"day": "24.12.26"}, "schreiben Sie es mit vier Ziffern"),
        ({"day": "2026-11-22"}, "Dieser Tag ist schon vorbei."),
        ({"ends": "08:00"}, "Das Ende muss am selben Tag nach dem Anfang liegen."),
        ({"day": "2026-11-27"}, "Zu dieser Zeit ist schon etwas eingetragen: Freitag, 27."),
    ],
)
def test_mistakes_in_the_hours_of_a_day(
    berger: Browser, session: Session, cast: Cast, typed: dict[str, str], problem: str
) -> None:
    friday = TODAY + timedelta(days=4)
    session.add(DayHours(counsellor_id=cast.berger.id, day=friday, starts=time(8), ends=time(10)))
    page = fill(berger, DAY, **THURSDAY | typed)
    (found,) = problems(page)
    assert problem in found
    assert page.form().value("day") == (THURSDAY | typed)["day"]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        pytest.param(
            {"first": "2026-12-24"},
            "Do. 24.12. Donnerstag, 24. Dezember 2026, ganzer Tag Löschen",
            id="one day",
        ),
        pytest.param(
            {"first": "2026-12-24", "last": "2027-01-03"},
            "Do. 24.12. Donnerstag, 24. Dezember 2026 bis Sonntag, 3. Januar 2027 Löschen",
            id="several days",
        ),
        pytest.param(
            {"first": "2026-12-24", "starts": "12:00", "ends": "14:00"},
            "Do. 24.12. Donnerstag, 24. Dezember 2026, 12:00 bis 14:00 Uhr Löschen",
            id="some hours",
        ),
        pytest.param(
            {"first": "2026-12-24", "last": "2026-12-28", "starts": "12:00"},
            "Do. 24.12. Donnerstag, 24. Dezember 2026, 12:00 Uhr bis "
            "Montag, 28. Dezember 2026, 24:00 Uhr Löschen",
            id="from an hour on",
        ),
    ],
)
def test_an_absence_is_added(
    berger: Browser, cast: Cast, typed: dict[str, str], shown: str
) -> None:
    assert rows(fill(berger, ABSENCE, **typed), "absences") == [shown]


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"first": ""}, "Bitte schreiben Sie den ersten Tag."),
        ({"last": "2026-12-23"}, "Der letzte Tag liegt vor dem ersten."),
        ({"first": "2026-11-22"}, "Diese Zeit ist schon vorbei."),
        ({"first": "2026-11-23", "ends": "07:00"}, "Diese Zeit ist schon vorbei."),
        ({"starts": "12:00", "ends": "12:00"}, "Das Ende muss nach dem Anfang liegen."),
        ({"starts": "12 Uhr"}, "Bitte schreiben Sie eine Uhrzeit. Beispiel: 9:00"),
        ({"last": "nie"}, "Bitte schreiben Sie Tag, Monat und Jahr."),
        ({"first": "2026-12-01"}, "schon etwas eingetragen: Dienstag, 1. Dezember 2026, ganzer"),
    ],
)
def test_mistakes_in_an_absence(
    berger: Browser, session: Session, cast: Cast, typed: dict[str, str], problem: str
) -> None:
    december = MORNING.replace(month=12, day=1, hour=0)
    session.add(
        Absence(
            counsellor_id=cast.berger.id,
            starts_at=december,
            ends_at=december + timedelta(days=1),
        )
    )
    page = fill(berger, ABSENCE, **{"first": "2026-12-24"} | typed)
    (found,) = problems(page)
    assert problem in found
    assert all(page.form().value(name) == value for name, value in typed.items())


def test_an_absence_that_the_clock_jumps_over_is_refused(berger: Browser, cast: Cast) -> None:
    with clock.set_to(MORNING.replace(year=2027, month=3, day=1)):
        typed = {"first": "2027-03-28", "starts": "02:30", "ends": "03:00"}
        assert problems(fill(berger, ABSENCE, **typed)) == ["Das Ende muss nach dem Anfang liegen."]


def test_an_absence_that_hits_appointments_says_so_and_leads_to_cancelling_them(
    berger: Browser, session: Session, cast: Cast
) -> None:
    for hour in (0, 1):
        an_appointment(session, cast.topic, cast.berger, AT_TEN + timedelta(days=2, hours=hour))
    an_appointment(session, cast.topic, cast.aydin, AT_TEN + timedelta(days=2))
    page = fill(berger, ABSENCE, first="2026-11-25")
    (warning,) = page.marked("booked-while-away")
    assert "2 gebuchte Termine liegen in einer Abwesenheit." in text_of(warning)
    assert "2 gebuchte Termine in dieser Zeit" in rows(page, "absences")[0]
    assert page.link("Termine absagen oder verlegen") == "/team/ausfall"


def test_an_absence_without_appointments_warns_of_nothing(berger: Browser, cast: Cast) -> None:
    assert not fill(berger, ABSENCE, first="2026-11-25").has("booked-while-away")


@pytest.mark.parametrize("kind", ["wochenzeiten", "tage", "abwesenheiten"])
def test_each_entry_is_deleted_after_a_page_that_says_what_it_deletes(
    berger: Browser, session: Session, cast: Cast, kind: str
) -> None:
    fill(berger, DAY, **THURSDAY)
    fill(berger, ABSENCE, first="2026-12-24")
    page = berger.get(PAGE)
    names = {
        "wochenzeiten": "Löschen: Montag, 09:00 bis 12:00 Uhr",
        "tage": "Löschen: Donnerstag, 26. November 2026, 09:00 bis 12:00 Uhr",
        "abwesenheiten": "Löschen: Donnerstag, 24. Dezember 2026, ganzer Tag",
    }
    asked = berger.get(page.all("a", aria_label=names[kind])[0].attrib["href"])
    assert names[kind].partition(": ")[2] in asked.text
    assert berger.get(PAGE).all("a", aria_label=names[kind])
    after = berger.submit(asked, "/loeschen")
    assert "Der Eintrag ist gelöscht." in after.text
    assert not after.all("a", aria_label=names[kind])


def test_nobody_deletes_what_belongs_to_others(
    berger: Browser, session: Session, cast: Cast
) -> None:
    token = berger.get(WEEKLY).form().value("csrf_token")
    for counsellor in (cast.aydin, cast.noack):
        hours = session.query(WeeklyHours).filter_by(counsellor_id=counsellor.id).first()
        assert hours
        page = berger.post(f"{WEEKLY}/{hours.id}/loeschen", {"csrf_token": token})
        assert page.status == 404
        assert berger.get(f"{WEEKLY}/{hours.id}/loeschen").status == 404
    for unknown in (f"{WEEKLY}/{10**30}", f"{PAGE}/alles/1"):
        assert berger.post(f"{unknown}/loeschen", {"csrf_token": token}).status == 404
    assert session.query(WeeklyHours).filter_by(counsellor_id=cast.noack.id).count() == 7


def test_the_hours_of_colleagues_do_not_hinder(
    berger: Browser, session: Session, cast: Cast
) -> None:
    works(session, cast.aydin, 1, 9, 12)
    assert fill(berger, WEEKLY, **TUESDAY_MORNING).path == PAGE


def test_languages_and_the_daily_maximum_are_changed(
    browser: Browser, session: Session, cast: Cast
) -> None:
    cast.aydin.languages = ["de", "xx"]  # a code from the office's plan that we do not list
    sign_in(browser, AYDIN)
    assert browser.get(PERSON).form().filled({"languages": None, "daily_maximum": "4"})
    page = fill(browser, PERSON, languages="tr", daily_maximum=" 4 ")
    assert "Türkisch" in page.text
    assert "4 Termine" in page.text
    session.expire_all()
    assert (cast.aydin.languages, cast.aydin.daily_maximum) == (["tr"], 4)
    assert cast.berger.languages == ["de"]
    page = fill(browser, PERSON, daily_maximum="")
    assert "so viele, wie passen" in page.text


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"languages": None}, "Bitte wählen Sie mindestens eine Sprache."),
        ({"daily_maximum": "viele"}, "Bitte schreiben Sie eine Zahl."),
        ({"daily_maximum": "0"}, "Bitte schreiben Sie eine Zahl von 1 bis 50."),
        ({"daily_maximum": "51"}, "Bitte schreiben Sie eine Zahl von 1 bis 50."),
    ],
)
def test_mistakes_in_languages_and_maximum(
    berger: Browser, typed: dict[str, str | None], problem: str
) -> None:
    assert problems(fill(berger, PERSON, **typed)) == [problem]


def test_hours_for_video_alone_are_offered_for_video_alone(
    berger: Browser, browser: Browser, session: Session, cast: Cast
) -> None:
    fill(berger, WEEKLY, **TUESDAY_MORNING, channels=VIDEO)
    booking = "/musterstadt/termin?topic=weiterbildung&channel="
    tuesday = "2026-11-24T09:00"
    assert tuesday in browser.get(booking + VIDEO).response.text
    assert tuesday not in browser.get(booking + IN_PERSON).response.text
