"""A talk that begins now: the link to pass on, and the room."""

from datetime import datetime, timedelta

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required
from wtforms import EmailField, SelectChoice, SelectField, StringField, TelField

from vberatung import clock, i18n, links, tokens
from vberatung.booking import operations
from vberatung.booking.claims import QUANTUM_S
from vberatung.booking.operations import Person, SlotTaken
from vberatung.booking.queries import appointment_of_link
from vberatung.extensions import db, hub, jobs
from vberatung.messages import notices
from vberatung.offices.models import VIDEO, Topic
from vberatung.people.models import Staff
from vberatung.room import access
from vberatung.room.hub import staff_bell
from vberatung.room.operations import times_of
from vberatung.routes.forms import (
    AnyOf,
    DataRequired,
    Email,
    FlaskForm,
    Length,
    Phone,
    no_control_characters,
    only_a_name,
    strip,
)
from vberatung.routes.staff.invitation_forms import among_choices

pages = Blueprint("staff_talk_now", __name__, url_prefix="/team/einladen/jetzt")


class TalkNowForm(FlaskForm):
    name = StringField(
        _l("Mit wem sprechen Sie?"),
        description=_l("Vor- und Nachname"),
        filters=[strip],
        validators=[
            DataRequired(_l("Der Name fehlt.")),
            Length(max=200, message=_l("Der Name darf höchstens 200 Zeichen haben.")),
            no_control_characters,
            only_a_name,
        ],
    )
    topic = SelectField(_l("Thema"), validate_choice=False, validators=[among_choices])
    email = EmailField(_l("E-Mail-Adresse"), filters=[strip], validators=[Email()])
    phone = TelField(_l("Mobilnummer"), filters=[strip], validators=[Phone()])
    language = SelectField(
        _l("Sprache unserer Nachricht"),
        choices=[SelectChoice(code, name) for code, name in i18n.LANGUAGES.items()],
        default=i18n.DEFAULT_LANGUAGE,
        validate_choice=False,
        validators=[AnyOf(i18n.LANGUAGES, _l("Bitte wählen Sie eine der Sprachen."))],
    )

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
        form.form_errors.append(sentence)
        return _ask(form), 409
    token = operations.issue_link(db.session, appointment, now)
    notices.booked(db.session, appointment, now)
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
        told=bool(appointment.email or notices.can_text(appointment.phone)),
        room_open=access.is_open(times_of(appointment), clock.now()),
    )


def next_start(now: datetime) -> datetime:
    """The next full five minutes: the room is open at once, and what is sent still arrives."""
    past = timedelta(seconds=now.timestamp() % QUANTUM_S)
    return now - past + timedelta(seconds=QUANTUM_S)


def _ask(form: TalkNowForm) -> str:
    return render_template("staff/invitations/now.html", office=current_user.office, form=form)
