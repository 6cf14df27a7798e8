"""Ways through the product, one page after the other."""

import json
import time
from datetime import UTC, datetime, timedelta

from .engines import Chromium
from .server import Server

GO_ON = "main form .kern-btn--primary"
SLOT = "details[open] [data-testid=slot]"
ADDRESS = """(() => {
  const all = Array.from(document.querySelectorAll('main article'), (one) => one.innerText);
  const found = all.filter((text) => text.includes(%s)).map((text) => text.match(%s)).find(Boolean);
  return found ? found[0] : null;
})()"""
DELIVERED_WITHIN_SECONDS = 15.0
GIVE_FILE = """(() => {
  const files = new DataTransfer();
  files.items.add(new File([%s], 'liste.csv', {type: 'text/csv'}));
  document.querySelector('[type=file]').files = files.files;
})()"""


def press(tab: Chromium, selector: str = GO_ON) -> None:
    """Click on a link or button, and wait for the page that comes, whole or swapped in."""
    tab.wait("document.querySelector('h1')")
    tab.evaluate("document.querySelector('h1').isOld = true")
    tab.click_on(selector)
    tab.wait(
        "document.readyState === 'complete' && document.querySelector('h1')"
        " && !document.querySelector('h1').isOld"
    )


def fill_in(tab: Chromium, **values: str) -> None:
    """The text fields of a form by their names."""
    for name, value in values.items():
        tab.type_into(f"[name={name}]", value)


def choose_day(tab: Chromium, name: str, days_ahead: int) -> None:
    """A date field: typing into it depends on the language of the browser."""
    day = (datetime.now(UTC) + timedelta(days=days_ahead)).date().isoformat()
    tab.evaluate(f"document.querySelector('[name={name}]').value = '{day}'")


def far_ahead() -> str:
    """A day so late that the registration asks whether it is right."""
    return f"31.12.{datetime.now(UTC).year + 4}"


def choose_file(tab: Chromium, text: str) -> None:
    tab.evaluate(GIVE_FILE % json.dumps(text))


def choose_time(tab: Chromium, server: Server) -> None:
    """The first free time: it is held, and the form is open."""
    tab.open(server.url + "/musterstadt/termin?topic=erstgespraech&channel=video")
    press(tab, SLOT)


def book(tab: Chromium, server: Server, email: str) -> str:
    """The address of a new appointment, in some days."""
    choose_time(tab, server)
    fill_in(tab, name="Aylin Özdemir", email=email, phone="0170 1234567")
    press(tab)
    address: str = tab.evaluate("location.href")
    assert address.endswith("/gebucht"), tab.describe()
    return address.removesuffix("/gebucht")


def register(tab: Chromium, server: Server, email: str) -> None:
    """Bora Kaya registers as jobseeking, from the first step to the receipt."""
    year = datetime.now(UTC).year
    ends, begins = f"31.12.{year + 1}", f"01.01.{year + 2}"
    tab.open(server.url + "/musterstadt/arbeitsuchend/neu")
    fill_in(tab, name="Bora Kaya", born_on="01.02.1990", street="Am Ring 1")
    fill_in(tab, postcode="01234", city="Musterstadt", email=email)
    press(tab)
    tab.click_on("[name=kind]")
    fill_in(tab, employer="Lager", job="Lagerist", ends_on=ends, known_on="20.11.2026")
    press(tab)
    fill_in(tab, jobs="Lager", hours="40", from_on=begins, region="Musterstadt")
    tab.click_on("[name=mobility]")
    press(tab)
    press(tab, "[data-testid=send]")


def address_in_outbox(tab: Chromium, server: Server, folder: str, email: str) -> str:
    """The newest personal address below this folder that was written to this person."""
    script = ADDRESS % (json.dumps(email), f"/http\\S*\\/{folder}\\/\\S+/")
    deadline = time.monotonic() + DELIVERED_WITHIN_SECONDS
    while time.monotonic() < deadline:
        tab.open(server.url + "/demo/postausgang")
        if address := tab.evaluate(script):
            return str(address)
        time.sleep(0.5)
    raise AssertionError(f"nothing for {email}:\n{tab.describe()}")
