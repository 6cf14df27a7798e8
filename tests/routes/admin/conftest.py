import pytest
from sqlalchemy.orm import Session

from tests.support.browser import Browser
from tests.support.cast import Cast


@pytest.fixture
def admin(berger: Browser, session: Session, cast: Cast) -> Browser:
    """Sabine Berger, who is an administrator as well."""
    cast.berger.admin = True
    session.commit()
    return berger
