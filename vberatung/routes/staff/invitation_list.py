"""Inviting everybody on a list: upload, look at every line, then send."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required
from flask_wtf.file import FileField
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, HiddenField, RadioField, SelectChoice
from wtforms.validators import ValidationError

from vberatung import clock, i18n
from vberatung.extensions import db
from vberatung.invitations import operations, queries, upload
from vberatung.invitations.models import LETTER, MAIL, SMS
from vberatung.invitations.operations import Invitee
from vberatung.invitations.upload import PeopleList, Row, UnusableList
from vberatung.messages.notices import can_text
from vberatung.people.models import Staff
from vberatung.routes.forms import among_choices
from vberatung.routes.staff.invitation_forms import (
    InviteeForm,
    TermsForm,
    add_error,
    ways,
)
from vberatung.routes.staff.invitations import csv_file, send, too_many

pages = Blueprint("staff_invitation_list", __name__, url_prefix="/team/einladen/liste")

MOST_SENT = 2 * upload.MOST_BYTES
"""Windows-1252 grows when the page sends it back as UTF-8; the other fields need a little."""
BEST = "best"


@pages.url_value_preprocessor
def allow_large_body(endpoint: str | None, values: object) -> None:
    """Before anything reads the body, which the check of the form's token does first of all."""
    request.max_content_length = MOST_SENT
    request.max_form_memory_size = MOST_SENT


class ListTermsForm(TermsForm):
    """What holds for everybody on the list."""

    way = RadioField(
        _l("Wie laden wir ein?"),
        default=BEST,
        validate_choice=False,
        validators=[among_choices],
    )

    def __init__(self, staff: Staff, *args: Any, **kwargs: Any) -> None:
        super().__init__(staff, *args, **kwargs)
        best = gettext("Per E-Mail; wo keine Adresse steht, per SMS oder Brief")
        self.way.choices = [SelectChoice(BEST, best), *ways()]


class UploadForm(ListTermsForm):
    file = FileField(_l("CSV-Datei"))
    people: PeopleList
    text: str

    def validate_file(self, field: FileField) -> None:
        if not field.data:
            raise ValidationError(_l("Bitte wählen Sie eine Datei."))
        try:
            self.text = upload.text_of(field.data.read(upload.MOST_BYTES + 1))
            self.people = upload.read(self.text)
        except UnusableList as error:
            raise ValidationError(why(error)) from error


class SendForm(ListTermsForm):
    """The list comes back with the page: nothing personal is stored before it is sent, nothing
    has to be forgotten again, and whatever comes back is checked like the first time.
    """

    people_text = HiddenField()
    leave_out = BooleanField(_l("Zeilen mit Fehlern weglassen"))
    people: PeopleList

    def validate_people_text(self, field: HiddenField) -> None:
        try:
            self.people = upload.read(field.data or "")
        except UnusableList as error:
            raise ValidationError(why(error)) from error


@dataclass
class CheckedRow:
    row: Row
    form: InviteeForm
    problems: list[tuple[str, str]]
    """Column and sentence."""

    @property
    def invitee(self) -> Invitee:
        return self.form.invitee()


@pages.get("")
@login_required
def choose() -> str:
    """To choose a file; with a list that is already there, its preview in another language."""
    form = SendForm(current_user)
    if form.people_text.data and form.validate():
        return _preview(form, form.people, check(form.people, form))
    return _choose(UploadForm(current_user))


@pages.get("/vorlage.csv")
@login_required
def template() -> Response:
    return csv_file(upload.template(), "vorlage.csv")


@pages.post("")
@login_required
def preview() -> ResponseReturnValue:
    """Nothing is written: the lock that each POST begins with is given back at once."""
    db.session.rollback()
    form = UploadForm(current_user)
    if not form.validate_on_submit():
        return _choose(form), 422
    again = SendForm(current_user, formdata=None, data=form.data | {"people_text": form.text})
    return _preview(again, form.people, check(form.people, form))


@pages.post("/senden")
@login_required
def send_all() -> ResponseReturnValue:
    form = SendForm(current_user)
    if not form.validate_on_submit():
        again = UploadForm(current_user)
        again.validate()  # it misses the file, which has to be chosen once more
        return _choose(again), 422
    rows = check(form.people, form)
    good = [each.invitee for each in rows if not each.problems]
    if not good:
        form.form_errors.append(gettext("Auf der Liste ist niemand, den wir einladen können."))
        return _preview(form, form.people, rows), 422
    if len(good) < len(rows) and not form.leave_out.data:
        add_error(form.leave_out, gettext("Bitte sagen Sie, was mit den Fehlern geschehen soll."))
        return _preview(form, form.people, rows), 422
    try:
        made = operations.invite_all(db.session, current_user, form.terms(), good, clock.now())
    except operations.TooManyInvitations as error:
        db.session.rollback()
        form.form_errors.append(too_many(error))
        return _preview(form, form.people, rows), 422
    send(made)
    return redirect(url_for("staff_invitations.list_all"), 303)


