"""The waiting list: joining, and the personal page with what is offered.

Joining answers with a message and not with the personal link: so it says to nobody who waits
already, and only whoever reads the messages can take a time.
"""

from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectChoice

from vberatung import clock
from vberatung.booking import operations as booking
from vberatung.booking.models import BOOKED
from vberatung.booking.operations import Person, SlotTaken, TooManyBookings
from vberatung.booking.slots import AFTERNOON, MORNING
from vberatung.extensions import csrf, db, jobs
from vberatung.jobs import work
from vberatung.limited import limited, network
from vberatung.limits import CHANGES, CHANGES_OF_ONE, WAITING, take
from vberatung.messages import notices
from vberatung.offices.models import PHONE, Office, Topic
from vberatung.offices.queries import topic_of
from vberatung.routes.appointment import appointment_or_404, changed
from vberatung.routes.forms import (
    AnyOf,
    CalendarDay,
    FlaskForm,
    FormThatKeepsEverything,
    NoPrograms,
)
from vberatung.routes.person_form import PersonForm
from vberatung.routes.public import office_or_404
from vberatung.routes.telling import tell
from vberatung.waiting import operations, queries
from vberatung.waiting.models import WaitingEntry
from vberatung.waiting.operations import OfferOver
from vberatung.waiting.rules import ANY_TIME, OFFERS, WANTED_PARTS

pages = Blueprint("waiting", __name__)

PARTS = [
    (ANY_TIME, _l("Jede Zeit passt")),
    (MORNING, _l("Nur am Vormittag")),
    (AFTERNOON, _l("Nur am Nachmittag")),
]


def part_of_day_field() -> RadioField:
    return RadioField(
        _l("Wann können Sie?"),
        choices=[SelectChoice(value, label) for value, label in PARTS],
        default=ANY_TIME,
        validate_choice=False,
        validators=[AnyOf(WANTED_PARTS, _l("Bitte wählen Sie eine der Antworten."))],
    )


class WaitingForm(NoPrograms, FormThatKeepsEverything):
    """Who waits, how we reach them, and which times are of use."""

    name, email, phone, language = (
        PersonForm.name,
        PersonForm.email,
        PersonForm.phone,
        PersonForm.language,
    )
    part_of_day = part_of_day_field()
    not_after = CalendarDay(_l("Bis wann hilft Ihnen ein Termin?"))

    def validate(self, extra_validators: Any = None) -> bool:
        valid: bool = super().validate(extra_validators)
        if self.not_after.data and self.not_after.data < clock.today():
            self.not_after.errors = [_l("Bitte wählen Sie heute oder einen Tag danach.")]
        if not (self.email.errors or self.phone.errors) and not self._can_be_told():
            self.email.errors = [
                _l(
                    "Wir müssen Ihnen schreiben können: Bitte geben Sie eine E-Mail-Adresse oder "
                    "eine Handynummer an. Haben Sie beides nicht? Dann rufen Sie uns an."
                )
            ]
        return valid and not (self.not_after.errors or self.email.errors)

    def _can_be_told(self) -> bool:
        return bool(self.email.data or notices.can_text(self.phone.data))

    def ask_for_phone(self) -> None:
        PersonForm.ask_for_phone(self)

    def person(self) -> Person:
        return Person(self.name.data, self.email.data, self.phone.data, None, self.language.data)


class EarlierForm(FlaskForm):
    """Which earlier times are of use."""

    part_of_day = part_of_day_field()


@pages.get("/<slug>/warteliste")
def join(slug: str) -> ResponseReturnValue:
    office = office_or_404(slug)
    topic, channel = _choice(office, request.args.get("topic"), request.args.get("channel"))
    if topic is None or channel is None:
        return redirect(url_for("booking.new", slug=slug, topic=topic.slug if topic else None))
    return _form(office, topic, channel, WaitingForm())


@pages.post("/<slug>/warteliste")
@csrf.exempt  # the form checks its token itself: an old one must not lose what was typed
@limited(WAITING)
def add(slug: str) -> ResponseReturnValue:
    office, form, now = office_or_404(slug), WaitingForm(), clock.now()
    topic, channel = _choice(office, request.form.get("topic"), request.form.get("channel"))
    if topic is None or channel is None:
        return redirect(url_for("booking.new", slug=slug), 303)
    if channel == PHONE:
        form.ask_for_phone()
    if not form.validate_on_submit():
        return _form(office, topic, channel, form), 422
    entry = operations.join(
        db.session,
        topic,
        channel,
        form.person(),
        now,
        part_of_day=form.part_of_day.data,
        not_after=form.not_after.data,
        network=network(),
    )
    notices.waiting_joined(db.session, entry, now)  # without it nobody could take an offer
    topic_id = topic.id
    db.session.commit()
    jobs.deliver_soon()
    work.offer_freed(db.session, topic_id, now)
    by = None if form.email.data else "sms"
    return redirect(url_for("waiting.joined", slug=slug, per=by), 303)


@pages.get("/<slug>/warteliste/eingetragen")
def joined(slug: str) -> str:
    return render_template(
        "waiting/joined.html",
        office=office_or_404(slug),
        by_text_message=request.args.get("per") == "sms",
    )


