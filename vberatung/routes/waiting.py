"""The waiting list: joining, and the personal page with what is offered.

Joining answers with a message and not with the personal link: so it says to nobody who waits
already, and only whoever reads the messages can take a time.
"""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectChoice, SelectField

from vberatung import clock, i18n
from vberatung.booking import operations as booking
from vberatung.booking.free import Wish, languages_of
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
    DataRequired,
    FlaskForm,
    FormThatKeepsEverything,
    NoPrograms,
    id_in,
)
from vberatung.routes.person_fields import phone_field
from vberatung.routes.person_form import PersonForm
from vberatung.routes.public import office_or_404
from vberatung.routes.telling import tell
from vberatung.waiting import operations, queries
from vberatung.waiting.models import WaitingEntry, WaitingOffer
from vberatung.waiting.operations import ListFull, OfferOver
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
        if not (self.email.errors or self.phone.errors) and not notices.reaches(
            self.email.data, self.phone.data
        ):
            self.email.errors = [
                _l(
                    "An Nummern aus diesem Land schicken wir keine SMS. Bitte geben Sie eine "
                    "E-Mail-Adresse an, oder rufen Sie uns an."
                )
                if notices.is_too_far(self.phone.data)
                else _l(
                    "Wir müssen Ihnen schreiben können: Bitte geben Sie eine E-Mail-Adresse oder "
                    "eine Handynummer an. Haben Sie beides nicht? Dann rufen Sie uns an."
                )
            ]
        return valid and not (self.not_after.errors or self.email.errors)

    def ask_for_phone(self) -> None:
        PersonForm.ask_for_phone(self)

    def person(self) -> Person:
        return Person(self.name.data, self.email.data, self.phone.data, None, self.language.data)


class WishForm(FlaskForm):
    """Which times are of use, for who is on the list already."""

    channel = RadioField(
        _l("Wie möchten Sie sprechen?"),
        validate_choice=False,
        validators=[DataRequired(_l("Bitte wählen Sie eine der Antworten."))],
    )
    phone = phone_field(
        _l("Telefonnummer"), _l("Nur nötig, wenn wir Sie zum Termin anrufen sollen.")
    )
    spoken = SelectField(_l("Sprache im Gespräch"), validate_choice=False)
    part_of_day = part_of_day_field()
    not_after = CalendarDay(_l("Bis wann hilft Ihnen ein Termin?"))

    def __init__(self, entry: WaitingEntry, **more: Any) -> None:
        super().__init__(obj=entry, **more)
        topic, self.entry = entry.topic, entry
        self.channel.choices = [
            SelectChoice(each, i18n.channel_name(each)) for each in topic.channels
        ]
        languages = languages_of(db.session, topic)
        self.spoken.choices = [
            SelectChoice("", _l("Jede Sprache")),
            *(SelectChoice(code, i18n.language_name(code)) for code in languages),
        ]

    def validate(self, extra_validators: Any = None) -> bool:
        valid: bool = super().validate(extra_validators)
        if self.not_after.data and self.not_after.data < clock.today():
            self.not_after.errors = [_l("Bitte wählen Sie heute oder einen Tag danach.")]
        if self.channel.data not in self.entry.topic.channels:
            self.channel.errors = [_l("Bitte wählen Sie eine der Antworten.")]
        if self.channel.data == PHONE and not (self.phone.data or self.entry.phone):
            self.phone.errors = [_l("Bitte schreiben Sie Ihre Telefonnummer.")]
        return valid and not (self.not_after.errors or self.channel.errors or self.phone.errors)

    def wish(self) -> Wish:
        known = [choice.value for choice in self.spoken.choices]
        return Wish(self.channel.data, (self.spoken.data in known and self.spoken.data) or None)


class EarlierForm(FlaskForm):
    """Which earlier times are of use."""

    part_of_day = part_of_day_field()


@pages.get("/<slug>/warteliste")
def join(slug: str) -> ResponseReturnValue:
    office = office_or_404(slug)
    topic, wish = _choice(office, request.args)
    if topic is None or wish.channel is None:
        return redirect(url_for("booking.new", slug=slug, topic=topic.slug if topic else None))
    return _form(office, topic, wish, WaitingForm())


