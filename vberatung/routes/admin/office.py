"""How the office handles bookings, and on which days it is closed."""

import re
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import (
    BooleanField,
    Field,
    Form,
    IntegerField,
    SelectChoice,
    SelectField,
    StringField,
    ValidationError,
)

from vberatung import clock, i18n
from vberatung.booking.queries import LARGEST_ID, open_on
from vberatung.booking.working_hours import FARTHEST
from vberatung.extensions import db
from vberatung.offices import settings
from vberatung.offices.holidays import REGIONS
from vberatung.offices.models import ClosingDay, Office
from vberatung.offices.settings import BookingSettings
from vberatung.routes.admin import admin_required
from vberatung.routes.forms import (
    AnyOf,
    CalendarDay,
    DataRequired,
    FlaskForm,
    Length,
    no_control_characters,
    strip,
)
from vberatung.routes.staff.confirmation import ask

pages = Blueprint("admin_office", __name__, url_prefix="/verwaltung")

NUMBERS = re.compile(r"[0-9]{1,4}(\s*[,;\s]\s*[0-9]{1,4})*")
REGION_NAMES = {
    "": _l("nur was in ganz Deutschland gilt"),
    "BW": _l("Baden-Württemberg"),
    "BY": _l("Bayern"),
    "Augsburg": _l("Bayern: Stadt Augsburg"),
    "BE": _l("Berlin"),
    "BB": _l("Brandenburg"),
    "HB": _l("Bremen"),
    "HH": _l("Hamburg"),
    "HE": _l("Hessen"),
    "MV": _l("Mecklenburg-Vorpommern"),
    "NI": _l("Niedersachsen"),
    "NW": _l("Nordrhein-Westfalen"),
    "RP": _l("Rheinland-Pfalz"),
    "SL": _l("Saarland"),
    "SN": _l("Sachsen"),
    "ST": _l("Sachsen-Anhalt"),
    "SH": _l("Schleswig-Holstein"),
    "TH": _l("Thüringen"),
}


class Within:
    """A whole number between the two, both included."""

    def __init__(self, least: int, most: int) -> None:
        self.least, self.most = least, most
        self.field_flags = {"required": True}

    def __call__(self, form: Form, field: Field) -> None:
        if field.data is None or not self.least <= field.data <= self.most:
            field.errors[:] = []  # ours says it better
            raise ValidationError(
                _l(
                    "Bitte schreiben Sie eine ganze Zahl von %(least)s bis %(most)s.",
                    least=self.least,
                    most=self.most,
                )
            )


class HoursField(StringField):
    """Several whole numbers: "48, 2"."""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return ", ".join(map(str, self.data or []))

    def process_formdata(self, values: list[str]) -> None:
        text = values[0].strip() if values else ""
        if text and not NUMBERS.fullmatch(text):
            raise ValueError(_l("Bitte schreiben Sie ganze Zahlen, zum Beispiel: 48, 2"))
        self.data = sorted({int(n) for n in re.findall("[0-9]+", text)}, reverse=True)


class SettingsForm(FlaskForm):
    reminder_hours = HoursField(
        _l("So viele Stunden vor dem Termin erinnern wir"),
        description=_l("Mehrere Zahlen mit Komma: 48, 2. Leer heißt: keine Erinnerung."),
    )
    confirm_email = BooleanField(_l("Termine erst nach Bestätigung per E-Mail eintragen"))
    proof_of_work = BooleanField(_l("Vor dem Buchen eine Rechenaufgabe stellen"))
    max_open_bookings = IntegerField(
        _l("So viele offene Termine darf eine Person haben"),
        description=_l("Gezählt wird je E-Mail-Adresse und je Telefonnummer."),
        validators=[Within(1, settings.MOST_OPEN_BOOKINGS)],
    )
    phone_after_min = IntegerField(
        _l("Nach so vielen Minuten im Warteraum zeigen wir Ihre Telefonnummer"),
        description=_l("Gezählt wird ab der Ankunft, aber nicht vor dem Beginn des Termins."),
        validators=[Within(1, settings.LONGEST_WAIT_FOR_PHONE_MIN)],
    )
    holiday_region = SelectField(
        _l("Feiertage"),
        choices=[SelectChoice(code, name) for code, name in REGION_NAMES.items()],
        validate_choice=False,
        validators=[AnyOf(REGIONS, _l("Bitte wählen Sie ein Bundesland aus der Liste."))],
    )
    registration_keep_days = IntegerField(
        _l("Nach so vielen Tagen löschen wir Arbeitsuchend-Meldungen"),
        description=_l(
            "Ebenso Einladungen, wenn sie vorbei sind, und Nachrichten, die nicht ankamen."
        ),
        validators=[Within(settings.SHORTEST_KEEPING_DAYS, settings.LONGEST_KEEPING_DAYS)],
    )

    def validate_reminder_hours(self, field: HoursField) -> None:
        hours = field.data or []
        if len(hours) > settings.MOST_REMINDERS:
            most = settings.MOST_REMINDERS
            raise ValidationError(_l("Bitte höchstens %(most)s Erinnerungen.", most=most))
        if any(not 1 <= hour <= settings.LONGEST_REMINDER_H for hour in hours):
            most = settings.LONGEST_REMINDER_H
            raise ValidationError(_l("Bitte Zahlen von 1 bis %(most)s.", most=most))

    def settings(self) -> BookingSettings:
        fields: dict[str, Any] = {
            name: self[name].data for name in BookingSettings.__dataclass_fields__
        }
        return BookingSettings(**fields)


