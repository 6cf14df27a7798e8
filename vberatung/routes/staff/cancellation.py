"""A counsellor is away: choose who and when, see what would become of each appointment, do it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from wtforms import SelectField

from vberatung import clock
from vberatung.booking import mass_cancellation
from vberatung.booking.mass_cancellation import (
    CANCELLED,
    DECISIONS,
    GONE,
    HAND_OVER,
    HANDED_OVER,
    KEPT,
    Decision,
    Result,
    days_between,
)
from vberatung.booking.models import Appointment
from vberatung.booking.queries import running_talk
from vberatung.extensions import db, hub, jobs
from vberatung.invitations.models import LETTER, MAIL, SMS
from vberatung.invitations.replacement import invite_instead
from vberatung.jobs import work
from vberatung.messages import notices
from vberatung.people.models import Staff
from vberatung.room.conversation import announce_end
from vberatung.room.hub import staff_bell
from vberatung.routes.forms import CalendarDay, DataRequired, FlaskForm, id_in

pages = Blueprint("staff_cancellation", __name__, url_prefix="/team/ausfall")

LONGEST = timedelta(days=31)
FARTHEST = timedelta(days=366)
FELL_BACK = "fell_back"
SHOWN = (HANDED_OVER, CANCELLED, FELL_BACK, KEPT, GONE)
"""The parts of the result's address: ids of appointments, which say nothing about anybody."""


class AwayForm(FlaskForm):
    """Who is away, from when to when."""

    class Meta:
        csrf = False  # it asks a question and changes nothing

    counsellor = SelectField(_l("Wer fällt aus?"), coerce=int, validate_choice=False)
    first = CalendarDay(
        _l("Erster Tag"),
        validators=[DataRequired(_l("Bitte wählen Sie den ersten Tag."))],
    )
    last = CalendarDay(_l("Letzter Tag"))

    def validate(self, extra_validators: object = None) -> bool:
        valid = bool(super().validate(extra_validators))
        return valid and self._in_order()

    def _in_order(self) -> bool:
        """The days that are over are left out; then they must be in order, and not too many."""
        today = clock.today()
        if self.last.data is None:
            self.last.data = self.first.data
        first, last = max(self.first.data, today), self.last.data
        if last < first:
            self.last.errors = [_l("Der letzte Tag ist vor dem ersten, oder er ist schon vorbei.")]
        elif last - first > LONGEST:
            self.last.errors = [_l("Bitte wählen Sie höchstens einen Monat.")]
        elif last - today > FARTHEST:
            self.last.errors = [_l("Bitte wählen Sie Tage in den nächsten zwölf Monaten.")]
        self.first.data = first
        return not self.last.errors


@pages.get("")
@login_required
def choose() -> ResponseReturnValue:
    form = AwayForm(
        formdata=None,
        counsellor=current_user.id,
        first=clock.today(),
    )
    return _form(form)


@pages.get("/vorschau")
@login_required
def preview() -> ResponseReturnValue:
    """What would become of each appointment; nothing is changed yet."""
    form = AwayForm(request.args)
    if not form.validate():
        return _form(form), 422
    counsellor, now = _colleague_or_404(form.counsellor.data), clock.now()
    begin, end = days_between(form.first.data, form.last.data)
    proposals = mass_cancellation.plan(db.session, counsellor, begin, end, now)
    return render_template(
        "staff/cancellation/preview.html",
        office=current_user.office,
        counsellor=counsellor,
        proposals=proposals,
        running=running_talk(db.session, counsellor, begin, now),
        first=form.first.data,
        last=form.last.data,
        reaches=notices.reaches,
    )