@pages.get("/termin/<token>/frueher")
def earlier(token: str) -> str:
    known = queries.entry_of_appointment(db.session, appointment_or_404(token))
    return _earlier_form(token, EarlierForm(obj=known))


@pages.post("/termin/<token>/frueher")
@limited(CHANGES)
def add_earlier(token: str) -> ResponseReturnValue:
    appointment, form, now = appointment_or_404(token), EarlierForm(), clock.now()
    if not form.validate_on_submit() or not _reached(appointment.email, appointment.phone):
        return _earlier_form(token, form), 422
    if appointment.status != BOOKED:
        return redirect(url_for("appointment.show", token=token), 303)
    take(db.session, CHANGES_OF_ONE, str(appointment.id), now)
    entry = operations.join_for_earlier(
        db.session, appointment, now, part_of_day=form.part_of_day.data
    )
    tell(notices.waiting_joined, entry, now)
    topic_id = entry.topic_id
    db.session.commit()
    jobs.deliver_soon()
    work.offer_freed(db.session, topic_id, now)
    return redirect(url_for("waiting.show", token=token), 303)


@pages.get("/warteliste/<token>")
def show(token: str) -> str:
    return _page(token)


@pages.post("/warteliste/<token>/annehmen")
@limited(CHANGES)
def accept(token: str) -> ResponseReturnValue:
    entry, offer, now = entry_or_404(token), _offer_id(), clock.now()
    found = queries.offer_of(db.session, entry, offer) or abort(404)
    former = entry.appointment.counsellor_id if entry.appointment else None
    topic_id, moves = entry.topic_id, former is not None
    try:
        appointment = operations.accept(db.session, entry, found, now)
    except (OfferOver, SlotTaken, TooManyBookings) as refused:
        db.session.rollback()
        problem = "too_many" if isinstance(refused, TooManyBookings) else "over"
        return _page(token, problem=problem), 409
    tell(notices.moved if moves else notices.booked, appointment, now)
    own = booking.issue_link(db.session, appointment, now)
    changed(appointment, former=former)
    if moves:
        work.offer_freed(db.session, topic_id, now)
    return redirect(url_for("appointment.booked", token=own), 303)


@pages.post("/warteliste/<token>/ablehnen")
@limited(CHANGES)
def decline(token: str) -> ResponseReturnValue:
    entry, now = entry_or_404(token), clock.now()
    offer = queries.offer_of(db.session, entry, _offer_id()) or abort(404)
    try:
        operations.decline(db.session, entry, offer, now)
    except OfferOver:
        db.session.rollback()
        return _page(token, problem="over"), 409
    return _given_back(entry, token)


@pages.post("/warteliste/<token>/verlassen")
@limited(CHANGES)
def leave(token: str) -> ResponseReturnValue:
    entry = entry_or_404(token)
    operations.leave(db.session, entry, clock.now())
    return _given_back(entry, token)


def entry_or_404(token: str) -> WaitingEntry:
    entry = queries.entry_of_link(db.session, token) or abort(404)
    g.office = entry.office  # an error page then names the right one
    return entry


def _given_back(entry: WaitingEntry, token: str) -> ResponseReturnValue:
    """Commit, and offer the time to the next person."""
    topic_id = entry.topic_id
    db.session.commit()
    work.offer_freed(db.session, topic_id, clock.now())
    return redirect(url_for("waiting.show", token=token), 303)


def _page(token: str, problem: str | None = None) -> str:
    entry, now = entry_or_404(token), clock.now()
    offers = queries.offers_of(db.session, entry)
    return render_template(
        "waiting/show.html",
        entry=entry,
        office=entry.office,
        token=token,
        parts=dict(PARTS),
        of_appointment=queries.appointment_id_of_link(db.session, token) is not None,
        open_offers=queries.open_offers_of(db.session, entry, now),
        left=OFFERS - len(offers),
        missed=[offer for offer in offers if offer.declined_at is None and now >= offer.expires_at],
        problem=problem,
    )


def _form(office: Office, topic: Topic, channel: str, form: WaitingForm) -> str:
    if channel == PHONE and not form.is_submitted():
        form.ask_for_phone()
    return render_template(
        "waiting/join.html",
        office=office,
        topic=topic,
        channel=channel,
        form=form,
        today=clock.today(),
    )


def _earlier_form(token: str, form: EarlierForm) -> str:
    appointment, now = appointment_or_404(token), clock.now()
    return render_template(
        "waiting/earlier.html",
        appointment=appointment,
        office=appointment.office,
        token=token,
        form=form,
        can_change=booking.can_change(appointment, now),
        reached=_reached(appointment.email, appointment.phone),
        cancelled=False,
        over=False,
    )


def _reached(email: str | None, phone: str | None) -> bool:
    return bool(email or notices.can_text(phone))


def _choice(
    office: Office, slug: str | None, channel: str | None
) -> tuple[Topic | None, str | None]:
    """Topic and channel of the office, or None for what it does not have."""
    topic = topic_of(office, slug)
    return topic, channel if topic and channel in topic.channels else None


def _offer_id() -> int:
    text = request.form.get("offer", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
