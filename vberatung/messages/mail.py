"""Mails as values: what to say, in the reader's language. Nothing is sent here."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import render_template
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l

from vberatung.booking.models import CANCELLED, IN_PERSON, VIDEO, Appointment
from vberatung.i18n import phone_number
from vberatung.messages.calendar import CANCEL, PUBLISH, REQUEST, calendar_file
from vberatung.messages.models import Mail

SUBJECTS = {
    "booked": _l("Ihr Termin ist gebucht"),
    "to_confirm": _l("Bitte bestätigen Sie Ihren Termin"),
    "new_email": _l("Bitte bestätigen Sie Ihre neue E-Mail-Adresse"),
    "moved": _l("Ihr Termin ist verschoben"),
    "changed": _l("Ihr Termin hat sich geändert"),
    "cancelled": _l("Ihr Termin ist abgesagt"),
    "links_again": _l("Ihr persönlicher Link"),
    "reminder": _l("Erinnerung an Ihren Termin"),
    "invited": _l("Bitte wählen Sie einen Termin"),
    "invitation_reminded": _l("Erinnerung: Bitte wählen Sie einen Termin"),
    "office_cancelled": _l("Ihr Termin fällt aus: Bitte wählen Sie einen neuen"),
    "waiting_joined": _l("Sie stehen auf der Warteliste"),
    "waiting_offered": _l("Ein Termin ist frei geworden"),
    "registered": _l("Ihre Meldung als arbeitsuchend ist angekommen"),
    "receipt": _l("Nachweis zu Ihrem Termin"),
    "problem": _l("Technik-Test: Jemand meldet ein Problem"),
    "registration_kept": _l("Ihre angefangene Meldung als arbeitsuchend"),
}
"""By purpose; the text is in the template of the same name."""


def written(
    purpose: str, recipient: str, calendar: tuple[str, str] | None = None, **facts: object
) -> Mail:
    """The mail for this purpose in the present language; `calendar` is (method, file)."""
    method, file = calendar or (None, None)
    return Mail(
        recipient, _subject(purpose, facts), text_of(f"mail/{purpose}.txt", **facts), file, method
    )


def _subject(purpose: str, facts: Mapping[str, Any]) -> str:
    if purpose == "links_again":  # one message may be about several appointments
        count = len(facts["found"])
        return str(ngettext("Ihr persönlicher Link", "Ihre persönlichen Links", count))
    return str(SUBJECTS[purpose])


def text_of(template: str, **facts: object) -> str:
    """The template as plain text: parts that were left out leave no gap."""
    return re.sub(r"\n{3,}", "\n\n", render_template(template, **facts)).strip()


def quoted(words: str) -> str:
    """What a stranger has typed, marked line by line: it cannot be taken for words of ours."""
    lines = ("".join(filter(str.isprintable, line)) for line in words.splitlines())
    return "\n".join(f"> {line}" for line in lines)


def calendar_of(appointment: Appointment, link: str, now: datetime) -> str:
    """The calendar file of the appointment, in the present language."""
    return calendar_part(appointment, link, now)[1]


def calendar_part(appointment: Appointment, link: str, now: datetime) -> tuple[str, str]:
    """Its method and its file. The summary tells nobody who sees the calendar what it is about."""
    method = CANCEL if appointment.status == CANCELLED else REQUEST
    if method == REQUEST and not appointment.email:
        method = PUBLISH  # a request needs somebody who was asked
    file = calendar_file(
        appointment,
        method,
        summary=gettext("Beratungstermin"),
        description=gettext("Alles zu Ihrem Termin: %(link)s", link=link),
        location=_place(appointment, link),
        url=link,
        now=now,
    )
    return method, file


def _place(appointment: Appointment, link: str) -> str:
    office = appointment.office
    if appointment.channel == IN_PERSON:
        return f"{office.street}, {office.postcode} {office.city}"
    if appointment.channel == VIDEO:
        return str(gettext("Video: %(link)s", link=link))
    return str(gettext("Telefon: %(phone)s", phone=phone_number(appointment.phone or "")))
