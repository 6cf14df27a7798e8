"""The three steps in which a registration as jobseeking is asked for, and how answers are shown."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import (
    Field,
    Form,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Regexp, ValidationError

from vberatung import clock, i18n
from vberatung.registration import answers as rules
from vberatung.registration.answers import CONFIRMED, Finding, read_day
from vberatung.registration.operations import FIELDS
from vberatung.routes.forms import (
    AnyOf,
    DataRequired,
    FormThatKeepsEverything,
    Length,
    NoPrograms,
    day_mistake,
    no_control_characters,
    strip,
)
from vberatung.routes.person_fields import email_field, language_field, name_field, phone_field
from vberatung.routes.person_form import INTERPRETERS, SPOKEN

LONGEST_ANSWER = 2000
"""Characters. What is typed beyond is cut off before it is looked at."""
MOST_DOUBTS = 20

KINDS = {
    rules.PERMANENT: _l("Arbeit ohne festes Ende"),
    rules.FIXED_TERM: _l("Arbeit mit befristetem Vertrag"),
    rules.COMPANY_TRAINING: _l("Ausbildung in einem Betrieb"),
    rules.OTHER_TRAINING: _l("Andere Ausbildung, zum Beispiel außerbetrieblich"),
}
NOTICES = {
    rules.EMPLOYER: _l("Mein Arbeitgeber hat gekündigt"),
    rules.MYSELF: _l("Ich habe gekündigt"),
    rules.AGREEMENT: _l("Wir haben einen Aufhebungsvertrag geschlossen"),
    rules.EXPIRY: _l("Der Vertrag läuft aus"),
    "": _l("Keine Angabe"),
}
MOBILITIES = {
    rules.NEAR: _l("Nur in meiner Nähe"),
    rules.COMMUTE: _l("Ich kann weiter fahren, zum Beispiel eine Stunde"),
    rules.MOVE: _l("Ich kann auch umziehen"),
}
FINDINGS = {
    "born_later": _l("Das Geburtsdatum liegt in der Zukunft. Bitte prüfen Sie das Jahr."),
    "too_young": _l("Mit diesem Geburtsdatum sind Sie jünger als 14. Bitte prüfen Sie das Jahr."),
    "too_old": _l("Mit diesem Geburtsdatum sind Sie älter als 120. Bitte prüfen Sie das Jahr."),
    "very_old": _l("Mit diesem Geburtsdatum sind Sie 100 Jahre alt oder älter."),
    "known_later": _l(
        "Dieser Tag liegt in der Zukunft. Bitte schreiben Sie den Tag, an dem Sie vom Ende "
        "erfahren haben."
    ),
    "known_after_end": _l("Sie haben erst nach dem Ende erfahren, dass Ihre Beschäftigung endet."),
    "end_impossible": _l("Dieses Ende ist mehr als 10 Jahre entfernt. Bitte prüfen Sie das Jahr."),
    "end_far": _l("Ihre Beschäftigung endet erst in mehr als 2 Jahren."),
    "end_past": _l("Ihre Beschäftigung ist schon zu Ende."),
    "search_past": _l(
        "Dieser Tag ist schon vorbei. Können Sie sofort anfangen? Dann schreiben Sie das "
        "heutige Datum."
    ),
    "search_far": _l("Sie möchten erst in mehr als 2 Jahren anfangen."),
    "search_before_end": _l("Sie möchten anfangen, bevor Ihre jetzige Beschäftigung endet."),
    "hours_impossible": _l("Eine Woche hat 168 Stunden. Bitte schreiben Sie weniger."),
    "hours_long": _l("Sie möchten mehr als 48 Stunden in der Woche arbeiten."),
}
"""By the code of the finding; a doubtful one is asked about: “Stimmt das?”"""


class Day:
    """A day that exists; written as 31.05.2027 in place."""

    def __call__(self, form: Form, field: Field) -> None:
        if not field.data:
            return
        day = read_day(field.data)
        if day is None:
            raise ValidationError(day_mistake(field.data))
        field.data = f"{day:%d.%m.%Y}"


class DayField(StringField):
    """Text, because every browser and every screen reader can type a day into it."""


def _cut(value: str | None) -> str | None:
    return value[:LONGEST_ANSWER].replace("\r\n", "\n") if value else None


LINE = {"filters": [_cut, strip]}


def _line(label: Any, missing: Any = None, *validators: Any, most: int = 200) -> StringField:
    """One line of text; `missing` is the error when it must be there and is not."""
    too_long = _l("Bitte schreiben Sie höchstens %(number)s Zeichen.", number=most)
    required = [DataRequired(missing)] if missing else []
    checks = [*required, Length(max=most, message=too_long), no_control_characters, *validators]
    return StringField(label, validators=checks, **LINE)


def _text(label: Any, missing: Any = None, most: int = 1000) -> TextAreaField:
    too_long = _l("Bitte schreiben Sie höchstens %(number)s Zeichen.", number=most)
    required = [DataRequired(missing)] if missing else []
    return TextAreaField(label, validators=[*required, Length(max=most, message=too_long)], **LINE)


def _day(label: Any, missing: Any) -> DayField:
    return DayField(label, validators=[DataRequired(missing), Day()], **LINE)


def _choice(label: Any, choices: Mapping[str, Any], missing: Any) -> RadioField:
    """One of the choices; if "" is among them, nothing needs to be chosen."""
    required = [] if "" in choices else [DataRequired(missing)]
    return RadioField(
        label,
        choices=[SelectChoice(value, text) for value, text in choices.items()],
        default="" if "" in choices else None,
        validate_choice=False,
        validators=[*required, AnyOf(choices, missing)],
    )


class StepForm(FormThatKeepsEverything):
    """One step, filled with what was typed now, else with what is kept of the draft."""

    def __init__(
        self, kept: dict[str, str], typed: MultiDict[str, str] | None = None, **options: Any
    ) -> None:
        super().__init__(formdata=MultiDict(kept) if typed is None else typed, **options)
        self.kept = kept
        self.doubts: list[Finding] = []
        now_confirmed = [] if typed is None else typed.getlist(CONFIRMED)
        self.confirmed = [*kept.get(CONFIRMED, "").splitlines(), *now_confirmed[:MOST_DOUBTS]]

    def validate(self, extra_validators: Any = None) -> bool:
        """Field by field, then whether it can all be; doubts wait to be confirmed."""
        base = super().validate if self.meta.csrf else super(FormThatKeepsEverything, self).validate
        valid = bool(base(extra_validators))
        today = clock.today()
        for found in rules.findings(self.kept | self._texts(), today):
            if found.field not in self:
                continue
            if not found.doubtful:
                self[found.field].errors = [*self[found.field].errors, FINDINGS[found.code]]
                valid = False
            elif found.key not in self.confirmed:
                self.doubts.append(found)
        return valid and not self.doubts

    def answers(self) -> dict[str, str | None]:
        """What to keep of this step, whether it is valid or not."""
        known = dict.fromkeys(key for key in self.confirmed if key.partition(":")[0] in FINDINGS)
        texts = {field.name: (field.data or "")[:LONGEST_ANSWER] for field in self.fields()}
        return {**texts, CONFIRMED: "\n".join(list(known)[-MOST_DOUBTS:])[:LONGEST_ANSWER]}

    def fields(self) -> Iterator[Field]:
        return (field for field in self if field.name in FIELDS)

    def _texts(self) -> dict[str, str]:
        return {field.name: field.data or "" for field in self.fields()}


class PersonStep(NoPrograms, StepForm):
    name = name_field(_l("Vor- und Nachname"), _l("Bitte schreiben Sie Ihren Namen."), **LINE)
    born_on = _day(_l("Geburtsdatum"), _l("Bitte schreiben Sie Ihr Geburtsdatum."))
    street = _line(_l("Straße und Hausnummer"), _l("Bitte schreiben Sie Straße und Hausnummer."))
    postcode = _line(
        _l("Postleitzahl"),
        _l("Bitte schreiben Sie Ihre Postleitzahl."),
        Regexp(r"\d{5}\Z", message=_l("Eine Postleitzahl hat 5 Ziffern. Beispiel: 01234")),
    )
    city = _line(_l("Ort"), _l("Bitte schreiben Sie Ihren Wohnort."))
    email = email_field(**LINE)
    phone = phone_field(_l("Telefonnummer"), **LINE)
    language = language_field(_l("Sprache unserer Nachrichten"), i18n.language)
    interpreter = _choice(
        _l("Möchten Sie, dass jemand dolmetscht?"),
        dict(INTERPRETERS),
        _l("Bitte wählen Sie eine der Antworten."),
    )
    interpreter_language = _line(_l("In welche Sprache?"), most=60)


class JobStep(StepForm):
    kind = _choice(
        _l("Was endet?"), KINDS, _l("Bitte wählen Sie, welche Beschäftigung oder Ausbildung endet.")
    )
    employer = _line(
        _l("Arbeitgeber oder Ausbildungsbetrieb"),
        _l("Bitte schreiben Sie, wie Ihr Arbeitgeber heißt."),
    )
    job = _line(
        _l("Ihre Tätigkeit oder Ihr Ausbildungsberuf"),
        _l("Bitte schreiben Sie, was Sie dort arbeiten oder lernen."),
    )
    ends_on = _day(
        _l("Letzter Tag der Beschäftigung oder Ausbildung"),
        _l("Bitte schreiben Sie den letzten Tag."),
    )
    known_on = _day(
        _l("Seit wann wissen Sie das?"),
        _l("Bitte schreiben Sie den Tag, an dem Sie vom Ende erfahren haben."),
    )
    notice_by = _choice(_l("Warum endet sie?"), NOTICES, _l("Bitte wählen Sie eine der Antworten."))


class SearchStep(StepForm):
    jobs = _text(
        _l("Welche Arbeit suchen Sie?"), _l("Bitte schreiben Sie, welche Arbeit Sie suchen.")
    )
    hours = _line(
        _l("Wie viele Stunden in der Woche?"),
        _l("Bitte schreiben Sie, wie viele Stunden Sie in der Woche arbeiten möchten."),
        Regexp(r"\d+\Z", message=_l("Bitte schreiben Sie nur eine ganze Zahl. Beispiel: 39")),
        most=6,
    )
    from_on = _day(
        _l("Ab wann können Sie anfangen?"),
        _l("Bitte schreiben Sie, ab welchem Tag Sie anfangen können."),
    )
    region = _line(
        _l("In welcher Gegend suchen Sie?"),
        _l("Bitte schreiben Sie einen Ort oder eine Gegend."),
    )
    mobility = _choice(
        _l("Wie weit kann die Arbeit entfernt sein?"),
        MOBILITIES,
        _l("Bitte wählen Sie, wie weit die Arbeit entfernt sein kann."),
    )
    wishes = _text(_l("Was sollen wir noch wissen?"))


@dataclass(frozen=True)
class Step:
    """`key` as in the address."""

    key: str
    title: Any
    form: Callable[..., StepForm]


STEPS = (
    Step("person", _l("Person und Kontakt"), PersonStep),
    Step("arbeit", _l("Arbeit und ihr Ende"), JobStep),
    Step("suche", _l("Was Sie suchen"), SearchStep),
)
KEYS = tuple(step.key for step in STEPS)


@dataclass(frozen=True)
class Answered:
    """One answer as a person reads it."""

    field: str
    label: str
    text: str


def validated(kept: dict[str, str]) -> list[StepForm]:
    """All steps with what is kept of them, after looking for mistakes and doubts."""
    forms = [step.form(kept, meta={"csrf": False}) for step in STEPS]
    for form in forms:
        form.validate()
    return forms


def is_complete(form: StepForm) -> bool:
    """Whether a form that was validated has neither mistakes nor doubts."""
    return not (form.errors or form.doubts)


def sent_answers(forms: list[StepForm]) -> dict[str, str]:
    """What is frozen when it is sent: as typed, days as ISO dates."""
    answers = {}
    for form in forms:
        for field in form.fields():
            if field.data:
                day = read_day(field.data) if isinstance(field, DayField) else None
                answers[field.name] = day.isoformat() if day else field.data
    if answers.get("interpreter") != SPOKEN:
        answers.pop("interpreter_language", None)
    return answers


def sections(kept: dict[str, str]) -> list[tuple[Step, list[Answered]]]:
    """Every answer in the words of the form, step by step; unanswered questions are left out."""
    return [
        (step, [Answered(f.name, str(f.label.text), _read(f)) for f in form.fields() if f.data])
        for step in STEPS
        for form in [step.form(kept, meta={"csrf": False})]
    ]


def _read(field: Field) -> str:
    day = read_day(field.data) if isinstance(field, DayField) else None
    if day:
        return f"{day:%d.%m.%Y}" if field.name == "born_on" else i18n.long_date(day)
    if field.name == "phone":
        return i18n.phone_number(field.data)
    if isinstance(field, RadioField | SelectField):
        return next((str(c.label) for c in field.choices if c.value == field.data), field.data)
    return str(field.data)
