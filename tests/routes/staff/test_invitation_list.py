"""A whole list of people is invited: /team/einladen/liste."""

import io

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from tests.support.browser import Browser, Page, text_of
from tests.support.cast import NOACK, Cast
from tests.support.invitations import invited
from tests.support.staff import sign_in
from vberatung.invitations import operations, upload
from vberatung.invitations.models import Invitation
from vberatung.messages.models import OutboxMessage

CHOOSE = "/team/einladen/liste"
THREE = (
    "Name;E-Mail;Straße;PLZ;Ort;Sprache\n"
    "Aylin Özdemir;aylin@example.org;;;;\n"
    "Thomas Müller;;Ring 1;01234;Ort;\n"
    "Olena K;olena@example.org;;;;Englisch\n"
)
WRONG = (
    "Name;E-Mail\n"
    "Aylin Özdemir;aylin@example.org\n"
    "Berta;keine Adresse\n"
    ";cem@example.org\n"
    "Aylin Özdemir;AYLIN@example.org\n"
    "Dora;dora@example.org;zu viel\n"
)


def preview(browser: Browser, text: str | bytes, **typed: str) -> Page:
    """The page after the file was uploaded."""
    form = browser.get(CHOOSE).form("/liste")
    data = text if isinstance(text, bytes) else text.encode()
    values: dict[str, object] = dict(form.filled({**typed}))
    values["file"] = FileStorage(io.BytesIO(data), "liste.csv")
    boundary, body = encode_multipart(values)
    kind = f"multipart/form-data; boundary={boundary}"
    return browser.open(form.action, "POST", data=body, content_type=kind)


def send(browser: Browser, page: Page, **typed: str) -> Page:
    form = page.form("/senden")
    return browser.send(form, form.filled({**typed}))


def problems(page: Page) -> list[str]:
    [box] = page.marked("problems")
    return [text_of(item) for item in box.iter("li")]


def count(session: Session, table: type[Invitation] | type[OutboxMessage]) -> int:
    return session.scalar(select(func.count(table.id))) or 0


def test_nothing_is_sent_before_the_button_is_pressed(berger: Browser, session: Session) -> None:
    page = preview(berger, THREE)
    assert page.status == 200
    assert "3 Personen können eingeladen werden." in page.text
    assert len(page.marked("row")) == 3
    assert (count(session, Invitation), count(session, OutboxMessage)) == (0, 0)
    page = send(berger, page)
    assert page.path == "/team/einladen"
    assert (count(session, Invitation), count(session, OutboxMessage)) == (3, 2)
    assert "2 Einladungen sind unterwegs." in page.text
    assert "Ein Brief ist vorbereitet. Sie können ihn jetzt drucken." in page.text


def test_each_gets_the_best_way_and_their_language(berger: Browser, session: Session) -> None:
    send(berger, preview(berger, THREE))
    found = session.execute(
        select(Invitation.way, Invitation.language).order_by(Invitation.id)
    ).all()
    assert found == [("mail", "de"), ("letter", "de"), ("mail", "en")]


def test_the_preview_names_languages_and_counts_in_words(berger: Browser) -> None:
    rows = [text_of(row) for row in preview(berger, THREE).marked("row")]
    assert "Deutsch" in rows[0]
    assert "English" in rows[2]
    page = preview(berger, "Name;E-Mail;Sprache\nA B;a@b.de;\nC D;c@d.de;klingonisch\n")
    assert "1 Person kann eingeladen werden. 1 Zeile hat Fehler." in page.text
    assert "klingonisch" in text_of(page.marked("row")[1])


def test_errors_are_named_by_line_and_column(berger: Browser) -> None:
    named = problems(preview(berger, WRONG))
    assert len(named) == 4
    assert named[0].startswith("Zeile 3, E-Mail-Adresse: Bitte prüfen Sie die E-Mail-Adresse.")
    assert named[1] == "Zeile 4, Vor- und Nachname: Der Name fehlt."
    assert named[2] == "Zeile 5: Diese Person steht schon in Zeile 2."
    assert named[3].startswith("Zeile 6: Diese Zeile hat mehr Spalten")


def test_rows_with_errors_are_left_out_only_when_somebody_says_so(
    berger: Browser, session: Session
) -> None:
    page = send(berger, preview(berger, WRONG))
    assert page.status == 422
    assert count(session, Invitation) == 0
    send(berger, page, leave_out="y")
    assert list(session.scalars(select(Invitation.name))) == ["Aylin Özdemir"]