@pages.post("/<slug>/warteliste")
@csrf.exempt  # the form checks its token itself: an old one must not lose what was typed
@limited(WAITING)
def add(slug: str) -> ResponseReturnValue:
    office, form, now = office_or_404(slug), WaitingForm(), clock.now()
    topic, wish = _choice(office, request.form)
    if topic is None or wish.channel is None:
        return redirect(url_for("booking.new", slug=slug), 303)
    if wish.channel == PHONE:
        form.ask_for_phone()
    if not form.validate_on_submit():
        return _form(office, topic, wish, form), 422
    try:
        entry = operations.join(
            db.session,
            topic,
            wish.channel,
            form.person(),
            now,
            spoken=wish.spoken,
            part_of_day=form.part_of_day.data,
            not_after=form.not_after.data,
            network=network(),
        )
    except ListFull:
        db.session.rollback()
        return _form(office, topic, wish, form, full=True), 409
    # Without its message nobody could take an offer: too many of them are refused.
    notices.waiting_joined(db.session, entry, now, network=network())
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
    if not form.validate_on_submit() or not notices.reaches(appointment.email, appointment.phone):
        return _earlier_form(token, form), 422
    if appointment.status != BOOKED:
        return redirect(url_for("appointment.show", token=token), 303)
    take(db.session, CHANGES_OF_ONE, str(appointment.id), now)
    try:
        entry = operations.join_for_earlier(
            db.session, appointment, now, part_of_day=form.part_of_day.data
        )
    except ListFull:
        db.session.rollback()
        return _earlier_form(token, form, full=True), 409
    tell(notices.waiting_joined, entry, now)
    topic_id = entry.topic_id
    db.session.commit()
    jobs.deliver_soon()
    work.offer_freed(db.session, topic_id, now)
    return redirect(url_for("waiting.show", token=token), 303)


@pages.get("/warteliste/<token>")
def show(token: str) -> str:
    return _page(token)


@pages.get("/warteliste/<token>/wunsch")
def wish(token: str) -> str:
    """Where whoever is on the list already changes what they wait for."""
    entry = _entry_without_appointment_or_404(token)
    form = WishForm(entry)
    if i18n.typed_form() is None:
        form.phone.data = i18n.phone_number(entry.phone or "")
    return _wish_form(entry, token, form)


@pages.post("/warteliste/<token>/wunsch")
@limited(CHANGES)
def change_wish(token: str) -> ResponseReturnValue:
    entry, now = _entry_without_appointment_or_404(token), clock.now()
    form = WishForm(entry)
    if not form.validate_on_submit():
        return _wish_form(entry, token, form), 422
    try:
        operations.change_wish(
            db.session,
            entry,
            form.wish(),
            form.part_of_day.data,
            form.not_after.data,
            form.phone.data,
        )
    except OfferOver:  # the waiting has ended: the page says how
        db.session.rollback()
        return redirect(url_for("waiting.show", token=token), 303)
    flash(gettext("Ihr neuer Wunsch gilt jetzt. Ihr Platz in der Reihe bleibt."), "success")
    topic_id = entry.topic_id
    db.session.commit()
    work.offer_freed(db.session, topic_id, now)
    return redirect(url_for("waiting.show", token=token), 303)


@pages.post("/warteliste/<token>/annehmen")
@limited(CHANGES)
def accept(token: str) -> ResponseReturnValue:
    entry, now = entry_or_404(token), clock.now()
    offer = _offer_or_404(entry)
    former = entry.appointment.counsellor_id if entry.appointment else None
    topic_id, moves = entry.topic_id, former is not None
    try:
        appointment = operations.accept(db.session, entry, offer, now)
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
    offer = _offer_or_404(entry)
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


def _entry_without_appointment_or_404(token: str) -> WaitingEntry:
    """Who has an appointment changes the wish at its page (`earlier`)."""
    entry = entry_or_404(token)
    return entry if entry.appointment_id is None else abort(404)


def _wish_form(entry: WaitingEntry, token: str, form: WishForm) -> str:
    return render_template(
        "waiting/wish.html",
        entry=entry,
        office=entry.office,
        token=token,
        form=form,
        today=clock.today(),
    )


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


def _form(
    office: Office, topic: Topic, wish: Wish, form: WaitingForm, *, full: bool = False
) -> str:
    if wish.channel == PHONE and not form.is_submitted():
        form.ask_for_phone()
    return render_template(
        "waiting/join.html",
        office=office,
        topic=topic,
        wish=wish,
        form=form,
        full=full,
        today=clock.today(),
    )


def _earlier_form(token: str, form: EarlierForm, *, full: bool = False) -> str:
    appointment, now = appointment_or_404(token), clock.now()
    return render_template(
        "waiting/earlier.html",
        appointment=appointment,
        office=appointment.office,
        token=token,
        form=form,
        can_change=booking.can_change(appointment, now),
        reached=notices.reaches(appointment.email, appointment.phone),
        cancelled=False,
        over=False,
        full=full,
    )


def _choice(office: Office, values: Mapping[str, str]) -> tuple[Topic | None, Wish]:
    """Topic, channel and language of the office, or None for what it does not have."""
    topic, spoken = topic_of(office, values.get("topic")), values.get("spoken")
    if topic is None:
        return None, Wish()
    channel = next((each for each in topic.channels if each == values.get("channel")), None)
    offered = spoken and spoken in languages_of(db.session, topic)
    return topic, Wish(channel, spoken if offered else None)


def _offer_or_404(entry: WaitingEntry) -> WaitingOffer:
    id = id_in(request.form.get("offer"))
    return (id and queries.offer_of(db.session, entry, id)) or abort(404)
