import pytest
from tests.support.browser import Browser
from tests.support.cast import Cast

@pytest.mark.parametrize("n", range(10))
def test_show(browser: Browser, cast: Cast, token: str, n: int) -> None:
    page = browser.visit("/musterstadt/termin?topic=weiterbildung&channel=video")
    print(len(page.response.data))
    page = browser.visit("/termin/" + token)
    assert page.h1 == "Ihr Termin"
