"""The sentences of the doctor: what a finding means, and what to do."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from vberatung.doctor.findings import FAILED, OK, WARNING, Finding

LEVELS = {OK: _l("in Ordnung"), WARNING: _l("Hinweis"), FAILED: _l("Fehler")}

CHECKS = {
    "secrets": _l("Geheimnisse"),
    "disk": _l("Speicherplatz"),
    "database": _l("Datenbank"),
    "migrations": _l("Stand der Datenbank"),
    "clock": _l("Uhr"),
    "jobs": _l("Zeitgesteuerte Arbeit"),
    "mail": _l("E-Mail"),
    "sms": _l("SMS"),
    "address": _l("Öffentliche Adresse"),
    "certificate": _l("Zertifikat"),
    "websocket": _l("WebSocket"),
    "relay": _l("Relais (TURN)"),
    "talk": _l("Probegespräch"),
}

_RETRY = _l("Prüfen Sie Rechnername, Port und Firewall.")

MEANINGS = {
    "secrets-ok": _l("Stark genug. Schlüssel für Personendaten: %(keys)s."),
    "secrets-demo": _l("Dies ist eine Vorführung mit selbst gemachten Geheimnissen."),
    "secrets-turn": _l("TURN_SECRET ist kürzer als %(characters)s Zeichen."),
    "disk-ok": _l("%(megabytes)s MB sind frei."),
    "disk-full": _l("Nur noch %(megabytes)s MB sind frei."),
    "database-ok": _l("%(kind)s %(version)s antwortet."),
    "database-down": _l("Die Datenbank antwortet nicht (%(error)s)."),
    "migrations-ok": _l("Auf dem Stand dieses Programms."),
    "migrations-behind": _l("Nicht auf dem Stand dieses Programms."),
    "clock-ok": _l("Weicht um %(seconds)s Sekunden von der Datenbank ab."),
    "clock-off": _l("Weicht um %(seconds)s Sekunden von der Datenbank ab."),
    "clock-own": _l("Die Datenbank hat keine eigene Uhr."),
    "jobs-ok": _l("%(number)s Nachrichten warten, die älteste seit %(minutes)s Minuten."),
    "jobs-late": _l("%(number)s Nachrichten warten, die älteste seit %(minutes)s Minuten."),
    "mail-ok": _l("Der Mailserver nimmt die Anmeldung an."),
    "mail-sent": _l("Der Mailserver hat die Testnachricht angenommen."),
    "mail-none": _l("Kein Mailserver ist eingestellt: Es gehen keine E-Mails hinaus."),
    "mail-refused": _l("Der Mailserver lehnt die Nachricht ab (%(code)s)."),
    "mail-password": _l("Der Mailserver lehnt Benutzername oder Passwort ab."),
    "mail-down": _l("Der Mailserver ist nicht zu erreichen (%(error)s)."),
    "sms-ok": _l("Das SMS-Gateway ist zu erreichen. Gesendet wurde nichts."),
    "sms-none": _l("Kein SMS-Gateway ist eingestellt: Es gehen keine SMS hinaus."),
    "sms-down": _l("Das SMS-Gateway ist nicht zu erreichen (%(error)s)."),
    "address-ok": _l("%(address)s führt hierher."),
    "address-other": _l("%(address)s antwortet, aber nicht mit diesem Programm."),
    "address-down": _l("Die Adresse ist nicht zu erreichen (%(error)s)."),
    "certificate-ok": _l("Gilt noch %(days)s Tage."),
    "certificate-soon": _l("Gilt nur noch %(days)s Tage."),
    "certificate-wrong": _l("Browser nehmen das Zertifikat nicht an (%(error)s)."),
    "certificate-none": _l("Die Adresse beginnt nicht mit https."),
    "certificate-demo": _l("Ein selbst gemachtes Zertifikat: Browser warnen davor."),
    "websocket-ok": _l("Kommt durch."),
    "websocket-other": _l("Antwortet nicht wie erwartet."),
    "websocket-down": _l("Kommt nicht durch (%(error)s)."),
    "relay-ok": _l("%(url)s hat eine Adresse zugeteilt."),
    "relay-none": _l(
        "Kein Relais ist eingestellt: Gespräche durch strenge Firewalls gelingen nicht."
    ),
    "relay-not-as-https": _l("Kein Relais auf dem Weg, den jede Firewall durchlässt."),
    "relay-silent": _l("%(url)s antwortet nicht."),
    "relay-certificate": _l("%(url)s hat kein gültiges Zertifikat (%(error)s)."),
    "relay-down": _l("%(url)s ist nicht zu erreichen (%(error)s)."),
    "relay-refused": _l("%(url)s lehnt ab: %(error)s."),
    "talk-ok": _l(
        "Bild und Ton kamen auf beiden Seiten an (%(frames)s Bilder, %(packets)s Tonpakete)."
    ),
    "talk-weak": _l("Es kam wenig an (%(frames)s Bilder, %(packets)s Tonpakete in 3 Sekunden)."),
    "talk-no-topic": _l("Es gibt noch kein Thema mit Videogespräch."),
    "talk-down": _l("Der Gesprächsraum ist nicht zu erreichen (%(error)s)."),
    "talk-refused": _l("Der Gesprächsraum hat eine Seite abgewiesen."),
    "talk-not-met": _l("Die beiden Seiten haben nicht voneinander gehört."),
    "talk-not-connected": _l("Zwischen den beiden Seiten kam keine Verbindung zustande."),
    "talk-silent": _l("Die Verbindung stand, aber Bild und Ton blieben aus."),
    "too-slow": _l("Nach %(seconds)s Sekunden war noch keine Antwort da."),
    "broken": _l("Die Prüfung selbst ist gescheitert (%(error)s)."),
}

ADVICE = {
    "secrets-demo": _l("Setzen Sie für den Betrieb SECRET_KEY und FIELD_KEYS (make secrets)."),
    "secrets-turn": _l("Nehmen Sie ein längeres, hier und in der Datei von coturn."),
    "disk-full": _l("Schaffen Sie Platz, bevor die Datenbank nicht mehr schreiben kann."),
    "database-down": _l("Prüfen Sie DATABASE_URL, und ob die Datenbank läuft."),
    "migrations-behind": _l("Führen Sie aus: flask --app app db upgrade"),
    "clock-off": _l("Stellen Sie auf beiden Rechnern die Zeit mit NTP."),
    "jobs-late": _l("Läuft „flask jobs“? Sehen Sie unter „Zustellung“ nach, woran es liegt."),
    "mail-none": _l("Setzen Sie SMTP_URL und MAIL_FROM."),
    "mail-refused": _l("Prüfen Sie MAIL_FROM und die Adresse des Empfängers."),
    "mail-password": _l("Prüfen Sie SMTP_URL."),
    "mail-down": _RETRY,
    "sms-down": _RETRY,
    "address-down": _l("Prüfen Sie PUBLIC_URL, den Namen im DNS und die Firewall."),
    "address-other": _l("Prüfen Sie PUBLIC_URL und die Weiterleitung des Webservers."),
    "certificate-soon": _l("Prüfen Sie, ob die Erneuerung läuft (certbot renew --dry-run)."),
    "certificate-wrong": _l("Richten Sie ein Zertifikat für diesen Namen ein."),
    "certificate-none": _l("Ohne https geben Browser Kamera und Mikrofon nicht frei."),
    "certificate-demo": _l("Für den Betrieb brauchen Sie ein Zertifikat, dem Browser trauen."),
    "websocket-other": _l("Der Webserver muss Host und Origin unverändert weitergeben."),
    "websocket-down": _l("Der Webserver muss „Upgrade“ und „Connection“ weitergeben."),
    "relay-none": _l("Richten Sie coturn ein, und setzen Sie TURN_URLS und TURN_SECRET."),
    "relay-not-as-https": _l("Ergänzen Sie TURN_URLS um turns:NAME:443?transport=tcp."),
    "relay-silent": _l("Läuft coturn, und lässt die Firewall diesen Port durch?"),
    "relay-certificate": _l("Geben Sie coturn das Zertifikat dieses Namens."),
    "relay-down": _RETRY,
    "relay-refused": _l("TURN_SECRET muss hier und in coturn dasselbe sein, die Uhren auch."),
    "talk-weak": _l("Der Rechner oder die Leitung ist überlastet."),
    "talk-no-topic": _l("Legen Sie eine Dienststelle und ein Thema an."),
    "talk-down": _RETRY,
    "talk-refused": _l("Sehen Sie in das Protokoll des Servers."),
    "talk-not-met": _l(
        "Sehen Sie in das Protokoll des Servers; mit mehreren Prozessen: REDIS_URL."
    ),
    "talk-not-connected": _l("Sehen Sie nach dem Relais, und nach der Firewall dieses Rechners."),
    "talk-silent": _l("Sehen Sie nach der Firewall: Antworten über UDP müssen durch."),
    "too-slow": _RETRY,
    "broken": _l("Bitte melden Sie uns das, mit dem Protokoll."),
}


@dataclass(frozen=True)
class Line:
    """One finding in words."""

    check: str
    level: str
    sign: str
    meaning: str
    advice: str


def line(finding: Finding) -> Line:
    return Line(
        check=str(CHECKS[finding.check]),
        level=finding.level,
        sign=str(LEVELS[finding.level]),
        meaning=str(MEANINGS[finding.code]) % finding.values,
        advice=str(ADVICE.get(finding.code, "")),
    )
