"""The forms in which counsellors enter their hours, absences and languages."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectField, SelectMultipleField, TimeField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Optional, ValidationError
from wtforms.widgets import CheckboxInput

from vberatung import clock, i18n
from vberatung.booking.availability import QUANTUM_MIN, Span, Weekly
from vberatung.booking.working_hours import FARTHEST, MOST_WEEKS
from vberatung.offices.models import CHANNELS
from vberatung.routes.forms import AnyOf, CalendarDay, FlaskForm

SPOKEN = (
    *("de", "en", "tr", "uk", "ru", "ar", "fa", "ps", "ku", "fr", "es", "it", "pt", "pl", "ro"),
    *("bg", "hu", "sr", "hr", "bs", "sq", "el", "ti", "am", "so", "vi", "zh"),
)
"""Codes (ISO 639-1) of the languages that can be chosen."""
HIGHEST_MAXIMUM = 50
DAY = timedelta(days=1)


class Forgiving:
    """A field that may stay empty, and says in our words what it cannot read."""

    mistake = ""
    data: Any

    def process_formdata(self, values: list[str]) -> None:
        values = [value.strip() for value in values]
        if not any(values):
            self.data = None
            return
        try:
            super().process_formdata(values)  # type: ignore[misc]
        except ValueError as error:
            raise ValueError(self.mistake) from error


class WallTime(Forgiving, TimeField):
    mistake = _l("Bitte schreiben Sie eine Uhrzeit. Beispiel: 9:00")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, format=["%H:%M", "%H.%M", "%H:%M:%S"], **options)


class Day(CalendarDay):
    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        if self.data and abs(self.data - clock.today()) > FARTHEST:
            raise ValidationError(_l("Bitte prüfen Sie die Jahreszahl."))


class Number(Forgiving, IntegerField):
    mistake = _l("Bitte schreiben Sie eine Zahl.")


class Checkboxes(SelectMultipleField):
    """Several of a few; shown by components/checkboxes.html."""

    option_widget = CheckboxInput()


class SpanForm(FlaskForm):
    """From when to when on one day, and for which kinds of talk."""

    starts = WallTime(_l("Von"), validators=[InputRequired(_l("Bitte schreiben Sie, ab wann."))])
    ends = WallTime(_l("Bis"), validators=[InputRequired(_l("Bitte schreiben Sie, bis wann."))])
    channels = Checkboxes(
        _l("Für diese Gespräche"),
        choices=[
            SelectChoice("video", _l("Video")),
            SelectChoice("phone", _l("Telefon")),
            SelectChoice("in_person", _l("persönlich vor Ort")),
        ],
        default=list(CHANNELS),
        validators=[InputRequired(_l("Bitte wählen Sie mindestens eine Art."))],
    )

    def validate_starts(self, field: WallTime) -> None:
        _check_quantum(field.data)

    def validate_ends(self, field: WallTime) -> None:
        _check_quantum(field.data)
        if field.data and self.starts.data and field.data <= self.starts.data:
            raise ValidationError(
                _l(
                    "Das Ende muss am selben Tag nach dem Anfang liegen. Eine Zeit über "
                    "Mitternacht tragen Sie bitte als zwei Zeiten ein."
                )
            )

    @property
    def span(self) -> Span:
        every = set(self.channels.data) == set(CHANNELS)
        chosen = frozenset() if every else frozenset(self.channels.data)
        return Span(self.starts.data, self.ends.data, chosen)


class WeeklyForm(SpanForm):
    weekday = SelectField(
        _l("Wochentag"),
        validate_choice=False,
        validators=[AnyOf(list("0123456"), _l("Bitte wählen Sie einen Wochentag."))],
    )
    every_weeks = SelectField(
        _l("Wie oft?"),
        choices=[
            SelectChoice("1", _l("jede Woche")),
            SelectChoice("2", _l("jede zweite Woche")),
            SelectChoice("3", _l("jede dritte Woche")),
            SelectChoice(str(MOST_WEEKS), _l("jede vierte Woche")),
        ],
        validate_choice=False,
        validators=[AnyOf(list("1234"), _l("Bitte wählen Sie, wie oft."))],
    )
    valid_from = Day(_l("Gilt ab"))
    valid_until = Day(_l("Gilt bis"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        names = i18n.weekday_names()
        self.weekday.choices = [SelectChoice(str(n), name) for n, name in enumerate(names)]

    def validate_valid_from(self, field: Day) -> None:
        needed = self.every_weeks.data != "1" and not self.every_weeks.errors
        if needed and field.data is None and not field.errors:
            raise ValidationError(
                _l("Bitte schreiben Sie, ab wann: Von dieser Woche an zählen wir.")
            )

    def validate_valid_until(self, field: Day) -> None:
        if field.data and self.valid_from.data and field.data < self.valid_from.data:
            raise ValidationError(_l("Der letzte Tag liegt vor dem ersten."))
        if field.data and field.data < clock.today():
            raise ValidationError(_l("Dieser Tag ist schon vorbei."))

    @property
    def weekly(self) -> Weekly:
        return Weekly(
            int(self.weekday.data),
            self.span,
            self.valid_from.data,
            self.valid_until.data,
            int(self.every_weeks.data),
        )


class DayForm(SpanForm):
    day = Day(_l("Tag"), validators=[InputRequired(_l("Bitte schreiben Sie, an welchem Tag."))])

    def validate_day(self, field: Day) -> None:
        if field.data and field.data < clock.today():
            raise ValidationError(_l("Dieser Tag ist schon vorbei."))


class AbsenceForm(FlaskForm):
    """Whole days, or from a time on the first day to a time on the last."""

    first = Day(
        _l("Erster Tag"), validators=[InputRequired(_l("Bitte schreiben Sie den ersten Tag."))]
    )
    last = Day(_l("Letzter Tag"))
    starts = WallTime(_l("Am ersten Tag ab"))
    ends = WallTime(_l("Am letzten Tag bis"))

    def validate_last(self, field: Day) -> None:
        if field.errors:
            return
        last = field.data or self.first.data
        if self.first.data and last < self.first.data:
            raise ValidationError(_l("Der letzte Tag liegt vor dem ersten."))
        if last and last < clock.today():
            raise ValidationError(_l("Diese Zeit ist schon vorbei."))

    def validate_ends(self, field: WallTime) -> None:
        if field.data and self._is_complete and self.starts_at >= self.ends_at:
            raise ValidationError(_l("Das Ende muss nach dem Anfang liegen."))

    @property
    def _is_complete(self) -> bool:
        return bool(self.first.data) and not (self.last.errors or self.starts.errors)

    @property
    def starts_at(self) -> datetime:
        return _moment(self.first.data, self.starts.data or time())

    @property
    def ends_at(self) -> datetime:
        last = self.last.data or self.first.data
        if self.ends.data is None:  # the whole day
            return _moment(last + DAY, time())
        return _moment(last, self.ends.data)


class PersonForm(FlaskForm):
    languages = Checkboxes(
        _l("In diesen Sprachen berate ich"),
        id="spoken",  # the page has a list "languages" of its own
        validators=[InputRequired(_l("Bitte wählen Sie mindestens eine Sprache."))],
    )
    daily_maximum = Number(_l("Höchstens so viele Termine an einem Tag"), validators=[Optional()])

    def __init__(self, *args: Any, spoken: list[str], **options: Any) -> None:
        super().__init__(*args, **options)
        codes = sorted({*SPOKEN, *spoken}, key=lambda code: i18n.language_name(code).casefold())
        self.languages.choices = [SelectChoice(c, i18n.language_name(c)) for c in codes]

    def validate_daily_maximum(self, field: Number) -> None:
        if field.data is not None and not 1 <= field.data <= HIGHEST_MAXIMUM:
            raise ValidationError(
                _l("Bitte schreiben Sie eine Zahl von 1 bis %(most)s.", most=HIGHEST_MAXIMUM)
            )


def _moment(day: date, wall: time) -> datetime:
    return datetime.combine(day, wall, clock.LOCAL_ZONE).astimezone(UTC)


def _check_quantum(wall: time | None) -> None:
    if wall and (wall.minute % QUANTUM_MIN or wall.second):
        raise ValidationError(_l("Bitte nehmen Sie volle fünf Minuten. Beispiel: 9:05"))
