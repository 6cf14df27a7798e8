"""Booking: topic → channel → time → name and contact. One address, one step a page.

What has been chosen travels in the address, what is personal only in the posted form. A time
that was chosen is held for the visitor while they fill in the form.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask import session as browser_session
from flask.typing import ResponseReturnValue

from vberatung import clock, i18n, tokens
from vberatung.booking import operations
from vberatung.booking.free import Wish, counsellors_free_at, free_starts_of, languages_of
from vberatung.booking.models import PENDING, Appointment, Hold
from vberatung.booking.queries import appointment_of_form
from vberatung.booking.slots import PARTS_OF_DAY, by_day, in_part_of_day, nearest
from vberatung.extensions import csrf, db, hub, jobs
from vberatung.limited import VISITOR, limited, network
from vberatung.limits import BOOKED, BOOKINGS, HOLDS, RELEASES, UNCONFIRMED, take
from vberatung.messages import notices
from vberatung.offices.models import PHONE, Office, Topic
from vberatung.offices.queries import topic_of
from vberatung.room.hub import staff_bell
from vberatung.routes import proof_of_work
from vberatung.routes.occasions import Occasion, occasion_of
from vberatung.routes.person_form import PersonForm
from vberatung.routes.public import office_or_404
from vberatung.routes.telling import say_if_too_far, tell

pages = Blueprint("booking", __name__, url_prefix="/<slug>/termin")

FARTHEST = timedelta(days=366)
FORM_ID_LENGTH = 64
ALTERNATIVES = 6
"""So many other times are offered when the wished one was taken meanwhile."""


@dataclass
class Choice:
    """What has been chosen so far; `problem` names a choice that cannot be."""

    topic: Topic | None = None
    channel: str | None = None
    start: datetime | None = None
    spoken: str | None = None
    part_of_day: str | None = None
    anyone: bool = False
    occasion: Occasion | None = None
    problem: str | None = None

    @classmethod
    def read(cls, office: Office, values: Mapping[str, str]) -> "Choice":
        choice = cls(
            spoken=values.get("spoken") or None,
            part_of_day=next((p for p in PARTS_OF_DAY if p == values.get("part_of_day")), None),
            anyone="anyone" in values,
            occasion=occasion_of(db.session, office, values.get("occasion"), clock.now()),
        )
        if not values.get("topic"):
            return choice
        choice.topic = topic_of(office, values["topic"])
        if choice.topic is None:
            choice.problem = "topic"
        elif values.get("channel") and values["channel"] not in choice.topic.channels:
            choice.problem = "channel"
        elif values.get("channel"):
            choice.channel = values["channel"]
            choice.start = moment_of(values.get("slot"))
            choice.problem = "slot" if values.get("slot") and not choice.start else None
        return choice

    @property
    def counsellor_id(self) -> int | None:
        """The only counsellor who is asked for, if any."""
        known = self.occasion
        if self.anyone or not known or not self.topic or known.topic_id != self.topic.id:
            return None
        return known.counsellor_id

    @property
    def invited(self) -> bool:
        """Whether the office has written about just this topic."""
        known = self.occasion
        return bool(known and known.invited and self.topic and known.topic_id == self.topic.id)

    @property
    def wish(self) -> Wish:
        return Wish(self.channel, self.spoken, self.counsellor_id)

    def address(self, **changes: str | None) -> dict[str, str]:
        """The choice as parameters of an address or hidden fields of a form."""
        chosen = {
            "topic": self.topic.slug if self.topic else None,
            "channel": self.channel,
            "spoken": self.spoken,
            "part_of_day": self.part_of_day,
            "anyone": "1" if self.anyone else None,
            "occasion": self.occasion.key if self.occasion else None,
        }
        return {name: value for name, value in (chosen | changes).items() if value}


@pages.get("")
def new(slug: str) -> ResponseReturnValue:
    """The first step that is still open."""
    office = office_or_404(slug)
    typed = i18n.typed_form()
    choice = Choice.read(office, request.args if typed is None else typed)
    if not (choice.topic and choice.start):
        return _choose(office, choice)
    held = _held(choice)
    form = PersonForm(obj=choice.occasion.person if choice.occasion else None)
    if held or _is_free(choice):
        return _details(office, choice, form, held)
    if typed is not None:
        return _other_times(office, choice, form, choice.topic, choice.start)
    choice.problem = "taken"
    return _choose(office, choice)


@pages.post("/zeit")
@limited(HOLDS)
def hold(slug: str) -> ResponseReturnValue:
    """Keep the chosen time while the form is filled in; the one chosen before is released."""
    office = office_or_404(slug)
    choice = Choice.read(office, request.form)
    if not (choice.topic and choice.start):
        choice.problem = choice.problem or "slot"
        return _choose(office, choice)
    try:
        operations.hold(
            db.session,
            choice.topic,
            choice.start,
            _visitor(),
            network(),
            clock.now(),
            choice.wish,
        )
    except (operations.SlotTaken, operations.TooManyHolds) as refused:
        db.session.rollback()
        choice.problem = "taken" if isinstance(refused, operations.SlotTaken) else "too_many_holds"
        return _choose(office, choice)
    db.session.commit()
    return redirect(_step(office, choice, slot=request.form["slot"]), 303)


@pages.post("/freigeben")
@limited(RELEASES)
def release(slug: str) -> ResponseReturnValue:
    """Another time is wanted: this one is free for others at once."""
    office = office_or_404(slug)
    choice = Choice.read(office, request.form)
    held = _held(choice)
    if held:
        operations.release(db.session, held)
        db.session.commit()
    return redirect(_step(office, choice), 303)


@pages.post("/verlassen")
@limited(RELEASES)
def leave(slug: str) -> ResponseReturnValue:
    """The page says that it is closed, or with `back` that it is open again (a reload)."""
    held = _held(Choice.read(office_or_404(slug), request.form))
    if held:
        if "back" in request.form:
            operations.come_back(held)
        else:
            operations.leave(held, clock.now())
        db.session.commit()
    return "", 204


@pages.post("")
@csrf.exempt  # the form checks its token itself: an old one must not lose what was typed
@limited(BOOKINGS)
def create(slug: str) -> ResponseReturnValue:
    office = office_or_404(slug)
    choice = Choice.read(office, request.form)
    form = PersonForm()
    if not (choice.topic and choice.channel and choice.start):
        choice.problem = choice.problem or "slot"
        return _choose(office, choice)
    held = _held(choice)
    if choice.channel == PHONE:
        form.ask_for_phone()
    if not form.validate_on_submit():
        return _details(office, choice, form, held), 422
    now, form_id = clock.now(), request.form.get("form_id", "")[:FORM_ID_LENGTH] or None
    pending = _is_to_confirm(office, choice, form, now)
    sent_before = form_id and appointment_of_form(db.session, form_id) if pending else None
    if pending and not form.email.data and not sent_before:
        form.form_errors.append(proof_of_work.sentence(office.phone))
        return _details(office, choice, form, held), 422
    try:
        appointment = operations.book(
            db.session,
            choice.topic,
            choice.channel,
            choice.start,
            form.person(),
            now,
            wish=choice.wish,
            hold=held,
            form_id=form_id,
            pending=pending,
        )
        take(db.session, BOOKED, network(), now)
        if pending:
            take(db.session, UNCONFIRMED, network(), now)
    except operations.SentTwice as twice:
        return _booked(twice.appointment, now)
    except operations.SlotTaken:
        db.session.rollback()
        return _other_times(office, choice, form, choice.topic, choice.start)
    except operations.TooManyBookings:
        db.session.rollback()
        return _details(office, choice, form, _held(choice), too_many=True), 429
    if choice.occasion:
        choice.occasion.note_booking(db.session, appointment, now)
    if appointment.status == PENDING:
        # Without its message nobody could confirm: too many of them are refused.
        notices.to_confirm(db.session, appointment, now, network=network())
    else:
        tell(notices.booked, appointment, now)
        say_if_too_far(appointment.email, appointment.phone)
    return _booked(appointment, now)


def _is_to_confirm(office: Office, choice: Choice, form: PersonForm, now: datetime) -> bool:
    """Whether the booking waits for the click in its mail. Whom the office invited is known."""
    known, topic = choice.occasion, choice.topic
    if known and topic and known.invites(db.session, topic, form.email.data, now):
        return False
    if office.proof_of_work and not proof_of_work.solved():
        return True
    return bool(office.confirm_email and form.email.data)


@pages.get("/bestaetigen")
def to_confirm(slug: str) -> str:
    """The time is kept until the link in the mail was used."""
    return render_template("booking/to_confirm.html", office=office_or_404(slug))


def _booked(appointment: Appointment, now: datetime) -> ResponseReturnValue:
    """Commit, let others know, and show what was booked."""
    slug, counsellor_id = appointment.office.slug, appointment.counsellor_id
    if appointment.status == PENDING:
        address = url_for("booking.to_confirm", slug=slug)
    else:
        token = operations.issue_link(db.session, appointment, now)
        address = url_for("appointment.booked", token=token)
    db.session.commit()
    jobs.deliver_soon()
    hub.ring(staff_bell(counsellor_id))
    return redirect(address, 303)


def _choose(office: Office, choice: Choice) -> ResponseReturnValue:
    """The page of the first open step, with the problem of the one before, if any."""
    status = {None: 200, "taken": 409, "too_many_holds": 429}.get(choice.problem, 422)
    if choice.topic is None:
        return render_template("booking/topic.html", office=office, choice=choice), status
    starts = free_starts_of(db.session, choice.topic, clock.now(), choice.wish)
    if choice.channel is None:
        next_free = clock.to_local(starts[0]) if starts else None
        step = render_template(
            "booking/channel.html", office=office, choice=choice, next_free=next_free
        )
    else:
        step = render_template(
            "booking/time.html",
            office=office,
            choice=choice,
            days=by_day(in_part_of_day(starts, choice.part_of_day)),
            any_free=bool(starts),
            spoken_languages=languages_of(db.session, choice.topic),
        )
    return step, status


def _details(
    office: Office, choice: Choice, form: PersonForm, held: Hold | None, **more: object
) -> str:
    if choice.channel == PHONE and not form.is_submitted():
        form.ask_for_phone()
    return render_template(
        "booking/details.html",
        office=office,
        choice=choice,
        form=form,
        held=held,
        form_id=request.form.get("form_id") or tokens.link_token(),
        now=clock.now(),
        **more,
    )


def _other_times(
    office: Office, choice: Choice, form: PersonForm, topic: Topic, start: datetime
) -> ResponseReturnValue:
    """The time was taken while the form was filled in: what was typed stays."""
    free = free_starts_of(db.session, topic, clock.now(), choice.wish)
    others = nearest(free, start, ALTERNATIVES)
    return _details(office, choice, form, None, others=others), 409


def _step(office: Office, choice: Choice, **changes: str | None) -> str:
    return url_for("booking.new", slug=office.slug, **choice.address(**changes))  # type: ignore[arg-type]


def _visitor() -> str:
    """A random name for this browser, kept in its session cookie and nowhere else."""
    visitor = browser_session.get(VISITOR)
    if not visitor:
        visitor = browser_session[VISITOR] = tokens.link_token()
    return str(visitor)


def _held(choice: Choice) -> Hold | None:
    """What this visitor holds for this choice."""
    visitor = browser_session.get(VISITOR)
    if not (visitor and choice.topic and choice.start):
        return None
    for held in operations.holds_of(db.session, visitor, clock.now()):
        same = held.topic_id == choice.topic.id and held.starts_at == choice.start
        if same and held.channel == choice.channel:
            return held
    return None


def _is_free(choice: Choice) -> bool:
    return bool(
        choice.topic
        and choice.start
        and counsellors_free_at(db.session, choice.topic, choice.start, clock.now(), choice.wish)
    )


def moment_of(text: str | None) -> datetime | None:
    """ISO 8601 with an offset, within a year from now; else None."""
    try:
        moment = datetime.fromisoformat(text or "")
        near = moment.tzinfo is not None and abs(moment - clock.now()) < FARTHEST
    except (ValueError, OverflowError):  # not a time, or before the first one there is
        return None
    return moment.astimezone(UTC) if near else None