def check(people: PeopleList, form: ListTermsForm) -> list[CheckedRow]:
    """Each row by the rules for a single person, and whether it is there twice."""
    rows = [_checked(row, form.way.data) for row in people.rows]
    good = [each for each in rows if not each.problems]
    hashes = [each.invitee.person_hash for each in good]
    invited = queries.open_person_hashes(db.session, form.terms().topic, hashes, clock.now())
    first: dict[bytes, int] = {}
    for each, hash in zip(good, hashes, strict=True):
        if hash in first:
            sentence = gettext("Diese Person steht schon in Zeile %(line)s.", line=first[hash])
            each.problems.append(("", sentence))
        elif hash in invited:
            sentence = gettext("Diese Person hat zu diesem Thema schon eine offene Einladung.")
            each.problems.append(("", sentence))
        first.setdefault(hash, each.row.line)
    return rows


def why(error: UnusableList) -> str:
    sentences = {
        upload.TOO_LARGE: gettext("Die Datei ist zu groß. Sie darf höchstens 1 MB haben."),
        upload.NO_TEXT: gettext(
            "Diese Datei ist keine CSV-Datei. In Excel: „Speichern unter“, dann „CSV UTF-8“."
        ),
        upload.EMPTY: gettext("In der Datei steht keine Person."),
        upload.TOO_MANY_ROWS: gettext(
            "Die Liste ist zu lang. Bitte laden Sie höchstens %(most)s Personen auf einmal hoch.",
            most=upload.MOST_ROWS,
        ),
        upload.NO_NAME: gettext(
            "In der ersten Zeile fehlt eine Spalte „Name“ oder „Nachname“. Bitte prüfen Sie die "
            "Überschriften."
        ),
        upload.NO_CONTACT: gettext(
            "In der ersten Zeile fehlt eine Spalte „E-Mail“, „Telefon“ oder „Straße“."
        ),
        upload.TWICE: gettext("Die Spalte „%(name)s“ gibt es zweimal.", name=error.where),
        upload.OPEN_QUOTE: gettext(
            "Zeile %(line)s: Ein Anführungszeichen steht allein oder an der falschen Stelle.",
            line=error.where,
        ),
    }
    return str(sentences[error.reason])


def _checked(row: Row, way: str) -> CheckedRow:
    cells = {
        "name": row.name,
        "email": row.cells.get(upload.EMAIL, ""),
        "phone": row.cells.get(upload.PHONE, ""),
        "address": row.address,
        "language": _language(row.cells.get(upload.LANGUAGE, "")),
    }
    cells["way"] = _best_way(cells) if way == BEST else way
    form = InviteeForm(MultiDict(cells), meta={"csrf": False})
    form.validate()
    problems = [(str(field.label.text), str(error)) for field in form for error in field.errors]
    if row.surplus:
        sentence = gettext(
            "Diese Zeile hat mehr Spalten als die Überschriften. Texte mit Trennzeichen gehören "
            "in Anführungszeichen."
        )
        problems.append(("", sentence))
    return CheckedRow(row, form, problems)


def _best_way(cells: dict[str, str]) -> str:
    if cells["email"]:
        return MAIL
    if cells["address"] and not _takes_text(cells["phone"]):
        return LETTER
    return SMS if cells["phone"] else MAIL


def _takes_text(phone: str) -> bool:
    form = InviteeForm(MultiDict({"phone": phone}), meta={"csrf": False})
    return bool(phone) and form.phone.validate(form) and can_text(form.phone.data)


def _language(cell: str) -> str:
    """The code for a language's code or name; what is none stays as it is."""
    word = cell.casefold()
    names = {name.casefold(): code for code, name in i18n.LANGUAGES.items()}
    names |= {"": i18n.DEFAULT_LANGUAGE, "englisch": "en", "german": "de"}
    return names.get(word, word)


def _choose(form: UploadForm) -> str:
    return render_template(
        "staff/invitations/upload.html",
        office=current_user.office,
        form=form,
        most_rows=upload.MOST_ROWS,
    )


def _preview(form: SendForm, people: PeopleList, rows: list[CheckedRow]) -> str:
    return render_template(
        "staff/invitations/preview.html",
        office=current_user.office,
        form=form,
        people=people,
        rows=rows,
        wrong=[each for each in rows if each.problems],
        good=[each for each in rows if not each.problems],
    )