class ClosingForm(FlaskForm):
    """Days on which nobody of the office gives appointments."""

    first = CalendarDay(
        _l("Erster Tag"), validators=[DataRequired(_l("Bitte wählen Sie einen Tag."))]
    )
    last = CalendarDay(
        _l("Letzter Tag"), description=_l("Nur nötig, wenn es mehr als ein Tag ist.")
    )
    reason = StringField(
        _l("Grund"),
        description=_l("Zum Beispiel: Betriebsausflug. Das sehen nur Sie."),
        filters=[strip],
        validators=[
            Length(max=200, message=_l("Bitte schreiben Sie höchstens 200 Zeichen.")),
            no_control_characters,
        ],
    )

    def validate_last(self, field: CalendarDay) -> None:
        if field.data is None:
            field.data = self.first.data
        elif self.first.data and field.data < self.first.data:
            raise ValidationError(_l("Der letzte Tag liegt vor dem ersten."))
        if field.data and field.data < clock.today():
            raise ValidationError(_l("Diese Tage sind schon vorbei."))
        for day in filter(None, (self.first.data, field.data)):
            if abs(day - clock.today()) > FARTHEST:
                raise ValidationError(_l("Bitte prüfen Sie die Jahreszahl."))


@pages.get("/")
@admin_required
def show() -> str:
    return _page(SettingsForm(obj=current_user.office), _empty())


@pages.post("/")
@admin_required
def save() -> ResponseReturnValue:
    form = SettingsForm()
    if not form.validate_on_submit():
        return _page(form, _empty()), 422
    settings.change(db.session, current_user.office, form.settings())
    db.session.commit()
    flash(gettext("Die Einstellungen sind gespeichert."), "success")
    return redirect(url_for("admin_office.show"), 303)


@pages.post("/schliesstage")
@admin_required
def close() -> ResponseReturnValue:
    office, form = current_user.office, ClosingForm()
    if not form.validate_on_submit():
        return _page(SettingsForm(None, obj=office), form), 422
    first, last = form.first.data, form.last.data
    settings.close(db.session, office, first, last, form.reason.data or "")
    agreed = open_on(db.session, office, first, last)
    db.session.commit()
    flash(gettext("Die Dienststelle ist an diesen Tagen geschlossen."), "success")
    if agreed:
        sentence = ngettext(
            "%(num)s Termin ist an diesen Tagen schon vereinbart und bleibt bestehen. "
            "Sagen Sie ihn ab, wenn niemand da ist.",
            "%(num)s Termine sind an diesen Tagen schon vereinbart und bleiben bestehen. "
            "Sagen Sie sie ab, wenn niemand da ist.",
            agreed,
        )
        flash(sentence, "warning")
    return redirect(url_for("admin_office.show"), 303)


@pages.get("/schliesstage/<int:id>/loeschen")
@admin_required
def confirm_opening(id: int) -> str:
    closing = _closing_day_or_404(id)
    return ask(
        gettext("Möchten Sie diesen Schließtag löschen?"),
        [
            (gettext("Erster Tag"), i18n.long_date(closing.first)),
            (gettext("Letzter Tag"), i18n.long_date(closing.last)),
            (gettext("Grund"), closing.reason),
        ],
        gettext("An diesen Tagen kann dann wieder gebucht werden."),
        action=gettext("Schließtag jetzt löschen"),
        keep=gettext("Schließtag behalten"),
        back=url_for("admin_office.show"),
    )


@pages.post("/schliesstage/<int:id>/loeschen")
@admin_required
def open_again(id: int) -> ResponseReturnValue:
    settings.open_again(db.session, _closing_day_or_404(id))
    db.session.commit()
    flash(gettext("Der Schließtag ist gelöscht."), "success")
    return redirect(url_for("admin_office.show"), 303)


def _closing_day_or_404(id: int) -> ClosingDay:
    if id > LARGEST_ID:
        abort(404)
    return settings.closing_day_of(db.session, current_user.office, id) or abort(404)


def _page(form: SettingsForm, closing_form: ClosingForm) -> str:
    office: Office = current_user.office
    return render_template(
        "admin/office.html",
        office=office,
        form=form,
        closing_form=closing_form,
        closing_days=settings.closing_days(db.session, office, clock.today()),
    )


def _empty() -> ClosingForm:
    return ClosingForm(None)
