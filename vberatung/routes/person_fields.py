"""The fields by which we know people: the same rules wherever a form asks for them."""

from collections.abc import Callable, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import EmailField, SelectChoice, SelectField, StringField, TelField

from vberatung import i18n
from vberatung.routes.forms import (
    AnyOf,
    DataRequired,
    Email,
    Length,
    Phone,
    no_control_characters,
    only_a_name,
    strip,
)

Filters = Sequence[Callable[[str | None], str | None]]


def name_field(
    label: Any, missing: Any, *rules: Any, description: Any = "", filters: Filters = (strip,)
) -> StringField:
    """`missing` is the error when nothing is typed; `rules` come after the usual ones."""
    return StringField(
        label,
        description=description,
        filters=filters,
        validators=[
            DataRequired(missing),
            Length(max=200, message=_l("Der Name darf höchstens 200 Zeichen haben.")),
            no_control_characters,
            only_a_name,
            *rules,
        ],
    )


def email_field(description: Any = "", filters: Filters = (strip,)) -> EmailField:
    return EmailField(
        _l("E-Mail-Adresse"), description=description, filters=filters, validators=[Email()]
    )


def phone_field(
    label: Any, description: Any = "", filters: Filters = (strip,), missing: Any = None
) -> TelField:
    """It may stay empty, unless `missing` is the error then."""
    needed = [] if missing is None else [DataRequired(missing)]
    return TelField(label, description=description, filters=filters, validators=[*needed, Phone()])


def language_field(label: Any, default: Any = i18n.DEFAULT_LANGUAGE) -> SelectField:
    """One of the languages that we write in; with `i18n.language` as default that of the page."""
    return SelectField(
        label,
        filters=[i18n.follow_page] if default is i18n.language else [],
        choices=[SelectChoice(code, name) for code, name in i18n.LANGUAGES.items()],
        default=default,
        validate_choice=False,
        validators=[AnyOf(i18n.LANGUAGES, _l("Bitte wählen Sie eine der Sprachen."))],
    )