@pages.post("")
@login_required
def carry_out() -> ResponseReturnValue:
    """Everything in one transaction; the page after it says what has become of each."""
    form, now = AwayForm(request.form), clock.now()
    if not form.validate():
        return _form(form), 422
    counsellor = _colleague_or_404(form.counsellor.data)
    begin, end = days_between(form.first.data, form.last.data)
    results = mass_cancellation.carry_out(
        db.session, counsellor, begin, end, _decisions(), now, absent="absent" in request.form
    )
    for each in results:
        _tell(each, now)
    topics = {each.appointment.topic_id for each in results}
    bells = {each.appointment.counsellor_id for each in results} | {counsellor.id}
    ended = [each.appointment.id for each in results if each.outcome == CANCELLED]
    address = url_for("staff_cancellation.result", **_parts(results))
    db.session.commit()
    jobs.deliver_soon()
    for id in ended:
        announce_end(hub, id)
    for id in bells:
        hub.ring(staff_bell(id))
    for id in topics:
        work.offer_freed(db.session, id, now)
    return redirect(address, 303)


@pages.get("/ergebnis")
@login_required
def result() -> str:
    parts = {name: _appointments(request.args.get(name, "")) for name in SHOWN}
    days = {clock.local_day(a.starts_at) for found in parts.values() for a in found}
    return render_template(
        "staff/cancellation/result.html",
        office=current_user.office,
        parts=parts,
        only_day=days.pop() if len(days) == 1 else None,
        untold=[
            a for name in SHOWN[:3] for a in parts[name] if not notices.reaches(a.email, a.phone)
        ],
        today={a for a in (*parts[CANCELLED], *parts[FELL_BACK]) if _is_today(a)},
    )


def _form(form: AwayForm) -> str:
    form.counsellor.choices = [(staff.id, staff.name) for staff in _colleagues()]
    return render_template("staff/cancellation/choose.html", office=current_user.office, form=form)


def _colleagues() -> Sequence[Staff]:
    mine = select(Staff).where(Staff.office_id == current_user.office_id, Staff.active)
    return sorted(db.session.scalars(mine), key=lambda staff: staff.name)


def _colleague_or_404(id: int | None) -> Staff:
    found = [staff for staff in _colleagues() if staff.id == id]
    return found[0] if found else abort(404)


def _decisions() -> dict[int, Decision]:
    """`decision-<id>` is one of DECISIONS; with HAND_OVER `colleague-<id>` says to whom."""
    decisions = {}
    for name, kind in request.form.items():
        prefix, _dash, number = name.partition("-")
        id = id_in(number)
        if prefix == "decision" and kind in DECISIONS and id is not None:
            to = id_in(request.form.get(f"colleague-{number}")) if kind == HAND_OVER else None
            decisions[id] = Decision(kind, to)
    return decisions


def _tell(result: Result, now: datetime) -> None:
    """Write to the person what has become of their appointment."""
    appointment = result.appointment
    if appointment.confirm_until is not None:  # nobody has confirmed that the address is theirs
        if result.outcome == CANCELLED:
            notices.forget(db.session, appointment)
        return
    if result.outcome == HANDED_OVER:
        notices.changed(db.session, appointment, now, by_office=True)
    elif result.outcome == CANCELLED:
        way = MAIL if appointment.email else SMS if notices.can_text(appointment.phone) else LETTER
        invitation = invite_instead(db.session, appointment, current_user, way, now)
        notices.office_cancelled(db.session, appointment, invitation, result.others, now)


def _parts(results: Sequence[Result]) -> dict[str, Any]:
    ids: dict[str, list[str]] = {}
    for each in results:
        name = FELL_BACK if each.fell_back else each.outcome
        ids.setdefault(name, []).append(str(each.appointment.id))
    return {name: ".".join(found) for name, found in ids.items()}


def _is_today(appointment: Appointment) -> bool:
    """Then a letter comes too late."""
    return clock.local_day(appointment.starts_at) <= clock.today()


def _appointments(ids: str) -> Sequence[Appointment]:
    """Those of the own office, in order of time."""
    wanted = [id for text in ids.split(".") if (id := id_in(text)) is not None]
    own = (Appointment.id.in_(wanted), Appointment.office_id == current_user.office_id)
    return db.session.scalars(
        select(Appointment)
        .where(*own)
        .options(joinedload(Appointment.topic), joinedload(Appointment.counsellor))
        .order_by(Appointment.starts_at, Appointment.id)
    ).all()
