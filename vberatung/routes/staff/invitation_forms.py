"""Whom we invite, and to what: asked for one person, and checked for each line of a list."""

import re
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import Field, Form, RadioField, SelectChoice, SelectField, TextAreaField
from wtforms.validators import ValidationError

from vberatung import i18n
from vberatung.booking.models import Appointment
from vberatung.invitations.models import LETTER, MAIL, SMS
from vberatung.invitations.operations import Invitee, Terms
from vberatung.invitations.upload import harmless
from vberatung.messages.notices import can_text, texts_are_sent
from vberatung.offices.models import CHANNELS, Topic
from vberatung.offices.queries import topic_of
from vberatung.people.models import Staff
from vberatung.routes.forms import FlaskForm, among_choices, strip
from vberatung.routes.person_fields import email_field, language_field, name_field, phone_field

ANYBODY, ME = "anybody", "me"
WAY_NAMES = {MAIL: _l("E-Mail"), SMS: _l("SMS"), LETTER: _l("Brief")}
VALID_DAYS = (3, 7, 10, 14, 21, 28, 42, 60)
PLACE = re.compile(r"\d{5} \S.*")
ADDRESS_LINES = (2, 5)
LONGEST_ADDRESS_LINE = 50


def no_formula(form: Form, field: Field) -> None:
    """Names come into spreadsheets again."""
    if field.data and harmless(field.data) != field.data:
        raise ValidationError(_l("Ein Name darf nicht mit einem Rechenzeichen beginnen."))


def as_on_an_envelope(form: Form, field: Field) -> None:
    """Street and place, and perhaps something before them; normalised in place."""
    if not field.data:
        return
    lines = [line.strip() for line in field.data.splitlines() if line.strip()]
    least, most = ADDRESS_LINES
    if not least <= len(lines) <= most or not PLACE.fullmatch(lines[-1]):
        raise ValidationError(
            _l("Bitte schreiben Sie Straße und Hausnummer, darunter Postleitzahl und Ort.")
        )
    if any(len(line) > LONGEST_ADDRESS_LINE for line in lines):
        raise ValidationError(
            _l("Eine Zeile der Anschrift darf höchstens 50 Zeichen haben, sonst passt sie nicht.")
        )
    field.data = "\n".join(lines)


def ways() -> list[SelectChoice]:
    """SMS only where text messages can be sent."""
    known = (MAIL, SMS, LETTER) if texts_are_sent() else (MAIL, LETTER)
    return [SelectChoice(way, WAY_NAMES[way]) for way in known]


def add_error(field: Field, sentence: str) -> None:
    field.errors = [*field.errors, sentence]


class InviteeForm(FlaskForm):
    """One person, who can be reached by the chosen way."""

    name = name_field(_l("Vor- und Nachname"), _l("Der Name fehlt."), no_formula)
    way = RadioField(
        _l("Wie laden wir ein?"),
        default=MAIL,
        validate_choice=False,
        validators=[among_choices],
    )
    email = email_field()
    phone = phone_field(_l("Mobilnummer"))
    address = TextAreaField(
        _l("Anschrift"),
        description=_l("Straße und Hausnummer, darunter Postleitzahl und Ort."),
        filters=[strip],
        validators=[as_on_an_envelope],
    )
    language = language_field(_l("Sprache der Einladung"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.way.choices = ways()

    def validate(self, extra_validators: Any = None) -> bool:
        """Also: what the way needs must be there."""
        valid: bool = super().validate(extra_validators)
        needed = {MAIL: self.email, SMS: self.phone, LETTER: self.address}.get(self.way.data)
        if needed is None or needed.errors:
            return valid
        if not needed.data:
            add_error(needed, _missing(self.way.data))
        elif self.way.data == SMS and not can_text(needed.data):
            add_error(needed, gettext("An diese Nummer können wir keine SMS schicken."))
        return valid and not needed.errors

    def invitee(self) -> Invitee:
        """By SMS the mail address stays out of it: messages go to an address if there is one."""
        return Invitee(
            name=self.name.data,
            way=self.way.data,
            email=None if self.way.data == SMS else self.email.data,
            phone=self.phone.data,
            address=self.address.data,
            language=self.language.data,
        )


class TermsForm(FlaskForm):
    """To which topic, how, with whom, how long."""

    topic = SelectField(_l("Thema"), validate_choice=False, validators=[among_choices])
    channel = SelectField(
        _l("Art des Gesprächs"), default="", validate_choice=False, validators=[among_choices]
    )
    counsellor = RadioField(
        _l("Mit wem?"),
        choices=[
            SelectChoice(ANYBODY, _l("Mit allen, die zu diesem Thema beraten")),
            SelectChoice(ME, _l("Nur mit mir")),
        ],
        default=ANYBODY,
        validate_choice=False,
        validators=[among_choices],
    )
    valid_days = SelectField(
        _l("Wie lange gilt die Einladung?"),
        default="14",
        validate_choice=False,
        validators=[among_choices],
    )

    def __init__(self, staff: Staff, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.staff = staff
        self.topic.choices = [
            SelectChoice(topic.slug, i18n.translated(topic.name)) for topic in staff.office.topics
        ]
        self.channel.choices = [
            SelectChoice("", gettext("Die eingeladene Person wählt")),
            *(SelectChoice(channel, i18n.channel_name(channel)) for channel in CHANNELS),
        ]
        self.valid_days.choices = [
            SelectChoice(str(days), gettext("%(days)s Tage", days=days)) for days in VALID_DAYS
        ]

    @property
    def chosen_topic(self) -> Topic | None:
        return topic_of(self.staff.office, self.topic.data)

    def validate(self, extra_validators: Any = None) -> bool:
        """Also: what was chosen fits together."""
        valid: bool = super().validate(extra_validators)
        topic = self.chosen_topic
        if topic is None:
            return False
        if not self.channel.errors and self.channel.data not in ("", *topic.channels):
            add_error(self.channel, gettext("So gibt es dieses Thema nicht."))
        if self.counsellor.data == ME and topic not in self.staff.topics:
            add_error(self.counsellor, gettext("Zu diesem Thema beraten Sie nicht."))
        return valid and not self.channel.errors and not self.counsellor.errors

    def terms(self) -> Terms:
        assert self.chosen_topic  # noqa: S101  # validated
        return Terms(
            topic=self.chosen_topic,
            channel=self.channel.data or None,
            counsellor_id=self.staff.id if self.counsellor.data == ME else None,
            valid_days=int(self.valid_days.data),
        )


class InvitationForm(InviteeForm, TermsForm):
    """Everything about the invitation of one person."""

    def __init__(self, staff: Staff, *args: Any, **kwargs: Any) -> None:
        TermsForm.__init__(self, staff, *args, **kwargs)
        self.way.choices = ways()


def again(staff: Staff, earlier: Appointment) -> dict[str, str | None]:
    """What an InvitationForm begins with for somebody who was here before."""
    return {
        "name": earlier.name,
        "way": MAIL if earlier.email else SMS if can_text(earlier.phone) else LETTER,
        "email": earlier.email,
        "phone": earlier.phone,
        "language": earlier.language,
        "topic": earlier.topic.slug,
        "counsellor": ME if earlier.topic in staff.topics else ANYBODY,
    }


def _missing(way: str) -> str:
    sentences = {
        MAIL: gettext("Für eine Einladung per E-Mail fehlt die E-Mail-Adresse."),
        SMS: gettext("Für eine Einladung per SMS fehlt die Mobilnummer."),
        LETTER: gettext("Für einen Brief fehlt die Anschrift."),
    }
    return str(sentences[way])
