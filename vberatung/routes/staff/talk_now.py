"""A talk that begins now: the link to pass on, and the room."""

from datetime import datetime, timedelta

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required
from wtforms import SelectChoice, SelectField

from vberatung import clock, i18n, links, tokens
from vberatung.booking import operations
from vberatung.booking.claims import QUANTUM_S
from vberatung.booking.operations import Person, SlotTaken
from vberatung.booking.queries import appointment_of_link, first_gap
from vberatung.extensions import db, hub, jobs
from vberatung.messages import notices
from vberatung.offices.models import VIDEO, Topic
from vberatung.people.models import Staff
from vberatung.room import access
from vberatung.room.hub import staff_bell
from vberatung.room.operations import times_of
from vberatung.routes.forms import FlaskForm, among_choices
from vberatung.routes.person_fields import email_field, language_field, name_field, phone_field

pages = Blueprint("staff_talk_now", __name__, url_prefix="/team/einladen/jetzt")


class TalkNowForm(FlaskForm):
    name = name_field(
        _l("Mit wem sprechen Sie?"), _l("Der Name fehlt."), description=_l("Vor- und Nachname")
    )
    topic = SelectField(_l("Thema"), validate_choice=False, validators=[among_choices])
    email = email_field()
    phone = phone_field(_l("Mobilnummer"))
    language = language_field(_l("Sprache unserer Nachricht"))

    def __init__(self, staff: Staff) -> None:
        super().__init__()
        self.topics = {topic.slug: topic for topic in staff.topics if VIDEO in topic.channels}
        self.topic.choices = [
            SelectChoice(slug, i18n.translated(topic.name)) for slug, topic in self.topics.items()
        ]

    @property
    def chosen_topic(self) -> Topic:
        return self.topics[self.topic.data]

    def person(self) -> Person:
        return Person(self.name.data, self.email.data, self.phone.data, None, self.language.data)


@pages.get("")
@login_required
def ask() -> str:
    return _ask(TalkNowForm(current_user))


@pages.post("")
@login_required
def begin() -> ResponseReturnValue:
    form = TalkNowForm(current_user)
    if not form.validate_on_submit():
        return _ask(form), 422
    now, topic = clock.now(), form.chosen_topic
    operations.release_expired(db.session, now)
    operations.release_held(db.session, current_user.id, now)
    try:
        appointment = operations.arrange(
            db.session, topic, current_user.id, VIDEO, next_start(now), form.person(), now
        )
    except SlotTaken:
        db.session.rollback()
        sentence = gettext(
            "Sie haben in den nächsten %(minutes)s Minuten schon einen Termin, oder die Zeit wird "
            "gerade für jemanden freigehalten. Wählen Sie ein kürzeres Thema, oder warten Sie.",
            minutes=topic.duration_min,
        )
        form.form_errors.append(f"{sentence} {_earliest(topic, now)}")
        return _ask(form), 409
    token = operations.issue_link(db.session, appointment, now)
    notices.booked(db.session, appointment, now, by_office=True)
    bell = staff_bell(appointment.counsellor_id)
    db.session.commit()
    jobs.deliver_soon()
    hub.ring(bell)
    return redirect(url_for("staff_talk_now.begun", token=token), 303)


@pages.get("/<token>")
@login_required
def begun(token: str) -> str:
    """The link to pass on; only whoever has just begun the talk knows this address."""
    appointment = appointment_of_link(db.session, token)
    if appointment is None or appointment.counsellor_id != current_user.id:
        abort(404)
    return render_template(
        "staff/invitations/begun.html",
        office=current_user.office,
        appointment=appointment,
        link=i18n.absolute_url("appointment.show", token=token),
        code=tokens.grouped(links.code_of(token)),
        code_page=i18n.absolute_url("code.enter"),
        told=notices.reaches(appointment.email, appointment.phone),
        room_open=access.is_open(times_of(appointment), clock.now()),
    )


def next_start(now: datetime) -> datetime:
    """The next full five minutes: the room is open at once, and what is sent still arrives."""
    past = timedelta(seconds=now.timestamp() % QUANTUM_S)
    return now - past + timedelta(seconds=QUANTUM_S)


def _earliest(topic: Topic, now: datetime) -> str:
    """From when on the button works, as a sentence; empty if not within a day."""
    gap = first_gap(db.session, topic, current_user.id, next_start(now), now)
    if gap is None:
        return ""
    start = gap - timedelta(seconds=QUANTUM_S)  # whoever presses then begins in the gap
    same_day = clock.local_day(start) == clock.local_day(now)
    moment = i18n.clock_time(start) if same_day else i18n.long_moment(start)
    return str(
        gettext("Ein Gespräch zu diesem Thema können Sie beginnen ab: %(moment)s.", moment=moment)
    )


def _ask(form: TalkNowForm) -> str:
    return render_template("staff/invitations/now.html", office=current_user.office, form=form)
