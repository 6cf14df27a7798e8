"""The receipt in words, for the page and the mail, in the present language."""

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l

from vberatung import i18n
from vberatung.booking.models import Appointment
from vberatung.room.receipt import BY_TELEPHONE, NOT_HELD, RUNNING, TO_COME, TOOK_PLACE, Receipt

PURPOSE = _l("Dieser Nachweis zeigt, dass Sie da waren oder es versucht haben.")

TROUBLES = {
    "no-webrtc": _l("Der Browser kann keine Videogespräche."),
    "no-server": _l("Es gab keine Verbindung zum Server."),
    "no-connection": _l("Die Verbindung zum Gespräch kam nicht zustande."),
    "lost": _l("Die Verbindung war länger unterbrochen."),
    "denied": _l("Kamera oder Mikrofon waren im Browser gesperrt."),
    "system-denied": _l("Das Gerät hat dem Browser Kamera oder Mikrofon nicht erlaubt."),
    "none": _l("Es wurden keine Kamera und kein Mikrofon gefunden."),
    "no-camera": _l("Es wurde keine Kamera gefunden."),
    "no-microphone": _l("Es wurde kein Mikrofon gefunden."),
    "busy": _l("Ein anderes Programm hat Kamera oder Mikrofon benutzt."),
    "insecure": _l("Die Seite war ohne sichere Verbindung geöffnet."),
    "unsupported": _l("Der Browser hat Kamera und Mikrofon nicht freigegeben."),
    "failed": _l("Kamera oder Mikrofon gingen nicht."),
    "no-sound": _l("Es war kein Ton zu hören."),
    "no-picture": _l("Es war kein Bild zu sehen."),
    "no-page": _l("Das Videogespräch hat sich nicht geöffnet."),
    "other": _l("Etwas anderes hat nicht geklappt."),
}
"""By kind (room/troubles.py)."""

TALKS = {
    TO_COME: _l("Hat noch nicht begonnen"),
    RUNNING: _l("Läuft gerade"),
    TOOK_PLACE: _l("Hat stattgefunden"),
    BY_TELEPHONE: _l("Hat am Telefon stattgefunden"),
    NOT_HELD: _l("Hat nicht stattgefunden"),
}


def facts(appointment: Appointment, receipt: Receipt) -> list[tuple[str, str]]:
    """Pairs of a term and what is to be said to it."""
    start, end = i18n.long_moment(appointment.starts_at), i18n.clock_time(appointment.ends_at)
    calls = (
        (gettext("Um einen Anruf gebeten"), receipt.call_requested_at),
        (gettext("Angerufen"), receipt.called_at),
    )
    return [
        (gettext("Für"), appointment.name),
        (gettext("Termin"), gettext("%(start)s bis %(end)s", start=start, end=end)),
        (gettext("Dienststelle"), appointment.office.name),
        (gettext("Gekommen"), i18n.clock_time(receipt.arrived_at) if receipt.arrived_at else ""),
        (gettext("Im Warteraum"), _waited(receipt)),
        (gettext("Gespräch"), _talk(receipt)),
        *((term, i18n.clock_time(at) if at else "") for term, at in calls),
    ]


def troubles(receipt: Receipt) -> list[tuple[str, str]]:
    """Pairs of a time of day and a sentence."""
    return [(i18n.clock_time(at), str(TROUBLES[kind])) for at, kind in receipt.troubles]


def _waited(receipt: Receipt) -> str:
    if receipt.waited_until is None or not (receipt.waited_minutes or receipt.admitted_at):
        return ""
    minutes = ngettext("%(num)s Minute", "%(num)s Minuten", receipt.waited_minutes)
    if receipt.waits:
        return str(gettext("%(minutes)s, bis jetzt", minutes=minutes))
    until = i18n.clock_time(receipt.waited_until)
    if receipt.admitted_at:
        return str(gettext("%(minutes)s, bis zum Einlass um %(time)s", minutes=minutes, time=until))
    return str(gettext("%(minutes)s, bis %(time)s", minutes=minutes, time=until))


def _talk(receipt: Receipt) -> str:
    said = str(TALKS[receipt.talk])
    if receipt.talk != TOOK_PLACE or receipt.talk_minutes is None:
        return said
    minutes = ngettext("%(num)s Minute", "%(num)s Minuten", receipt.talk_minutes)
    return f"{said}, {minutes}"
