"""Names of keys, and how the two protocols call them."""

from typing import NamedTuple


class Key(NamedTuple):
    """A key that is no character."""

    name: str
    code: int  # the virtual key code of the DevTools protocol
    text: str  # what it types
    webdriver: str


NAMED = {
    "Tab": Key("Tab", 9, "", "\ue004"),
    "Enter": Key("Enter", 13, "\r", "\ue007"),
    "Escape": Key("Escape", 27, "", "\ue00c"),
    "Space": Key(" ", 32, " ", " "),
    "ArrowLeft": Key("ArrowLeft", 37, "", "\ue012"),
    "ArrowUp": Key("ArrowUp", 38, "", "\ue013"),
    "ArrowRight": Key("ArrowRight", 39, "", "\ue014"),
    "ArrowDown": Key("ArrowDown", 40, "", "\ue015"),
}
SHIFT = "\ue008"


def named(key: str) -> tuple[Key, bool]:
    """The key and whether Shift is held with it."""
    name = key.removeprefix("Shift+")
    character = (
        Key(name, ord(name.upper()) if name.isalnum() else 0, name, name)
        if len(name) == 1
        else None
    )
    return character or NAMED[name], key.startswith("Shift+")
