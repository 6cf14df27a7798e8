"""The counsellor's own availability: hours, absences, languages, and what jobseekers see of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required

from vberatung import clock, i18n
from vberatung.booking import working_hours
from vberatung.booking.free import Wish, free_starts_of
from vberatung.booking.hours import Absence, DayHours, WeeklyHours
from vberatung.booking.working_hours import Hours, Overlaps
from vberatung.extensions import db
from vberatung.offices.models import Topic
from vberatung.routes.forms import FlaskForm
from vberatung.routes.staff.availability_forms import AbsenceForm, DayForm, PersonForm, WeeklyForm
from vberatung.routes.staff.confirmation import ask

pages = Blueprint("staff_availability", __name__, url_prefix="/team/verfuegbarkeit")

KINDS: dict[str, type[Hours]] = {
    "wochenzeiten": WeeklyHours,
    "tage": DayHours,
    "abwesenheiten": Absence,
}
KIND_NAMES = {
    "wochenzeiten": _l("Wochenzeit"),
    "tage": _l("Zeit an einem Tag"),
    "abwesenheiten": _l("Abwesenheit"),
}
ONE = "/<any(wochenzeiten, tage, abwesenheiten):kind>/<int:id>"
SHOWN_TIMES = 4
"""So many of the next free times of each topic are shown."""


@pages.get("")
@login_required
def show() -> str:
    now = clock.now()
    own = working_hours.own_time(db.session, current_user.id, now)
    return render_template(
        "staff/availability/show.html",
        office=current_user.office,
        counsellor=current_user,
        own=own,
        booked=working_hours.booked_within(db.session, current_user.id, own.absences, now),
        seen=_seen_by_jobseekers(now),
        shown=SHOWN_TIMES,
        weekdays=i18n.weekday_names(),
        span_text=span_text,
        hours_text=hours_text,
        absence_text=absence_text,
    )


@pages.get("/wochenzeiten")
@login_required
def new_weekly() -> str:
    return _page("weekly", WeeklyForm())


@pages.post("/wochenzeiten")
@login_required
def add_weekly() -> ResponseReturnValue:
    form = WeeklyForm()
    if not form.validate_on_submit():
        return _page("weekly", form), 422
    try:
        working_hours.add_weekly(db.session, current_user.id, form.weekly, clock.now())
    except Overlaps as overlaps:
        form.starts.errors = [_overlap(overlaps)]
        return _page("weekly", form), 422
    return _saved(_("Die Wochenzeit ist eingetragen."))


@pages.get("/tage")
@login_required
def new_day() -> str:
    return _page("day", DayForm())


@pages.post("/tage")
@login_required
def add_day() -> ResponseReturnValue:
    form = DayForm()
    if not form.validate_on_submit():
        return _page("day", form), 422
    try:
        working_hours.add_day(db.session, current_user.id, form.day.data, form.span, clock.now())
    except Overlaps as overlaps:
        form.starts.errors = [_overlap(overlaps)]
        return _page("day", form), 422
    return _saved(_("Die Zeit ist eingetragen."))


@pages.get("/abwesenheiten")
@login_required
def new_absence() -> str:
    return _page("absence", AbsenceForm())


@pages.post("/abwesenheiten")
@login_required
def add_absence() -> ResponseReturnValue:
    form = AbsenceForm()
    if not form.validate_on_submit():
        return _page("absence", form), 422
    try:
        working_hours.add_absence(
            db.session, current_user.id, form.starts_at, form.ends_at, clock.now()
        )
    except Overlaps as overlaps:
        form.first.errors = [_overlap(overlaps)]
        return _page("absence", form), 422
    except working_hours.PastDay:
        form.ends.errors = [_("Diese Zeit ist schon vorbei.")]
        return _page("absence", form), 422
    return _saved(_("Die Abwesenheit ist eingetragen."))


@pages.get("/angaben")
@login_required
def person() -> str:
    return _page("person", PersonForm(obj=current_user, spoken=current_user.languages))


@pages.post("/angaben")
@login_required
def change_person() -> ResponseReturnValue:
    form = PersonForm(obj=current_user, spoken=current_user.languages)
    if not form.validate_on_submit():
        return _page("person", form), 422
    working_hours.change_person(
        db.session, current_user, form.languages.data, form.daily_maximum.data
    )
    return _saved(_("Ihre Angaben sind gespeichert."))


@pages.get(ONE + "/loeschen")
@login_required
def confirm_removal(kind: str, id: int) -> str:
    own = _own_or_404(kind, id)
    if isinstance(own, Absence):
        consequence = _("In dieser Zeit kann dann wieder bei Ihnen gebucht werden.")
    else:
        consequence = _(
            "In dieser Zeit kann dann niemand mehr bei Ihnen buchen. Gebuchte Termine bleiben."
        )
    return ask(
        _("Möchten Sie diesen Eintrag löschen?"),
        [(str(KIND_NAMES[kind]), hours_text(own))],
        consequence,
        action=_("Eintrag jetzt löschen"),
        keep=_("Eintrag behalten"),
        back=url_for("staff_availability.show"),
    )


@pages.post(ONE + "/loeschen")
@login_required
def remove(kind: str, id: int) -> ResponseReturnValue:
    working_hours.remove(db.session, _own_or_404(kind, id))
    return _saved(_("Der Eintrag ist gelöscht."))


def _own_or_404(kind: str, id: int) -> Hours:
    return working_hours.own(db.session, KINDS[kind], current_user.id, id) or abort(404)


def _saved(message: str) -> ResponseReturnValue:
    db.session.commit()
    flash(message, "success")
    return redirect(url_for("staff_availability.show"), 303)


def _page(name: str, form: FlaskForm) -> str:
    return render_template(f"staff/availability/{name}.html", office=current_user.office, form=form)


def _overlap(overlaps: Overlaps) -> str:
    text: str = _(
        "Zu dieser Zeit ist schon etwas eingetragen: %(other)s", other=hours_text(overlaps.other)
    )
    return text


def _seen_by_jobseekers(now: datetime) -> list[tuple[Topic, Sequence[datetime]]]:
    """The free times of each of the counsellor's topics, with this counsellor alone."""
    wish = Wish(counsellor_id=current_user.id)
    topics = sorted(current_user.topics, key=lambda topic: topic.position)
    return [(topic, free_starts_of(db.session, topic, now, wish)) for topic in topics]


