"""What the causes of a device test mean: for the person at the device, and for the counsellor.

On the page, on the counsellor's list and in the mail to the office, in the present language.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from vberatung.techcheck.verdict import FAILED, LIGHT_OF_CAUSE, LIMITED, OK

__all__ = ["CAUSES", "LIGHTS", "LIGHT_OF_CAUSE", "for_counsellor"]


@dataclass(frozen=True)
class Words:
    """`what` is wrong, what the person can `do`, and what the counsellor should know and do."""

    what: Any
    do: Any
    counsellor: Any


CAUSES = {
    "browser": Words(
        _l("Ihr Browser kann keine Videogespräche."),
        _l(
            "Öffnen Sie diese Seite in einem anderen Browser: Firefox, Chrome, Edge oder Safari. "
            "Oder nehmen Sie ein anderes Gerät."
        ),
        _l("Der Browser kann keine Videogespräche. Rufen Sie an, wenn die Person nicht kommt."),
    ),
    "in-app": Words(
        _l("Diese Seite ist in einer App geöffnet. Die App gibt Kamera und Mikrofon nicht frei."),
        _l("Kopieren Sie den Link, und öffnen Sie ihn in Firefox, Chrome, Edge oder Safari."),
        _l(
            "Die Seite war in einer App geöffnet, nicht im Browser. Der Test hat der Person "
            "gesagt, wie sie den Link im Browser öffnet."
        ),
    ),
    "insecure": Words(
        _l(
            "Diese Seite ist ohne sichere Verbindung geöffnet. Darum gibt der Browser Kamera und "
            "Mikrofon nicht frei."
        ),
        _l("Öffnen Sie den Link mit „https“ am Anfang."),
        _l("Die Seite war ohne sichere Verbindung (https) geöffnet. Sagen Sie es Ihrer IT."),
    ),
    "camera-denied": Words(
        _l("Die Kamera ist für diese Seite gesperrt."),
        _l(
            "Drücken Sie das Zeichen neben der Adresse, und erlauben Sie die Kamera. "
            "Prüfen Sie dann noch einmal."
        ),
        _l("Die Kamera ist im Browser gesperrt. Das Gespräch geht auch ohne Kamera."),
    ),
    "camera-system": Words(
        _l("Ihr Gerät erlaubt dem Browser die Kamera nicht."),
        _l(
            "Öffnen Sie die Einstellungen des Geräts. Erlauben Sie unter „Datenschutz“ die Kamera "
            "für Ihren Browser. Prüfen Sie dann noch einmal."
        ),
        _l("Das Gerät gibt die Kamera nicht frei. Das Gespräch geht auch ohne Kamera."),
    ),
    "camera-missing": Words(
        _l("Es wurde keine Kamera gefunden."),
        _l(
            "Schließen Sie eine Kamera an, oder nehmen Sie Ihr Handy. "
            "Das Gespräch geht auch ohne Kamera."
        ),
        _l("Es gibt keine Kamera. Das Gespräch geht auch ohne."),
    ),
    "camera-busy": Words(
        _l("Ein anderes Programm benutzt die Kamera."),
        _l(
            "Schließen Sie andere Programme, die die Kamera benutzen, zum Beispiel ein anderes "
            "Videogespräch. Prüfen Sie dann noch einmal."
        ),
        _l("Ein anderes Programm benutzt die Kamera. Das Gespräch geht auch ohne Kamera."),
    ),
    "camera-failed": Words(
        _l("Die Kamera lässt sich nicht einschalten."),
        _l("Laden Sie die Seite neu. Hilft das nicht, starten Sie das Gerät neu."),
        _l("Die Kamera lässt sich nicht einschalten. Das Gespräch geht auch ohne Kamera."),
    ),
    "microphone-denied": Words(
        _l("Das Mikrofon ist für diese Seite gesperrt."),
        _l(
            "Drücken Sie das Zeichen neben der Adresse, und erlauben Sie das Mikrofon. "
            "Prüfen Sie dann noch einmal."
        ),
        _l("Das Mikrofon ist im Browser gesperrt. Kommt kein Ton, rufen Sie bitte an."),
    ),
    "microphone-system": Words(
        _l("Ihr Gerät erlaubt dem Browser das Mikrofon nicht."),
        _l(
            "Öffnen Sie die Einstellungen des Geräts. Erlauben Sie unter „Datenschutz“ das "
            "Mikrofon für Ihren Browser. Prüfen Sie dann noch einmal."
        ),
        _l("Das Gerät gibt das Mikrofon nicht frei. Kommt kein Ton, rufen Sie bitte an."),
    ),
    "microphone-missing": Words(
        _l("Es wurde kein Mikrofon gefunden."),
        _l("Schließen Sie ein Headset an, oder nehmen Sie Ihr Handy. Prüfen Sie dann noch einmal."),
        _l("Es gibt kein Mikrofon. Bieten Sie einen Anruf an."),
    ),
    "microphone-busy": Words(
        _l("Ein anderes Programm benutzt das Mikrofon."),
        _l(
            "Schließen Sie andere Programme, die das Mikrofon benutzen, und beenden Sie "
            "Telefongespräche. Prüfen Sie dann noch einmal."
        ),
        _l("Ein anderes Programm benutzt das Mikrofon. Kommt kein Ton, rufen Sie bitte an."),
    ),
    "microphone-failed": Words(
        _l("Das Mikrofon lässt sich nicht einschalten."),
        _l("Laden Sie die Seite neu. Hilft das nicht, starten Sie das Gerät neu."),
        _l("Das Mikrofon lässt sich nicht einschalten. Bieten Sie einen Anruf an."),
    ),
    "microphone-silent": Words(
        _l("Wir hören nichts. Ist Ihr Mikrofon stumm geschaltet?"),
        _l(
            "Sprechen Sie lauter. Suchen Sie am Gerät oder am Headset nach einem Schalter für das "
            "Mikrofon, oder wählen Sie ein anderes Mikrofon."
        ),
        _l("Aus dem Mikrofon kam kein Ton. Ist am Anfang nichts zu hören, rufen Sie bitte an."),
    ),
    "speaker": Words(
        _l("Sie hören den Ton nicht."),
        _l(
            "Stellen Sie das Gerät lauter. Prüfen Sie, ob Kopfhörer angeschlossen oder über "
            "Bluetooth verbunden sind. Spielen Sie den Ton dann noch einmal ab."
        ),
        _l("Die Person hat den Testton nicht gehört. Hört sie Sie nicht, rufen Sie bitte an."),
    ),
    "connection-server": Words(
        _l("Die Verbindung zu unserem Server für Gespräche kommt nicht zustande."),
        _l(
            "Prüfen Sie, ob Sie Internet haben. Schalten Sie ein VPN aus, oder nehmen Sie ein "
            "anderes Netz, zum Beispiel mobile Daten statt WLAN."
        ),
        _l("Keine Verbindung zum Server für Gespräche. Bieten Sie einen Anruf an."),
    ),
    "connection-none": Words(
        _l("Bild und Ton kommen in diesem Netz nicht durch."),
        _l(
            "Nehmen Sie ein anderes Netz, zum Beispiel mobile Daten statt WLAN, oder schalten Sie "
            "ein VPN aus. Sonst rufen wir Sie gerne an."
        ),
        _l("Bild und Ton kommen im Netz der Person nicht durch. Bieten Sie einen Anruf an."),
    ),
    "connection-weak": Words(
        _l("Ihre Verbindung ist zu schwach für Bild und Ton. Ein Anruf ist besser."),
        _l(
            "Gehen Sie näher an den Router, oder nehmen Sie ein anderes Netz. "
            "Sonst rufen wir Sie gerne an."
        ),
        _l("Die Verbindung ist zu schwach für Bild und Ton. Bieten Sie einen Anruf an."),
    ),
    "connection-sound": Words(
        _l("Ihre Verbindung reicht für den Ton, aber nicht für das Bild."),
        _l("Gehen Sie näher an den Router, oder nehmen Sie ein anderes Netz."),
        _l("Die Verbindung reicht nur für den Ton. Sprechen Sie ohne Bild, oder rufen Sie an."),
    ),
    "connection-small": Words(
        _l("Ihre Verbindung reicht für ein kleines Bild."),
        _l("Schließen Sie andere Programme und Downloads, oder gehen Sie näher an den Router."),
        _l("Die Verbindung reicht für ein kleines Bild."),
    ),
    "relay-only": Words(
        _l("Die Verbindung geht nur über unser Relais."),
        _l("Sie müssen nichts tun: Ihr Gespräch klappt."),
        _l("Die Verbindung geht nur über das Relais. Sie müssen nichts tun."),
    ),
}

LIGHTS = {
    OK: _l("Technik klappt"),
    LIMITED: _l("Technik klappt mit Einschränkung"),
    FAILED: _l("Technik klappt nicht"),
}
"""For the counsellor, by light."""


def for_counsellor(causes: Collection[str]) -> list[str]:
    return [str(CAUSES[cause].counsellor) for cause in causes if cause in CAUSES]
