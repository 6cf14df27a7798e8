"""The talk goes on at another device: a code is shown here, and taken there."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required
from werkzeug.wrappers import Response

from vberatung import clock, i18n, links
from vberatung.booking.models import Appointment
from vberatung.booking.operations import issue_link
from vberatung.extensions import db
from vberatung.limited import limited
from vberatung.limits import ARRIVALS
from vberatung.links import Link
from vberatung.room import access, guests, hand_overs, operations
from vberatung.room.models import HandOver
from vberatung.room.places import COUNSELLOR, JOBSEEKER, guest_of_place, other_seat, place_of_guest
from vberatung.routes.appointment import appointment_or_404
from vberatung.routes.room import room_page, seat_of
from vberatung.routes.staff.talk import own_appointment_or_404
from vberatung.routes.templating import socket_path

pages = Blueprint("hand_over", __name__)


@pages.post("/termin/<token>/raum/geraet")
@limited(ARRIVALS)
def for_jobseeker(token: str) -> ResponseReturnValue:
    return _offer(appointment_or_404(token), JOBSEEKER)


@pages.post("/gast/<token>/raum/geraet")
@limited(ARRIVALS)
def for_guest(token: str) -> ResponseReturnValue:
    guest = guests.guest_of_token(db.session, token) or abort(404)
    return _offer(guest.appointment, place_of_guest(guest.id))


@pages.post("/team/raum/<int:id>/geraet")
@login_required
def for_counsellor(id: int) -> ResponseReturnValue:
    return _offer(own_appointment_or_404(id), COUNSELLOR)


@pages.post("/geraet/<token>/raum/geraet")
@limited(ARRIVALS)
def for_device(token: str) -> ResponseReturnValue:
    return _offer(device_or_404(token).appointment, COUNSELLOR)


def _offer(appointment: Appointment, person: str) -> ResponseReturnValue:
    """The code, as a fragment; `platz` says from which seat it goes on."""
    place = other_seat(person) if seat_of(request.args) == 2 else person
    token = hand_overs.offer(db.session, appointment, place, clock.now())
    db.session.commit()
    return render_template(
        "room/_hand_over.html",
        link=i18n.absolute_url("hand_over.enter", token=token),
        code=links.code_of(token),
        code_page=i18n.absolute_url("code.enter"),
        minutes=hand_overs.VALID_FOR.seconds // 60,
    )


@pages.get("/geraet/<token>")
def enter(token: str) -> str:
    """Opening changes nothing: a scanner of mails or codes must not use it up."""
    offered = hand_overs.offered(db.session, token, clock.now())
    return render_template("room/take.html", office=offered.appointment.office, token=token)


@pages.post("/geraet/<token>")
@limited(ARRIVALS)
def take(token: str) -> ResponseReturnValue:
    answer = _to_room(hand_overs.use(db.session, token, clock.now()))
    db.session.commit()
    return answer


def _to_room(hand_over: HandOver) -> Response:
    """Jobseeker and guests get a link of their own; the counsellor's device gets this room only."""
    now, place = clock.now(), hand_over.place
    seat = 2 if place.endswith(".2") else 1
    if (guest := guest_of_place(place)) is not None:
        token = links.issue(db.session, Link.guest_id, guest, now)
        return redirect(url_for("guest.enter", token=token, platz=seat), 303)
    if place.startswith(JOBSEEKER):
        token = issue_link(db.session, hand_over.appointment, now)
        return redirect(url_for("room.enter", token=token, platz=seat, da=1), 303)
    token = links.issue(db.session, Link.hand_over_id, hand_over.id, now)
    return redirect(url_for("hand_over.room", token=token), 303)


@pages.get("/geraet/<token>/raum")
def room(token: str) -> str:
    """The counsellor's room on a device that is not signed in: this talk and nothing else."""
    hand_over = device_or_404(token)
    appointment = hand_over.appointment
    access.check_open(operations.times_of(appointment), clock.now())
    return room_page(
        appointment,
        role=COUNSELLOR,
        socket_url=socket_path("signalling.device", token=token),
        settles=True,
        auto_join=True,
        hand_over_url=url_for(
            "hand_over.for_device", token=token, platz=2 if hand_over.place.endswith(".2") else 1
        ),
        after_url=url_for("public.start"),
        page_url=url_for("public.start"),
        peer_name=appointment.name,
    )


def device_or_404(token: str) -> HandOver:
    return hand_overs.taken(db.session, token) or abort(404)
