"""The jobseeker's way into the room: consent, waiting room, talk."""

from collections.abc import Mapping

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from vberatung import clock, i18n
from vberatung.booking.models import Appointment
from vberatung.extensions import db, hub
from vberatung.limited import limited
from vberatung.limits import ARRIVALS
from vberatung.offices.models import VIDEO
from vberatung.room import access, operations
from vberatung.room.hub import staff_bell
from vberatung.room.places import JOBSEEKER, MAIN
from vberatung.routes.appointment import appointment_or_404
from vberatung.routes.by_script import by_script
from vberatung.routes.room_parts import ROLE_WORDS, parts_for
from vberatung.routes.templating import socket_path
from vberatung.routes.waiting_room import waiting_room

pages = Blueprint("room", __name__, url_prefix="/termin/<token>/raum")

RELOADS_AFTER_S = 60
"""A page without JavaScript: soon enough for a message, seldom enough to be read aloud."""


@pages.get("")
def enter(token: str) -> ResponseReturnValue:
    appointment = appointment_or_404(token)
    if appointment.channel != VIDEO:
        return redirect(url_for("appointment.show", token=token))
    access.check_open(operations.times_of(appointment), clock.now())
    return room_page(
        appointment,
        role=JOBSEEKER,
        socket_url=socket_path("signalling.jobseeker", token=token, platz=seat_of(request.args)),
        settles=seat_of(request.args) is not None,
        hand_over_url=url_for("hand_over.for_jobseeker", token=token, platz=seat_of(request.args)),
        join_url=url_for("room.join", token=token),
        auto_join=_joins_by_itself(appointment),
        after_url=url_for("feedback.ask", token=token),
        call_me_url=url_for("appointment_changes.request_call", token=token),
        guests_url=url_for("room_guests.show_as_jobseeker", token=token),
        page_url=url_for("appointment.show", token=token),
        waiting_url=url_for("waiting_room.show", token=token),
        trouble_url=url_for("waiting_room.note_trouble", token=token),
        techcheck_url=url_for("techcheck.for_appointment", token=token),
        peer_name=appointment.counsellor.name,
    )


def seat_of(arguments: Mapping[str, str]) -> int | None:
    """Whoever has come from another device sits on the seat that was kept for it: 1 or 2."""
    return {"1": 1, "2": 2}.get(arguments.get("platz", ""))


def _joins_by_itself(appointment: Appointment) -> bool:
    """After a reload in the talk, or when the button was pressed before the scripts were there."""
    came_back = appointment.admitted_at is not None or "da" in request.args
    return appointment.consented_at is not None and came_back


@pages.post("")
@limited(ARRIVALS)
def join(token: str) -> ResponseReturnValue:
    """Consent and arrival. A script stays on its page; without one another page follows."""
    appointment = appointment_or_404(token)
    if appointment.channel != VIDEO:
        abort(404)
    operations.arrive(db.session, appointment, clock.now())
    db.session.commit()
    hub.ring(staff_bell(appointment.counsellor_id))
    if by_script():
        return "", 204
    return redirect(url_for("room.arrived", token=token), 303)


def room_page(appointment: Appointment, *, settles: bool = False, **of_the_role: object) -> str:
    """The room as one of its roles sees it. `settles`: it comes from another device."""
    starts, ends = i18n.long_moment(appointment.starts_at), i18n.clock_time(appointment.ends_at)
    return render_template(
        "room/room.html",
        office=appointment.office,
        topic_name=i18n.translated(appointment.topic.name) if of_the_role["role"] in MAIN else None,
        settles=settles,
        parts=parts_for(str(of_the_role["role"])),
        role_words=ROLE_WORDS,
        when=gettext("%(start)s bis %(end)s", start=starts, end=ends),
        **of_the_role,
    )


@pages.get("/da")
def arrived(token: str) -> ResponseReturnValue:
    """Without JavaScript: we know that you are here, and will call you.

    The page reloads itself at its waiting room, where a screen reader goes on; `?ruhig=1` stops
    that (WCAG 2.2.2). The moment in the address makes it a reload: with the fragment alone the
    browser would only scroll.
    """
    appointment, now = appointment_or_404(token), clock.now()
    access.check_open(operations.times_of(appointment), now)
    if appointment.arrived_at is None:
        return redirect(url_for("room.enter", token=token))
    again = url_for("room.arrived", token=token, um=f"{now:%H%M}", _anchor="warteraum")
    refreshes = "ruhig" not in request.args
    facts = waiting_room(appointment)
    page = render_template("room/arrived.html", token=token, refreshes=refreshes, **facts)
    return page, {"Refresh": f"{RELOADS_AFTER_S}; url={again}"} if refreshes else {}
