from io import BytesIO

import pytest
from sqlalchemy.orm import Session

from tests.support.browser import Browser, Page, text_of
from tests.support.cast import Cast
from vberatung.offices import postcodes
from vberatung.offices.postcodes import Range

PATH = "/verwaltung/postleitzahlen"


def upload(admin: Browser, content: str, encoding: str = "utf-8") -> Page:
    token = admin.get(PATH).form().value("csrf_token")
    file = (BytesIO(content.encode(encoding)), "plz.csv")
    return admin.open(PATH, "POST", data={"csrf_token": token, "file": file})


def lines(page: Page, testid: str) -> list[str]:
    return [text_of(line) for part in page.marked(testid) for line in part.iter("li")]


def test_a_file_is_shown_before_it_is_saved(admin: Browser, session: Session, cast: Cast) -> None:
    page = upload(admin, "PLZ;Ort\n01067;Köln\n01068;Köln\n09111-09131", "cp1252")
    assert page.status == 200
    assert lines(page, "preview") == ["01067–01068", "09111–09131"]
    assert postcodes.served_by(session, cast.office) == []
    page = admin.submit(page, "/speichern")
    assert (page.path, page.status) == (PATH, 200)
    assert lines(page, "served") == ["01067–01068", "09111–09131"]
    assert postcodes.find(session, "09120") == [cast.office]


def test_errors_are_named_by_line(admin: Browser, session: Session, cast: Cast) -> None:
    postcodes.replace(session, cast.office, [Range("01000", "01999")])
    page = upload(admin, "01067\n\n1234\nDresden;01069\n01999-01000")
    assert page.status == 422
    assert "Zeile 3: 1234 ist keine Postleitzahl (fünf Ziffern)." in page.text
    assert "Zeile 5: 01999–01000 endet vor dem Anfang." in page.text
    assert "Zeile 4" not in page.text
    assert not page.has("preview")
    assert postcodes.served_by(session, cast.office) == [Range("01000", "01999")]


def test_of_many_errors_the_first_are_shown(admin: Browser) -> None:
    page = upload(admin, "01067\n" + "x\n" * 60)
    assert "Zeile 51" in page.text
    assert "Zeile 52" not in page.text
    assert "und 10 weitere Fehler" in page.text


@pytest.mark.parametrize("content", ["", "PLZ\n", "\n\n"])
def test_a_file_without_a_postcode(admin: Browser, content: str) -> None:
    page = upload(admin, content)
    assert page.status == 422
    assert "keine Postleitzahl" in page.text


def test_no_file_at_all(admin: Browser) -> None:
    page = admin.submit(admin.get(PATH), file=None)
    assert page.status == 422
    assert "Bitte wählen Sie eine Datei." in page.text


def test_another_office_that_serves_the_same_is_named(
    admin: Browser, session: Session, cast: Cast
) -> None:
    postcodes.replace(session, cast.other_office, [Range("01500", "02500")])
    page = upload(admin, "01000-01999")
    assert lines(page, "also") == ["01500–01999: Jobcenter Seeheim"]
    admin.submit(page, "/speichern")
    assert postcodes.served_by(session, cast.other_office) == [Range("01500", "02500")]


@pytest.mark.parametrize("forged", ["", "x", "01067\n1"])
def test_a_forged_list_is_not_saved(
    admin: Browser, session: Session, cast: Cast, forged: str
) -> None:
    postcodes.replace(session, cast.office, [Range("01000", "01999")])
    page = admin.submit(upload(admin, "01067"), "/speichern", ranges=forged)
    assert page.status == 422
    assert postcodes.served_by(session, cast.office) == [Range("01000", "01999")]


def test_the_download_can_be_uploaded_again(admin: Browser, session: Session, cast: Cast) -> None:
    postcodes.replace(session, cast.office, [Range("01000", "01999"), Range("09111", "09111")])
    answer = admin.get(PATH + "/liste.csv").response
    assert answer.mimetype == "text/csv"
    page = upload(admin, answer.get_data(as_text=True))
    assert lines(page, "preview") == ["01000–01999", "09111"]
