"""The invitation to choose a time, as the invited person sees it. Opening it changes nothing."""

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from vberatung import clock
from vberatung.booking.free import Wish, free_starts_of
from vberatung.booking.models import CANCELLED
from vberatung.booking.operations import issue_link
from vberatung.extensions import db
from vberatung.invitations import states
from vberatung.invitations.models import CANCELLED_BY_OFFICE, Invitation
from vberatung.invitations.queries import facts_of, invitation_of_link
from vberatung.limited import limited
from vberatung.limits import CHANGES
from vberatung.routes.occasions import INVITATION

pages = Blueprint("invitation", __name__, url_prefix="/einladung/<token>")

NEXT_TIMES = 6
"""So many of the next free times are offered at once to whom we had to cancel."""


@pages.get("")
def show(token: str) -> str:
    invitation = invitation_or_404(token)
    state = states.state_of(facts_of(invitation), clock.now())
    if state in states.OPEN and _was_cancelled_by_us(invitation):
        return _instead(invitation, token)
    return render_template(
        "invitation/show.html",
        invitation=invitation,
        office=invitation.office,
        token=token,
        state=state,
        open=state in states.OPEN,
    )


@pages.post("/termin")
@limited(CHANGES)
def to_appointment(token: str) -> ResponseReturnValue:
    """A fresh personal link to the appointment that the invitation has led to."""
    appointment = invitation_or_404(token).appointment or abort(404)
    link = issue_link(db.session, appointment, clock.now())
    db.session.commit()
    return redirect(url_for("appointment.show", token=link), 303)


def _was_cancelled_by_us(invitation: Invitation) -> bool:
    """Also when the office cancelled what the person had booked with an ordinary invitation."""
    if invitation.appointment is None:  # it has been deleted since
        return invitation.reason == CANCELLED_BY_OFFICE
    return invitation.appointment.status == CANCELLED and invitation.appointment.cancelled_by_office


def _instead(invitation: Invitation, token: str) -> str:
    """What was cancelled, and the next free times, in the same language.

    `?channel=` looks at another kind of talk.
    """
    topic, cancelled = invitation.topic, invitation.appointment
    asked = request.args.get("channel"), cancelled.channel if cancelled else invitation.channel
    channel = next((each for each in asked if each in topic.channels), topic.channels[0])
    spoken = cancelled.spoken if cancelled else None
    wish = Wish(channel, spoken, invitation.counsellor_id)
    starts = free_starts_of(db.session, topic, clock.now(), wish)[:NEXT_TIMES]
    return render_template(
        "invitation/instead.html",
        invitation=invitation,
        office=invitation.office,
        cancelled=cancelled,
        topic=topic,
        token=token,
        channel=channel,
        starts=[clock.to_local(start) for start in starts],
        booking={
            "topic": topic.slug,
            "channel": channel,
            **({"spoken": spoken} if spoken else {}),
            "occasion": f"{INVITATION}.{token}",
        },
    )


def invitation_or_404(token: str) -> Invitation:
    invitation = invitation_of_link(db.session, token) or abort(404)
    g.office = invitation.office  # an error page then names the right one
    return invitation