def hours_text(hours: Hours) -> str:
    """Montag, 09:00 bis 12:00 Uhr"""
    if isinstance(hours, Absence):
        return absence_text(hours)
    if isinstance(hours, DayHours):
        return f"{i18n.long_date(hours.day)}, {span_text(hours)}"
    return f"{i18n.weekday_names()[hours.weekday]}, {span_text(hours)}"


def span_text(hours: WeeklyHours | DayHours) -> str:
    return _from_to(f"{hours.starts:%H:%M}", f"{hours.ends:%H:%M}")


def absence_text(absence: Absence) -> str:
    """Its days, and its times unless it lasts from midnight to midnight."""
    begin, end = clock.to_local(absence.starts_at), clock.to_local(absence.ends_at)
    last = end - timedelta(microseconds=1)  # midnight belongs to the day before
    first_day, last_day = i18n.long_date(begin), i18n.long_date(last)
    starts, ends = f"{begin:%H:%M}", f"{end:%H:%M}".replace("00:00", "24:00")
    same_day = begin.date() == last.date()
    if (starts, ends) == ("00:00", "24:00"):
        text = _("%(day)s, ganzer Tag", day=first_day)
        if not same_day:
            text = _("%(first)s bis %(last)s", first=first_day, last=last_day)
    elif same_day:
        text = f"{first_day}, {_from_to(starts, ends)}"
    else:
        starts, ends = (_("%(time)s Uhr", time=each) for each in (starts, ends))
        text = _(
            "%(first)s bis %(last)s", first=f"{first_day}, {starts}", last=f"{last_day}, {ends}"
        )
    return str(text)


def _from_to(starts: str, ends: str) -> str:
    return str(_("%(starts)s bis %(ends)s Uhr", starts=starts, ends=ends))
