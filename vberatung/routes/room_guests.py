"""Third persons, as those see it who ask them: the counsellor, and the jobseeker with a companion.

A page of its own, so that an interpreter has a link before the talk; in the room the part "people"
asks for the same addresses and is given a fragment.
"""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_login import login_required
from wtforms import RadioField, SelectChoice

from vberatung import clock, i18n, links
from vberatung.booking.models import PENDING, Appointment
from vberatung.extensions import db, hub
from vberatung.limited import limited
from vberatung.limits import CHANGES, GUESTS_OF_ONE, take
from vberatung.offices.models import VIDEO
from vberatung.room import access, guests, presence
from vberatung.room.conversation import announce_removal
from vberatung.room.hub import staff_bell
from vberatung.room.models import Guest
from vberatung.room.operations import times_of
from vberatung.room.places import COMPANION, GUEST_ROLES, MOST_GUESTS, MOST_PEOPLE, place_of_guest
from vberatung.routes.appointment import appointment_or_404
from vberatung.routes.by_script import by_script
from vberatung.routes.forms import AnyOf, FlaskForm
from vberatung.routes.person_fields import name_field
from vberatung.routes.room_parts import ROLE_WORDS
from vberatung.routes.staff.talk import own_appointment_or_404

pages = Blueprint("room_guests", __name__)

OF_COUNSELLOR, OF_JOBSEEKER = "/team/raum/<int:id>/gaeste", "/termin/<token>/raum/gaeste"

ROLES_TO_ASK = {
    "interpreter": _l("Dolmetscherin oder Dolmetscher"),
    "sign_interpreter": _l("Dolmetscherin oder Dolmetscher für Gebärdensprache"),
    "companion": _l("Begleitperson"),
    "colleague": _l("Kollegin oder Kollege"),
}


class GuestForm(FlaskForm):
    role = RadioField(
        _l("Wer kommt dazu?"),
        choices=[SelectChoice(role, ROLES_TO_ASK[role]) for role in GUEST_ROLES],
        validate_choice=False,
        validators=[AnyOf(GUEST_ROLES, _l("Bitte wählen Sie eine der Antworten."))],
    )
    name = name_field(_l("Vor- und Nachname dieser Person"), _l("Bitte schreiben Sie den Namen."))


@dataclass(frozen=True)
class Host:
    """Whoever asks others to this talk: the jobseeker by a personal link, else the counsellor."""

    appointment: Appointment
    token: str | None = None

    def url(self, action: str = "show", **query: object) -> str:
        if self.token:
            endpoint = f"room_guests.{action}_as_jobseeker"
            return url_for(endpoint, token=self.token, **query)  # type: ignore[arg-type]
        endpoint = f"room_guests.{action}_as_counsellor"
        return url_for(endpoint, id=self.appointment.id, **query)  # type: ignore[arg-type]

    def form(self) -> GuestForm:
        form = GuestForm(prefix="guest-")
        if self.token:
            del form.role
        return form

    def decides_on(self, guest: Guest) -> bool:
        """A jobseeker on those whom they have asked themselves."""
        return self.token is None or guest.by_jobseeker

    def guest(self, id: str | None) -> Guest | None:
        """The guest of this number, if it is for this host to decide."""
        number = int(id) if id and id.isdecimal() else 0
        guest = guests.own_guest(db.session, self.appointment, number)
        return guest if guest and self.decides_on(guest) else None


@pages.get(OF_COUNSELLOR)
@login_required
def show_as_counsellor(id: int) -> ResponseReturnValue:
    return _page(_counsellor(id))


@pages.get(OF_JOBSEEKER)
def show_as_jobseeker(token: str) -> ResponseReturnValue:
    appointment = appointment_or_404(token)
    if appointment.channel != VIDEO or appointment.status == PENDING:
        return redirect(url_for("appointment.show", token=token))
    return _page(_jobseeker(token))


@pages.post(OF_COUNSELLOR)
@login_required
def invite_as_counsellor(id: int) -> ResponseReturnValue:
    return _invite(_counsellor(id))


@pages.post(OF_JOBSEEKER)
@limited(CHANGES)
def invite_as_jobseeker(token: str) -> ResponseReturnValue:
    return _invite(_jobseeker(token))


