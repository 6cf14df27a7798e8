"""What a jobseeker changes on the personal page: time, channel, details, cancelling, a call."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from vberatung import clock, i18n
from vberatung.booking import operations
from vberatung.booking.free import Wish, free_starts_of
from vberatung.booking.models import PENDING
from vberatung.booking.slots import by_day
from vberatung.extensions import csrf, db, hub
from vberatung.jobs import work
from vberatung.limited import limited, network
from vberatung.limits import CHANGES, CHANGES_OF_ONE, take
from vberatung.messages import notices
from vberatung.offices.models import PHONE
from vberatung.room import operations as room
from vberatung.room.conversation import announce_end
from vberatung.routes.appointment import appointment_or_404, changed, page
from vberatung.routes.booking import moment_of
from vberatung.routes.forms import FlaskForm
from vberatung.routes.occasions import person_of
from vberatung.routes.person_fields import phone_field
from vberatung.routes.person_form import PersonForm
from vberatung.routes.telling import say_if_too_far, tell
from vberatung.waiting import operations as waiting

pages = Blueprint("appointment_changes", __name__, url_prefix="/termin/<token>")


@pages.before_request
def confirm_first() -> ResponseReturnValue | None:
    """An appointment that is still to be confirmed can be cancelled, and nothing else."""
    token = (request.view_args or {}).get("token", "")
    if (request.endpoint or "").endswith("cancel"):
        return None
    if appointment_or_404(token).status != PENDING:
        return None
    return redirect(url_for("appointment.confirm_page", token=token), 303)


class PhoneForm(FlaskForm):
    """The number for "please call me" and for a talk that becomes a telephone call."""

    phone = phone_field(_l("Telefonnummer"), missing=_l("Bitte schreiben Sie Ihre Telefonnummer."))


@pages.get("/verschieben")
def choose_time(token: str) -> str:
    return _times(token)


@pages.post("/verschieben")
@limited(CHANGES)
def move(token: str) -> ResponseReturnValue:
    """The new time and the old one change hands in one transaction."""
    appointment, now = appointment_or_404(token), clock.now()
    start, former = moment_of(request.form.get("slot")), appointment.counsellor_id
    if start is None:
        return _times(token, problem="slot"), 422
    try:
        operations.move(db.session, appointment, start, now)
    except operations.SlotTaken:
        db.session.rollback()
        return _times(token, problem="taken"), 409
    take(db.session, CHANGES_OF_ONE, str(appointment.id), now)
    tell(notices.moved, appointment, now)
    changed(appointment, former=former)
    work.offer_freed(db.session, appointment.topic_id, now)
    return redirect(url_for("appointment.booked", token=token), 303)


@pages.get("/art")
def choose_channel(token: str) -> str:
    typed = i18n.typed_form()
    return _channels(token, chosen=typed.get("channel") if typed else None)


@pages.post("/art")
@limited(CHANGES)
def change_channel(token: str) -> ResponseReturnValue:
    appointment, now = appointment_or_404(token), clock.now()
    channel, form = request.form.get("channel", ""), PhoneForm()
    if channel not in appointment.topic.channels:
        return _channels(token, problem="channel"), 422
    if channel == appointment.channel:
        return redirect(url_for("appointment.show", token=token), 303)
    if channel == PHONE and (form.phone.raw_data or not appointment.phone):
        if not form.validate_on_submit():
            return _channels(token, form=form, chosen=channel), 422
        try:
            operations.give_phone(db.session, appointment, form.phone.data, now)
        except operations.TooManyBookings:
            db.session.rollback()
            return _channels(token, problem="too_many", form=form, chosen=channel), 429
        say_if_too_far(appointment.email, appointment.phone)
    try:
        operations.change_channel(db.session, appointment, channel, now)
    except operations.SlotTaken:
        db.session.rollback()
        return _channels(token, problem="not_then", chosen=channel), 409
    take(db.session, CHANGES_OF_ONE, str(appointment.id), now)
    waiting.follow(db.session, appointment, now)
    tell(notices.changed, appointment, now)
    changed(appointment)
    flash(gettext("Die Art des Gesprächs ist geändert."), "success")
    return redirect(url_for("appointment.show", token=token), 303)


@pages.get("/angaben")
def edit_details(token: str) -> str:
    appointment = appointment_or_404(token)
    form = PersonForm(obj=person_of(appointment))
    if i18n.typed_form() is None:
        form.phone.data = i18n.phone_number(appointment.phone or "")
    return _details(token, form)


@pages.post("/angaben")
@csrf.exempt  # the form checks its token itself: an old one must not lose what was typed
@limited(CHANGES)
def save_details(token: str) -> ResponseReturnValue:
    appointment, form, now = appointment_or_404(token), PersonForm(), clock.now()
    if appointment.channel == PHONE:
        form.ask_for_phone()
    if not form.validate_on_submit():
        return _details(token, form), 422
    former, former_phone = appointment.email or appointment.phone, appointment.phone
    confirm = appointment.office.confirm_email
    try:
        aside = operations.change_person(
            db.session, appointment, form.person(), now, confirm_email=confirm
        )
    except operations.TooManyBookings:
        db.session.rollback()
        return _details(token, form, too_many=True), 429
    waiting.follow(db.session, appointment, now)
    if (appointment.email or appointment.phone) != former:  # a waiting list writes there too
        take(db.session, CHANGES_OF_ONE, str(appointment.id), now)
        if appointment.email:
            tell(notices.booked, appointment, now)
    if aside:
        take(db.session, CHANGES_OF_ONE, str(appointment.id), now)
        notices.new_email(db.session, appointment, now, network=network())  # or it is refused
    if appointment.phone != former_phone:
        say_if_too_far(appointment.email, appointment.phone)
    changed(appointment)
    flash(gettext("Ihre Angaben sind gespeichert."), "success")
    return redirect(url_for("appointment.show", token=token), 303)


@pages.get("/adresse/<proof>")
def new_email(token: str, proof: str) -> ResponseReturnValue:
    """Where the link in the mail to a new address leads. Opening it changes nothing."""
    if not operations.is_proof_of_new_email(appointment_or_404(token), proof):
        return redirect(url_for("appointment.show", token=token))
    return page("appointment/new_email.html", token, proof=proof, too_many=False)


@pages.post("/adresse/<proof>")
@limited(CHANGES)
def take_new_email(token: str, proof: str) -> ResponseReturnValue:
    appointment, now = appointment_or_404(token), clock.now()
    try:
        taken = operations.take_new_email(db.session, appointment, proof, now)
    except operations.TooManyBookings:
        db.session.rollback()
        return page("appointment/new_email.html", token, proof=proof, too_many=True), 429
    if taken:
        waiting.follow(db.session, appointment, now)
        tell(notices.booked, appointment, now, by_link=True)
        flash(gettext("Ihre neue E-Mail-Adresse gilt jetzt."), "success")
    changed(appointment)
    return redirect(url_for("appointment.show", token=token), 303)


@pages.get("/absagen")
def confirm_cancel(token: str) -> str:
    return page("appointment/cancel.html", token)


@pages.post("/absagen")
@limited(CHANGES)
def cancel(token: str) -> ResponseReturnValue:
    appointment, now = appointment_or_404(token), clock.now()
    operations.cancel(db.session, appointment, now)
    tell(notices.cancelled, appointment, now)
    changed(appointment)
    announce_end(hub, appointment.id)
    work.offer_freed(db.session, appointment.topic_id, now)
    return redirect(url_for("appointment.show", token=token), 303)


@pages.get("/anruf")
def call_me(token: str) -> str:
    appointment = appointment_or_404(token)
    form = PhoneForm(phone=i18n.phone_number(appointment.phone or ""))
    return page("appointment/call_me.html", token, form=form)


@pages.post("/anruf")
@limited(CHANGES)
def request_call(token: str) -> ResponseReturnValue:
    appointment, form = appointment_or_404(token), PhoneForm()
    if not form.phone.raw_data and appointment.phone:
        form.phone.data = appointment.phone  # one tap: the number is known
    elif not form.validate_on_submit():
        return page("appointment/call_me.html", token, form=form), 422
    room.request_call(db.session, appointment, form.phone.data, clock.now())
    changed(appointment)
    return redirect(url_for("appointment_changes.call_me", token=token), 303)


def _times(token: str, problem: str | None = None) -> str:
    appointment, now = appointment_or_404(token), clock.now()
    wish = Wish(appointment.channel, appointment.spoken)
    free = free_starts_of(db.session, appointment.topic, now, wish, without=appointment.id)
    starts = [start for start in free if start != appointment.starts_at]
    return page("appointment/move.html", token, days=by_day(starts), problem=problem)


def _channels(
    token: str,
    problem: str | None = None,
    form: PhoneForm | None = None,
    chosen: str | None = None,
) -> str:
    appointment = appointment_or_404(token)
    others = [c for c in appointment.topic.channels if c != appointment.channel]
    form = form or PhoneForm(phone=i18n.phone_number(appointment.phone or ""))
    return page(
        "appointment/channel.html",
        token,
        others=others,
        problem=problem,
        form=form,
        chosen=chosen or (others[0] if others else None),
    )


def _details(token: str, form: PersonForm, *, too_many: bool = False) -> str:
    form.email.description = gettext("Dorthin schicken wir alles zu Ihrem Termin.")
    if appointment_or_404(token).office.confirm_email:
        form.email.description += " " + gettext(
            "Eine neue Adresse gilt erst, wenn Sie den Link in unserer E-Mail geöffnet und sie "
            "dort bestätigt haben."
        )
    return page("appointment/details.html", token, form=form, too_many=too_many)
