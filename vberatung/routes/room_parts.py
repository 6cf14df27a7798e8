"""The parts of the room that are loaded when they are first used: one template and one module each.

`room/parts/<name>.html` and `static/js/room/<name>.js`. They are the same for everybody who has
the same role and language, and know nothing of the talk.
"""

from flask import Blueprint, abort, render_template
from flask_babel import lazy_gettext as _l

from vberatung.room.places import COUNSELLOR, ROLES

pages = Blueprint("room_parts", __name__)

PARTS = {
    "people": _l("Personen"),
    "show": _l("Zeigen"),
    "chat": _l("Chat"),
    "rtt": _l("Live-Text"),
    "tools": _l("Werkzeuge"),
    "code": _l("Sicherheitscode"),
    "hand_over": _l("Gerät wechseln"),
    "time": _l("Zeit"),
    "home": _l("Mitnehmen"),
    "devices": _l("Geräte und Daten"),
    "keys": _l("Tastenkürzel"),
}
"""In the order of the menu."""

ONLY_FOR: dict[str, tuple[str, ...]] = {"time": (COUNSELLOR,)}
"""Parts that not every role has."""

MEGABYTES = {"normal": 310, "saving": 65}
"""What a talk of two takes in 30 minutes, both directions: bench/data_saving.py."""

ROLE_WORDS = {
    "counsellor": _l("Beratung"),
    "jobseeker": _l("Ratsuchende Person"),
    "interpreter": _l("Dolmetschen"),
    "sign_interpreter": _l("Gebärdensprache"),
    "companion": _l("Begleitung"),
    "colleague": _l("Weitere Beratung"),
}


def parts_for(role: str) -> list[tuple[str, str]]:
    """Name and heading of each part that this role has."""
    return [
        (name, str(heading)) for name, heading in PARTS.items() if role in ONLY_FOR.get(name, ROLES)
    ]


@pages.get("/raum/teil/<name>/<role>")
def part(name: str, role: str) -> str:
    if role not in ROLES or name not in dict(parts_for(role)):
        abort(404)
    return render_template(f"room/parts/{name}.html", role=role, counsels=role == COUNSELLOR)