@pages.post(OF_COUNSELLOR + "/link")
@login_required
def link_as_counsellor(id: int) -> ResponseReturnValue:
    return _link(_counsellor(id))


@pages.post(OF_JOBSEEKER + "/link")
@limited(CHANGES)
def link_as_jobseeker(token: str) -> ResponseReturnValue:
    return _link(_jobseeker(token))


@pages.post(OF_COUNSELLOR + "/entfernen")
@login_required
def remove_as_counsellor(id: int) -> ResponseReturnValue:
    return _remove(_counsellor(id))


@pages.post(OF_JOBSEEKER + "/entfernen")
@limited(CHANGES)
def remove_as_jobseeker(token: str) -> ResponseReturnValue:
    return _remove(_jobseeker(token))


def _counsellor(id: int) -> Host:
    return Host(_talk(own_appointment_or_404(id)))


def _jobseeker(token: str) -> Host:
    return Host(_talk(appointment_or_404(token)), token)


def _talk(appointment: Appointment) -> Appointment:
    """RoomOver for a talk that nobody can come to, by whatever address."""
    over = access.is_over(times_of(appointment), clock.now())
    if over or appointment.channel != VIDEO or appointment.status == PENDING:
        raise access.RoomOver
    return appointment


def _invite(host: Host) -> ResponseReturnValue:
    form, now = host.form(), clock.now()
    if not form.validate_on_submit():
        return _page(host, form), 422
    role = form.role.data if form.role else COMPANION
    try:
        guest = guests.invite(
            db.session,
            host.appointment,
            role,
            form.name.data,
            now,
            by_jobseeker=host.token is not None,
        )
    except guests.TooManyGuests:
        db.session.rollback()
        return _page(host, form), 409
    return _show_link(host, guest, now)


def _link(host: Host) -> ResponseReturnValue:
    """One more link for whoever has lost theirs: what we keep of a link does not lead anywhere."""
    guest = host.guest(request.form.get("guest"))
    if guest is None:
        return redirect(host.url(), 303)
    return _show_link(host, guest, clock.now())


def _remove(host: Host) -> ResponseReturnValue:
    guest = host.guest(request.form.get("guest"))
    if guest is not None:
        guests.remove(db.session, host.appointment, guest.id, clock.now())
        db.session.commit()
        announce_removal(hub, host.appointment.id, place_of_guest(guest.id))
        hub.ring(staff_bell(host.appointment.counsellor_id))
    return redirect(host.url(), 303)


def _show_link(host: Host, guest: Guest, now: datetime) -> ResponseReturnValue:
    take(db.session, GUESTS_OF_ONE, str(host.appointment.id), now)
    token = guests.issue_link(db.session, guest, now)
    db.session.commit()
    return redirect(host.url(link=token), 303)


def _page(host: Host, form: GuestForm | None = None) -> str:
    """`?link=` shows that new link, `?entfernen=` asks before somebody is removed."""
    asked = guests.guests_of(db.session, host.appointment)
    token = request.args.get("link", "")
    new = guests.guest_of_token(db.session, token)
    fragment = by_script()
    return render_template(
        "guests/_guests.html" if fragment else "guests/show.html",
        host=host,
        appointment=host.appointment,
        office=host.appointment.office,
        form=form or host.form(),
        rows=[(guest, _state(guest), host.decides_on(guest)) for guest in asked],
        to_remove=host.guest(request.args.get("entfernen")),
        new=new if new in asked else None,
        link=i18n.absolute_url("guest.show", token=token),
        code=links.code_of(token),
        code_link=i18n.absolute_url("code.enter"),
        role_words=ROLE_WORDS,
        most=MOST_PEOPLE,
        free=MOST_GUESTS - len(asked),
        place_of_guest=place_of_guest,
        fragment=fragment,
    )


def _state(guest: Guest) -> str:
    place = place_of_guest(guest.id)
    if not presence.is_present(db.session, guest.appointment_id, place, clock.now()):
        return "asked" if guest.consented_at is None else "away"
    return "talking" if guest.is_let_in else "waiting"
