"""A third person's way into a talk, by a link of their own. Nothing of the case is shown here."""

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from vberatung import clock
from vberatung.extensions import db, hub
from vberatung.limited import limited
from vberatung.limits import ARRIVALS, CHANGES
from vberatung.offices.models import VIDEO
from vberatung.room import access, guests
from vberatung.room.hub import staff_bell
from vberatung.room.models import Guest
from vberatung.room.operations import times_of
from vberatung.routes.by_script import by_script
from vberatung.routes.forms import FlaskForm
from vberatung.routes.person_fields import name_field
from vberatung.routes.room import room_page, seat_of
from vberatung.routes.room_parts import ROLE_WORDS
from vberatung.routes.templating import socket_path

pages = Blueprint("guest", __name__, url_prefix="/gast/<token>")


class NameForm(FlaskForm):
    name = name_field(_l("Vor- und Nachname"), _l("Bitte schreiben Sie Ihren Namen."))


class Removed(Exception):
    """Whoever asked this guest has taken it back."""


@pages.get("")
def show(token: str) -> str:
    guest = _guest(token)
    return _page(guest, token, NameForm(name=guest.name))


@pages.post("")
@limited(CHANGES)
def rename(token: str) -> ResponseReturnValue:
    """By this name the others are told who has come."""
    guest, form = _guest(token), NameForm()
    if not form.validate_on_submit():
        return _page(guest, token, form), 422
    guests.rename(db.session, guest, form.name.data)
    db.session.commit()
    flash(gettext("Ihr Name ist geändert."), "success")
    return redirect(url_for("guest.show", token=token), 303)


@pages.get("/raum")
def enter(token: str) -> str:
    guest = _guest(token)
    appointment = guest.appointment
    access.check_open(times_of(appointment), clock.now())
    came_back = guest.consented_at is not None and guest.is_let_in
    return room_page(
        appointment,
        role=guest.role,
        socket_url=socket_path("signalling.guest", token=token, platz=seat_of(request.args)),
        settles=seat_of(request.args) is not None,
        hand_over_url=url_for("hand_over.for_guest", token=token, platz=seat_of(request.args)),
        join_url=url_for("guest.join", token=token),
        auto_join=came_back,
        after_url=url_for("guest.show", token=token),
        page_url=url_for("guest.show", token=token),
        peer_name=appointment.counsellor.name,
    )


@pages.post("/raum")
@limited(ARRIVALS)
def join(token: str) -> ResponseReturnValue:
    """Consent, and arrival in the waiting room. There is no talk without scripts."""
    guest = _guest(token)
    guests.arrive(db.session, guest, clock.now())
    db.session.commit()
    hub.ring(staff_bell(guest.appointment.counsellor_id))
    if by_script():
        return "", 204
    flash(gettext("Für das Gespräch braucht Ihr Browser JavaScript. Schalten Sie es bitte ein."))
    return redirect(url_for("guest.show", token=token), 303)


@pages.errorhandler(Removed)
def removed(error: Removed) -> ResponseReturnValue:
    db.session.rollback()
    if by_script():
        return "", 404
    return render_template("guest/removed.html", office=g.office), 410


@pages.errorhandler(access.RoomOver)
def over(error: access.RoomOver) -> ResponseReturnValue:
    """A friendly end, also for whoever opens the link the day after."""
    db.session.rollback()
    return render_template("guest/over.html", office=g.office, came=g.came), 410


@pages.errorhandler(access.NotOpenYet)
def not_open_yet(error: access.NotOpenYet) -> ResponseReturnValue:
    """The guest's own page says when it opens."""
    db.session.rollback()
    if by_script():
        return "", 425
    return redirect(url_for("guest.show", **(request.view_args or {})), 303)


def _guest(token: str) -> Guest:
    """Whose link this is. Removed; RoomOver for a talk that is no more, or no video talk."""
    guest = guests.guest_of_token(db.session, token, removed=True) or abort(404)
    g.office, g.came = guest.appointment.office, guest.admitted_at is not None
    if guest.removed_at is not None:
        raise Removed
    over = access.is_over(times_of(guest.appointment), clock.now())
    if over or guest.appointment.channel != VIDEO:
        raise access.RoomOver
    return guest


def _page(guest: Guest, token: str, form: NameForm) -> str:
    times = times_of(guest.appointment)
    return render_template(
        "guest/show.html",
        guest=guest,
        appointment=guest.appointment,
        office=guest.appointment.office,
        token=token,
        form=form,
        role_word=ROLE_WORDS[guest.role],
        room_open=access.is_open(times, clock.now()),
        opens_at=times.opens_at,
    )
