"""Rules that several forms share. Each form itself stands beside its route."""

import unicodedata
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, Form, StringField
from wtforms.validators import AnyOf, DataRequired, Length, ValidationError

__all__ = [
    "AnyOf",
    "DataRequired",
    "Email",
    "EmailOrPhone",
    "FlaskForm",
    "FormThatKeepsEverything",
    "Length",
    "NoPrograms",
    "Phone",
    "no_control_characters",
    "only_a_name",
    "strip",
]

TURNS_TEXT = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
"""Unicode's bidirectional classes of the characters that embed or override a direction."""

NOT_IN_A_LINE = ("Cc", "Zl", "Zp")
"""Unicode's categories of control characters, line and paragraph separators."""


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
        (Email() if "@" in (field.data or "") else Phone())(form, field)