def test_pressed_twice_it_invites_once(berger: Browser, session: Session) -> None:
    page = preview(berger, THREE)
    send(berger, page)
    again = send(berger, page, leave_out="y")
    assert again.status == 422
    assert "schon eine offene Einladung" in again.text
    assert count(session, Invitation) == 3


def test_who_is_invited_already_is_named(berger: Browser, session: Session, cast: Cast) -> None:
    invited(session, cast)
    [problem] = problems(preview(berger, THREE))
    assert problem.startswith("Zeile 2: Diese Person hat zu diesem Thema schon")


def test_what_comes_back_is_checked_again(berger: Browser, session: Session) -> None:
    page = preview(berger, THREE)
    forged = send(berger, page, people_text="Name;E-Mail\nEvil;no address\n")
    assert (forged.status, count(session, Invitation)) == (422, 0)
    broken = send(berger, page, people_text="no list at all")
    assert (broken.status, count(session, Invitation)) == (422, 0)


def test_the_daily_number_holds_for_lists(
    berger: Browser, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "MOST_A_DAY", 2)
    page = send(berger, preview(berger, THREE))
    assert page.status == 422
    assert "höchstens 2 Menschen" in page.text
    assert (count(session, Invitation), count(session, OutboxMessage)) == (0, 0)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "In der Datei steht keine Person."),
        (b"PK\x03\x04\0\0\0", "keine CSV-Datei"),
        (b"Vorname;E-Mail\nA;b@c.de", "fehlt eine Spalte „Name“"),
        (b"Name;Ort\nA;B", "fehlt eine Spalte „E-Mail“"),
        (b"Name;E-Mail\n", "In der Datei steht keine Person."),
        (b'Name;E-Mail\nA;b@c.de\nB;"c', "Zeile 3: Ein Anführungszeichen"),
        (b"Name;E-Mail\n" + b"A;b@c.de\n" * 501, "höchstens 500 Personen"),
        (b"Name;E-Mail\nA;" + b"x" * upload.MOST_BYTES, "höchstens 1 MB"),
    ],
    ids=["empty", "excel", "name", "contact", "nobody", "quote", "rows", "bytes"],
)
def test_a_file_that_cannot_be_used_says_why(berger: Browser, data: bytes, sentence: str) -> None:
    page = preview(berger, data)
    assert page.status == 422
    assert sentence in page.text


def test_five_hundred_are_invited_at_once(berger: Browser, session: Session) -> None:
    rows = "".join(f"Person {n};p{n}@example.org;{'x' * 400}\n" for n in range(500))
    page = preview(berger, "Name;E-Mail;Bemerkung\n" + rows)
    assert "Diese Spalte kennen wir nicht und lassen sie weg: Bemerkung" in page.text
    send(berger, page)
    assert (count(session, Invitation), count(session, OutboxMessage)) == (500, 500)


def test_windows_1252_with_commas_works_to_the_end(berger: Browser, session: Session) -> None:
    text = 'Vorname,Nachname,E-Mail\r\nJürgen,"Groß, von",j@example.org\r\n'
    send(berger, preview(berger, text.encode("cp1252")))
    assert list(session.scalars(select(Invitation.name))) == ["Jürgen Groß, von"]


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "=1+1", "Anna\u202eBerg"])
def test_hostile_cells_are_shown_and_not_obeyed(berger: Browser, name: str) -> None:
    page = preview(berger, f"Name;E-Mail\n{name};a@b.de\n")
    assert page.status == 200
    assert len(page.all("script")) == len(berger.get(CHOOSE).all("script"))


def test_more_than_two_megabytes_are_too_large(berger: Browser) -> None:
    assert preview(berger, b"x" * 2_500_000).status == 413


def test_the_template_is_a_list_that_works(berger: Browser) -> None:
    template = berger.get(CHOOSE + "/vorlage.csv").response.data
    page = preview(berger, template)
    assert "1 Person kann eingeladen werden." in page.text


def test_topics_of_other_offices_cannot_be_chosen(browser: Browser, cast: Cast) -> None:
    sign_in(browser, NOACK)
    assert preview(browser, THREE, topic="erstgespraech").status == 422
