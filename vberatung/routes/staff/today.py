"""The counsellor's day: who waits now, and what comes; and the lists of other days."""

from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required

from vberatung import clock
from vberatung.booking.mass_cancellation import days_between
from vberatung.booking.models import VIDEO
from vberatung.booking.queries import (
    absences_between,
    appointment_of,
    appointments_of,
    next_booked_day,
)
from vberatung.booking.shortage import shortages_of
from vberatung.booking.working_hours import FARTHEST
from vberatung.extensions import db, hub
from vberatung.messages import undelivered
from vberatung.people.models import Staff
from vberatung.registration import queries as registrations
from vberatung.room import access, operations, outcomes, presence
from vberatung.room.hub import staff_bell
from vberatung.routes.forms import CalendarDay, FlaskForm
from vberatung.routes.room_parts import ROLE_WORDS
from vberatung.routes.staff import devices
from vberatung.routes.staff.availability import absence_text
from vberatung.techcheck import results as techchecks

pages = Blueprint("staff_today", __name__, url_prefix="/team")


class DayForm(FlaskForm):
    """Which day to look at; nothing is today."""

    class Meta:
        csrf = False  # it asks a question and changes nothing

    tag = CalendarDay(_l("Tag"))

    def validate(self, extra_validators: object = None) -> bool:
        if super().validate(extra_validators) and abs(self.chosen - clock.today()) > FARTHEST:
            self.tag.errors = [_l("Bitte wählen Sie einen Tag in den nächsten zehn Jahren.")]
        return not self.tag.errors

    @property
    def chosen(self) -> date:
        return self.tag.data or clock.today()


@pages.get("/")
@login_required
def today() -> ResponseReturnValue:
    """Today, live, or with `?tag=2026-11-24` the list of another day."""
    form = DayForm(request.args)
    valid = form.validate()
    if valid and form.chosen != clock.today():
        return _another_day(form)
    page = render_template(
        "staff/today/today.html",
        office=current_user.office,
        form=form,
        undelivered=undelivered.count(db.session, current_user.office_id, clock.now()),
        shortages=shortages_of(db.session, current_user.office, clock.now()),
        new_registrations=registrations.new_at(db.session, current_user.office_id),
        devices_checked=devices.checked_today(),
        **day(current_user),
    )
    return page, 200 if valid else 422


@pages.post("/termin/<int:id>/angerufen")
@login_required
def called(id: int) -> ResponseReturnValue:
    """The person who asked to be called has been called."""
    appointment = appointment_of(db.session, current_user, id) or abort(404)
    operations.note_call(db.session, appointment, clock.now())
    db.session.commit()
    hub.ring(staff_bell(appointment.counsellor_id))
    return redirect(url_for("staff_today.today"), 303)


def day(staff: Staff) -> dict[str, object]:
    """What the page and its pushed part show."""
    now = clock.now()
    facts = _list(staff, clock.local_day(now), now)
    there = presence.everybody_waiting_for(db.session, staff, now)
    return facts | {
        "waiting": [appointment for appointment, guest in there if guest is None],
        "guests": [guest for _, guest in there if guest],
        "role_words": ROLE_WORDS,
        "calls": [a for a in facts["appointments"] if operations.wants_call(a)],
    }


def _another_day(form: DayForm) -> str:
    facts = _list(current_user, form.chosen, clock.now())
    return render_template(
        "staff/today/another_day.html", office=current_user.office, form=form, **facts
    )


def _list(staff: Staff, shown: date, now: datetime) -> dict[str, Any]:
    """The appointments of one local day; where there are none, the next day that has some."""
    appointments = appointments_of(
        db.session, staff, datetime.combine(shown, time(12), clock.LOCAL_ZONE)
    )
    absences = db.session.scalars(absences_between(staff.id, *days_between(shown, shown)))
    return {
        "now": now,
        "shown": shown,
        "is_today": shown == clock.local_day(now),
        "before": shown - timedelta(days=1),
        "after": shown + timedelta(days=1),
        "appointments": appointments,
        "checks": techchecks.of_all(db.session, [a for a in appointments if a.channel == VIDEO]),
        "absences": sorted(absences, key=lambda absence: absence.starts_at),
        "absence_text": absence_text,
        "next_day": None if appointments else next_booked_day(db.session, staff, shown),
        "to_note": {a.id for a in appointments if outcomes.can_note(a, now)},
        "open_ids": {a.id for a in appointments if access.is_open(operations.times_of(a), now)},
        "waiting": [],
    }
