"""People whom the office invites."""

from datetime import datetime

from sqlalchemy.orm import Session

from tests.support.cast import MORNING, Cast
from vberatung import links
from vberatung.invitations import operations
from vberatung.invitations.models import Invitation
from vberatung.invitations.operations import Invitee, Terms
from vberatung.links import Link

AYLIN_BY_MAIL = Invitee("Aylin Özdemir", "mail", email="aylin@example.org")
THOMAS_BY_SMS = Invitee("Thomas Müller", "sms", phone="+4915112345678")
OLENA_BY_LETTER = Invitee(
    "Олена Коваленко", "letter", address="Hauptstraße 7\n01234 Musterstadt", language="en"
)


def invited(
    session: Session, cast: Cast, invitee: Invitee = AYLIN_BY_MAIL, now: datetime = MORNING
) -> Invitation:
    """To talk about the topic, by Berger."""
    return operations.invite(session, cast.berger, Terms(cast.topic), invitee, now)


def link_of(session: Session, invitation: Invitation) -> str:
    token = links.issue(session, Link.invitation_id, invitation.id, MORNING)
    session.commit()
    return f"/einladung/{token}"
