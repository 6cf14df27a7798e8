"""Who comes, how we reach them, what they need: booking asks it, the personal page again."""

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    RadioField,
    SelectChoice,
    StringField,
    TextAreaField,
)
from wtforms.validators import ValidationError

from vberatung import i18n
from vberatung.booking.operations import Person
from vberatung.routes.forms import (
    AnyOf,
    DataRequired,
    FormThatKeepsEverything,
    Length,
    NoPrograms,
    no_control_characters,
    strip,
)
from vberatung.routes.person_fields import email_field, language_field, name_field, phone_field

SPOKEN, SIGN = "spoken", "sign"
INTERPRETERS = [
    ("", _l("Nein")),
    (SPOKEN, _l("Ja, in eine andere Sprache")),
    (SIGN, _l("Ja, in Gebärdensprache")),
]


class PersonForm(NoPrograms, FormThatKeepsEverything):
    """The person of one appointment."""

    name = name_field(_l("Vor- und Nachname"), _l("Bitte schreiben Sie Ihren Namen."))
    email = email_field(_l("Dorthin schicken wir die Bestätigung mit Ihrem persönlichen Link."))
    phone = phone_field(
        _l("Telefonnummer"), _l("Diese Nummer rufen wir an, wenn etwas nicht klappt.")
    )
    language = language_field(_l("Sprache unserer Nachrichten"), i18n.language)
    interpreter = RadioField(
        _l("Möchten Sie, dass jemand dolmetscht?"),
        choices=[SelectChoice(value, label) for value, label in INTERPRETERS],
        default="",
        filters=[lambda value: value or ""],  # nothing is known of it: nobody is asked for
        validate_choice=False,
        validators=[AnyOf(["", SPOKEN, SIGN], _l("Bitte wählen Sie eine der Antworten."))],
    )
    interpreter_language = StringField(
        _l("In welche Sprache?"),
        filters=[strip],
        validators=[
            Length(max=60, message=_l("Bitte schreiben Sie höchstens 60 Zeichen.")),
            no_control_characters,
        ],
    )
    companion = BooleanField(_l("Ich bringe eine Begleitperson mit"))
    access_needs = TextAreaField(
        _l("Brauchen Sie sonst etwas, damit das Gespräch gut klappt?"),
        description=_l("Zum Beispiel: Schriftdolmetschen, mehr Zeit, einfache Sprache."),
        filters=[strip],
        validators=[Length(max=1000, message=_l("Bitte schreiben Sie höchstens 1000 Zeichen."))],
    )
    notes = TextAreaField(
        _l("Möchten Sie uns vorab etwas sagen?"),
        filters=[strip],
        validators=[Length(max=2000, message=_l("Bitte schreiben Sie höchstens 2000 Zeichen."))],
    )

    def ask_for_phone(self) -> None:
        """A talk by telephone needs a number."""
        self.phone.description = _l("Unter dieser Nummer rufen wir Sie zum Termin an.")
        self.phone.flags.required = True
        self.phone.validators = [
            DataRequired(_l("Bitte schreiben Sie Ihre Telefonnummer.")),
            *self.phone.validators,
        ]

    def validate_interpreter_language(self, field: StringField) -> None:
        """Somebody has to order the interpreter."""
        if self.interpreter.data == SPOKEN and not field.data:
            raise ValidationError(_l("Bitte schreiben Sie, in welche Sprache."))

    @property
    def has_needs(self) -> bool:
        """Whether something was said about interpreting, company or support."""
        fields = (self.interpreter, self.interpreter_language, self.companion, self.access_needs)
        return any(field.data or field.errors for field in fields)

    def person(self) -> Person:
        return Person(
            name=self.name.data,
            email=self.email.data,
            phone=self.phone.data,
            notes=self.notes.data,
            language=self.language.data,
            interpreter=self.interpreter.data or None,
            interpreter_language=(
                self.interpreter_language.data if self.interpreter.data == SPOKEN else None
            ),
            companion=self.companion.data,
            access_needs=self.access_needs.data,
        )
