"""The invitation to choose a time, as the invited person sees it. Opening it changes nothing."""

from flask import Blueprint, abort, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from vberatung import clock
from vberatung.booking.operations import issue_link
from vberatung.extensions import db
from vberatung.invitations import states
from vberatung.invitations.models import Invitation
from vberatung.invitations.queries import facts_of, invitation_of_link

pages = Blueprint("invitation", __name__, url_prefix="/einladung/<token>")


@pages.get("")
def show(token: str) -> str:
    invitation = invitation_or_404(token)
    state = states.state_of(facts_of(invitation), clock.now())
    return render_template(
        "invitation/show.html",
        invitation=invitation,
        office=invitation.office,
        token=token,
        state=state,
        open=state in states.OPEN,
    )


@pages.post("/termin")
def to_appointment(token: str) -> ResponseReturnValue:
    """A fresh personal link to the appointment that the invitation has led to."""
    appointment = invitation_or_404(token).appointment or abort(404)
    link = issue_link(db.session, appointment, clock.now())
    db.session.commit()
    return redirect(url_for("appointment.show", token=link), 303)


def invitation_or_404(token: str) -> Invitation:
    invitation = invitation_of_link(db.session, token) or abort(404)
    g.office = invitation.office  # an error page then names the right one
    return invitation
