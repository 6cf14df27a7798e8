"""Booking: topic → channel → time → name and contact. One address, one step a page.

What has been chosen travels in the address, what is personal only in the posted form.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import EmailField, SelectChoice, SelectField, StringField, TelField, TextAreaField

from vberatung import clock, i18n
from vberatung.booking import operations
from vberatung.booking.queries import free_slots_of
from vberatung.booking.slots import by_day, nearest
from vberatung.extensions import csrf, db, hub, jobs
from vberatung.messages import mail, outbox
from vberatung.offices.models import PHONE, Office, Topic
from vberatung.offices.queries import topic_of
from vberatung.room.hub import staff_bell
from vberatung.routes.forms import (
    AnyOf,
    DataRequired,
    Email,
    FormThatKeepsEverything,
    Length,
    Phone,
    no_control_characters,
    only_a_name,
    strip,
)
from vberatung.routes.public import office_or_404

pages = Blueprint("booking", __name__)

FARTHEST = timedelta(days=366)
ALTERNATIVES = 6
"""So many other times are offered when the wished one was taken meanwhile."""


class DetailsForm(FormThatKeepsEverything):
    """Who comes, and how we can reach them."""

    name = StringField(
        _l("Vor- und Nachname"),
        filters=[strip],
        validators=[
            DataRequired(_l("Bitte schreiben Sie Ihren Namen.")),
            Length(max=200, message=_l("Der Name darf höchstens 200 Zeichen haben.")),
            no_control_characters,
            only_a_name,
        ],
    )
    email = EmailField(
        _l("E-Mail-Adresse"),
        description=_l("Dorthin schicken wir die Bestätigung mit Ihrem persönlichen Link."),
        filters=[strip],
        validators=[Email()],
    )
    phone = TelField(
        _l("Telefonnummer"),
        description=_l("Diese Nummer rufen wir an, wenn etwas nicht klappt."),
        filters=[strip],
        validators=[Phone()],
    )
    language = SelectField(
        _l("Sprache unserer Nachrichten"),
        choices=[SelectChoice(code, name) for code, name in i18n.LANGUAGES.items()],
        default=i18n.language,
        validate_choice=False,
        validators=[AnyOf(i18n.LANGUAGES, _l("Bitte wählen Sie eine der Sprachen."))],
    )
    notes = TextAreaField(
        _l("Möchten Sie uns vorab etwas sagen?"),
        description=_l("Zum Beispiel, wenn Sie im Gespräch Unterstützung brauchen."),
        filters=[strip],
        validators=[Length(max=2000, message=_l("Bitte schreiben Sie höchstens 2000 Zeichen."))],
    )

    def ask_for_phone(self) -> None:
        """A talk by telephone needs a number."""
        self.phone.description = _l("Unter dieser Nummer rufen wir Sie zum Termin an.")
        self.phone.flags.required = True
        self.phone.validators = [
            DataRequired(_l("Bitte schreiben Sie Ihre Telefonnummer.")),
            *self.phone.validators,
        ]

    def person(self) -> operations.Person:
        return operations.Person(
            name=self.name.data,
            email=self.email.data,
            phone=self.phone.data,
            notes=self.notes.data,
            language=self.language.data,
        )


@dataclass
class Choice:
    """What has been chosen so far; `problem` names a choice that cannot be."""

    topic: Topic | None = None
    channel: str | None = None
    start: datetime | None = None
    problem: str | None = None

    @classmethod
    def read(cls, office: Office, values: Mapping[str, str]) -> "Choice":
        choice = cls()
        if values.get("topic"):
            choice.topic = topic_of(office, values["topic"])
            if choice.topic is None:
                return cls(problem="topic")
        if choice.topic and values.get("channel"):
            if values["channel"] not in choice.topic.channels:
                return cls(topic=choice.topic, problem="channel")
            choice.channel = values["channel"]
        if choice.channel and values.get("slot"):
            choice.start = _moment(values["slot"])
            choice.problem = None if choice.start else "slot"
        return choice


@pages.get("/<slug>/termin")
def new(slug: str) -> ResponseReturnValue:
    """The first step that is still open."""
    office = office_or_404(slug)
    choice = Choice.read(office, request.args)
    if choice.topic and choice.start:
        if choice.start in free_slots_of(db.session, choice.topic, clock.now()):
            form = DetailsForm()
            if choice.channel == PHONE:
                form.ask_for_phone()
            return _details(office, choice, form)
        choice.problem = "taken"
    return _choose(office, choice)


@pages.post("/<slug>/termin")
@csrf.exempt  # the form checks its token itself: an old one must not lose what was typed
def create(slug: str) -> ResponseReturnValue:
    office = office_or_404(slug)
    choice = Choice.read(office, request.form)
    form = DetailsForm()
    if choice.channel == PHONE:
        form.ask_for_phone()
    if not (choice.topic and choice.channel and choice.start):
        choice.problem = choice.problem or "slot"
        return _choose(office, choice)
    if not form.validate_on_submit():
        return _details(office, choice, form), 422
    now = clock.now()
    try:
        appointment = operations.book(
            db.session, choice.topic, choice.channel, choice.start, form.person(), now
        )
    except operations.SlotTaken:
        db.session.rollback()
        free = free_slots_of(db.session, choice.topic, now)
        others = nearest(free, choice.start, ALTERNATIVES)
        return _details(office, choice, form, others=others), 409
    token = operations.issue_link(db.session, appointment, now)
    if appointment.email:
        link = i18n.absolute_url("appointment.show", token=token)
        confirmation = mail.confirmation(appointment, link, now)
        outbox.put(db.session, confirmation, now, expires_at=appointment.starts_at)
    db.session.commit()
    jobs.deliver_soon()
    hub.ring(staff_bell(appointment.counsellor_id))
    return redirect(url_for("appointment.booked", token=token), 303)


def _choose(office: Office, choice: Choice) -> ResponseReturnValue:
    """The page of the first open step, with the problem of the one before, if any."""
    status = {None: 200, "taken": 409}.get(choice.problem, 422)
    if choice.topic is None:
        step = render_template("booking/topic.html", office=office, choice=choice)
    elif choice.channel is None:
        slots = free_slots_of(db.session, choice.topic, clock.now())
        next_free = next(map(clock.to_local, slots), None)
        step = render_template(
            "booking/channel.html", office=office, choice=choice, next_free=next_free
        )
    else:
        slots = free_slots_of(db.session, choice.topic, clock.now())
        step = render_template(
            "booking/time.html", office=office, choice=choice, days=by_day(slots)
        )
    return step, status


def _details(office: Office, choice: Choice, form: DetailsForm, **more: object) -> str:
    return render_template("booking/details.html", office=office, choice=choice, form=form, **more)


def _moment(text: str) -> datetime | None:
    """ISO 8601 with an offset, within a year from now; else None."""
    try:
        moment = datetime.fromisoformat(text)
        near = moment.tzinfo is not None and abs(moment - clock.now()) < FARTHEST
    except (ValueError, OverflowError):  # not a time, or before the first one there is
        return None
    return moment.astimezone(UTC) if near else None
