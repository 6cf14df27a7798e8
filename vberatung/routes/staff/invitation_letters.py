"""The words of an invitation on paper, in the language of the invited person."""

from collections.abc import Iterable
from datetime import datetime

from flask_babel import force_locale, gettext

from vberatung import i18n, links, tokens
from vberatung.invitations.models import CANCELLED_BY_OFFICE, Invitation
from vberatung.paper.letter import Letter, Letters


def as_pdf(printed: Iterable[tuple[Invitation, str]], now: datetime) -> bytes:
    """One page for each invitation, with the link that belongs to its token."""
    letters = [letter_of(invitation, token, now) for invitation, token in printed]
    return Letters(gettext("Einladungen"), i18n.language(), now, letters).as_bytes()


def letter_of(invitation: Invitation, token: str, now: datetime) -> Letter:
    with force_locale(invitation.language):
        return _letter(invitation, token, now)


def _letter(invitation: Invitation, token: str, now: datetime) -> Letter:
    office, topic = invitation.office, i18n.translated(invitation.topic.name)
    link = i18n.absolute_url("invitation.show", token=token)
    return Letter(
        sender=(office.name, office.street, f"{office.postcode} {office.city}"),
        recipient=(invitation.name, *(invitation.address or "").splitlines()),
        information=(
            (gettext("Telefon"), i18n.phone_number(office.phone)),
            (gettext("E-Mail"), office.email),
            (gettext("Datum"), i18n.long_date(now)),
        ),
        subject=gettext("Einladung zu einem Gespräch: %(topic)s", topic=topic),
        before=(
            gettext("Guten Tag %(name)s,", name=invitation.name),
            _why(invitation),
            gettext(
                "Bitte wählen Sie selbst eine Zeit, die Ihnen passt. Das geht bis %(date)s.",
                date=i18n.long_date(invitation.expires_at),
            ),
        ),
        link=link,
        qr_alt=gettext("QR-Code mit der Adresse Ihrer Einladung"),
        ways=(
            (gettext("Scannen Sie das Bild mit der Kamera Ihres Handys."), ""),
            (
                gettext("Oder öffnen Sie im Internet diese Seite:"),
                i18n.absolute_url("code.enter"),
            ),
            (
                gettext("Schreiben Sie dort diesen Code:"),
                tokens.grouped(links.code_of(token)),
            ),
            (gettext("Oder rufen Sie uns an:"), i18n.phone_number(office.phone)),
        ),
        after=(
            gettext(
                "Das Gespräch ist freiwillig. Sie können einen Termin jederzeit verschieben oder "
                "absagen. Bitte geben Sie diesen Brief nicht weiter: Wer den Code kennt, kann "
                "Ihren Termin sehen."
            ),
            gettext("Mit freundlichen Grüßen"),
            office.name,
        ),
    )


def _why(invitation: Invitation) -> str:
    topic = invitation.topic
    talk = gettext(
        "Das Thema ist: %(topic)s. Das Gespräch dauert etwa %(minutes)s Minuten.",
        topic=i18n.translated(topic.name),
        minutes=topic.duration_min,
    )
    if invitation.reason == CANCELLED_BY_OFFICE:
        begin = gettext("wir mussten Ihren Termin leider absagen. Wir bitten um Entschuldigung.")
    else:
        begin = gettext("wir möchten mit Ihnen sprechen.")
    return f"{begin} {talk} {_how(invitation)}"


def _how(invitation: Invitation) -> str:
    channels = [invitation.channel] if invitation.channel else invitation.topic.channels
    names = ", ".join(map(i18n.channel_name, channels))
    if len(channels) == 1:
        return str(gettext("So sprechen wir miteinander: %(channel)s.", channel=names))
    return str(gettext("Sie wählen, wie wir miteinander sprechen: %(channels)s.", channels=names))
