"""Rules that several forms share. Each form itself stands beside its route."""

import unicodedata
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm as PostedForm
from wtforms import DateField, Field, Form, StringField
from wtforms.validators import AnyOf, DataRequired, Length, StopValidation, ValidationError

from vberatung import i18n
from vberatung.booking.queries import LARGEST_ID
from vberatung.registration.answers import (
    NO_SUCH_DAY,
    ODD_YEAR,
    UNREADABLE,
    read_day,
    why_no_day,
)

__all__ = [
    "AnyOf",
    "CalendarDay",
    "DataRequired",
    "Email",
    "EmailOrPhone",
    "FlaskForm",
    "FormThatKeepsEverything",
    "Length",
    "NoPrograms",
    "Phone",
    "among_choices",
    "day_mistake",
    "id_in",
    "no_control_characters",
    "only_a_name",
    "strip",
]

TURNS_TEXT = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
"""Unicode's bidirectional classes of the characters that embed or override a direction."""

DAY_MISTAKES = {
    NO_SUCH_DAY: _l("Diesen Tag gibt es nicht. Bitte prüfen Sie Tag und Monat."),
    ODD_YEAR: _l(
        "Bitte prüfen Sie das Jahr, und schreiben Sie es mit vier Ziffern. Beispiel: 31.05.2027"
    ),
    UNREADABLE: _l("Bitte schreiben Sie Tag, Monat und Jahr. Beispiel: 31.05.2027"),
}

LONGEST_ID = len(str(LARGEST_ID))

NOT_IN_A_LINE = ("Cc", "Zl", "Zp")
"""Unicode's categories of control characters, line and paragraph separators."""


class FlaskForm(PostedForm):
    """Shows what was typed also when only the language is changed (`routes/language.py`)."""

    class Meta(PostedForm.Meta):
        def wrap_formdata(self, form: Form, formdata: Any) -> Any:
            sent = super().wrap_formdata(form, formdata)
            return i18n.typed_form() if sent is None else sent


class FormThatKeepsEverything(FlaskForm):
    """For views with `csrf.exempt`: an old or missing token is an error of the form, not a page.

    What was typed is still there, and the form has a fresh token.
    """

    def validate(self, extra_validators: Any = None) -> bool:
        valid: bool = super().validate(extra_validators)
        if self.csrf_token.errors:
            self.csrf_token.errors = [
                _l(
                    "Das Formular war zu lange offen, oder Ihr Browser hat unser Cookie nicht "
                    "gespeichert. Ihre Angaben sind noch da: Bitte senden Sie sie noch einmal ab."
                )
            ]
        return valid


class NoPrograms:
    """For a form with `bot_field` in its template: who fills in what nobody sees is a program.

    The page comes back with the field empty, for the one person whose browser filled it in.
    """

    homepage = StringField()

    def validate(self, extra_validators: Any = None) -> bool:
        valid: bool = super().validate(extra_validators)  # type: ignore[misc]
        if not self.homepage.data:
            return valid
        self.form_errors.append(  # type: ignore[attr-defined]
            _l("Das hat nicht geklappt. Bitte senden Sie das Formular noch einmal ab.")
        )
        return False


def strip(value: str | None) -> str | None:
    """A filter: white space at both ends was not meant; nothing but white space is nothing."""
    return (value.strip() or None) if value else None


def id_in(text: str | None) -> int | None:
    """The number of a row as a form or an address names it; None if there can be no such row."""
    if not text or not (text.isascii() and text.isdecimal()) or len(text) > LONGEST_ID:
        return None
    return int(text) if int(text) <= LARGEST_ID else None


def among_choices(form: Form, field: Field) -> None:
    if field.data not in {choice.value for choice in field.choices}:
        raise ValidationError(_l("Bitte wählen Sie eine der Möglichkeiten."))


def no_control_characters(form: Form, field: Field) -> None:
    """Names and addresses go into mail headers and calendar files: one line each."""
    if any(unicodedata.category(character) in NOT_IN_A_LINE for character in field.data or ""):
        raise ValidationError(_l("Bitte schreiben Sie alles in eine einzige Zeile."))


def only_a_name(form: Form, field: Field) -> None:
    """Names stand in mails of the office and in lists: no addresses, nothing that turns text."""
    text = field.data or ""
    turns = any(unicodedata.bidirectional(c) in TURNS_TEXT for c in text)
    if turns or any(sign in text.casefold() for sign in ("://", "www.", "@")):
        raise ValidationError(_l("Bitte schreiben Sie hier nur Ihren Namen."))


class Email:
    """An address that a mail can be sent to (RFC 5321); normalised in place."""

    def __call__(self, form: Form, field: Field) -> None:
        if not field.data:
            return
        try:
            address = validate_email(field.data, check_deliverability=False, allow_smtputf8=False)
        except EmailNotValidError as error:
            raise ValidationError(
                _l("Bitte prüfen Sie die E-Mail-Adresse. Beispiel: name@example.org")
            ) from error
        field.data = address.ascii_email  # every mail server takes it


class Phone:
    """A number that can be called from Germany; kept in E.164 form in place."""

    def __call__(self, form: Form, field: Field) -> None:
        if not field.data:
            return
        import phonenumbers  # 3 MB that most processes never need

        try:
            number = phonenumbers.parse(field.data, "DE")
            costly = (
                phonenumbers.PhoneNumberType.PREMIUM_RATE,
                phonenumbers.PhoneNumberType.SHARED_COST,
            )
            if not phonenumbers.is_valid_number(number):
                raise ValueError
            if phonenumbers.number_type(number) in costly:
                raise ValueError
        except (ValueError, phonenumbers.NumberParseException) as error:
            raise ValidationError(
                _l("Bitte prüfen Sie die Telefonnummer. Beispiel: 0170 1234567")
            ) from error
        field.data = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class EmailOrPhone:
    """Whichever it is, normalised in place."""

    def __call__(self, form: Form, field: Field) -> None:
        text = field.data or ""
        if text and "@" not in text and not any(map(str.isdigit, text)):
            raise ValidationError(
                _l(
                    "Bitte schreiben Sie eine E-Mail-Adresse oder eine Telefonnummer. "
                    "Beispiele: name@example.org, 0170 1234567"
                )
            )
        (Email() if "@" in text else Phone())(form, field)


def day_mistake(text: str) -> Any:
    """The sentence for a text that is no day."""
    return DAY_MISTAKES[why_no_day(text)]


class CalendarDay(DateField):
    """A day as a browser's calendar sends it, or as people write it. It may stay empty.

    With a mistake it keeps what was typed, and its own sentence is the only one.
    """

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = read_day(text)
        if text and self.data is None:
            raise ValueError(day_mistake(text))

    def pre_validate(self, form: Any) -> None:
        if self.errors:
            raise StopValidation
