"""How counsellors come in."""

from tests.support.browser import Browser, Page
from tests.support.cast import PASSWORD

SIGN_IN = "/team/anmelden"


def sign_in(browser: Browser, email: str, password: str = PASSWORD, url: str = SIGN_IN) -> Page:
    """The page after the form was sent, at the end of all redirects."""
    return browser.submit(browser.visit(url), email=email, password=password)
